"""Faults seeded into the product, to see whether the gallery of scenarios notices them: ``make seeded``.

Each was written from the code of the doors before any scenario was, as somebody tired might have written it: a check
dropped, a wipe forgotten, a hit published twice, a clock ignored. A fault is an exact old text and a new one, so that
it fails loudly when the code has moved on. ``row`` is the safeguard's number in ``tests/spec/SAFEGUARDS.md``.
"""
