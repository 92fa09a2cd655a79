"""The figures as a page in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.bench.embedders.catalogue import CANDIDATES

HEAD = """# Embedders

Written by `make bench-embedders`. Faces of Labeled Faces in the Wild, known label errors corrected, found and aligned
by the product once for all: {people} people, {pictures} pictures, {failed} not acquired. One picture a template, one
a probe; FNIR over the searches of 20 seeded identity-disjoint folds. The default is the product's network run once on each
face; the product itself runs it twice, as the row "Lamppost's, int8, mirrored too". Time is a face's through the
network(s), one thread, as a ratio to the default's in one run (alignment not counted). "Change" is FNIR at
FPIR 1e-3 less the default's on the same folds, in points, with a 95 % interval from drawing people anew: below 0 is
better, and an interval that holds 0 shows no difference.

These are celebrities on news photographs, and every network but dlib's may have learned from the very people.

| network | MB | time | TMR at FMR 1e-4 / 1e-5 / 1e-6 | mean over people | FNIR, N = 500, FPIR 1e-2 / 1e-3 | change | N = 100 | change |
|---|---|---|---|---|---|---|---|---|
"""  # noqa: E501

LEFT = """
Taken no further after a first look at four pictures of each of 150 people, of which the default gets {:.1f} % at a
false match rate of 1e-4:

| network | MB | time | TMR at FMR 1e-4 |
|---|---|---|---|"""


def written(results: Mapping[str, Any]) -> str:
    """The page."""
    lines = [HEAD.format(**results["cohort"]).rstrip("\n")]
    lines += [row(one) for one in results["variants"]]
    if results["left"]:
        lines += [LEFT.format(100 * results["first"])]
        lines += [
            f"| {one['title']} | {one['bytes'] / 1e6:.1f} | {one['time']:.1f} | {100 * one['tmr']:.1f} % |"
            for one in results["left"]
        ]
    lines += ["", "| network | licence, as its package states it | what is known about its training |", "|---|---|---|"]
    lines += [f"| {one.title} | {one.licence} | {one.origin} |" for one in CANDIDATES if not one.title.endswith("int8")]
    return "\n".join(lines) + "\n"


def row(one: Mapping[str, Any]) -> str:
    cells = [
        one["title"],
        f"{one['bytes'] / 1e6:.1f}",
        f"{one['time']:.1f}",
        _rates(one["tmr"], ("1e-4", "1e-5", "1e-6")),
        _rates(one["tmr_macro"], ("1e-4", "1e-5", "1e-6")),
    ]
    for entries in ("500", "100"):
        cells.append(_rates({rate: values[0] for rate, values in one["fnir"][entries].items()}, ("0.01", "0.001")))
        value, low, high = (100 * number for number in one["change"][entries]["0.001"])
        cells.append(f"{value:+.1f} [{low:+.1f}, {high:+.1f}]")
    return f"| {' | '.join(cells)} |"


def _rates(rates: Mapping[str, float] | None, keys: Sequence[str]) -> str:
    return "-" if rates is None else " / ".join(f"{100 * rates[key]:.1f}" for key in keys) + " %"
