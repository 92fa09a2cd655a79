"""``make enrol-10000``: ten thousand pictures through the real command, timed, measured, and killed on the way.

One enrolment goes through; another is killed with SIGKILL three times and run again each time. Both lists have to be
the same, entry for entry and number for number, every picture has to stand in the report once, and what was in the work
file at a kill has to be gone on with, all of it.
"""
