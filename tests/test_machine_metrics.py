"""The metrics endpoint is off unless the configuration has it, and loopback only unless it names another address."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import msgspec
import pytest

from edge import machine, settings
from edge.adapters.metrics import Endpoint
from edge.domain.errors import Misconfigured
from edge.domain.remark import Exposed, Remark
from edge.settings import MetricsSettings, Settings
from edge.wire.signed import canonical
from hardware_sim.bench import Bench
from hardware_sim.broker import free_port
from hardware_sim.host import SimulatedHost
from hardware_sim.made_up import CALIBRATION
from hardware_sim.site import Site


class ListeningHost(SimulatedHost):
    """Remembers what is written to the log."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Remark] = []

    def say(self, remark: Remark) -> None:
        self.heard.append(remark)


@pytest.fixture
def configured(tmp_path: Path) -> Settings:
    table = tmp_path / "calibration.json"
    table.write_bytes(canonical(CALIBRATION))
    return settings.load(Bench.make(tmp_path / "bench", models=tmp_path, calibration=table).config)


def with_metrics(configured: Settings, address: str) -> Settings:
    return msgspec.structs.replace(configured, metrics=MetricsSettings(address=address, port=free_port()))


def test_without_its_table_there_is_none(configured: Settings) -> None:
    assert configured.metrics is None
    with machine.endpoint(configured, lambda: None, ListeningHost()) as nothing:
        assert nothing is None


def test_an_empty_table_serves_this_machine_alone_and_is_no_remark(configured: Settings, site: Site) -> None:
    assert MetricsSettings().address == "127.0.0.1"
    host, chosen = ListeningHost(), with_metrics(configured, "127.0.0.1")
    site.run(1)
    served = machine.endpoint(chosen, lambda: site.device.daemon.report.observer.latest, host)
    with served:
        assert isinstance(served, Endpoint)
        with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/metrics", timeout=10) as answer:
            assert b'\nlamppost_condition{condition="idle"} 1.0\n' in answer.read()
    assert host.heard == []


def test_an_address_that_others_can_reach_has_to_be_named_and_is_remarked_on(configured: Settings) -> None:
    host, chosen = ListeningHost(), with_metrics(configured, "0.0.0.0")
    with machine.endpoint(chosen, lambda: None, host):
        assert chosen.metrics is not None
        assert host.heard == [Exposed(chosen.metrics.port)]


def test_a_host_name_is_no_address(configured: Settings, tmp_path: Path) -> None:
    """What it is resolved to could change behind the configuration's back."""
    config = tmp_path / "bench" / "device.toml"
    config.write_text(config.read_text() + '\n[metrics]\naddress = "localhost"\n')
    with pytest.raises(Misconfigured, match="metrics.address"):
        settings.load(config)
