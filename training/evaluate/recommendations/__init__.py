"""Objective evaluation of recommendations: definition, systems, study. The definition in words is docs/evaluation.md.

criteria.py   when a result counts, from references alone
systems.py    what a system is, and the share of its top results that is right
shelf.py      Segue's own code as systems, whole and in parts
baselines.py  systems that do not use Segue
signal.py     plain signal features, for one of them
untrained.py  the networks with random weights, for another
listener.py   what is kept of each file while it is heard, once
study.py      every system on every criterion
results.py    the numbers, with n and intervals
tables.py     the numbers as tables, for terminal and documentation
page.py       puts them into docs/evaluation.md
sweep.py      other mixer weights beside the default
ears.py       what a sweep needs of each file, kept between sweeps
"""
