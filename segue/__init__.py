"""Segue: the domain of a two-stage music recommendation service. No torch, web or database here."""
