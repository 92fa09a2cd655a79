"""What was sent and taken in: whole or not at all, the one before kept, and used only where it fits together."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from edge import chosen
from edge.adapters.installed import InstalledFiles, complete, folders
from edge.domain.models import ListedModel, ListedTensor, ModelList
from edge.settings import BrokerSettings, DeviceSettings, PathSettings, Settings
from edge.wire.signed import Kind, canonical, digest, sign
from hardware_sim.made_up import CALIBRATION
from hardware_sim.office import MemoryKey

TENSOR = ListedTensor(name="input", shape=(1, 8, 8, 3), dtype="uint8")
FILES = {name: os.urandom(3000) for name in ("detector", "embedder", "newer")}


def model(task: str, content: str, identity: str) -> ListedModel:
    return ListedModel(
        file=f"{task}.int8.tflite", sha256=digest(FILES[content]), identity=identity, task=task, precision="int8",
        input=TENSOR, outputs=(TENSOR,),
    )  # fmt: skip


OLD = ModelList(
    format=1, models=(model("detector", "detector", "1" * 64), model("embedder", "embedder", "2" * 64))
)  # fmt: skip
NEW = ModelList(format=1, models=(model("detector", "newer", "3" * 64), model("embedder", "embedder", "2" * 64)))


class Pole:
    """A device's folders, and the place of what is sent to it."""

    def __init__(self, folder: Path) -> None:
        self.release = folder / "release"
        self.release.mkdir()
        (self.release / "manifest.json").write_bytes(canonical(OLD))
        for name in ("detector", "embedder"):
            (self.release / f"{name}.int8.tflite").write_bytes(FILES[name])
        self.provisioned = folder / "calibration.json"
        self.provisioned.write_bytes(table(OLD))
        paths = PathSettings(
            state=folder / "state", trust_root=folder / "t", models=self.release, calibration=self.provisioned,
            key=folder / "k",
        )  # fmt: skip
        broker = BrokerSettings(host="h", ca=folder / "c", certificate=folder / "c", key=folder / "k")
        self.settings = Settings(device=DeviceSettings(site="s", name="d", epoch="e"), paths=paths, broker=broker)
        self.sent = InstalledFiles(chosen.place(self.settings), self.release, chosen.identities)

    def models(self) -> Path:
        return chosen.models(self.settings)

    def uses_sent(self) -> bool:
        return self.models() != self.release


def chain(models: ModelList) -> tuple[str, str]:
    """What signed documents call the detector and the embedder of a list."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "manifest.json").write_bytes(canonical(models))
        (embedder,) = [one.identity for one in models.models if one.task == "embedder"]
        (detector,) = chosen.identities(Path(folder)) - {embedder}
    return detector, embedder


def table(models: ModelList) -> bytes:
    detector, embedder = chain(models)
    return canonical(sign(replace(CALIBRATION, detector=detector, embedder=embedder), Kind.CALIBRATION, MemoryKey()))


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    return Pole(tmp_path)


def test_where_nothing_was_sent_what_was_provisioned_is_used(pole: Pole) -> None:
    assert pole.models() == pole.release
    assert chosen.calibrations(pole.settings) == (pole.provisioned,)
    assert chosen.calibration(pole.settings, *chain(OLD)) == pole.provisioned
    assert (folders(chosen.place(pole.settings)), pole.sent.identities()) == ([], frozenset())
    assert pole.sent.listed() == {digest(FILES["detector"]), digest(FILES["embedder"])}


def test_a_change_of_models_counts_once_list_file_and_calibration_are_all_there(pole: Pole) -> None:
    assert pole.sent.put_list(canonical(NEW))
    assert digest(FILES["newer"]) in pole.sent.listed()
    assert pole.sent.identities() == set(chain(NEW))
    assert not pole.uses_sent()
    assert pole.sent.put_model(digest(FILES["newer"]), FILES["newer"])
    assert not pole.uses_sent()
    assert pole.sent.put_calibration(table(NEW))
    assert pole.uses_sent()
    assert complete(pole.models())
    assert (pole.models() / "embedder.int8.tflite").read_bytes() == FILES["embedder"]
    sent = chosen.place(pole.settings) / "calibration.json"
    assert chosen.calibration(pole.settings, *chain(NEW)) == sent
    assert chosen.calibration(pole.settings, *chain(OLD)) == pole.provisioned


def test_a_half_finished_change_leaves_the_change_before_in_use(pole: Pole) -> None:
    pole.sent.put_list(canonical(NEW))
    pole.sent.put_model(digest(FILES["newer"]), FILES["newer"])
    pole.sent.put_calibration(table(NEW))
    used = pole.models()
    third = ModelList(format=1, models=(replace(NEW.models[0], sha256="9" * 64, identity="9" * 64), NEW.models[1]))
    assert pole.sent.put_list(canonical(third))
    assert pole.models() == used
    pole.sent.put_calibration(table(third))
    assert pole.models() == used
    assert chosen.calibration(pole.settings, *chain(NEW)).name == "calibration.json.previous"


def test_what_the_disk_has_spoilt_gives_way_to_the_one_before_or_to_the_release(pole: Pole) -> None:
    pole.sent.put_calibration(table(OLD))
    assert pole.sent.put_list(canonical(OLD))
    first = pole.models()
    assert first.name == digest(canonical(OLD))
    mixed = ModelList(format=1, models=(*OLD.models, replace(NEW.models[0], file="other.int8.tflite")))
    assert pole.sent.put_list(canonical(mixed))
    assert pole.models() == first
    assert pole.sent.put_model(digest(FILES["newer"]), FILES["newer"])
    assert pole.models() == first
    assert pole.sent.put_calibration(table(mixed))
    second = pole.models()
    assert second.name == digest(canonical(mixed))
    (second / "other.int8.tflite").write_bytes(b"spoilt")
    assert pole.models() == first
    (first / "manifest.json").write_bytes(b"{}")
    assert pole.models() == pole.release


def test_only_the_latest_two_and_the_one_that_comes_are_kept(pole: Pole) -> None:
    pole.sent.put_calibration(table(OLD))
    for number in range(4):
        tensor = ListedTensor(name=f"input-{number}", shape=(1,), dtype="uint8")
        again = ModelList(format=1, models=tuple(replace(one, input=tensor) for one in OLD.models))
        assert pole.sent.put_list(canonical(again))
        assert pole.models().name == digest(canonical(again))
    root = chosen.place(pole.settings) / "models"
    assert len([path for path in root.iterdir() if path.is_dir()]) == 2


def test_a_spoilt_file_of_the_release_can_be_sent_again(pole: Pole) -> None:
    (pole.release / "detector.int8.tflite").write_bytes(b"spoilt")
    assert pole.sent.put_model(digest(FILES["detector"]), FILES["detector"])
    assert pole.uses_sent()
    assert complete(pole.models())


def test_a_file_that_no_list_names_or_that_is_another_is_not_kept(pole: Pole) -> None:
    assert not pole.sent.put_model(digest(FILES["newer"]), FILES["newer"])
    assert not pole.sent.put_model(digest(FILES["detector"]), FILES["newer"])
    assert not chosen.place(pole.settings).exists()


@pytest.mark.parametrize(
    "manifest",
    [b"", b"[]", b'{"models":[]}', canonical(OLD).replace(b"detector.int8.tflite", b"../../detector.tflite")],
)
def test_a_list_that_cannot_be_used_names_nothing(pole: Pole, manifest: bytes) -> None:
    (pole.release / "manifest.json").write_bytes(manifest)
    assert pole.sent.listed() == frozenset()
    assert not complete(pole.release)
    assert not pole.sent.put_model(digest(FILES["detector"]), FILES["detector"])


def test_a_pointer_leads_nowhere_else(pole: Pole) -> None:
    pole.sent.put_list(canonical(OLD))
    for name in ("..", "../../release", "x" * 64, "", "٣" * 64):
        (chosen.place(pole.settings) / "models" / "current").write_text(name, "utf-8")
        assert pole.models() == pole.release


def test_a_disk_that_will_not_is_an_answer(pole: Pole) -> None:
    chosen.place(pole.settings).parent.mkdir()
    chosen.place(pole.settings).write_bytes(b"in the way")
    assert not pole.sent.put_calibration(table(OLD))
    assert not pole.sent.put_list(canonical(OLD))
    assert not pole.sent.put_model(digest(FILES["detector"]), FILES["detector"])
    assert pole.models() == pole.release


def changed(pole: Pole, models: ModelList) -> None:
    pole.sent.put_list(canonical(models))
    pole.sent.put_model(digest(FILES["newer"]), FILES["newer"])
    pole.sent.put_calibration(table(models))


def started(pole: Pole, failed: tuple[str, ...] | None) -> bool | None:
    """A start: what it chose is tried; None is a start that does not come as far as a self-test."""
    pole.sent = InstalledFiles(chosen.place(pole.settings), pole.release, chosen.identities)
    pole.sent.settle()
    pole.sent.try_out(pole.models())
    return None if failed is None else pole.sent.tried(lambda: failed)


def test_sent_models_that_fail_their_self_test_give_way_at_the_next_start(pole: Pole) -> None:
    changed(pole, NEW)
    assert pole.uses_sent()
    assert started(pole, ("embedder",)) is False
    assert not pole.uses_sent()
    assert started(pole, ("embedder",)) is True  # the release's own are on no trial


def test_sent_models_under_which_no_start_succeeds_give_way_after_three(pole: Pole) -> None:
    changed(pole, NEW)
    for _ in range(3):
        assert pole.uses_sent()
        started(pole, None)
    started(pole, None)
    assert not pole.uses_sent()


def test_sent_models_that_stood_once_are_not_blamed_for_a_later_crash(pole: Pole) -> None:
    changed(pole, NEW)
    started(pole, None)
    assert started(pole, ("disk", "clock")) is True
    for _ in range(5):
        started(pole, None)
    assert pole.uses_sent()


def test_models_that_were_undone_are_tried_again_where_they_are_sent_again(pole: Pole) -> None:
    changed(pole, NEW)
    started(pole, ("detector",))
    assert not pole.uses_sent()
    changed(pole, NEW)
    assert pole.uses_sent()
    assert started(pole, ()) is True


def test_what_is_undone_gives_way_to_what_was_sent_before_it(pole: Pole) -> None:
    changed(pole, OLD)
    first = pole.models()
    assert first != pole.release
    assert started(pole, ()) is True
    changed(pole, NEW)
    assert pole.models() not in (first, pole.release)
    started(pole, ("detector",))
    assert pole.models() == first
