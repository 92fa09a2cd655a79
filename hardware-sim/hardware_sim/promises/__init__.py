"""The promises: one list, each with a name, held against every run of a scenario, a campaign or a user's test.

A promise looks at the device after every turn, at every message that crosses the broker, at every hit that is opened,
and at journal and disk when the run is over. It judges by what the harness itself knows: who was authorised, when an
officer signed, who went by. None asks a door whether the door is shut.
"""

from __future__ import annotations

from typing import Final

from hardware_sim.promises.disk import DeletedIsGone, DiskHoldsNobody, ListsLeaveTheDisk
from hardware_sim.promises.evidence import EvidenceVerifies, HeadsArePublished, HeartbeatsOnTime, LeavesNameNobody
from hardware_sim.promises.hits import (
    EveryHitCommitted,
    EveryNumberEndsOnce,
    HitsAreLeads,
    HitsAreOfTheListed,
    HitsGoOutOnce,
    OneHitPerPassage,
)
from hardware_sim.promises.journal import (
    CameraIsAccountedFor,
    DeploymentsHaveOneEnd,
    LeasesAreShort,
    SearchesAreCounted,
)
from hardware_sim.promises.lists import KeysAreScrubbed, ListsAreDestroyed, PausesAreBounded, ThresholdFollows
from hardware_sim.promises.looking import (
    LampAndPower,
    NobodyUnauthorised,
    NobodyUnrecorded,
    StateIsTrue,
    WhatCannotSeeSaysSo,
)
from hardware_sim.promises.passers_by import NothingIsKept
from hardware_sim.promises.promise import Promise as Promise

PROMISES: Final[tuple[type[Promise], ...]] = (
    NobodyUnauthorised,
    NobodyUnrecorded,
    LampAndPower,
    StateIsTrue,
    WhatCannotSeeSaysSo,
    NothingIsKept,
    ListsAreDestroyed,
    PausesAreBounded,
    KeysAreScrubbed,
    ThresholdFollows,
    HitsAreOfTheListed,
    OneHitPerPassage,
    HitsAreLeads,
    HitsGoOutOnce,
    EveryHitCommitted,
    EveryNumberEndsOnce,
    CameraIsAccountedFor,
    DeploymentsHaveOneEnd,
    LeasesAreShort,
    SearchesAreCounted,
    HeartbeatsOnTime,
    HeadsArePublished,
    LeavesNameNobody,
    DiskHoldsNobody,
    DeletedIsGone,
    ListsLeaveTheDisk,
    EvidenceVerifies,
)
