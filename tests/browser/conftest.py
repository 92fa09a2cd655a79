"""Debian's browser, driven by Playwright; what judges pages; a folder for pictures of them. Skipped without one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "out" / "axe.js"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as the distribution has it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright here: make test-browser")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium: install Debian's, or run make test-browser as root")
    if not AXE.is_file() or not (ROOT / "edge/control_room/web/parts/render.js").is_file():
        pytest.skip("the page's parts are not there: make test-browser")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    options = [*sandbox, "--disable-dev-shm-usage", "--autoplay-policy=document-user-activation-required"]
    with playwright.sync_playwright() as run:
        started = run.chromium.launch(executable_path=program, args=options)
        yield started
        started.close()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where pictures of screens go."""
    folder = ROOT / "out" / "browser"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
