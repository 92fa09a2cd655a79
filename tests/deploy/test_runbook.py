"""The runbook has a row for every word that a device can say, and for every alert; and every command in it there is."""

from __future__ import annotations

import enum
import re
from pathlib import Path

import pytest

from edge.cli import main
from edge.domain.condition import Condition, EndReason
from edge.domain.errors import Reason
from edge.domain.health import Concern
from edge.updating.refusals import No

DEPLOY = Path(__file__).parents[2] / "deploy"
BOOK = (DEPLOY / "runbook.md").read_text()
WHO = {"ladder", "room", "signers", "custodians", "keeper", "nobody"}
WORDS: dict[str, type[enum.Enum]] = {
    "What it is doing": Condition, "Why a deployment ended": EndReason, "What somebody must see to": Concern,
    "What stands in the way": Reason, "Why nothing was updated": No,
}  # fmt: skip


def rows(section: str) -> list[list[str]]:
    """The cells of a section's table."""
    text = BOOK.split(f"\n## {section}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def first(section: str) -> list[str]:
    found = [re.match(r"`([^`]+)`", row[0]) for row in rows(section)]
    return [one.group(1) for one in found if one]


@pytest.mark.parametrize("section", WORDS)
def test_every_word_that_a_device_can_say_has_one_row(section: str) -> None:
    assert sorted(first(section)) == sorted(word.value for word in WORDS[section])


def test_every_alert_has_one_row_and_those_that_are_critical_are_marked() -> None:
    rules = (DEPLOY / "prometheus/lamppost.rules.yml").read_text()
    alerts = dict(re.findall(r"- alert: (\w+)\n(?:.*\n)+?\s+labels: \{severity: (\w+)\}", rules))
    assert len(alerts) == rules.count("- alert:")
    assert sorted(first("Alerts")) == sorted(alerts)
    marked = {row[0].split("`")[1] for row in rows("Alerts") if "†" in row[0]}
    assert marked == {name for name, severity in alerts.items() if severity == "critical"}


@pytest.mark.parametrize("section", [*list(WORDS)[2:], "Alerts"])
def test_every_row_says_who_and_what(section: str) -> None:
    for word, who, what in rows(section):
        assert who in WHO, word
        assert len(what) > 4, word


def commands(text: str) -> set[str]:
    """What stands in it as a command of ours."""
    return set(re.findall(r"(?:`|^ {4})(?:sudo )?lamppost ([a-z][a-z-]+)", text, re.MULTILINE))


@pytest.mark.parametrize("page", ["runbook.md", "provisioning.md", "image/README.md", "ansible/README.md"])
def test_every_command_that_a_page_names_there_is(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in commands((DEPLOY / page).read_text()):
        with pytest.raises(SystemExit) as left:
            main([command, "--help"])
        assert left.value.code == 0, f"lamppost {command}: {capsys.readouterr().err}"


def test_the_runbook_names_what_ends_what_begins_and_what_examines() -> None:
    assert {"stop", "start", "presence", "withdraw", "verify"} <= commands(BOOK)
