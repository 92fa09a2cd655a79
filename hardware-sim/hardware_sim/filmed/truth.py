"""The truth about a film, from its file. What is wrong with one is said with its line and a remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from edge.domain.errors import Misconfigured

_CLOCK: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:\.\d{1,6})?)")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
LONGEST: Final = 7 * 24 * 3600.0
"""Seconds that no film lasts longer."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Somebody goes by once. Offsets count from the start of the film."""

    begins: timedelta
    ends: timedelta
    person: str | None = None
    """The name of somebody on the list."""


@dataclass(frozen=True, slots=True)
class Truth:
    """All of it."""

    film: Path
    people: Mapping[str, tuple[Path, ...]]
    """Those on the list, and the pictures that they are enrolled from."""
    passages: tuple[Passage, ...]
    """By their begin."""


def read(path: Path) -> Truth:
    """The truth from its file. Raises Misconfigured."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"The truth {path} cannot be read: {error.strerror}.", "Name a TOML file.") from error
    except UnicodeDecodeError as error:
        raise Misconfigured(f"The truth {path} is no text.", "Save it as UTF-8.") from error
    return _Reading(path, text).truth()


class _Reading:
    """One file being read."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._lines = path, text.splitlines()
        try:
            self._said = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found[1]) if found else len(self._lines)
            raise self._wrong(line, f"this is not TOML: {error}", "Correct it") from error

    def truth(self) -> Truth:
        """What it says. Raises Misconfigured."""
        for key in self._said:
            if key not in ("film", "people", "passages"):
                raise self._wrong(
                    self._line(key), f"there is no {key!r} in a truth", "It takes film, people and passages"
                )
        film = self._said.get("film")
        if not isinstance(film, str) or not film:
            raise self._wrong(self._line("film"), "film does not name a file", 'Write film = "street.mp4"')
        people = self._people()
        passages = self._passages(people)
        self._apart(passages)
        ordered = tuple(sorted((passage for passage, _ in passages), key=lambda one: (one.begins, one.ends)))
        return Truth(self._path.parent / film, people, ordered)

    def _people(self) -> dict[str, tuple[Path, ...]]:
        said = self._said.get("people", {})
        if not isinstance(said, dict):
            raise self._wrong(
                self._line("people"), "people is no table", "Write [people.anna] and her pictures below it"
            )
        found = {}
        for name, facts in said.items():
            line = self._line(f"[people.{name}]", "people")
            if not _NAME.fullmatch(name):
                raise self._wrong(line, f"{name!r} is no name", "Use letters, digits, dots and dashes, at most 40")
            if not isinstance(facts, dict) or set(facts) != {"pictures"}:
                raise self._wrong(line, f"{name} needs pictures and nothing else", f'Write pictures = ["{name}.jpg"]')
            pictures = facts["pictures"]
            if not isinstance(pictures, list) or not pictures or not all(isinstance(one, str) for one in pictures):
                raise self._wrong(line, f"the pictures of {name} are no list of files", f'Write ["{name}.jpg"]')
            found[name] = tuple(self._path.parent / one for one in pictures)
            for one in found[name]:
                if not one.is_file():
                    raise self._wrong(line, f"there is no picture {one}", "Name one that lies beside this file")
        return found

    def _passages(self, people: Mapping[str, object]) -> list[tuple[Passage, int]]:
        said = self._said.get("passages")
        if not isinstance(said, list) or not said:
            raise self._wrong(self._line("passages"), "there are no passages", "Write [[passages]], from and to")
        return [self._passage(facts, number, people) for number, facts in enumerate(said)]

    def _passage(self, facts: object, number: int, people: Mapping[str, object]) -> tuple[Passage, int]:
        here = self._header(number)
        if not isinstance(facts, dict):
            raise self._wrong(here, "a passage is no table", "Write [[passages]], and from and to below it")
        for key in facts:
            if key not in ("person", "from", "to"):
                raise self._wrong(
                    self._within(number, key), f"a passage has no {key!r}", "It takes person, from and to"
                )
        for key in ("from", "to"):
            if key not in facts:
                raise self._wrong(here, f"this passage says no {key!r}", 'Write seconds, or "1:03.5"')
        begins, ends = (self._moment(facts[key], self._within(number, key), key) for key in ("from", "to"))
        if begins >= ends:
            raise self._wrong(
                self._within(number, "to"), f"it ends at {_said(ends)}, which is not after {_said(begins)}",
                "Give the moment at which the face is last seen",
            )  # fmt: skip
        person = facts.get("person")
        if person is not None and (not isinstance(person, str) or person not in people):
            raise self._wrong(
                self._within(number, "person"), f"nobody is called {person!r}",
                f"Name one of [people] ({', '.join(people) or 'nobody yet'}), or leave person out for a stranger",
            )  # fmt: skip
        return Passage(begins, ends, person), here

    def _moment(self, said: object, line: int, key: str) -> timedelta:
        seconds: float | None = None
        if isinstance(said, (int, float)) and not isinstance(said, bool):
            seconds = float(said)
        elif isinstance(said, str) and (clock := _CLOCK.fullmatch(said)):
            hours, minutes, rest = clock.groups()
            seconds = 3600 * int(hours or 0) + 60 * int(minutes) + float(rest)
        if seconds is None or not 0 <= seconds <= LONGEST:
            raise self._wrong(line, f"{key} is {said!r}, which is no moment", 'Write seconds, or "1:03.5"')
        return timedelta(seconds=seconds)

    def _apart(self, passages: Sequence[tuple[Passage, int]]) -> None:
        """Nobody goes by twice at once."""
        latest: dict[str, timedelta] = {}
        for passage, line in sorted(passages, key=lambda one: one[0].begins):
            if passage.person is None:
                continue
            if passage.begins < latest.get(passage.person, timedelta(0)):
                raise self._wrong(
                    line, f"{passage.person} goes by already at {_said(passage.begins)}", "Make it one passage, or two"
                )
            latest[passage.person] = passage.ends

    def _header(self, number: int) -> int:
        """The line of the n-th passage, from 0."""
        starts = [line for line, text in enumerate(self._lines, 1) if re.match(r"\s*\[\[\s*passages\s*\]\]", text)]
        return starts[number] if number < len(starts) else self._line("passages")

    def _within(self, number: int, key: str) -> int:
        first = self._header(number)
        for line in range(first + 1, len(self._lines) + 1):
            text = self._lines[line - 1]
            if re.match(r"\s*\[", text):
                break
            if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", text):
                return line
        return first

    def _line(self, *words: str) -> int:
        """The first line that begins with one of the words; the last of the file where there is none."""
        for word in words:
            for line, text in enumerate(self._lines, 1):
                if text.strip().lstrip("[").startswith(word.lstrip("[")):
                    return line
        return max(1, len(self._lines))

    def _wrong(self, line: int, what: str, remedy: str) -> Misconfigured:
        return Misconfigured(f"{self._path}, line {line}: {what}.", f"{remedy}.")


def _said(moment: timedelta) -> str:
    return f"{moment.total_seconds():g} s"
