"""``python -m tests.browser.screens``: every screen on the simulated street, into ``deploy/console/screens``.

Light and dark, desktop and tablet. Only hits of those are opened whose pictures are in the public domain.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from tests.browser.operator import DESKTOP, TABLET

HERE: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = HERE / "deploy" / "console" / "screens"
PUBLIC: Final = ("volunteer-p01", "volunteer-p02")
"""Works of the United States government: a portrait of an astronaut, and one of an admiral."""
PATIENCE: Final = 120_000


def main() -> int:
    """Returns the exit status."""
    from playwright.sync_api import sync_playwright

    command = [str(HERE / ".venv" / "bin" / "hardware-sim"), "console"]
    street = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE)
    try:
        assert street.stdout is not None
        link = next(found[0] for line in street.stdout if (found := re.search(r"http://\S+", line)))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = browser.new_context(viewport=DESKTOP, locale="en-GB", timezone_id="UTC").new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(link)
            walk(page)
            browser.close()
    finally:
        street.terminate()
        street.wait(20)
    return 0


def walk(page: Any) -> None:
    """From nothing in force to a decision."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.get_by_role("button", name="Start…").wait_for()
    taken(page, "1-nothing-in-force")
    page.get_by_role("button", name="Start…").click()
    page.get_by_text("TEST Authorisation").wait_for()
    taken(page, "2-start")
    page.get_by_role("button", name="Start it").click()
    page.locator(".device[data-state='active']").wait_for()
    wait(
        page, lambda: page.evaluate(f"{list(PUBLIC)}.some((one) => document.body.innerText.includes(one))"), opens=True
    )
    page.locator("#look:enabled").wait_for()
    taken(page, "3-hit")
    page.keyboard.press("F4")
    page.locator("input[name='verdict']:enabled").first.wait_for()
    page.get_by_role("radio", name="It is the person").check()
    taken(page, "4-decision")
    page.get_by_role("button", name="Sign the decision").click()
    page.get_by_text("Its pictures are sealed").wait_for()
    taken(page, "5-sealed-again")


def wait(page: Any, condition: Callable[[], bool], *, opens: bool) -> None:
    """Until something is so, opening the next hit again and again."""
    while not condition():
        page.wait_for_timeout(300)
        if opens:
            page.keyboard.press("F2")


def taken(page: Any, name: str) -> None:
    """One screen, four times."""
    for kind, size in (("desktop", DESKTOP), ("tablet", TABLET)):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(150)
            picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
            assert picture is not None
            cv2.imwrite(str(FOLDER / f"{name}-{kind}-{scheme}.webp"), picture, [cv2.IMWRITE_WEBP_QUALITY, 82])
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")


if __name__ == "__main__":
    sys.exit(main())
