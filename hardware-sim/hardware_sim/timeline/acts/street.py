"""Who goes by, and who is on scene."""

from __future__ import annotations

from hardware_sim.timeline.acting import act
from hardware_sim.timeline.story import Story


@act("walk")
def walk(
    story: Story, person: int, lasts: float = 3.0, after: float = 0.0, row: int = 120, like: int | None = None,
    score: float = 0.0,
) -> None:  # fmt: skip
    """Somebody goes by once. ``like`` and ``score`` make the chain find them like another person, to that score."""
    if like is not None:
        story.stand.extractor.likes[person] = (like, score)
    story.stand.passes(person, after=after, lasts=lasts, row=row)


@act("crowd")
def crowd(story: Story, first: int, people: int, every: float = 4.0, lasts: float = 3.0, row: int = 120) -> None:
    """So many people go by, one after the other, numbered from ``first``."""
    for number in range(people):
        story.stand.passes(first + number, after=number * every, lasts=lasts, row=row)


@act("passes-again")
def passes_again(story: Story, person: int, times: int, every: float = 5.0, lasts: float = 3.0) -> None:
    """One person goes by again and again."""
    for number in range(times):
        story.stand.passes(person, after=number * every, lasts=lasts)


@act("held-up")
def held_up(story: Story, person: int, lasts: float = 3.0, times: int = 1, every: float = 6.0) -> None:
    """A picture of somebody is held before the camera, and stands still."""
    for number in range(times):
        story.stand.holds_up(person, after=number * every, lasts=lasts)


@act("officer")
def officer(story: Story, on_scene: bool) -> None:
    """An officer comes, and signs every 45 seconds; or goes."""
    story.stand.officer_on_scene = on_scene
    if on_scene:
        story.stand.sign_presence()
        story.settle()


@act("wait")
def wait(story: Story, seconds: float) -> None:
    """Nothing happens for a while."""
    story.settle(seconds)
