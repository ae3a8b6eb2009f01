"""Invented people, their words and their reviews: pure, deterministic, no database.

Everything is drawn from the files of ``seeds/demo`` and a seed. Person ``i`` is the same whatever
the number of people, on any machine.
"""
