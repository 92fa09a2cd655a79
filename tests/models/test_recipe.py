"""Identities, the manifest, and the command's quick answer."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.models import __main__ as command
from deploy.models import environment, manifest, recipe
from deploy.models.faults import BuildFailed, Tampered

ROOT = Path(__file__).parents[2]


def names() -> list[str]:
    """Every model of the recipe."""
    sizes = [("detector", *size) for size in recipe.DETECTOR_SIZES] + [("embedder", 112, 112)]
    return [recipe.identity(*size, precision) for size in sizes for precision in ("int8", "float32")]


def test_every_model_has_an_identity_of_its_own() -> None:
    assert len(set(names())) == 2 * (len(recipe.DETECTOR_SIZES) + 1)
    assert all(re.fullmatch(r"[0-9a-f]{64}", name) for name in names())


def test_an_identity_does_not_depend_on_the_machine() -> None:
    code = "from deploy.models import recipe; print(recipe.identity('embedder', 112, 112, 'int8'), recipe.key())"
    seen = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert seen.split() == [recipe.identity("embedder", 112, 112, "int8"), recipe.key()]


@pytest.mark.parametrize("change", ["VERSION", "DETECTOR", "PICTURES"])
def test_another_recipe_or_source_is_another_identity(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    before, key = recipe.identity("detector", 640, 384, "int8"), recipe.key()
    values = {"VERSION": "0", "DETECTOR": recipe.EMBEDDER, "PICTURES": recipe.PICTURES[1:]}
    monkeypatch.setattr(recipe, change, values[change])
    assert recipe.identity("detector", 640, 384, "int8") != before
    assert recipe.key() != key


def test_the_provenance_hides_nothing() -> None:
    assert "WIDER FACE" in recipe.PROVENANCE["detector"]
    for word in ("MS-Celeb-1M", "withdrawn", "without asking"):
        assert word in recipe.PROVENANCE["embedder"]


def test_no_address_of_a_registry_stands_in_the_code_or_the_locks() -> None:
    for path in sorted(recipe.FOLDER.iterdir()):
        if path.is_file():
            found = re.findall(r"pypi\.org|pythonhosted|npmjs|\"resolved\"", path.read_text(encoding="utf-8"))
            assert not found, path


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder as a build leaves it, with other bytes for models."""
    folder = tmp_path / "built"
    folder.mkdir()
    models = []
    for task, width, height in [("detector", *size) for size in recipe.DETECTOR_SIZES] + [("embedder", 112, 112)]:
        outputs = {"features": [1, 128]} if task == "embedder" else {"boxes": [1, 10, 4]}
        models.append(manifest.entry(task, width, height, "int8", outputs, {"partitions": 1}))
        (folder / models[-1]["file"]).write_bytes(f"{task} {width} {height}".encode())
    manifest.write(folder, models, {"python": "3"})
    return folder


def test_a_finished_build_is_verified_and_none_is_none(built: Path, tmp_path: Path) -> None:
    assert manifest.verified(built)
    assert not manifest.verified(tmp_path / "none")


def test_a_manifest_says_what_a_reader_needs(built: Path) -> None:
    entry = json.loads((built / "manifest.json").read_bytes())["models"][0]
    assert entry["input"] == {
        "shape": [1, 384, 640, 3],
        "dtype": "uint8",
        "colours": "BGR",
        "scaling": "none: the mean is subtracted in the graph",
    }
    assert entry["weights"]["sha256"] == recipe.DETECTOR.sha256
    assert "WIDER FACE" in entry["provenance"]
    assert {one["path"] for one in entry["calibration"]}.isdisjoint(f"demo/{name}" for name in recipe.HELD_OUT)


def damage(change: Callable[[Path], object]) -> Callable[[Path], object]:
    return change


@pytest.mark.parametrize(
    "change",
    [
        damage(lambda folder: (folder / "embedder.int8.tflite").write_bytes(b"other")),
        damage(lambda folder: (folder / "embedder.int8.tflite").unlink()),
        damage(lambda folder: (folder / "manifest.json").unlink()),
        damage(lambda folder: (folder / "manifest.json").write_text("{")),
        damage(lambda folder: (folder / "manifest.json").write_text("{}")),
        damage(lambda folder: (folder / "manifest.json").write_text('{"models": []}')),
        damage(lambda folder: (folder / "manifest.json").write_text('{"models": [1]}')),
    ],
)
def test_a_changed_build_is_tampered_with_and_says_where(built: Path, change: Callable[[Path], object]) -> None:
    change(built)
    with pytest.raises(Tampered, match=r"Delete .*built and run 'make models' again"):
        manifest.verified(built)


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "deploy.models", *arguments]
    return subprocess.run(line, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False)


def test_the_cache_is_where_the_user_says(tmp_path: Path) -> None:
    expected = f"models/{recipe.key()}\n"
    said = run("--print-path", "--cache", str(tmp_path / "a"), LAMPPOST_CACHE=str(tmp_path / "b"))
    assert said.stdout == f"{tmp_path}/a/{expected}"
    assert run("--print-path", LAMPPOST_CACHE=str(tmp_path / "b")).stdout == f"{tmp_path}/b/{expected}"
    home = run("--print-path", LAMPPOST_CACHE="", XDG_CACHE_HOME=str(tmp_path / "c"))
    assert home.stdout == f"{tmp_path}/c/lamppost/{expected}"
    assert not list(tmp_path.iterdir())


def test_a_second_run_needs_the_standard_library_alone_and_no_second(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "models" / recipe.key()
    folder.parent.mkdir(parents=True)
    built.rename(folder)
    code = (
        "import sys\nfrom deploy.models.__main__ import main\n"
        f"assert main(['--cache', {str(tmp_path / 'cache')!r}]) == 0\n"
        "assert not {'numpy', 'cv2', 'ai_edge_litert', 'tensorflow'} & set(sys.modules)\n"
    )
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{folder}\n"
    assert "up to date" in done.stderr
    assert time.monotonic() - begun < 1


def test_a_build_that_was_changed_is_said_and_not_built_over(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "models" / recipe.key()
    folder.parent.mkdir(parents=True)
    built.rename(folder)
    (folder / "embedder.int8.tflite").write_bytes(b"other")
    done = run("--cache", str(tmp_path / "cache"))
    assert done.returncode == 1
    assert not done.stdout
    assert "embedder.int8.tflite should have SHA-256" in done.stderr


def test_an_interrupted_build_leaves_nothing_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models" / "key"
    (folder.parent / ".building-killed" / "key").mkdir(parents=True)
    monkeypatch.setattr(command, "gathered", lambda root: (Path("python"), root, root))

    def fails(_python: Path, _module: str, *arguments: str) -> None:
        (Path(arguments[2]) / "detector.tflite").touch()
        raise BuildFailed("It failed.", "Try again.")

    monkeypatch.setattr(environment, "inner", fails)
    with pytest.raises(BuildFailed):
        command.build(tmp_path, folder)
    assert not list(folder.parent.iterdir())


def test_what_the_build_environment_says_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BuildFailed, match="deploy.models.nothing failed"):
        environment.inner(Path(sys.executable), "deploy.models.nothing")
    assert "No module named deploy.models.nothing" in capfd.readouterr().err


def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("--cache", str(tmp_path / "file"))
    assert done.returncode == 1
    assert "choose another with --cache" in done.stderr
