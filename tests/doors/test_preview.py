"""The preview's door, used directly: a mosaic, sealed, seldom, and only where the authorisation in force allows it."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from numpy.random import default_rng

from edge.control_room import previews
from edge.domain.authorisation import Preview
from edge.domain.capture import Frame, Picture
from edge.domain.errors import Undecodable
from edge.safeguards.preview import LEAST, LIFE, Previews
from edge.steps import mosaic
from hardware_sim.site import Site

MOMENT = timedelta(milliseconds=100)
EVERY = timedelta(seconds=30)


def deployed(site: Site, every: timedelta | None = EVERY, **fields: object) -> Previews:
    """A device that looks, with a door of its own: the one in its frame path has begun to count."""
    site.run(1)
    more = {} if every is None else {"preview": Preview(every=every, reference="dec-1")}
    site.deploy(7, **more, **fields)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(1)
    return door(site)


def door(site: Site) -> Previews:
    daemon = site.device.daemon
    return Previews(
        daemon.gate, site.clock, site.office.device_key, site=site.office.site, device=site.office.device, boot="boot-1"
    )


def frame(site: Site, seed: int = 1) -> Frame:
    luma = default_rng(seed).integers(0, 256, (360, 640), np.uint8)
    half = np.full((180, 320), 128, np.uint8)
    return Frame(1, site.clock.now(), Picture(luma, half, half), Picture(luma, half, half))


def asked(site: Site, door: Previews, seed: int = 1) -> bytes | None:
    return door.of(frame(site, seed), site.clock.now())


def opened(site: Site, message: bytes) -> previews.Preview:
    office = site.office
    return previews.opened(message, office.device_key.public, site.topics, office.reader.private, site.clock.now().wall)


def test_a_preview_is_the_frames_mosaic_and_a_recipient_reads_it(site: Site) -> None:
    message = asked(site, deployed(site))
    assert message is not None
    shown = opened(site, message)
    assert np.array_equal(np.array(shown.rows), mosaic.of(frame(site).small.y))
    assert shown.number == 1
    assert shown.captured == site.clock.now().wall
    assert shown.expires == site.clock.now().wall + LIFE


def test_the_door_keeps_a_cells_level_from_one_preview_to_the_next(site: Site) -> None:
    previewing = deployed(site, LEAST)
    first = frame(site)
    first.small.y[:] = 120
    second = frame(site)
    second.small.y[:] = 130
    assert mosaic.of(first.small.y)[0, 0] != mosaic.of(second.small.y)[0, 0]
    message = previewing.of(first, site.clock.now())
    assert message is not None
    before = opened(site, message).rows
    site.run(LEAST.total_seconds())
    later = Frame(2, site.clock.now(), second.main, second.small)
    message = previewing.of(later, site.clock.now())
    assert message is not None
    assert opened(site, message).rows == before
    site.device.daemon.gate.lapse(site.clock.now())
    site.run(LEAST.total_seconds())
    message = previewing.of(Frame(3, site.clock.now(), second.main, second.small), site.clock.now())
    assert message is not None
    assert opened(site, message).rows != before


def test_an_authorisation_that_says_nothing_of_it_allows_none(site: Site) -> None:
    assert asked(site, deployed(site, None)) is None


def test_without_a_deployment_there_is_none(site: Site) -> None:
    previewing = deployed(site)
    site.stop()
    site.clock.advance(MOMENT)
    assert asked(site, previewing) is None


def test_without_a_permit_there_is_none(site: Site) -> None:
    previewing = deployed(site)
    site.clock.advance(timedelta(seconds=181))
    assert site.device.daemon.gate.believed is not None
    assert asked(site, previewing) is None


@pytest.mark.parametrize("every", [LEAST, EVERY])
def test_there_is_one_in_so_long_as_the_authorisation_says(site: Site, every: timedelta) -> None:
    previewing = deployed(site, every)
    assert asked(site, previewing) is not None
    site.run((every - MOMENT).total_seconds())
    assert asked(site, previewing) is None
    site.run(MOMENT.total_seconds())
    assert asked(site, previewing) is not None


def test_neither_a_lapse_nor_another_deployment_brings_one_sooner(site: Site) -> None:
    previewing = deployed(site, LEAST)
    assert asked(site, previewing) is not None
    site.device.daemon.gate.lapse(site.clock.now())
    site.run(1)
    assert asked(site, previewing) is None
    site.stop()
    site.run(1)
    site.deploy(7, id="another", sequence=2, preview=Preview(every=LEAST, reference="dec-1"))
    site.confirm_presence()
    site.run(1)
    assert asked(site, previewing) is None
    site.run(7)
    assert asked(site, previewing) is not None


def test_a_frame_of_before_the_permit_lapsed_is_shown_to_nobody(site: Site) -> None:
    previewing = deployed(site)
    old = frame(site)
    site.device.daemon.gate.lapse(site.clock.now())
    site.clock.advance(MOMENT)
    assert previewing.of(old, site.clock.now()) is None
    assert asked(site, previewing) is not None


def test_a_frame_of_before_what_is_in_flight_was_forgotten_is_not_shown_either(site: Site) -> None:
    previewing = deployed(site)
    old = frame(site)
    site.clock.advance(MOMENT)
    site.device.daemon.gate.forget()
    site.clock.advance(MOMENT)
    assert previewing.of(old, site.clock.now()) is None


def test_an_old_frame_is_not_shown_as_the_present(site: Site) -> None:
    previewing = deployed(site)
    old = frame(site)
    site.run(2)
    assert previewing.of(old, site.clock.now()) is not None
    site.run(EVERY.total_seconds())
    old = frame(site)
    site.run(2.2)
    assert previewing.of(old, site.clock.now()) is None


def test_the_frame_is_neither_changed_nor_in_the_message(site: Site) -> None:
    seen = frame(site)
    before = seen.small.y.copy()
    message = deployed(site).of(Frame(1, site.clock.now(), seen.main, seen.small), site.clock.now())
    assert message is not None
    assert np.array_equal(seen.small.y, before)
    assert len(message) < 16 * 1024


def test_nobody_but_a_recipient_reads_it(site: Site) -> None:
    message = asked(site, deployed(site))
    assert message is not None
    key, now = site.office.device_key.public, site.clock.now().wall
    with pytest.raises(Undecodable, match="not sealed to this key"):
        previews.opened(message, key, site.topics, X25519PrivateKey.generate(), now)


class TestInTheDevice:
    """The whole device, on its frame path."""

    def test_they_are_sent_as_seldom_as_is_authorised_and_never_retained(self, site: Site) -> None:
        deployed(site, EVERY)
        site.run(2 * EVERY.total_seconds() - 5)
        sent = [one for one in site.broker.heard if one.topic == site.topics.preview]
        assert len(sent) == 2
        assert not any(one.retain for one in sent)
        assert [opened(site, one.payload).number for one in sent] == [1, 2]

    def test_none_is_sent_without_authority_or_kept_for_later(self, site: Site) -> None:
        deployed(site, None)
        site.run(30)
        assert site.topics.preview not in {one.topic for one in site.broker.heard}
        assert "previews" not in site.device.daemon.pulse.counters()
