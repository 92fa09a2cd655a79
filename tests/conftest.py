"""What all tests share: where data and models are, and a simulated site."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.domain.record import Event
from hardware_sim.site import Site
from tests.asyncapi.enforced import COST, HOSTILE, NO_DEVICE, Judge, listening
from tests.asyncapi.published import shipped


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--data",
        default=os.environ.get("LAMPPOST_DATA"),
        help="folder with lfw-dev.tar, lfw-errata.json and clips/ (also LAMPPOST_DATA)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", f"{HOSTILE}: a real device is sent rubbish; only what it says is held to account"
    )
    config.addinivalue_line("markers", "device: on real hardware, which an environment variable names")
    config.addinivalue_line("markers", f"{NO_DEVICE}: bytes stand for messages, and no device speaks")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COST.messages:
        share = 100 * COST.seconds / time.process_time()
        held = f"{COST.messages} messages held against the contract in {COST.seconds:.1f} s"
        terminalreporter.write_line(f"{held}, {share:.1f} % of the processor's time")


@pytest.fixture(autouse=True)
def _as_the_contract_says(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every message of every test is as the published contract says."""
    if request.node.get_closest_marker(NO_DEVICE) is not None:
        yield
        return
    with listening(Judge(shipped(), hostile=request.node.get_closest_marker(HOSTILE) is not None)) as judge:
        yield
    if judge.breaches:
        pytest.fail(str(judge), pytrace=False)


@pytest.fixture
def data(request: pytest.FixtureRequest) -> Path:
    """The folder of test data that is never part of the project."""
    folder = request.config.getoption("--data")
    if not folder or not Path(folder).is_dir():
        pytest.skip("no test data: name its folder with --data or LAMPPOST_DATA")
    return Path(folder)


@pytest.fixture(scope="session")
def models() -> Path:
    """The built models."""
    folder = Path(os.environ.get("LAMPPOST_MODELS", Path(sys.prefix) / "share" / "lamppost" / "models"))
    if not (folder / "manifest.json").is_file():
        pytest.skip(f"no models in {folder}: run 'make models', or name them with LAMPPOST_MODELS")
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A device, its street and its control room, on one stepped clock."""
    made = Site(tmp_path)
    yield made
    made.device.store.close()


@pytest.fixture
def watching(site: Site) -> Site:
    """The same, deployed with the volunteer 7 on the list, an officer on scene, and looking."""
    site.run(1)
    site.deploy(7)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(1)
    return site


def kinds(events: list[Event]) -> list[str]:
    """The kinds of leaves, in order."""
    return [event.kind for event in events]
