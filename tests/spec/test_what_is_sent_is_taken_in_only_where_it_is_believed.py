"""A calibration, models and a trust root may be sent: each is believed by the same signatures as at a start, nothing is
replaced beneath a deployment, and no model that no list names is ever written to disk.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from edge import chosen
from edge.adapters.store import SqliteStore
from edge.control_room import deploy
from edge.control_room.delivery import announcement, deliver, message_of
from edge.control_room.desk import Refused
from edge.domain.authority import Role
from edge.domain.errors import Reason
from edge.domain.jobs import JobState, Reply
from edge.domain.leaves.device import Booted, Installed, TrustRotated
from edge.domain.models import ListedModel, ListedTensor, ModelList
from edge.domain.orders import Verb
from edge.domain.transfers import Content
from edge.safeguards.installing import Installing
from edge.safeguards.journal import Journal
from edge.safeguards.verify import Facts, Keys
from edge.steps.calibrate import Calibration
from edge.wire.signed import Kind, canonical, digest, sign
from hardware_sim.office import MemoryKey
from hardware_sim.scripted import DETECTOR, EMBEDDER
from hardware_sim.site import CALIBRATION, Site


@pytest.fixture
def idle(site: Site) -> Site:
    site.run(1)
    return site


def another() -> Calibration:
    """A calibration that says a little more of itself."""
    return replace(CALIBRATION, source="measured again", searches_per_passage=Decimal("1.5"))


def signed(table: Calibration, key: MemoryKey) -> bytes:
    return canonical(sign(table, Kind.CALIBRATION, key))


def send(site: Site, content: Content, raw: bytes, key: MemoryKey | None = None) -> Reply:
    return deliver(site.desk, content, raw, key or site.office.operator)


def on_disk(site: Site) -> set[str]:
    """Everything that lies in the device's folder but its journal."""
    return {
        path.relative_to(site.folder).as_posix()
        for path in site.folder.rglob("*")
        if path.is_file() and not path.name.startswith("journal.sqlite")
    }


def installed(site: Site) -> list[Content]:
    return [event.content for event in site.journal() if isinstance(event, Installed)]


def calibration_of(site: Site) -> str:
    return [event.calibration for event in site.journal() if isinstance(event, Booted)][-1]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.EVALUATOR])
def test_a_calibration_is_used_from_the_next_start_on(idle: Site, role: Role) -> None:
    before, raw = calibration_of(idle), signed(another(), idle.office.evaluator)
    key = {Role.OPERATOR: idle.office.operator, Role.EVALUATOR: idle.office.evaluator}[role]
    reply = send(idle, Content.CALIBRATION, raw, key)
    assert (reply.job, reply.facts) == (JobState.SUCCEEDED, {"digest": digest(raw), "effective": "next-start"})
    assert installed(idle) == [Content.CALIBRATION]
    assert idle.authorisation(idle.list_of(7)).calibration == before
    idle.deploy(7)
    idle.stop()
    idle.power_cut()
    idle.run(1)
    assert calibration_of(idle) == digest(canonical(another()))
    with pytest.raises(Refused, match="wrong-calibration"):
        idle.deploy(7)
    idle.deploy(7, calibration=digest(canonical(another())))


def test_the_one_before_stays_beside_it(idle: Site) -> None:
    first, second = (
        signed(replace(another(), source=source), idle.office.evaluator) for source in ("first", "second")
    )  # fmt: skip
    send(idle, Content.CALIBRATION, first)
    send(idle, Content.CALIBRATION, second)
    folder = idle.folder / "installed"
    assert (folder / "calibration.json").read_bytes() == second
    assert (folder / "calibration.json.previous").read_bytes() == first
    assert on_disk(idle) == {"installed/calibration.json", "installed/calibration.json.previous"}


def test_a_calibration_whose_evaluator_is_revoked_gives_way_to_the_one_that_was_provisioned(idle: Site) -> None:
    send(idle, Content.CALIBRATION, signed(another(), idle.office.evaluator))
    path = idle.folder / "installed" / "calibration.json"
    path.write_bytes(signed(another(), MemoryKey()))
    idle.power_cut()
    assert calibration_of(idle) == digest(canonical(CALIBRATION))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (lambda site: signed(another(), MemoryKey()), Reason.UNKNOWN_KEY),
        (lambda site: signed(another(), site.office.operator), Reason.WRONG_ROLE),
        (lambda site: canonical(sign(another(), Kind.ORDER, site.office.evaluator)), Reason.MALFORMED),
        (lambda site: canonical(another()), Reason.MALFORMED),
        (lambda site: os.urandom(2000), Reason.MALFORMED),
        (
            lambda site: signed(replace(another(), embedder="f" * 64), site.office.evaluator),
            Reason.OTHER_CHAIN,
        ),
        (
            lambda site: signed(replace(another(), detector="f" * 64), site.office.evaluator),
            Reason.OTHER_CHAIN,
        ),
        (
            lambda site: signed(replace(another(), alignment="f" * 8), site.office.evaluator),
            Reason.OTHER_CHAIN,
        ),
        (lambda site: signed(replace(another(), fusion="f" * 8), site.office.evaluator), Reason.OTHER_CHAIN),
    ],
)
def test_a_calibration_that_a_start_would_refuse_is_refused(idle: Site, content: object, reason: Reason) -> None:
    assert callable(content)
    with pytest.raises(Refused, match=reason.value):
        send(idle, Content.CALIBRATION, content(idle))
    assert (on_disk(idle), installed(idle)) == (set(), [])


@pytest.mark.parametrize("content", [Content.CALIBRATION, Content.MODEL, Content.MODELS])
def test_nothing_of_the_chain_is_replaced_beneath_a_deployment(watching: Site, content: Content) -> None:
    before = on_disk(watching)
    raw = signed(another(), watching.office.evaluator)
    with pytest.raises(Refused, match="in-deployment"):
        send(watching, content, raw)
    assert on_disk(watching) == before


def test_what_is_whole_only_after_a_deployment_has_begun_is_given_up(idle: Site) -> None:
    raw = signed(another(), idle.office.evaluator)
    plan = announcement(Content.CALIBRATION, raw)
    order = idle.desk.send(Verb.ANNOUNCE, plan, idle.office.operator)
    idle.run(0.5)
    idle.deploy(7)
    idle.desk.publish(message_of(idle.topics, plan, raw, 0))
    idle.run(0.5)
    reply = idle.desk.latest(order)
    assert reply is not None
    assert (reply.job, reply.reason) == (JobState.FAILED, "in-deployment")
    assert installed(idle) == []


# Models.

MODEL = os.urandom(9000)


def listing(raw: bytes, name: str = "detector.int8.tflite", identity: str = "7" * 64) -> ModelList:
    tensor = ListedTensor(name="input", shape=(1, 8, 8, 3), dtype="uint8")
    model = ListedModel(
        file=name, sha256=digest(raw), identity=identity, task="detector", precision="int8", input=tensor,
        outputs=(tensor,),
    )  # fmt: skip
    return ModelList(format=1, models=(model,))


def released(site: Site, *lists: ModelList) -> None:
    """The release's own list lies beside the device's state."""
    folder = site.folder / "release"
    folder.mkdir()
    models = [model for one in lists for model in one.models]
    (folder / "manifest.json").write_bytes(canonical(ModelList(format=1, models=tuple(models))))


def test_a_model_that_no_list_names_is_refused_before_a_byte_of_it_is_kept(idle: Site) -> None:
    released(idle, listing(b"another"))
    with pytest.raises(Refused, match="model-not-listed"):
        send(idle, Content.MODEL, MODEL)
    assert on_disk(idle) == {"release/manifest.json"}
    assert installed(idle) == []


def test_a_model_of_the_release_may_be_sent(idle: Site) -> None:
    released(idle, listing(MODEL))
    assert send(idle, Content.MODEL, MODEL).job is JobState.SUCCEEDED
    assert any(name.endswith("/detector.int8.tflite") for name in on_disk(idle))
    assert installed(idle) == [Content.MODEL]


def test_a_model_of_a_list_that_an_evaluator_signed_may_be_sent_by_an_operator(idle: Site) -> None:
    documents = canonical(sign(listing(MODEL), Kind.MODELS, idle.office.evaluator))
    assert send(idle, Content.MODELS, documents).job is JobState.SUCCEEDED
    assert send(idle, Content.MODEL, MODEL).job is JobState.SUCCEEDED
    (coming,) = (path.parent for path in idle.folder.glob("installed/models/*/manifest.json"))
    (detector,) = chosen.identities(coming) - {EMBEDDER}
    for_it = signed(replace(another(), detector=detector), idle.office.evaluator)
    assert send(idle, Content.CALIBRATION, for_it).job is JobState.SUCCEEDED
    assert installed(idle) == [Content.MODELS, Content.MODEL, Content.CALIBRATION]
    idle.power_cut()
    # The simulator's own chain is another one, so what was provisioned is used.
    assert calibration_of(idle) == digest(canonical(CALIBRATION))


def test_who_signs_a_list_of_models_does_not_send_it(idle: Site) -> None:
    documents = canonical(sign(listing(MODEL), Kind.MODELS, idle.office.evaluator))
    for content in (Content.MODELS, Content.MODEL):
        with pytest.raises(Refused, match="wrong-role"):
            send(idle, content, documents, idle.office.evaluator)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"task": "age"}, "malformed"),
        ({"task": "emotion"}, "malformed"),
        ({"precision": "float32"}, "malformed"),
        ({"file": "../detector.tflite"}, "malformed"),
        ({"file": "manifest.json"}, "malformed"),
    ],
)
def test_a_list_holds_plain_files_for_the_two_tasks_and_no_others(
    idle: Site, change: dict[str, str], reason: str
) -> None:
    document = json.loads(canonical(listing(MODEL)))
    document["models"][0] |= change
    with pytest.raises(Refused, match=reason):
        send(idle, Content.MODELS, canonical(sign(document, Kind.MODELS, idle.office.evaluator)))
    assert on_disk(idle) == set()


@pytest.mark.parametrize("who", ["operator", "second"])
def test_a_list_of_models_that_no_evaluator_signed_is_refused(idle: Site, who: str) -> None:
    documents = canonical(sign(listing(MODEL), Kind.MODELS, getattr(idle.office, who)))
    with pytest.raises(Refused, match="wrong-role"):
        send(idle, Content.MODELS, documents)
    assert on_disk(idle) == set()


def test_a_device_that_keeps_nothing_says_so(idle: Site, tmp_path: Path) -> None:
    facts = Facts(
        site="bench", device="post-1", simulated=True, detector=DETECTOR, embedder=EMBEDDER, calibration="0" * 64,
        zone="0" * 64, configuration="0" * 64,
    )  # fmt: skip
    journal = Journal(SqliteStore(tmp_path / "other.sqlite"), MemoryKey(), origin="other", boot="boot")
    door = Installing(Keys(idle.office.trust_root()), facts, idle.device.daemon.gate, journal, None)
    refusal = door.refuses(announcement(Content.MODEL, MODEL))
    assert refusal is not None
    assert refusal.reason is Reason.CANNOT_INSTALL
    assert door.refuses(announcement(Content.TRUST_ROOT, MODEL)) is None


# Trust roots.


def test_a_trust_root_may_come_in_chunks_and_goes_through_its_own_door(watching: Site) -> None:
    office = watching.office
    following = office.trust_root(version=2)
    raw = canonical(office.signed_root(following))
    for key, fits in ((office.operator, True), (office.evaluator, False)):
        if not fits:
            with pytest.raises(Refused, match="wrong-role"):
                send(watching, Content.TRUST_ROOT, raw, key)
            continue
        reply = send(watching, Content.TRUST_ROOT, raw, key)
        assert (reply.job, reply.facts) == (JobState.SUCCEEDED, {"version": 2})
    assert [event.version for event in watching.journal() if isinstance(event, TrustRotated)] == [2]
    assert deploy.status(watching.desk, office.operator)["trust-root-version"] == 2


def test_a_trust_root_that_does_not_follow_is_refused_there(idle: Site, tmp_path: Path) -> None:
    raw = canonical(idle.office.signed_root(idle.office.trust_root(version=3)))
    with pytest.raises(Refused, match="trust-root-old"):
        send(idle, Content.TRUST_ROOT, raw)
    with pytest.raises(Refused, match="malformed"):
        send(idle, Content.TRUST_ROOT, b"{}")
    assert on_disk(idle) == set()
