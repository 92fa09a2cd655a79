"""The auditor's commands, as a person types them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from edge import cli
from edge.audit.release import of_installed
from edge.wire.signed import canonical, digest
from tests.audit.cast import EQUALITY, person
from tests.audit.folders import put
from tests.audit.mornings import a_morning
from tests.audit.story import Story, cosigned_note, name_of


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, Story]:
    story = a_morning()
    put(tmp_path / "bundle", story.files())
    (tmp_path / "trust-root.json").write_bytes(canonical(story.signed_root))
    return tmp_path, story


def test_verify_says_by_its_status_whether_a_bundle_holds(
    written: tuple[Path, Story], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = written
    bundle, root = str(folder / "bundle"), str(folder / "trust-root.json")
    assert cli.main(["verify", bundle, "--trust-root", root]) == 0
    assert "HOLDS" in capsys.readouterr().out
    assert cli.main(["verify", bundle]) == 1
    assert "root-not-brought" in capsys.readouterr().out
    assert cli.main(["verify", bundle, "--trust-root", root, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["holds"] is True


def test_verify_holds_published_equality_evidence_against_what_was_signed(
    written: tuple[Path, Story], capsys: pytest.CaptureFixture[str]
) -> None:
    """Byte for byte. Whoever brings none is told that it was not compared."""
    folder, _ = written
    command = ["verify", str(folder / "bundle"), "--trust-root", str(folder / "trust-root.json")]
    published = folder / "equality.pdf"
    published.write_bytes(EQUALITY)
    assert cli.main([*command, "--assessment", str(published)]) == 0
    assert "none was brought" not in capsys.readouterr().out
    assert cli.main(command) == 0
    assert "equality evidence that was signed for is the one that was published" in " ".join(
        capsys.readouterr().out.split()
    )
    published.write_bytes(EQUALITY + b" ")
    assert cli.main([*command, "--assessment", str(published)]) == 1
    assert "equality-evidence-other" in capsys.readouterr().out
    assert cli.main([*command, "--assessment", str(folder / "nowhere.pdf")]) == 78
    assert "nowhere.pdf cannot be read" in capsys.readouterr().err


def test_verify_takes_heads_witnesses_and_releases_from_outside(
    written: tuple[Path, Story], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, story = written
    head, manifest = folder / "head.txt", folder / "release.json"
    head.write_bytes(cosigned_note(story.note(17), 2345, "witness-2").encode())
    manifest.write_bytes(b"{}")
    bundle, root = str(folder / "bundle"), name_of(story.signed_root)
    assert cli.main(["verify", bundle, "--trust-root", root, "--head", str(head)]) == 0
    assert "witness-2.example.org: cosigned 17 lines" in capsys.readouterr().out
    key = cosigned_line("witness-2")
    assert cli.main(["verify", bundle, "--trust-root", root, "--witness", key]) == 1
    assert "not-cosigned-in-time" in capsys.readouterr().out
    assert cli.main(["verify", bundle, "--trust-root", root, "--release", str(manifest)]) == 78


def cosigned_line(name: str) -> str:
    from edge.wire.notes import Algorithm, Verifier

    return Verifier(f"{name}.example.org", person(name).public, Algorithm.COSIGNATURE).line


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["verify", "nowhere"], "There is no folder"),
        (["verify"], "No bundle is named"),
        (["report"], "No bundle is named"),
        (["report", "."], "no folder to write to"),
        (["report", "tests", "--out", "pyproject.toml"], "cannot be written"),
        (["verify", ".", "--trust-root", "nowhere"], "cannot be read"),
        (["verify", ".", "--trust-root", "pyproject.toml"], "is not valid"),
        (["verify", ".", "--head", "nowhere"], "cannot be read"),
        (["verify", ".", "--head", "pyproject.toml"], "is not one"),
        (["verify", ".", "--witness", "junk"], "cannot be used"),
        (["verify", ".", "--release", "nowhere"], "cannot be read"),
        (["verify", ".", "--release", "pyproject.toml"], "is not valid"),
    ],
)
def test_what_cannot_be_used_is_named(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(options) == 78
    assert said in capsys.readouterr().err


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$ref"] == "#/$defs/Report"
    assert cli.main(["report", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$ref"] == "#/$defs/Published"


def test_report_writes_a_page_and_its_json(written: tuple[Path, Story], capsys: pytest.CaptureFixture[str]) -> None:
    folder, story = written
    options = ["report", str(folder / "bundle"), "--out", str(folder / "out"), "--trust-root"]
    assert cli.main([*options, name_of(story.signed_root)]) == 0
    assert "the evidence holds" in capsys.readouterr().out
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "bundle", "deployments.html", "deployments.json", "transparency", "verify.json", "verify.txt",
    ]  # fmt: skip
    assert cli.main([*options, "0" * 64]) == 1


def test_the_manifest_of_this_release_names_program_models_and_calibration(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "release.json"
    assert cli.main(["release-manifest", "--out", str(path)]) == 0
    (said,) = re.findall(r"SHA-256 ([0-9a-f]{64})", capsys.readouterr().out)
    assert digest(path.read_bytes()) == said
    found = of_installed()
    assert canonical(found) == path.read_bytes()
    assert "edge/safeguards/gate.py" in found.files
    assert any(name.startswith("models/") for name in found.files)
    assert not any("float32" in name for name in found.files)
