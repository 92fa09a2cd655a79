"""``lamppost home-assistant`` between two real brokers: found, told, and forgotten again."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from edge.adapters.mqtt import Broker, MqttLink
from edge.cli import main
from edge.control_room.certificates import BenchAuthority
from edge.control_room.home_assistant import Places
from hardware_sim.broker import free_port
from tests.bench.test_real_process import Run, calibration, run
from tests.control_room.own import OwnMosquitto

__all__ = ["calibration", "run"]

ACCESS = (
    "user control-room\ntopic readwrite homeassistant/device/+/config\ntopic read homeassistant/status\n"
    "topic write lamppost/home/#\n\nuser home-assistant\ntopic read homeassistant/#\ntopic read lamppost/home/#\n"
)


def test_a_device_is_found_told_and_forgotten(run: Run, tmp_path: Path) -> None:
    pki, places = BenchAuthority(tmp_path / "own"), Places(run.bench.topics)
    server, server_key = pki.issue("broker", server=True)
    certificate, key = pki.issue("control-room")
    own = OwnMosquitto(tmp_path / "own-broker", free_port())
    own.configure([], pki.certificate, server, server_key, durable=False)
    (own.folder / "acl").write_text(ACCESS)
    to = tmp_path / "home.toml"
    to.write_text(
        f'host = "localhost"\nport = {own.port}\nca = "{pki.certificate}"\ncertificate = "{certificate}"\n'
        f'key = "{key}"\n'
    )
    own.start()
    its_certificate, its_key = pki.issue("home-assistant")
    house = MqttLink(
        Broker(host="localhost", port=own.port, ca=pki.certificate, certificate=its_certificate, key=its_key),
        "house",
        (places.config, places.state, places.availability),
    )
    house.connect()
    told: dict[str, bytes] = {}

    def hears(topic: str, payload: bytes | None) -> bool:
        while (message := house.receive(timedelta(0))) is not None:
            told[message.topic] = message.payload
        return topic in told and payload in (None, told[topic])

    run.start()
    command = ["home-assistant", "--connection", str(run.bench.connection), "--to", str(to)]
    passing_on = subprocess.Popen([sys.executable, "-m", "edge", *command])
    try:
        run.until(lambda: hears(places.state, None) and hears(places.availability, b"online"))
        state = msgspec.json.decode(told[places.state])
        assert (state["connectivity"], state["condition"], state["outbox"]) == ("on", "idle", 0)
        assert msgspec.json.decode(told[places.config])["state_topic"] == places.state
        passing_on.kill()
        run.until(lambda: hears(places.availability, b"offline"))
        assert main([*command, "--remove"]) == 0
        run.until(lambda: hears(places.config, b""))
    finally:
        passing_on.kill()
        passing_on.wait(10)
        house.close()
        own.stop()
