"""The bench grade's device: the real daemon in a process of its own, with a street in place of the sensor."""

from __future__ import annotations

from pathlib import Path

from edge import assemble, machine, settings
from edge.adapters.tflite import Detector
from hardware_sim.bench import BenchClock, BenchHost
from hardware_sim.camera import SimulatedCamera
from hardware_sim.stage import set_crowd, set_stage


def run(
    config: Path, seed: int, pictures: Path, people: Path | None, *, repeat: bool = False, crowd: bool = False
) -> None:
    """Run the daemon until a signal. The scene begins when the camera is first opened."""
    configured = settings.load(config)
    setting = set_crowd if crowd else set_stage
    stage = setting(seed, Detector(configured.paths.models).detect_rgb, pictures, people)
    clock = BenchClock()
    camera = SimulatedCamera(stage.composer(machine.sized(configured).small[0]), clock, repeat=repeat)
    assemble.daemon(configured, machine.real_world(configured, camera=camera, clock=clock, host=BenchHost())).run()
