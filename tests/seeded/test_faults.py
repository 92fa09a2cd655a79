"""The seeded faults are whole: each can be planted, and no safeguard that a device enforces is without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.seeded import faults
from tests.spec import table

FAULTS = faults.read()
LEAST = 60


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_it_can_be_planted(fault: faults.Fault) -> None:
    for name, text in faults.changed(fault).items():
        assert text != (faults.ROOT / name).read_text()
        compile(text, name, "exec")


def test_there_are_sixty_and_no_two_alike() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= LEAST
    assert len({tuple(sorted(faults.changed(fault).items())) for fault in FAULTS}) == len(FAULTS)


def test_every_safeguard_that_a_device_enforces_has_one() -> None:
    rows = dict(enumerate(table.read().safeguard, 1))
    enforced = {number for number, row in rows.items() if row.reach != "outside"}
    assert {fault.row for fault in FAULTS} == enforced


def test_code_that_has_moved_on_is_said(tmp_path: Path) -> None:
    fault = FAULTS[0]
    (tmp_path / fault.file).parent.mkdir(parents=True)
    (tmp_path / fault.file).write_text("nothing of it\n")
    with pytest.raises(faults.Moved, match=fault.name):
        faults.plant(fault, tmp_path / "copy", tmp_path)
