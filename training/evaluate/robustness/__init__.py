"""Robustness study: how every score changes when the recording is spoilt. The words are in docs/robustness.md.

conditions.py  the ways of spoiling, and what becomes of the labels    results.py  the numbers, and their JSON
mp3_copy.py    a file coded again as mp3                               tables.py   tables for terminal and page
scores.py      the study's numbers of one condition                    plot.py     the plot
study.py       every track heard under every condition                 page.py     writes table and plot into the page
"""
