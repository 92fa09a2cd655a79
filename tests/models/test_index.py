"""Which package indexes the user has configured is pip's to say; their pages are read in both forms."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from deploy.models.faults import Unreachable
from deploy.models.index import Link, links, origins, project_url, safe, with_login

PYTHON = Path(sys.executable)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pip configuration that is the only one."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))
    path = tmp_path / "pip.conf"
    path.write_text("[global]\nindex-url = https://one.example/simple/\nextra-index-url =\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(path))
    return path


def test_the_configured_index_and_the_extra_ones_are_used_in_order(config: Path, tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    config.write_text(
        "[global]\nindex-url = https://one.example/simple/\n"
        "extra-index-url =\n    https://two.example/simple\n    file:///three/simple\n"
        f"find-links = {tmp_path / 'wheels'} https://elsewhere.example/page\nproxy = http://proxy.example:3128\n"
    )
    found = origins(PYTHON)
    assert found.indexes == ("https://one.example/simple", "https://two.example/simple", "file:///three/simple")
    assert found.folders == (tmp_path / "wheels",)
    assert found.proxy == "http://proxy.example:3128"


def test_the_environment_overrides_the_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://env.example/simple")
    assert origins(PYTHON).indexes == ("https://env.example/simple",)


def test_without_any_configuration_it_is_what_pip_itself_would_use(config: Path) -> None:
    from pip._internal.models.index import PyPI

    config.write_text("[global]\ntimeout = 60\n")
    assert origins(PYTHON).indexes == (PyPI.simple_url,)


def test_no_index_means_none(config: Path) -> None:
    config.write_text("[global]\nindex-url = https://one.example/simple/\nno-index = true\n")
    assert origins(PYTHON).indexes == ()


def test_certificates_of_the_configuration_come_besides_pips_own(config: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "own.pem"
    bundle.touch()
    config.write_text(f"[global]\ncert = {bundle}\n")
    assert bundle in origins(PYTHON).certificates
    assert len(origins(PYTHON).certificates) == 2


def test_a_configuration_that_pip_cannot_read_is_said(config: Path) -> None:
    config.write_text("no section\n")
    with pytest.raises(Unreachable, match="pip could not be asked which package index it uses"):
        origins(PYTHON)


def test_package_names_are_normalised() -> None:
    assert project_url("https://one.example/simple", "Some.Package__x") == "https://one.example/simple/some-package-x/"
    assert project_url("file:///simple", "facesdk") == "file:///simple/facesdk/index.html"


def test_both_forms_of_a_page_say_the_same() -> None:
    url = "https://one.example/simple/p/"
    expected = [
        Link("p-1.tar.gz", "https://one.example/files/p-1.tar.gz", "ab" * 32),
        Link("p-2.tar.gz", "https://two.example/p-2.tar.gz", None),
    ]
    page = (
        '{"files": [{"filename": "p-1.tar.gz", "url": "../../files/p-1.tar.gz", "hashes": {"sha256": "'
        + "ab" * 32
        + '"}}, {"filename": "p-2.tar.gz", "url": "https://two.example/p-2.tar.gz", "hashes": {"md5": "00"}}]}'
    )
    html = (
        f'<html><body><a href="../../files/p-1.tar.gz#sha256={"ab" * 32}" data-requires-python="&gt;=3">p-1.tar.gz</a>'
        '<A HREF="https://two.example/p-2.tar.gz#md5=00">p-2.tar.gz</A></body></html>'
    )
    assert list(links(page.encode(), url)) == expected
    assert list(links(html.encode(), url)) == expected


def test_a_login_is_used_on_its_own_host_alone() -> None:
    page = "https://me:secret@one.example/simple/p/"
    assert with_login("https://one.example/f", page) == "https://me:secret@one.example/f"
    assert with_login("https://two.example/f", page) == "https://two.example/f"
    assert with_login("https://you@one.example/f", page) == "https://you@one.example/f"
    assert safe(page) == "https://one.example/simple/p/"
