"""Attacks from inside: somebody who may give orders adds a person, brings last week back, wants a lower threshold."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal

import msgspec
import numpy as np
import pytest

from edge.control_room import deploy
from edge.control_room.desk import Refused
from edge.domain.authorisation import Category, ImageSource, SensitiveAuthority, SourceCount, UseCase
from edge.domain.condition import Condition
from edge.domain.leaves.deployment import Began, ListOpened
from edge.domain.leaves.device import Refused as RefusedLeaf
from edge.domain.message import Outgoing
from edge.domain.orders import BODIES, Start, Verb
from edge.safeguards.gallery import Gallery
from edge.settings import Settings
from edge.steps import align
from edge.wire import watchlist
from edge.wire.events import Deployment
from edge.wire.signed import Kind, sign
from hardware_sim.scripted import EMBEDDER, features_of
from hardware_sim.site import Site


def said(site: Site) -> Deployment:
    found = site.desk.seen.deployment
    assert found is not None
    return found


def refusals(site: Site) -> list[str]:
    return [event.reason for event in site.journal() if isinstance(event, RefusedLeaf)]


def test_the_operator_cannot_add_an_ex_partner_to_the_list_that_is_open(watching: Site) -> None:
    """The list that is loaded is the one whose digest two people signed, and it is loaded once."""
    longer = watching.list_of(7, 9)
    with pytest.raises(Refused, match="wrong-list"):
        deploy.load(watching.desk, said(watching), longer, watching.topics, watching.office.operator)
    watching.walk(9)
    watching.walk(7, row=60)
    watching.run(8)
    assert [hit.content.entry for hit in watching.hits] == ["v-0007"]
    assert sum(isinstance(event, ListOpened) for event in watching.journal()) == 1
    assert refusals(watching) == ["wrong-list"]


def test_nor_by_an_authorisation_of_the_operators_own(watching: Site) -> None:
    operator, office = watching.office.operator, watching.office
    document = watching.authorisation(watching.list_of(7, 9))
    for signers in ((operator,), (operator, office.second), (office.officer, operator)):
        signed = sign(document, Kind.AUTHORISATION, *signers)
        with pytest.raises(Refused, match="wrong-role"):
            watching.desk.order(Verb.START, Start(authorisation=signed), operator)
        watching.run(11)
    assert refusals(watching) == ["wrong-role"] * 3
    assert sum(isinstance(event, Began) for event in watching.journal()) == 1


def test_nor_by_one_that_two_people_signed_while_another_is_in_force(watching: Site) -> None:
    signed = watching.office.signed(watching.authorisation(watching.list_of(7, 9)))
    with pytest.raises(Refused, match="other-authorisation"):
        deploy.start(watching.desk, signed, watching.office.operator)
    assert watching.condition is Condition.ACTIVE


def test_a_person_who_has_passed_by_is_not_found_by_a_list_that_comes_later(watching: Site) -> None:
    watching.walk(9)
    watching.run(6)
    watching.stop()
    watching.deploy(9)
    watching.confirm_presence()
    watching.run(6)
    assert watching.hits == []


def test_no_order_enrols_searches_lowers_or_switches_off() -> None:
    """The set of orders is closed, and none of them can carry a picture, features, a threshold or a person's name."""
    assert {verb.value for verb in Verb} == {
        "start", "load", "stop", "presence", "ack", "status", "trust", "ratify", "review", "hold", "withdraw-entry",
        "accuracy", "reset-clock", "replay", "announce", "self-test", "support", "export",
    }  # fmt: skip
    carried = {field.name for body in BODIES.values() for field in fields(body)}
    assert not carried & {"image", "picture", "face", "features", "template", "threshold", "score", "name", "enrol"}


def test_the_gallery_has_no_way_to_add_or_to_read() -> None:
    assert {name for name in vars(Gallery) if not name.startswith("_")} <= {
        "prepare", "open", "search", "destroy", "threshold", "withdraw",
    }  # fmt: skip


def test_last_weeks_start_begins_nothing(watching: Site) -> None:
    """The recorded message, the recorded authorisation in a new order, and the same once its window is over."""
    start = watching.topics.order(Verb.START)
    recorded = [message for message in watching.broker.heard if message.topic == start]
    last_week = watching.office.signed(watching.authorisation(watching.list_of(7)))
    watching.stop()
    watching.officer_on_scene = False
    deploy.start(watching.desk, last_week, watching.office.operator)
    watching.stop()
    opens = watching.camera.opens
    watching.clock.advance(timedelta(days=7))
    watching.run(1)
    began = sum(isinstance(event, Began) for event in watching.journal())
    for message in recorded:
        watching.broker.forge(Outgoing(message.topic, message.payload))
    watching.run(1)
    with pytest.raises(Refused, match="expired"):
        deploy.start(watching.desk, last_week, watching.office.operator)
    assert refusals(watching)[-1] == "expired"
    assert sum(isinstance(event, Began) for event in watching.journal()) == began
    assert watching.condition is Condition.IDLE
    assert watching.camera.opens == opens


def test_an_authorisation_that_has_ended_does_not_come_back_within_its_window_either(watching: Site) -> None:
    signed = watching.office.signed(watching.authorisation(watching.list_of(7)))
    watching.stop()
    deploy.start(watching.desk, signed, watching.office.operator)
    watching.stop()
    with pytest.raises(Refused, match="replayed"):
        deploy.start(watching.desk, signed, watching.office.operator)


def test_a_missing_child_lowers_no_threshold(site: Site) -> None:
    """There is nothing to lower: the threshold follows from evidence, rate and length of the list, and is recorded."""
    site.run(1)
    thresholds = []
    for entries, rate in ((20, "0.01"), (20, "0.001"), (199, "0.01")):
        sealed = site.list_of(7, decoys=entries)
        site.deploy_list(sealed, max_fpir=Decimal(rate))
        (*_, began) = (event for event in site.journal() if isinstance(event, Began))
        thresholds.append(began.threshold)
        site.stop()
    assert thresholds[0] < thresholds[1]
    assert thresholds[0] < thresholds[2]
    assert not [name for name in _names(Settings) if "threshold" in name or "score" in name or "fpir" in name]


def test_a_looser_rate_is_a_new_authorisation_within_the_evidence_and_the_limit(site: Site) -> None:
    site.run(1)
    document = site.authorisation(site.list_of(7))
    signed = site.office.signed(document)
    loose = site.office.signed(replace(document, max_fpir=Decimal("0.5")))
    with pytest.raises(Refused, match="bad-signature"):
        deploy.start(site.desk, replace(signed, payload=loose.payload), site.office.operator)


def test_a_child_is_listed_only_where_the_signed_document_says_so_by_itself(site: Site) -> None:
    """Two signatures under a list are not enough for it: the sensitive category is authorised by name."""
    site.run(1)
    child = Category.UNDER_18_AT_RISK
    file, key = watchlist.seal(
        [watchlist.Entry("c-0001", child, 1)],
        np.stack([features_of(5)]),
        embedder=EMBEDDER,
        alignment=align.RECIPE,
        built=site.clock.now().wall,
        sources=(SourceCount(source=ImageSource.GIVEN_BY_FAMILY, entries=1),),
    )
    sealed = deploy.SealedList(file, key)
    document = site.authorisation(sealed, use_case=UseCase.SOUGHT_PERSON_EXPECTED)
    with pytest.raises(Refused, match="sensitive"):
        deploy.start(site.desk, site.office.signed(document), site.office.operator)
    named = replace(document, sensitive=SensitiveAuthority(categories=(child,), reference="S-1"))
    said = deploy.start(site.desk, site.office.signed(named), site.office.operator)
    deploy.load(site.desk, said, sealed, site.topics, site.office.operator)
    assert site.reasons == ("no-presence",)


def _names(settings: type[msgspec.Struct]) -> list[str]:
    """Every setting that there is, of every section."""
    found = []
    for field in msgspec.structs.fields(settings):
        found.append(field.name)
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            found += _names(field.type)
    return found
