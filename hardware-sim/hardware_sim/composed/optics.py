"""Geometry and optics of the camera of a scenario: a pinhole that blurs what it is not focused at."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hardware_sim.composed.tables import Camera
from hardware_sim.view import View


def view(camera: Camera) -> View:
    """The pinhole. Its focal length in pixels is focal length / sensor width * picture width."""
    width, height = camera.resolution
    focal = camera.focal_length / camera.sensor_width * width
    return View(width, height, focal, camera.height, math.radians(camera.tilt))


@dataclass(frozen=True, slots=True)
class Lens:
    """A thin lens."""

    focal: float
    """Metres."""
    aperture: float
    focused_at: float
    pixel: float
    """Metres on the sensor."""

    @staticmethod
    def of(camera: Camera) -> Lens:
        """That of a camera."""
        return Lens(
            camera.focal_length / 1000, camera.aperture, camera.focused_at,
            camera.sensor_width / 1000 / camera.resolution[0],
        )  # fmt: skip

    def blur(self, depth: float) -> float:
        """Standard deviation in pixels of the disc into which a point at ``depth`` metres is spread.

        The disc's diameter is f^2 / N * |1 / depth - 1 / focus| * focus / (focus - f); a disc's deviation is a quarter
        of it.
        """
        reach = max(self.focused_at, 1.01 * self.focal)
        spread = self.focal**2 / self.aperture * abs(1 / max(depth, 0.05) - 1 / reach) * reach / (reach - self.focal)
        return spread / self.pixel / 4
