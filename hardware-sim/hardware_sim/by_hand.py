"""A bench to try the product's commands on by hand: broker and device running, and everything else in a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from edge.adapters.tflite import Detector
from edge.domain.errors import Misconfigured
from edge.settings import shared
from hardware_sim.annotate import save
from hardware_sim.bench import DEVICE, SITE, Bench
from hardware_sim.cast_list import entry_of
from hardware_sim.stage import set_stage


def run(
    folder: Path, port: int | None, seed: int, pictures: Path, people: Path | None, *, library: bool = False
) -> None:
    """Make the folder, start both, and wait for Ctrl-C. The scene begins again whenever it is over."""
    if folder.exists():
        raise Misconfigured(f"{folder} is there already.", "Name a new folder, or remove it.")
    folder = folder.resolve()
    stage = set_stage(seed, Detector(shared("models")).detect_rgb, pictures, people)
    bench = Bench.make(folder, models=shared("models"), calibration=shared("calibration.json"), port=port)
    for person in stage.listed:
        entry = folder / "people" / entry_of(person)
        entry.mkdir(parents=True)
        save(person.enrolled_from.still, entry / "1.png")
    bench.write_facts()
    form = bench.form("by-hand-1", sequence=1, watchlist=folder / "list")
    (folder / "form.toml").write_text(form.replace(f"{folder}/", ""))
    (folder / "root.toml").write_text(bench.root_form())
    bench.broker.start()
    command = [sys.executable, "-m", "hardware_sim", "device", "--repeat", "--config", str(bench.config),
               "--seed", str(seed), "--pictures", str(pictures.resolve())]  # fmt: skip
    if people is not None:
        command += ["--people", str(people.resolve())]
    if library:
        command.append("--picamera2")
    print(f"bench: broker on localhost:{bench.broker.port}, device {SITE}/{DEVICE}, files in {folder}; Ctrl-C ends it",
          flush=True)  # fmt: skip
    device = subprocess.Popen(command)
    try:
        device.wait()
    except KeyboardInterrupt:
        device.terminate()
        device.wait(10)
    finally:
        bench.broker.stop()
