"""Schemas: what travels over HTTP, one file per noun. Requests refuse unknown fields, responses may gain some."""
