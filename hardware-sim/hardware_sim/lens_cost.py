"""What watching the lens costs, in processor time: of the sight's looks, and of the picture with a known answer.

Both are given as a share of one core and of what the frame path needs for its detector, in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from numpy.random import default_rng

from edge.adapters.tflite import Detector, Extractor
from edge.daemon.known_answer import EVERY, KnownAnswer
from edge.daemon.pulse import Pulse
from edge.domain.capture import Frame
from edge.settings import shared
from hardware_sim.clock import SteppedClock
from hardware_sim.lens import Lens, drawn
from hardware_sim.noticed import Source, Viewer

LOOKS: Final = 60
TURNS: Final = 12
FPS: Final = 5
"""Of the frame path that it is held against."""


def run(source: Source) -> int:
    """Print the figures."""
    viewer, detector, clock = Viewer(), Detector(shared("models")), SteppedClock()
    frames = [Frame(1, clock.now(), picture, picture) for picture in map(source, range(LOOKS))]
    detect = _spent(lambda: [detector.detect(frame) for frame in frames]) / LOOKS
    look = _spent(lambda: [viewer.look(frame.small) for frame in frames]) / LOOKS
    turned = drawn(Lens.TURNED, default_rng(1))
    bad = [turned.over(frame.small) for frame in frames]
    worst = _spent(lambda: [viewer.look(picture) for picture in bad]) / LOOKS
    pulse = Pulse()
    known = KnownAnswer(detector, Extractor(shared("models")), lambda _: None, clock, pulse, width=1920, height=1080)
    steps = [_spent(lambda: known.step(clock.now(), looking=True)) for _ in range(TURNS)]
    assert pulse.counters() == {"answers-right": 1}
    minute = EVERY.total_seconds()
    print(f"detector, a frame                 {1000 * detect:7.1f} ms")
    print(f"a look, once a second             {1000 * look:7.1f} ms  {_share(look, detect, 1)}")
    print(f"the same, of a view that moved    {1000 * worst:7.1f} ms  {_share(worst, detect, 1)}")
    print(f"a known answer, once a minute     {1000 * sum(steps):7.1f} ms  {_share(sum(steps), detect, minute)}")
    print(
        f"its longest step                  {1000 * max(steps):7.1f} ms  {max(steps) / detect:.1f} times the detector's"
    )
    return 0


def _share(spent: float, detect: float, every: float) -> str:
    core = spent / every
    return f"{core:6.2%} of a core, {core / (FPS * detect):6.2%} of the detector's at {FPS} frames a second"


def _spent(work: Callable[[], object]) -> float:
    """Seconds of processor time, of all threads."""
    begun = time.process_time()
    work()
    return time.process_time() - begun
