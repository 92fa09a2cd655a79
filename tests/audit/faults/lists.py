"""What can be wrong with the list, the threshold, and what is installed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from edge.audit.failures import Failure
from edge.audit.release import FORMAT, Release
from edge.domain.authorisation import Category, CategoryCap, CategoryCount, ImageSource, SourceCount
from edge.domain.condition import Condition
from edge.domain.leaves.deployment import (
    Began,
    Ended,
    EntryWithdrawn,
    ListDestroyed,
    ListOpened,
)
from edge.domain.leaves.device import Booted
from tests.audit.cast import DETECTOR, EMBEDDER, EQUALITY, at, calibration, person
from tests.audit.faults import fault
from tests.audit.mornings import DEPLOYMENT, alive
from tests.audit.story import Story, name_of


@fault(Failure.LIST_OTHER)
def another_list(story: Story) -> None:
    """One entry more was on the list that was opened."""
    story.change(ListOpened, digest="f" * 64, entries=301)


@fault(Failure.LIST_STALE)
def list_of_yesterday(story: Story) -> None:
    """The list was built 25 hours before the start."""
    story.list_(built=at(1200 - 25 * 3600))


@fault(Failure.LIST_OVER_CAP)
def list_too_long(story: Story) -> None:
    """More people were listed than the purpose allows."""
    story.list_(cap=299)


@fault(Failure.LIST_OVER_CAP)
def category_too_long(story: Story) -> None:
    """More people of a category were listed than the authorisation allows of it."""
    story.list_(caps=(CategoryCap(category=Category.WANTED_BY_COURT, most=299),))


@fault(Failure.LIST_CATEGORY)
def category_without_a_cap(story: Story) -> None:
    """A category is listed that no cap limits."""
    story.list_(caps=(CategoryCap(category=Category.WANTED_FOR_OFFENCE, most=400),))


@fault(Failure.LIST_CATEGORY)
def children_without_authority(story: Story) -> None:
    """Under-eighteens were listed without an authority of their own."""
    story.list_(
        categories=(CategoryCount(category=Category.UNDER_18_AT_RISK, entries=300),),
        caps=(CategoryCap(category=Category.UNDER_18_AT_RISK, most=300),),
    )


@fault(Failure.LIST_CATEGORY)
def volunteers_in_earnest(story: Story) -> None:
    """Volunteers of an accuracy test were listed in an ordinary deployment."""
    story.list_(
        categories=(CategoryCount(category=Category.VOLUNTEER, entries=300),),
        caps=(CategoryCap(category=Category.VOLUNTEER, most=300),),
        sources=(SourceCount(source=ImageSource.VOLUNTEER, entries=300),),
    )


@fault(Failure.LIST_CATEGORY)
def pictures_from_nowhere(story: Story) -> None:
    """Nobody says where the pictures of most entries come from."""
    story.list_(sources=(SourceCount(source=ImageSource.CUSTODY, entries=12),))


@fault(Failure.LIST_NOT_DESTROYED)
def list_kept(story: Story) -> None:
    """The destruction of the list is not recorded."""
    story.drop(ListDestroyed)
    story.cosigned = story.cosigned[:1]


@fault(Failure.LIST_DESTROYED_LATE)
def list_destroyed_late(story: Story) -> None:
    """The window closed a minute before the list was destroyed; the camera had been shut in time."""
    story.authorise(not_after=at(1500))
    for kind in (ListDestroyed, Ended):
        story.move(kind, 1560)
    story.add(1480, alive(opens=1, is_open=True))
    story.cosigned = story.cosigned[:1]


@fault(Failure.LIST_KEPT_PAUSED)
def list_kept_while_paused(story: Story) -> None:
    """The list lay open for a quarter of an hour after the camera had been shut."""
    for kind in (ListDestroyed, Ended):
        story.move(kind, 2400)
    for when in (1760, 2050, 2345):
        story.add(when, alive(opens=1, condition=Condition.PAUSED))
    story.cosigned = story.cosigned[:1]


@fault(Failure.WITHDRAWN_WRONGLY)
def withdrawn_and_still_there(story: Story) -> None:
    """An entry was withdrawn, and the list did not grow shorter."""
    story.add(1400, EntryWithdrawn(authorisation=DEPLOYMENT, key=person("operator").id, left=300))
    story.cosigned = story.cosigned[:1]


@fault(Failure.CALIBRATION_NOT_SIGNED)
def calibration_by_an_officer(story: Story) -> None:
    """The calibration was signed by an authorising officer, and by no evaluator."""
    story.evaluators = ("authorising-officer",)


@fault(Failure.CALIBRATION_OTHER)
def calibration_of_other_models(story: Story) -> None:
    """The calibration was made with another embedder."""
    story.calibration = calibration(embedder="9" * 64)


@fault(Failure.PAPER_MISSING)
def calibration_left_out(story: Story) -> None:
    """The calibration is not in the bundle."""
    story.leave_out(f"papers/{name_of(story.signed_calibration)}.json")


@fault(Failure.THRESHOLD_UNSUPPORTED)
def more_than_the_evidence_carries(story: Story) -> None:
    """The authorised rate is smaller than the calibration's evidence can carry with so long a list."""
    story.authorise(max_fpir=Decimal("0.0001"))


@fault(Failure.THRESHOLD_DIFFERS)
def threshold_lowered(story: Story) -> None:
    """The device used a lower threshold than follows from its calibration."""
    story.change(Began, threshold=Decimal("0.45"))


@fault(Failure.MODELS_OTHER)
def other_models(story: Story) -> None:
    """Another embedder was installed than was authorised."""
    story.change(Booted, embedder="9" * 64)


@fault(Failure.CALIBRATION_INSTALLED)
def other_calibration(story: Story) -> None:
    """Another calibration was installed than was authorised."""
    story.change(Booted, calibration="9" * 64)


@fault(Failure.ZONE_OTHER)
def camera_turned(story: Story) -> None:
    """The device looked at another zone than was authorised."""
    story.change(Booted, zone="9" * 64)


@fault(Failure.CONFIGURATION_OTHER)
def configured_otherwise(story: Story) -> None:
    """The device was configured otherwise than authorised."""
    story.change(Booted, configuration="9" * 64)


def release(**fields: str) -> Release:
    said = {"version": "0.1.0", "detector": DETECTOR, "embedder": EMBEDDER, "calibration": "9" * 64, **fields}
    return Release(format=FORMAT, files={"edge/cli.py": "5" * 64}, **said)


@fault(Failure.RELEASE_VERSION)
def version_of_nobody(story: Story) -> None:
    """The device ran a version whose manifest was never published."""
    story.brought_releases = [release(version="0.0.9")]


@fault(Failure.EQUALITY_OTHER)
def equality_of_another_chain(story: Story) -> None:
    """What was published about equal treatment is not what the officers signed for."""
    story.brought_assessments = [EQUALITY + b"And in July.\n"]


@fault(Failure.RELEASE_MODELS)
def models_of_nobody(story: Story) -> None:
    """The device's models are not those of the published release."""
    story.brought_releases = [release(embedder="9" * 64)]


@fault(Failure.RELEASE_FILES)
def program_changed(story: Story) -> None:
    """The device shows a manifest in which one file is not the published one."""
    story.brought_releases = [release()]
    story.release = replace(release(), files={"edge/cli.py": "6" * 64})
