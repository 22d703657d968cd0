"""Fuzzing: damaged files, odd arguments and messages, by the thousand.

`python -m tests.fuzz --minutes 60` goes on for an hour, `python -m tests.fuzz TARGET --seed 5`
tries one thing again. What must hold is in `limits`, what is tried in `files` and `calls`.
"""
