"""A device is wiped by two custodians of the trust root in force, and what it swore to remember outlives even that."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from edge import machine
from edge.adapters.provisioned import KEYS, in_use
from edge.adapters.store import SqliteStore
from edge.domain.authority import PinnedKey, Role, TrustRoot
from edge.domain.errors import Misconfigured
from edge.domain.leaves.device import EpochOpened
from edge.domain.provisioning import Objected, Objection, Reprovisioning
from edge.measure.people import MemoryKey
from edge.safeguards import epochs, papers
from edge.wire.custodians import first
from edge.wire.enrolment import asked
from edge.wire.signed import Kind, digest, parse, payload_of, sign
from tests.provision.cast import NOW, Device, bare, everything

MARK = b"2026-06-01T09:00:00+00:00"


@pytest.fixture
def device(tmp_path: Path) -> Device:
    made = bare(tmp_path)
    made.provisioned()
    return made


def refused(device: Device, order: Reprovisioning, *signers: MemoryKey) -> Objection:
    before = everything(device.disk.places.root)
    with pytest.raises(Objected) as caught:
        device.obeys(device.custodians.wipe(order, *signers))
    assert everything(device.disk.places.root).keys() >= before.keys()
    assert device.disk.in_force() == "epoch-1"
    return caught.value.objection


def test_a_wipe_that_a_power_cut_broke_off_is_finished_by_whoever_comes_next(device: Device) -> None:
    """From the moment that the link leads elsewhere: what is left of the old epoch is nobody's any more."""
    head = device.ran()
    device.obeys(device.custodians.wipe(device.custodians.order(NOW, epoch="epoch-1", head=head)))
    state = device.disk.places.state
    (state / "journal.sqlite").write_bytes(b"an old journal")
    (state / "undisturbed.lock").touch()
    (state / ".fresh").mkdir()
    (device.disk.places.folder / "epoch-1-00000000").mkdir()
    with device.disk.alone():
        assert [one.name for one in state.iterdir()] == ["undisturbed.lock"]
        assert not (device.disk.places.folder / "epoch-1-00000000").exists()


def test_the_state_of_a_device_in_force_is_its_daemons_alone(device: Device) -> None:
    device.ran()
    before = everything(device.disk.places.state)
    with device.disk.alone():
        assert everything(device.disk.places.state) == before


def test_two_custodians_have_a_device_wiped_and_it_asks_with_new_keys(device: Device) -> None:
    head = device.ran()
    old, keys = asked(device.provisioned_request()), {name: device.disk.read(name) for name in KEYS}
    (device.journal.parent / "blobs").mkdir()
    (device.journal.parent / "blobs" / "list").write_bytes(b"a sealed watchlist")
    request = asked(device.obeys(device.custodians.wipe(device.custodians.order(NOW, epoch="epoch-1", head=head))))
    assert (request.site, request.device, request.epoch) == ("camden", "post-1", "epoch-2")
    assert request.previous == head
    assert request.key != old.key
    assert request.certificate_request != old.certificate_request
    assert device.disk.in_force() is None
    assert device.disk.ended()
    left = everything(device.disk.places.root)
    for name, raw in keys.items():
        assert raw not in left.values(), name
    assert b"a sealed watchlist" not in left.values()
    assert not [name for name in left if "journal.sqlite" in name]
    with pytest.raises(Misconfigured, match="cannot be read"):
        device.settings()


def test_the_next_epochs_first_leaf_binds_the_journal_that_ended(device: Device) -> None:
    head = device.ran(values={"clock/mark": MARK, "authorisation/accepted-sequence": b"9", "orders/counter": b"3"})
    signed = device.obeys(device.custodians.wipe(device.custodians.order(NOW, epoch="epoch-1", head=head)))
    answer = device.custodians.answer(signed, NOW)
    device.accepts(answer)
    assert device.settings().device.epoch == "epoch-2"
    store, root = SqliteStore(device.journal), first(answer.trust_root)
    leaf = epochs.first_leaf(store, root, site="camden", device="post-1", epoch="epoch-2")  # type: ignore[arg-type]
    assert answer.opening is not None
    assert leaf == EpochOpened(
        digest=digest(payload_of(answer.opening)), previous_origin=head.origin, previous_size=head.size,
        previous_root=head.root,
    )  # fmt: skip
    assert store.get("clock/mark") == MARK
    assert store.get("authorisation/accepted-sequence") == b"9"
    assert store.get("orders/counter") is None
    store.close()


def test_a_place_keeps_its_settings_and_may_be_given_others(device: Device) -> None:
    anew = device.folder / "placed"
    anew.mkdir()
    placed = bare(anew)
    answer = placed.custodians.answer(placed.asks(), NOW)
    placed.accepts(answer, site=b"threads = 3\n")
    placed.accepts_next()
    assert placed.settings().threads == 3


@pytest.mark.parametrize(
    ("fields", "objection"),
    [
        ({"site": "soho"}, Objection.OTHER_DEVICE),
        ({"device": "post-2"}, Objection.OTHER_DEVICE),
        ({"epoch": "epoch-0"}, Objection.OTHER_DEVICE),
        ({"head": None}, Objection.JOURNAL_IS_HERE),
    ],
)
def test_a_decision_about_something_else_wipes_nothing(
    device: Device, fields: dict[str, object], objection: Objection
) -> None:
    order = device.custodians.order(NOW, epoch="epoch-1", head=device.ran())
    assert refused(device, replace(order, **fields)) is objection  # type: ignore[arg-type]


def test_what_was_not_exported_is_not_wiped(device: Device) -> None:
    head = device.ran(size=7)
    for changed in ({"size": 6}, {"root": "b" * 64}, {"origin": "lamppost/camden/post-1/epoch-0"}):
        order = device.custodians.order(NOW, epoch="epoch-1", head=replace(head, **changed))
        assert refused(device, order) is Objection.JOURNAL_NOT_EXPORTED
    later = device.custodians.order(NOW, epoch="epoch-1", head=replace(head, size=8, root="c" * 64))
    device.obeys(device.custodians.wipe(later))
    assert device.disk.ended()


def test_one_person_wipes_nothing_and_two_strangers_do_not_either(device: Device) -> None:
    order = device.custodians.order(NOW, epoch="epoch-1", head=device.ran())
    assert refused(device, order, device.custodians.pair[0]) is Objection.NOT_SIGNED
    assert refused(device, order, *[device.custodians.pair[0]] * 2) is Objection.NOT_SIGNED
    assert refused(device, order, MemoryKey(), MemoryKey()) is Objection.NOT_SIGNED
    assert refused(device, order, device.custodians.pair[0], device.custodians.evaluator) is Objection.NOT_SIGNED


def test_a_decision_of_another_kind_wipes_nothing(device: Device) -> None:
    order = device.custodians.order(NOW, epoch="epoch-1", head=device.ran())
    with pytest.raises(Objected) as caught:
        device.obeys(sign(order, Kind.NEW_EPOCH, *device.custodians.pair))
    assert caught.value.objection is Objection.NOT_SIGNED


def test_a_journal_that_is_lost_needs_no_head_and_nothing_is_bound(device: Device) -> None:
    device.ran()
    device.journal.write_bytes(b"not a store" * 1000)
    signed = device.obeys(device.custodians.wipe(device.custodians.order(NOW, epoch="epoch-1", head=None)))
    assert asked(signed).previous is None
    device.accepts(device.custodians.answer(signed, NOW))
    assert device.settings().device.epoch == "epoch-2"


def test_a_device_that_never_ran_is_wiped_without_a_head(device: Device) -> None:
    device.obeys(device.custodians.wipe(device.custodians.order(NOW, epoch="epoch-1", head=None)))
    assert device.disk.ended()
    assert not device.disk.places.state.exists()


def test_an_answer_that_does_not_bind_the_journal_is_refused(device: Device) -> None:
    head = device.ran()
    signed = device.obeys(device.custodians.wipe(device.custodians.order(NOW, epoch="epoch-1", head=head)))
    answer = device.custodians.answer(signed, NOW)
    request = asked(signed)
    assert answer.opening is not None
    other = device.custodians.opening(replace(request, previous=replace(head, size=head.size + 1)), NOW)
    lone = replace(answer.opening, signatures=answer.opening.signatures[:1])
    elsewhere = device.custodians.opening(replace(request, device="post-2"), NOW)
    for opening in (None, other, lone, elsewhere):
        with pytest.raises(Objected) as caught:
            device.accepts(replace(answer, opening=opening))
        assert caught.value.objection is Objection.JOURNAL_NOT_BOUND
    device.accepts(answer)


def test_a_wiped_device_may_ask_again_and_still_binds_and_remembers(device: Device) -> None:
    head = device.ran(values={"clock/mark": MARK})
    device.obeys(device.custodians.wipe(device.custodians.order(NOW, epoch="epoch-1", head=head)))
    signed = device.asks(again=True)
    assert asked(signed).previous == head
    assert asked(signed).epoch == "epoch-2"
    with pytest.raises(Misconfigured, match="It is to be camden/post-1"):
        device.asks(again=True, site="soho")
    device.accepts(device.custodians.answer(signed, NOW))
    store = SqliteStore(device.journal)
    assert store.get("clock/mark") == MARK
    store.close()


def test_nothing_is_wiped_beneath_a_running_daemon(device: Device) -> None:
    order = device.custodians.order(NOW, epoch="epoch-1", head=device.ran())
    store = SqliteStore(device.journal)
    assert store.size() == 0
    assert in_use(device.journal)
    with pytest.raises(Misconfigured, match="The daemon runs"):
        device.obeys(device.custodians.wipe(order))
    store.close()
    assert not in_use(device.journal)
    device.obeys(device.custodians.wipe(order))


def test_a_bare_device_has_nothing_to_be_wiped(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    made = bare(tmp_path / "bare")
    order = made.custodians.wipe(made.custodians.order(NOW, epoch="epoch-1", head=None))
    with pytest.raises(Misconfigured, match="is not provisioned"):
        made.obeys(order)


def test_custodians_who_took_the_place_of_others_decide_and_the_others_do_not(device: Device) -> None:
    """The trust root in force is the newest that the journal holds, not the one that was pinned first."""
    head = device.ran()
    pinned = device.custodians.last
    assert pinned is not None
    root = parse(payload_of(pinned), TrustRoot)
    fresh = (MemoryKey(), MemoryKey())
    kept = tuple(one for one in root.keys if one.role is not Role.CUSTODIAN)
    following = replace(
        root, version=2, keys=(*kept, *(PinnedKey(role=Role.CUSTODIAN, key=one.public) for one in fresh))
    )
    signed = sign(following, Kind.TRUST_ROOT, *device.custodians.pair, *fresh)
    store = SqliteStore(device.journal)
    with store.transaction() as transaction:
        papers.keep(transaction, pinned)
        transaction.put("trust-root/version/2", papers.keep(transaction, signed).encode())
        transaction.put("trust-root/newest", b"2")
    store.close()
    order = device.custodians.order(NOW, epoch="epoch-1", head=head)
    assert refused(device, order) is Objection.NOT_SIGNED
    device.obeys(device.custodians.wipe(order, *fresh))
    assert device.disk.ended()


def test_a_store_is_only_looked_at_and_never_made(tmp_path: Path) -> None:
    assert machine.left_behind(tmp_path / "journal.sqlite") is None
    assert list(tmp_path.iterdir()) == []
    with sqlite3.connect(tmp_path / "other.sqlite"):
        pass
    assert not in_use(tmp_path / "nothing.sqlite")
