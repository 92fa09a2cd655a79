"""What a scenario's file may say about the scene. A field's range and meaning are those that its error names."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from hardware_sim.composed.curves import Curve

Seconds = Annotated[float, Meta(ge=0, description="seconds from the start of the scene, 0 or more")]
Metres = Annotated[float, Meta(ge=-60, le=60, description="metres on the pavement, -60 to 60")]
Ground = tuple[Metres, Metres]
"""x to the right of the pole and z away from it."""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any of them."""


class Camera(Table, frozen=True):
    """``[camera]``: where it hangs, and what it is made of. Sizes and places in the picture follow from it."""

    height: Annotated[float, Meta(ge=1.2, le=15, description="metres above the pavement, 1.2 to 15")] = 3.2
    tilt: Annotated[float, Meta(ge=-20, le=60, description="degrees below the horizontal, -20 to 60")] = 11.5
    focal_length: Annotated[float, Meta(ge=1, le=100, description="millimetres, 1 to 100")] = 7.86
    sensor_width: Annotated[float, Meta(ge=1, le=40, description="millimetres, 1 to 40")] = 6.287
    resolution: tuple[int, int] = (1920, 1080)
    """Width and height of the main stream, pixels."""
    small: tuple[int, int] = (640, 360)
    """The same of the detector's stream."""
    fps: Annotated[float, Meta(gt=0, le=120, description="frames a second, at most 120")] = 25.0
    aperture: Annotated[float, Meta(ge=0.8, le=32, description="the f-number, 0.8 to 32")] = 2.0
    focused_at: Annotated[float, Meta(ge=0.1, le=1000, description="metres, 0.1 to 1000")] = 7.0
    """What is nearer or farther is blurred as a thin lens of this aperture does."""
    longest_exposure: Annotated[float, Meta(gt=0, le=0.5, description="seconds, above 0 to 0.5")] = 1 / 30
    shortest_exposure: Annotated[float, Meta(gt=0, le=0.5, description="seconds, above 0 to 0.5")] = 1 / 4000
    most_gain: Annotated[float, Meta(ge=0, le=60, description="decibels, 0 to 60")] = 36.0
    readout: Annotated[float, Meta(ge=0, le=0.2, description="seconds from first to last row, 0 to 0.2")] = 0.018
    """Of a rolling shutter; 0 for a global one."""
    noise: Annotated[float, Meta(ge=0, le=10, description="times that of a usual sensor, 0 to 10")] = 1.0
    infrared_below: Annotated[float, Meta(ge=0, le=1000, description="lux, 0 to 1000; 0 for never")] = 3.0
    """Less light than that, and the filter leaves, the lamps beside the lens come on, and colour is gone."""
    infrared_reach: Annotated[float, Meta(ge=1, le=100, description="metres, 1 to 100")] = 12.0
    """As far as those lamps light a face well."""
    compression: Annotated[int, Meta(ge=5, le=98, description="JPEG quality, 5 to 98")] | None = None
    """What the picture is compressed with on its way; nothing where it is not named."""


class Light(Table, frozen=True):
    """``[light]``: how bright it is."""

    lux: Curve = 12_000.0
    """On the pavement, from the sky; 0.01 to 100000."""
    lamps: Curve = 1.0
    """Share of their light that the street lamps give, once the sky gives less than 60 lux."""
    glare: Curve = 0.0
    """0 to 1: how low and bare the sun stands (by day) in the picture."""
    sun: tuple[float, float] = (0.3, 0.08)
    """Where, in shares of the picture's width and height."""


class Weather(Table, frozen=True):
    """``[weather]``."""

    rain: Curve = 0.0
    """Millimetres an hour, 0 to 80."""
    drops: Annotated[int, Meta(ge=0, le=300, description="drops on the glass, 0 to 300")] = 0


class Traffic(Table, frozen=True):
    """``[traffic]``: cars."""

    crossing: Annotated[float, Meta(ge=0, le=60, description="cars a minute, 0 to 60")] = 5.0
    """On the road behind the pavement."""
    oncoming: Annotated[float, Meta(ge=0, le=60, description="cars a minute, 0 to 60")] = 0.0
    """Out of the side street, straight towards the camera."""
    headlights: Literal["dark", "always", "never"] = "dark"
    """``dark``: below 400 lux."""


class People(Table, frozen=True):
    """``[people]``: who may walk."""

    folder: str | None = None
    """One folder of pictures per person, beside the file or absolute; the registry's pictures where it is absent."""
    most: Annotated[int, Meta(ge=1, le=5000, description="people, 1 to 5000")] = 40
    """Of the folder, drawn by the seed."""
    listed: tuple[str, ...] | int = 2
    """Ids, or how many: those with two pictures first."""


class Turn(Table, frozen=True):
    """``turns`` of a walker: a look aside."""

    second: Annotated[float, Meta(ge=0, description="seconds since the walker set out, 0 or more")]
    to: Annotated[float, Meta(ge=-120, le=120, description="degrees, -120 to 120, positive to the picture's right")]
    lasts: Annotated[float, Meta(gt=0, le=600, description="seconds, above 0")] = 1.0


Hat = Literal["cap", "beanie"]
Mask = Literal["surgical", "scarf"]


class Walkers(Table, frozen=True):
    """``[[walkers]]``: somebody, or a group abreast, on a way that is written down."""

    second: Seconds
    path: tuple[Ground, ...]
    """Two points or more; corners are rounded."""
    person: str | None = None
    """Whose id; drawn where it is absent."""
    group: tuple[str, ...] | Annotated[int, Meta(ge=1, le=8, description="people, 1 to 8")] = 1
    """Several side by side: their ids, or how many."""
    abreast: Annotated[float, Meta(ge=0.3, le=3, description="metres between them, 0.3 to 3")] = 0.7
    speed: Annotated[float, Meta(gt=0, le=8, description="metres a second, above 0 to 8")] = 1.4
    tall: Annotated[float, Meta(ge=0.9, le=2.3, description="metres, 0.9 to 2.3")] | None = None
    hat: Hat | None = None
    mask: Mask | None = None
    turns: tuple[Turn, ...] = ()
    stands: tuple[float, float] | None = None
    """[metres walked, seconds]: there they stand still for so long."""


class Crowds(Table, frozen=True):
    """``[[crowds]]``: people drawn from the seed, for as long as it says."""

    second: Seconds = 0.0
    lasts: Annotated[float, Meta(gt=0, description="seconds, above 0")] | None = None
    """To the end where it is absent."""
    per_minute: Annotated[float, Meta(gt=0, le=120, description="people a minute, above 0 to 120")] = 12.0
    speeds: tuple[float, float] = (1.1, 1.7)
    """Metres a second."""
    groups: tuple[float, ...] = (0.6, 0.3, 0.1)
    """How often people come alone, in twos, in threes ..."""
    crossing: Annotated[float, Meta(ge=0, le=1, description="a share, 0 to 1")] = 0.25
    """Of those who cross from one side of the picture to the other before they come near."""
    away: Annotated[float, Meta(ge=0, le=1, description="a share, 0 to 1")] = 0.0
    """Of those who walk the other way, and show the back of their heads."""
    hats: Annotated[float, Meta(ge=0, le=1, description="a share, 0 to 1")] = 0.0
    masks: Annotated[float, Meta(ge=0, le=1, description="a share, 0 to 1")] = 0.0
    glances: Annotated[float, Meta(ge=0, le=1, description="a share, 0 to 1")] = 0.3
    """Of those who look aside on their way."""


class Posts(Table, frozen=True):
    """``[[posts]]``: something upright that hides who is behind it."""

    at: Ground
    width: Annotated[float, Meta(gt=0, le=5, description="metres, above 0 to 5")] = 0.12
    height: Annotated[float, Meta(gt=0, le=12, description="metres, above 0 to 12")] = 4.5


class File(Table, frozen=True):
    """All of it. What a timeline says in the same file (``at``, ``set``, ``expect``, ``waives``) is not ours."""

    says: str
    """What the scenario shows, in a sentence."""
    lasts: Annotated[float, Meta(gt=0, le=604_800, description="seconds, above 0 to 604800")]
    seed: Annotated[int, Meta(ge=0, description="a whole number, 0 or more")] = 1
    camera: Camera = Camera()
    light: Light = Light()
    weather: Weather = Weather()
    traffic: Traffic = Traffic()
    people: People = People()
    walkers: tuple[Walkers, ...] = ()
    crowds: tuple[Crowds, ...] = ()
    posts: tuple[Posts, ...] = ()
    at: Any = None
    set: Any = None
    expect: Any = None
    waives: Any = None
