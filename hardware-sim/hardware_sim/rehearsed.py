"""The product's own camera on a virtual sensor: everything of it but the word that it is none."""

from __future__ import annotations

from edge.adapters.camera import Dusk, PiSource, Profile, SteadyCamera, Streams
from edge.ports import Camera, Clock
from edge.world import Seen


class RehearsedCamera(SteadyCamera):
    """Says that it is simulated, so that it runs under test authorisations and no others."""

    simulated = True


def rehearsed(streams: Streams, clock: Clock, dusk: Dusk | None = None) -> RehearsedCamera:
    """The camera of a Raspberry Pi over the sensor that is attached. Raises Misconfigured where none is."""
    return RehearsedCamera(PiSource(streams), streams, clock, dusk or Dusk(Profile()))


def seen(camera: Camera) -> Seen:
    """What a camera tells of itself: nothing, where it is not the product's own."""
    return Seen(camera.live, camera.counters, camera.gauges) if isinstance(camera, SteadyCamera) else Seen()
