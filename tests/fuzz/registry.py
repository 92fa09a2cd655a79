"""Every reader of outside bytes, one entry each. ``test_fuzz`` fails where one is missing.

A kind of document is one line in :data:`DOCUMENTS`; anything else is one :class:`Reader` beside its likes.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from edge.audit.bundle import Page
from edge.audit.release import Release
from edge.control_room.enrolling.bundle import Bundle
from edge.control_room.keeping import Held
from edge.domain import custody
from edge.domain.access import Opinion, View
from edge.domain.authorisation import AccuracyReport, Authorisation, Ratification
from edge.domain.authority import Signed, TrustRoot
from edge.domain.jobs import Job
from edge.domain.models import ModelList
from edge.domain.orders import BODIES, Heading, Reply
from edge.domain.provisioning import Enrolment, EnrolmentRequest, Reprovisioning
from edge.domain.record import EVENTS, Checkpoint, Told
from edge.domain.subjects import Export
from edge.safeguards.accuracy import Latest
from edge.safeguards.transfers import Transfer
from edge.safeguards.urgent import Urgent
from edge.steps.calibrate import Calibration
from edge.wire import events, health, signed, watchlist
from edge.wire.parcels import Parcel, Support
from edge.wire.public import Public
from tests.fuzz import (
    bundle_readers,
    door,
    enrolling_readers,
    file_readers,
    provisioning_readers,
    samples,
    updating_readers,
    wire_readers,
)
from tests.fuzz.examples import documents
from tests.fuzz.reader import Reader

DOCUMENTS: Final[tuple[type, ...]] = (
    Authorisation,
    Ratification,
    AccuracyReport,
    TrustRoot,
    Calibration,
    Checkpoint,
    Reply,
    Heading,
    Signed,
    custody.NewEpoch,
    custody.NewClock,
    EnrolmentRequest,
    Enrolment,
    Reprovisioning,
    Export,
    Bundle,
    Held,
    Told,
    Latest,
    Urgent,
    Opinion,
    View,
    Urgent,
    Latest,
    events.State,
    events.Deployment,
    health.Health,
    events.SealedHit,
    events.HitContent,
    events.SealedPreview,
    events.PreviewContent,
    watchlist.Header,
    Page,
    Release,
    Public,
    ModelList,
    Job,
    Transfer,
    Parcel,
    Support,
    *BODIES.values(),
    *EVENTS.values(),
)
"""Everything that is parsed in canonical form."""


def readers(folder: Path) -> list[Reader]:
    """All of them. ``folder`` is room for files and for a device's state."""
    return [
        *_documents(),
        *wire_readers.wire(),
        *wire_readers.tlog(),
        *wire_readers.secrets(),
        *file_readers.files(folder),
        *bundle_readers.bundles(folder),
        *provisioning_readers.provisioning(folder / "provisioning"),
        *enrolling_readers.enrolling(folder / "enrolling"),
        *updating_readers.updating(folder / "updating"),
        *door.doors(folder / "site"),
    ]


def _documents() -> list[Reader]:
    return [
        Reader(
            f"document {kind.__name__}",
            partial(signed.parse, kind=kind),
            partial(_seeds, kind),
            covers=("edge.wire.signed:parse",),
            share=2.0 if kind in (Authorisation, TrustRoot, Calibration) else 0.5,
        )
        for kind in DOCUMENTS
    ]


def _seeds(kind: type, random: Random) -> list[bytes]:
    return samples.of(kind) + documents(kind, random, 20)
