"""What can be wrong with the camera and its heartbeats."""

from __future__ import annotations

from edge.audit.failures import Failure
from edge.domain.condition import Condition
from edge.domain.leaves.deployment import (
    CaptureOpened,
    Ended,
    ListDestroyed,
    ListOpened,
    PresenceConfirmed,
    Searched,
)
from edge.domain.leaves.device import Alive
from tests.audit.cast import at
from tests.audit.faults import fault
from tests.audit.mornings import DEPLOYMENT, a_morning_with_a_power_cut, alive
from tests.audit.story import Story


@fault(Failure.HEARTBEAT_MISSING)
def silent_half_an_hour(story: Story) -> None:
    """The device was up for half an hour and did not say that it was alive."""
    story.add(4000, alive(opens=1))


@fault(Failure.HEARTBEAT_MISSING)
def silent_at_work(story: Story) -> None:
    """There was no heartbeat in the five minutes of a deployment."""
    story.drop(Alive, 1)
    story.cosigned = story.cosigned[:1]


@fault(Failure.HEARTBEAT_CONTRADICTS)
def opened_once_more(story: Story) -> None:
    """A heartbeat says that the camera was opened three times; the journal has one."""
    story.change(Alive, 2, camera_opens=3)


@fault(Failure.HEARTBEAT_CONTRADICTS)
def open_in_the_morning(story: Story) -> None:
    """A heartbeat before the deployment says that the camera was open."""
    story.change(Alive, 0, camera_open=True)


@fault(Failure.POWER_WRONG)
def powered_while_shut(story: Story) -> None:
    """The camera had power a quarter of an hour after it had been shut."""
    story.change(Alive, 2, camera_powered=True)


@fault(Failure.LAMP_DARK)
def lamp_dark(story: Story) -> None:
    """The public lamp was dark while the camera was open."""
    story.change(Alive, 1, camera_powered=True, lamp_lit=False)


@fault(Failure.CAPTURED_UNWELL)
def looking_while_unsafe(story: Story) -> None:
    """The camera was open while the device said that it was unsafe."""
    story.change(Alive, 1, condition=Condition.UNSAFE)


@fault(Failure.OUTSIDE_DEPLOYMENT)
def opened_under_nothing(story: Story) -> None:
    """The camera was opened at night, under an authorisation that never began."""
    story.add(2000, CaptureOpened(authorisation="operation-0"))
    story.cosigned = story.cosigned[:1]


@fault(Failure.OUTSIDE_DEPLOYMENT)
def searched_after_the_end(story: Story) -> None:
    """Searches were counted after the deployment had ended."""
    story.move(Searched, 1512, 1)


@fault(Failure.NOT_ENDED, start=a_morning_with_a_power_cut)
def end_forgotten(story: Story) -> None:
    """After a power cut the end of the deployment was not recorded."""
    story.drop(Ended, 0)


@fault(Failure.OUTSIDE_DEPLOYMENT, start=a_morning_with_a_power_cut)
def went_on_after_a_power_cut(story: Story) -> None:
    """After a power cut the camera was opened under the old list, which had died with the process."""
    story.add(1600, CaptureOpened(authorisation=DEPLOYMENT), "boot-2")
    place = story.lines.index(story.line(Ended, 0))
    story.lines.insert(place, story.lines.pop(story.lines.index(story.line(CaptureOpened, 1))))


@fault(Failure.CAPTURED_AFTER_END, Failure.CAPTURED_WITHOUT_LIST)
def camera_open_after_the_end(story: Story) -> None:
    """The deployment ended, and the camera was shut four seconds later."""
    story.move(ListDestroyed, 1496)
    story.move(Searched, 1496, 1)
    story.move(Ended, 1496)
    story.drop(Searched, 1)
    story.cosigned = story.cosigned[:1]


@fault(Failure.CAPTURED_OUTSIDE_WINDOW, Failure.LIST_DESTROYED_LATE)
def past_the_hours(story: Story) -> None:
    """The window closed, and the camera stayed open for a minute more."""
    story.authorise(not_after=at(1440))


@fault(Failure.CAPTURED_WITHOUT_PRESENCE)
def officer_gone(story: Story) -> None:
    """The officer confirmed presence once; the camera stayed open for two minutes after that had run out."""
    story.drop(PresenceConfirmed, 1)
    story.cosigned = story.cosigned[:1]


@fault(Failure.CAPTURED_WITHOUT_LIST)
def looked_before_the_list(story: Story) -> None:
    """The camera was opened before the list was."""
    story.move(ListOpened, 1250)


@fault(Failure.CAPTURE_NOT_CLOSED)
def never_closed(story: Story) -> None:
    """The camera was opened again without having been closed."""
    story.add(1400, CaptureOpened(authorisation=DEPLOYMENT))
    story.change(Alive, 1, camera_opens=2)
    story.change(Alive, 2, camera_opens=2)
    story.cosigned = story.cosigned[:1]


@fault(Failure.SEARCHED_BLIND)
def searched_blind(story: Story) -> None:
    """People were searched for before the camera was opened."""
    story.move(Searched, 1210)
