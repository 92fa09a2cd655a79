"""The page says what was measured, and the bars can be missed."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from tests.bench.peers import plot
from tests.bench.peers.chains import everyone
from tests.bench.peers.rates import Rate
from tests.bench.peers.table import bars, markdown
from tests.bench.peers.tally import Figures


def figures(name: str, *, times: float = 1.0, missed: float = 0.05, peak: int = 100_000_000) -> Figures:
    """Of a chain that takes so many times Lamppost's 10 ms."""
    rate = Rate(1 - missed, 0.4, 12, 1000)
    by_faces = dict.fromkeys((0, 1, 4, 10), 0.01 * times)
    slower = dict.fromkeys(by_faces, times)
    fnir = Rate(missed, 0.4, 30, 1000)
    return Figures(
        name, name.title(), by_faces, by_faces, slower, peak, 0.97, {"1e-4": rate, "1e-5": rate}, fnir, 100, None
    )


LAMPPOST = figures("lamppost")
PASSAGE = figures("lamppost-passage")
SLOW = figures("face_recognition", times=40, missed=0.2, peak=300_000_000)
SMALL = figures("face_recognition-small", times=7, missed=0.6, peak=200_000_000)


def missed(*peers: Figures) -> list[str]:
    """What bars are missed."""
    return [bar.what for bar in bars([LAMPPOST, PASSAGE, *peers]) if not bar.kept]


def test_all_bars_are_kept_where_lamppost_is_faster_leaner_and_misses_fewer() -> None:
    assert missed(SLOW, SMALL) == []
    assert len(bars([LAMPPOST, PASSAGE, SLOW, SMALL])) == 6


def test_the_least_ratio_over_all_numbers_of_faces_decides() -> None:
    at_ten = replace(SLOW, cpu=SLOW.cpu | {10: 0.299})
    assert missed(at_ten, SMALL) == ["30 times as fast as Face_Recognition, over a passage"]


def test_a_peer_that_misses_as_few_or_needs_as_little_memory_breaks_a_bar() -> None:
    assert missed(replace(SLOW, fnir=LAMPPOST.fnir)) == ["lower FNIR than Face_Recognition"]
    assert missed(replace(SLOW, peak=LAMPPOST.peak)) == ["less memory than Face_Recognition"]


def test_a_peer_that_was_not_measured_is_in_no_bar_and_the_page_says_why() -> None:
    assert bars([LAMPPOST, PASSAGE]) == []
    page = markdown([LAMPPOST, PASSAGE], {"people": "593"}, {"Face-Api": "no npm here"}, "results.png")
    assert "- not measured: Face-Api: no npm here" in page


def test_every_chain_has_a_row_in_both_tables_and_rates_on_a_handful_stand_in_brackets() -> None:
    unsure = replace(SMALL, tmr={"1e-4": SMALL.tmr["1e-4"], "1e-5": Rate(0.25, 0.6, 3, 1000)}, usual=(0.5, 0.005))
    page = markdown([LAMPPOST, PASSAGE, SLOW, unsure], {}, {}, "results.png")
    for chain in (LAMPPOST, SLOW, unsure):
        assert sum(line.startswith(f"| {chain.title} |") for line in page.splitlines()) == 2
    assert "| Face_Recognition | 400 | 400 | 400 | 400 | 40.0 to 40.0 | 300 |" in page
    assert "| Face_Recognition-Small | 97.0% | 40.0% | (25.0%) | 60.0% | 50.0%, 1 in 200 |" in page


def test_figures_survive_their_file() -> None:
    kept = msgspec.json.decode(msgspec.json.encode(SLOW.as_json()), type=Figures, strict=False)
    assert kept == SLOW


def test_every_chain_has_a_colour_and_a_mark_of_its_own() -> None:
    assert len(set(zip(plot.COLOURS, plot.MARKERS, strict=True))) >= len(everyone())
