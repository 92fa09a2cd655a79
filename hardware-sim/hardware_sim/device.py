"""The bench grade's device: the real daemon in a process of its own, with a street in place of the sensor."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from edge import assemble, machine, settings
from edge import camera as cameras
from edge.adapters.tflite import Detector
from edge.ports import Camera
from hardware_sim.bench import BenchClock, BenchHost
from hardware_sim.camera import SimulatedCamera
from hardware_sim.picamera2 import Sensor, attached
from hardware_sim.rehearsed import rehearsed
from hardware_sim.stage import set_crowd, set_stage


def run(
    config: Path, seed: int, pictures: Path, people: Path | None, *, repeat: bool = False, crowd: bool = False,
    library: bool = False,
) -> None:  # fmt: skip
    """Run the daemon until a signal. The scene begins when the camera is first opened.

    With ``library`` the product's own camera adapter looks at it, through the virtual picamera2; the scene then always
    begins again when it is over.
    """
    configured = settings.load(config)
    setting = set_crowd if crowd else set_stage
    stage = setting(seed, Detector(configured.paths.models).detect_rgb, pictures, people)
    clock, sized = BenchClock(), machine.sized(configured)
    composer = stage.composer(sized.small[0])
    with attached(Sensor(composer, clock)) if library else nullcontext():
        camera: Camera = SimulatedCamera(composer, clock, repeat=repeat)
        if library:
            dusk = cameras.dusk(configured.camera, machine.switch(configured.switches.ir_cut))
            camera = rehearsed(cameras.streams(configured.camera, sized), clock, dusk)
        world = machine.real_world(configured, camera=camera, clock=clock, host=BenchHost())
        assemble.daemon(configured, world).run()
