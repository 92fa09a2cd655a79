"""An engineer installs other models, another configuration, or the simulator's trust: it shows, and it starts nothing.

What this program is, it cannot prove itself: whoever replaces it replaces its words as well. That takes verified boot
and attestation, outside it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from edge import assemble, machine, settings
from edge.adapters.tflite.model import MANIFEST, Loaded
from edge.control_room import deploy
from edge.control_room.desk import Refused
from edge.daemon.watch import Watching
from edge.domain.errors import Misconfigured
from edge.domain.leaves.device import Booted
from edge.wire.signed import canonical
from hardware_sim.bench import Bench
from hardware_sim.clock import SteppedClock
from hardware_sim.scripted import ScriptedCamera, ScriptedDetector, ScriptedExtractor, Street
from hardware_sim.site import CALIBRATION, Site

OTHER = "f" * 64


class OtherExtractor(ScriptedExtractor):
    identity = OTHER


class OtherDetector(ScriptedDetector):
    identity = OTHER


@pytest.mark.parametrize("part", ["extractor", "detector"])
def test_other_models_are_named_in_the_first_leaf_and_run_under_no_authorisation(site: Site, part: str) -> None:
    ordinary = site.authorisation(site.list_of(7))
    other = OtherExtractor() if part == "extractor" else OtherDetector(site.street)
    site.senses = replace(site.senses, **{part: other})  # type: ignore[arg-type]
    site.power_cut()
    site.run(1)
    booted = [event for event in site.journal() if isinstance(event, Booted)][-1]
    assert OTHER in (booted.detector, booted.embedder)
    with pytest.raises(Refused, match="wrong-model"):
        deploy.start(site.desk, site.office.signed(ordinary), site.office.operator)
    assert site.camera.opens == 0


def test_another_configuration_is_another_digest(tmp_path: Path) -> None:
    calibration = tmp_path / "calibration.json"
    calibration.write_bytes(canonical(CALIBRATION))
    chosen = settings.load(Bench.make(tmp_path / "bench", models=tmp_path, calibration=calibration).config)
    plain = machine.configuration(chosen, Watching())
    lamp = settings.SwitchSettings(path=tmp_path / "lamp")
    swapped = msgspec.structs.replace(lamp, on="0", off="1")
    changed = [
        msgspec.structs.replace(chosen, threads=1),
        msgspec.structs.replace(chosen, camera=msgspec.structs.replace(chosen.camera, frames_per_second=5)),
        msgspec.structs.replace(chosen, zone=msgspec.structs.replace(chosen.zone, farthest_face=50.0)),
        msgspec.structs.replace(chosen, switches=settings.SwitchesSettings(lamp=lamp)),
        msgspec.structs.replace(chosen, switches=settings.SwitchesSettings(power=lamp)),
        msgspec.structs.replace(chosen, switches=settings.SwitchesSettings(lamp=swapped)),
    ]
    digests = {machine.configuration(one, Watching()) for one in changed}
    assert len(digests) == len(changed)
    assert plain not in digests


def test_an_authorisation_for_the_released_configuration_does_not_start_another(site: Site) -> None:
    site.run(1)
    document = site.authorisation(site.list_of(7), configuration=OTHER)
    with pytest.raises(Refused, match="wrong-configuration"):
        deploy.start(site.desk, site.office.signed(document), site.office.operator)


def test_the_simulators_trust_does_not_start_on_a_real_camera(tmp_path: Path) -> None:
    calibration = tmp_path / "calibration.json"
    calibration.write_bytes(canonical(CALIBRATION))
    bench = Bench.make(tmp_path / "bench", models=tmp_path, calibration=calibration)
    site = Site(tmp_path)

    class Real(ScriptedCamera):
        simulated = False

    from edge.adapters.files import ChunkedFiles
    from edge.world import World

    device = site.device
    world = World(
        clock=site.clock, camera=Real(Street(), SteppedClock()), detector=site.senses.detector,
        extractor=site.senses.extractor, signer=site.office.device_key, host=device.host, store=device.store,
        files=ChunkedFiles(tmp_path / "blobs"), link=device.link, boot="boot-1",
    )  # fmt: skip
    with pytest.raises(Misconfigured, match="simulator's trust root"):
        assemble.daemon(settings.load(bench.config), world)


def test_a_model_that_is_not_byte_for_byte_the_released_one_is_not_loaded(models: Path, tmp_path: Path) -> None:
    for path in models.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    for path in tmp_path.glob("*.tflite"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
    with pytest.raises(Misconfigured, match="SHA-256"):
        Loaded(tmp_path, "embedder", (1, 112, 112, 3), 1)


def test_a_model_that_the_manifest_does_not_name_is_never_found(models: Path, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes((models / MANIFEST).read_bytes())
    (tmp_path / "age-and-sex.tflite").write_bytes(b"anything")
    with pytest.raises(Misconfigured, match="has no age-and-sex"):
        Loaded(tmp_path, "age-and-sex", (1, 64, 64, 3), 1)
