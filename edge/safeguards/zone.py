"""The zone's door: nothing outside the zone of recognition is looked at, by anybody.

Every frame is blanked in its own memory where it comes in, before the mailbox, the detector or a sample can hold it.
There is no other way to frames than the gate's, so no setting of the frame path and no later step can see further.
"""

from __future__ import annotations

from dataclasses import replace

from edge.domain.authority import Digest
from edge.domain.capture import Frame, Picture, Plane
from edge.domain.face import Face
from edge.domain.zone import UNIT, Zone
from edge.ports import Detector
from edge.steps import zone as pixels
from edge.steps.zone import Stencil

_Sizes = tuple[int, int, int, int]


class Veil:
    """Lays the zone over frames. One thread uses it."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._sizes: _Sizes | None = None
        self._main: Stencil
        self._small: Stencil

    def over(self, frame: Frame) -> Frame:
        """The frame, black outside the zone and inside its masks. Its pixels are overwritten, not copied."""
        main, small = frame.main, frame.small
        sizes = (main.width, main.height, small.width, small.height)
        if sizes != self._sizes:
            self._cut_for(sizes)
        return replace(frame, main=pixels.blanked(main, self._main), small=pixels.blanked(small, self._small))

    @property
    def hidden(self) -> Plane:
        """The small stream's pixels that are black for the zone: (H, W) uint8, 255 there, for the last frame's size."""
        return self._small.hidden[0]

    def _cut_for(self, sizes: _Sizes) -> None:
        outside = pixels.hidden(self._zone, *sizes[:2])
        self._main, self._small = pixels.stencil(outside, *sizes[:2]), pixels.stencil(outside, *sizes[2:])
        self._sizes = sizes


class InZone:
    """A detector to which a face whose middle lies outside the zone is no face. Implements the port over another.

    The pixels out there are black already: this is about a face that only reaches in.
    """

    def __init__(self, detector: Detector, zone: Zone) -> None:
        self._detector = detector
        self._zone = zone

    @property
    def identity(self) -> Digest:
        """That of the detector."""
        return self._detector.identity

    def detect(self, frame: Frame) -> list[Face]:
        """The faces inside the zone."""
        return [face for face in self._detector.detect(frame) if self._holds(face, frame.main)]

    def refine(self, frame: Frame, face: Face) -> Face | None:
        """The same face on a close-up, or None where that lies outside."""
        closer = self._detector.refine(frame, face)
        return closer if closer is not None and self._holds(closer, frame.main) else None

    def forget(self) -> None:
        """As the detector."""
        self._detector.forget()

    def _holds(self, face: Face, picture: Picture) -> bool:
        x, y = face.box.centre
        return self._zone.holds(x / picture.width * UNIT, y / picture.height * UNIT)
