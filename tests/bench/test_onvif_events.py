"""``lamppost watch --onvif``: from the device's broker, sealed, to the control room's own, opened; over real ones."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from edge.adapters.mqtt import Broker, MqttLink
from edge.control_room.certificates import BenchAuthority
from hardware_sim.broker import free_port
from tests.bench.test_real_process import Run, a_list, authorise, calibration, run
from tests.control_room.own import OwnMosquitto
from tests.control_room.test_onvif import EventAsSpecified

__all__ = ["calibration", "run"]

ACCESS = "user control-room\ntopic write site/#\n\nuser consumer\ntopic read site/#\n"


def test_a_hit_arrives_on_the_control_rooms_own_broker_and_nowhere_else_in_clear(run: Run, tmp_path: Path) -> None:
    pki = BenchAuthority(tmp_path / "own")
    server, server_key = pki.issue("broker", server=True)
    certificate, key = pki.issue("control-room")
    own = OwnMosquitto(tmp_path / "own-broker", free_port())
    own.configure([], pki.certificate, server, server_key, durable=False)
    (own.folder / "acl").write_text(ACCESS)
    connection = tmp_path / "onvif.toml"
    connection.write_text(
        f'host = "localhost"\nport = {own.port}\nca = "{pki.certificate}"\ncertificate = "{certificate}"\n'
        f'key = "{key}"\nprefix = "site/control"\nvideo_source = "cam0"\nsize = [640, 360]\n'
    )
    own.start()
    reader_certificate, reader_key = pki.issue("consumer")
    consumer = MqttLink(
        Broker(host="localhost", port=own.port, ca=pki.certificate, certificate=reader_certificate, key=reader_key),
        "consumer",
        ("site/control/onvif-ej/#",),
    )
    consumer.connect()
    sealed = a_list()
    run.start()
    command = [sys.executable, "-m", "edge", "watch", "--connection", run.bench.connection, "--onvif", connection,
               "--key", run.bench.recipient_key, "--keep", tmp_path / "kept"]  # fmt: skip
    with (tmp_path / "watch.log").open("wb") as log:
        watch = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, env=os.environ.copy())
    try:
        run.until(lambda: (tmp_path / "watch.log").stat().st_size > 0)
        run.deploy(sealed, authorise(run, sealed))
        found: list[EventAsSpecified] = []

        def arrived() -> bool:
            message = consumer.receive(timedelta(0))
            if message is not None:
                assert message.topic == "site/control/onvif-ej/RuleEngine/Recognition/Face/&cam0/test-1"
                assert not message.retained
                found.append(msgspec.json.decode(message.payload, type=EventAsSpecified))
            return bool(found)

        run.until(arrived)
    finally:
        watch.terminate()
        watch.wait(10)
        consumer.close()
        own.stop()
    assert found[0].data.enrollment == "v-0007"
    assert found[0].data.box is not msgspec.UNSET
    on_the_way = (run.bench.broker.folder / "mosquitto.log").read_text()
    assert "onvif" not in on_the_way
