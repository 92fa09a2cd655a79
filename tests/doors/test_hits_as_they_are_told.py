"""What a sealed hit says to its recipient, and what the journal commits to."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import cv2
import numpy as np
import pytest

from edge.domain.comparison import Hit
from edge.safeguards.hits import Sealed
from edge.wire.events import HitContent
from edge.wire.sealed import HitBinding, unseal
from edge.wire.signed import canonical, from_base64url, parse
from hardware_sim.site import Site
from tests.doors.test_hits import found, hits_of


def opened(site: Site, hit: Hit) -> tuple[HitContent, str]:
    """As the recipient reads it, and the commitment to it."""
    waiting, office = hits_of(site).seal(hit), site.office
    assert isinstance(waiting, Sealed)
    authorisation = waiting.authorisation.id
    binding = HitBinding(site=office.site, device=office.device, authorisation=authorisation, hit=hit.id)
    return parse(unseal(waiting.box, office.reader.private, binding), HitContent), waiting.commitment


def test_whoever_opened_a_hit_can_show_that_it_is_the_very_one_that_the_journal_has(watching: Site) -> None:
    """SHA-256 over the salt and the hit with an empty salt: what an auditor computes who is handed both."""
    content, commitment = opened(watching, found(watching))
    salt = from_base64url(content.salt)
    assert len(salt) == 32
    assert hashlib.sha256(salt + canonical(replace(content, salt=""))).hexdigest() == commitment


@pytest.mark.parametrize(("seconds", "told"), [(0, 0), (0.0004, 0), (0.001, 1), (1, 1000), (2.5, 2500), (-1, 0)])
def test_it_says_in_milliseconds_how_long_somebody_was_followed_and_never_less_than_nothing(
    watching: Site, seconds: float, told: int
) -> None:
    content, _ = opened(watching, replace(found(watching), seen_for=timedelta(seconds=seconds)))
    assert content.seen_for_ms == told


def test_its_picture_is_a_jpeg_in_the_colours_that_were_seen(watching: Site) -> None:
    red = np.zeros((60, 60, 3), np.uint8)
    red[:, :, 0] = 200
    content, _ = opened(watching, replace(found(watching), face=red))
    raw = from_base64url(content.face)
    assert raw[:2] == b"\xff\xd8"
    picture = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert picture is not None
    assert np.abs(picture.astype(int) - red).max() <= 8
