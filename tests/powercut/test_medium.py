"""The disk of the power cuts: what was flushed is kept, what was not may be lost or torn, and nothing else changes."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hardware_sim.powercut.__main__ import ACTIVITIES, shares
from hardware_sim.powercut.fuse import Served
from hardware_sim.powercut.medium import SECTOR, Medium

SIZE = 16 * SECTOR
WRITES = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 4), st.integers(1, 255)), max_size=8)


def medium() -> Medium:
    return Medium(bytearray(SIZE), bytearray(SIZE))


@given(WRITES, WRITES, st.integers(0, 2**32))
def test_what_was_flushed_outlives_a_cut_and_every_sector_is_some_write_of_it(
    safe: list[tuple[int, int, int]], waiting: list[tuple[int, int, int]], seed: int
) -> None:
    disk = medium()
    could: list[set[int]] = [{0} for _ in range(16)]
    for start, count, value in safe:
        disk.write(start * SECTOR, bytes([value]) * (count * SECTOR))
        for sector in range(start, start + count):
            could[sector] = {value}
    disk.flush()
    for start, count, value in waiting:
        disk.write(start * SECTOR, bytes([value]) * (count * SECTOR))
        for sector in range(start, start + count):
            could[sector].add(value)
    fate = disk.cut(Random(seed))
    assert fate.kept + fate.lost + fate.torn == len(waiting)
    for sector, values in enumerate(could):
        found = set(bytes(disk.safe[sector * SECTOR : (sector + 1) * SECTOR]))
        assert len(found) == 1
        assert found <= values


def test_each_fate_comes_about_and_a_torn_write_is_part_old_and_part_new() -> None:
    kept = lost = torn = mixed = 0
    for seed in range(200):
        disk = medium()
        disk.write(0, b"\1" * (8 * SECTOR))
        fate = disk.cut(Random(seed))
        kept, lost, torn = kept + fate.kept, lost + fate.lost, torn + fate.torn
        mixed += fate.torn and 0 < disk.safe[: 8 * SECTOR].count(b"\1") < 8 * SECTOR
    assert min(kept, lost, torn) > 40
    assert mixed > 40


def test_what_was_written_is_read_back_before_it_is_safe() -> None:
    disk = medium()
    disk.write(100, b"words")
    assert disk.read(100, 5) == b"words"
    assert bytes(disk.safe[100:105]) == b"\0" * 5


def test_the_kernel_is_told_of_what_it_asks_that_is_not_known() -> None:
    served = Served(medium())
    said = served.answer(b"\x28\0\0\0\xff\0\0\0" + b"\7" + b"\0" * 31)
    assert said is not None
    assert said[4:8] == (-38).to_bytes(4, "little", signed=True)


def test_every_activity_gets_its_share_of_the_cuts() -> None:
    assert shares(200, list(ACTIVITIES)) == {"provisioning": 68, "update": 33, "package": 33, "deployment": 66}
    for cuts in range(1, 50):
        assert sum(shares(cuts, list(ACTIVITIES)).values()) == cuts
