"""The camera that the settings name, ready to be opened by the gate."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from edge.adapters.camera import (
    Dusk,
    DuskSettings,
    PiSource,
    Profile,
    RtspSource,
    Source,
    SteadyCamera,
    Streams,
    V4l2Source,
)
from edge.domain.errors import Misconfigured
from edge.ports import Clock, Switch
from edge.settings import CameraSettings, ProfileSettings
from edge.steps.sizing import Sizing


def chosen(settings: CameraSettings, sizing: Sizing, clock: Clock, ir_cut: Switch | None) -> SteadyCamera:
    """The camera. Raises Misconfigured where its library is missing."""
    wanted = streams(settings, sizing)
    return SteadyCamera(source(settings, wanted), wanted, clock, dusk(settings, ir_cut))


def streams(settings: CameraSettings, sizing: Sizing) -> Streams:
    """Both streams: the main one as set, the small one as the zone needs it."""
    return Streams(
        width=settings.width,
        height=settings.height,
        small_width=sizing.small[0],
        small_height=sizing.small[1],
        frames_per_second=settings.frames_per_second,
    )


def source(settings: CameraSettings, wanted: Streams) -> Source:
    """The kind of camera. Raises Misconfigured."""
    match settings.kind:
        case "picamera2":
            return PiSource(wanted, settings.number)
        case "v4l2":
            return V4l2Source(wanted, Path(settings.device), encoding=settings.encoding)
        case "rtsp":
            if settings.address is None:
                raise Misconfigured("[camera] has no address.", "Name the camera's address.")
            return RtspSource(wanted, settings.address, settings.login)


def dusk(settings: CameraSettings, ir_cut: Switch | None) -> Dusk:
    """Day and night. A filter without a night stands before the sensor for good."""
    night = settings.night
    if night is None:
        return Dusk(profile(settings.day), None, ir_cut)
    turning = DuskSettings(night=profile(night), below=night.below_lux, above=night.above_lux)
    return Dusk(profile(settings.day), turning, ir_cut)


def profile(given: ProfileSettings) -> Profile:
    """How a zone is exposed."""
    return Profile(
        exposure=None if given.exposure_us is None else timedelta(microseconds=given.exposure_us),
        gain=given.gain,
        brightness=given.brightness,
        focus=given.focus,
        mains=given.mains_hz,
    )
