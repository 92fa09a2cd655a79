"""One operator at their page: what they see and do; and everything that a page must never do, noted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tests.browser.conftest import AXE
from tests.browser.day import Console

DESKTOP: Final = {"width": 1440, "height": 900}
TABLET: Final = {"width": 820, "height": 1180}
NOTES: Final = """
window.noted = { violations: [], seen: {} };
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  noted.violations.push(`${violatedDirective} ${blockedURI}`));
new MutationObserver(() => {
  for (const row of document.querySelectorAll("[data-hit]")) noted.seen[row.dataset.hit] ??= Date.now();
}).observe(document, { childList: true, subtree: true });
"""
"""Runs before the page: when each hit was first on it, and what its policy stopped."""
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class Operator:
    """A browser with one console's page."""

    console: Console
    page: Any
    pictures: Path
    troubles: list[str] = field(default_factory=list)
    screens: dict[str, int] = field(default_factory=dict)
    """Which were judged, and how often."""

    @classmethod
    def at(cls, browser: Any, console: Console, pictures: Path, **options: Any) -> Operator:
        """Open the console by its link."""
        context = browser.new_context(viewport=DESKTOP, locale="en-GB", timezone_id="UTC", **options)
        context.add_init_script(NOTES)
        made = cls(console, context.new_page(), pictures)
        made.watch()
        made.page.goto(console.server.link())
        made.page.set_default_timeout(60_000)
        made.page.wait_for_selector(".device")
        return made

    def watch(self) -> None:
        """Note every error, and every request that is not to the console itself."""
        mine = self.console.server.place.authority

        def request(one: Any) -> None:
            if urlsplit(one.url).netloc != mine and not one.url.startswith(("data:", "blob:")):
                self.troubles.append(f"asked {one.url}")

        def said(one: Any) -> None:
            if one.type in ("error", "warning"):
                self.troubles.append(f"{one.type}: {one.text}")

        self.page.on("request", request)
        self.page.on("console", said)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def violations(self) -> list[str]:
        """Of the page's own policy."""
        found: list[str] = self.page.evaluate("noted.violations")
        return found

    def seen(self) -> dict[str, float]:
        """When each hit was first on the page: seconds of the machine's clock."""
        return {hit: at / 1000 for hit, at in self.page.evaluate("noted.seen").items()}

    def sees(self, hit: str, patience: float = 60) -> None:
        """Wait until a hit is listed, and open it."""
        row = self.page.locator(f"button[data-hit='{hit}']")
        row.wait_for(timeout=patience * 1000)
        if row.get_attribute("aria-current") != "true":
            row.click()
        self.page.locator(f"article[data-hit='{hit}']").wait_for()

    def opens(self, hit: str) -> None:
        """The same; where it came to another console and lies sealed in the folder here, open it for a reason."""
        self.sees(hit)
        look, sealed = self.page.locator("#look"), self.page.get_by_role("button", name="Open for a reason…")
        self.wait(lambda: look.count() or sealed.count())
        if sealed.count():
            sealed.click()
            self.page.get_by_label("Case, complaint or audit number").fill("taken-over")
            self.page.get_by_role("button", name="Open it").click()

    def looks(self) -> None:
        """Say that they look, by the keyboard, as soon as the page lets them."""
        look = self.page.locator("#look")
        self.wait(look.is_enabled)
        self.page.keyboard.press("F4")

    def decides(self, words: str) -> None:
        """Choose and sign, as soon as the page lets them."""
        choice = self.page.get_by_role("radio", name=words)
        self.wait(choice.is_enabled)
        choice.check()
        self.page.get_by_role("button", name="Sign the decision").click()

    def wait(self, condition: Any, patience: float = 60) -> None:
        """Wait until something is so; not with Playwright's own, which needs what the page's policy forbids."""
        deadline = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < deadline, self.page.inner_text("body")[:2000]
            self.page.wait_for_timeout(30)

    def until(self, words: str, patience: float = 60) -> None:
        """Wait until the page says something."""
        self.page.get_by_text(words).first.wait_for(timeout=patience * 1000)

    def screen(self, name: str) -> None:
        """Judge what is shown, and take its picture: light and dark, desktop and tablet. Raises AssertionError."""
        for kind, size in (("desktop", DESKTOP), ("tablet", TABLET)):
            self.page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                self.page.wait_for_timeout(60)
                self.page.screenshot(path=self.pictures / f"{name}-{kind}-{scheme}.png", full_page=kind == "tablet")
                found = self.judge()
                assert found == [], f"{name}, {kind}, {scheme}: {found}"
        self.page.set_viewport_size(DESKTOP)
        self.page.emulate_media(color_scheme="light")
        self.screens[name] = self.screens.get(name, 0) + 1

    def judge(self) -> list[str]:
        """What axe-core finds wrong with the page as it is now."""
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.read_text())
        result = self.page.evaluate("rules => axe.run(document, { runOnly: { type: 'tag', values: rules } })", RULES)
        return [
            f"{one['id']} ({one['impact']}): {[node['target'] for node in one['nodes'][:3]]}"
            for one in result["violations"]
        ]

    def close(self) -> None:
        """Shut the browser's window."""
        self.page.context.close()
