"""Mutual TLS 1.3 or nothing, and certificates that are renewed while the link lives."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.mqtt import MqttLink
from edge.adapters.mqtt.certificates import Certificates
from edge.control_room.certificates import BenchAuthority
from edge.domain.link import Trouble
from edge.domain.message import Outgoing
from hardware_sim.broker import CONTROL_ROOM
from tests.link.bench import ALL, DEVICE, POST, Bench, bench_in, certificate_of, wait_until
from tests.link.scripted_broker import Answers, ScriptedBroker, served

pytestmark = pytest.mark.no_device

PAST = datetime.now(UTC) - timedelta(days=60)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_in(tmp_path) as made:
        yield made


def renew(bench: Bench, name: str = DEVICE, now: datetime | None = None) -> None:
    """As a careless tool does it: away with the old, and write the new where it was."""
    for suffix in ("pem", "key"):
        (bench.folder / "pki" / f"{name}.{suffix}").unlink()
    bench.pki.issue(name, now=now)


def connect_raw(bench: Bench, context: ssl.SSLContext) -> bytes:
    with (
        socket.create_connection(("localhost", bench.mosquitto.port)) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as secured,
    ):
        secured.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            return secured.recv(10)  # in TLS 1.3 a client learns only now what the server thinks of its certificate
        secured.settimeout(5)
        secured.sendall(b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc")
        return secured.recv(10)


def client(bench: Bench, certificate: tuple[Path, Path] | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(bench.folder / "pki" / "ca.pem"))
    if certificate is not None:
        context.load_cert_chain(*certificate)
    return context


# The broker's side.


def test_without_a_certificate_there_is_no_connection(bench: Bench) -> None:
    with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
        connect_raw(bench, client(bench, None))


def test_with_another_authority_s_certificate_there_is_no_connection(bench: Bench, tmp_path: Path) -> None:
    foreign = BenchAuthority(tmp_path / "foreign").issue(CONTROL_ROOM)
    with pytest.raises(ssl.SSLError, match="UNKNOWN_CA|DECRYPT_ERROR|BAD_CERTIFICATE"):
        connect_raw(bench, client(bench, foreign))


def test_with_tls_1_2_there_is_no_connection(bench: Bench) -> None:
    pki = bench.folder / "pki"
    context = client(bench, (pki / f"{DEVICE}.pem", pki / f"{DEVICE}.key"))
    assert connect_raw(bench, context)[:1] == b"\x20"  # with TLS 1.3 it is let in
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        connect_raw(bench, context)


# The link's side.


def test_a_broker_that_speaks_only_tls_1_2_is_not_spoken_to(bench: Bench) -> None:
    pki = bench.folder / "pki"
    context = served(pki / "broker.pem", pki / "broker.key", pki / "ca.pem")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    broker = ScriptedBroker(context, Answers())
    device = bench.begin(DEVICE, port=broker.port)
    wait_until(lambda: device.trouble is not None)
    assert device.trouble is Trouble.TLS_VERSION
    assert broker.answers.connects == []
    broker.close()


def test_neither_less_nor_more_than_tls_1_3_is_offered(bench: Bench) -> None:
    context = Certificates(bench.broker(DEVICE)).context
    assert (context.minimum_version, context.maximum_version) == (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_stranger_for_a_broker_is_not_spoken_to(bench: Bench, tmp_path: Path) -> None:
    stranger = BenchAuthority(tmp_path / "stranger").issue("broker", server=True)
    broker = ScriptedBroker(served(*stranger, bench.folder / "pki" / "ca.pem"), Answers())
    device = bench.begin(DEVICE, port=broker.port)
    wait_until(lambda: device.counters().get("link-ended-broker-not-believed", 0) >= 2)
    assert broker.answers.connects == []
    broker.close()


def test_a_broker_whose_certificate_has_expired_is_named_so(bench: Bench) -> None:
    pki = bench.folder / "pki"
    for suffix in ("pem", "key"):
        (pki / f"broker.{suffix}").unlink()
    expired = bench.pki.issue("broker", server=True, now=PAST)
    broker = ScriptedBroker(served(*expired, pki / "ca.pem"), Answers())
    device = bench.begin(DEVICE, port=broker.port)
    wait_until(lambda: device.trouble is Trouble.BROKER_EXPIRED)
    broker.close()


def test_this_end_s_foreign_certificate_is_named_as_refused(bench: Bench, tmp_path: Path) -> None:
    BenchAuthority(tmp_path / "foreign").issue(DEVICE)
    pki = bench.folder / "pki"
    for suffix in ("pem", "key"):
        shutil.copy(tmp_path / "foreign" / f"{DEVICE}.{suffix}", pki / f"{DEVICE}.{suffix}")
    device = bench.begin(DEVICE)
    wait_until(lambda: device.counters().get("link-ended-certificate-refused", 0) >= 2)
    assert device.connections == 0


# Renewal.


def test_a_new_certificate_is_used_by_reconnecting_in_good_order(bench: Bench) -> None:
    control = bench.link(CONTROL_ROOM, ALL)
    device = bench.link(DEVICE, (POST.orders,), will=(POST.state, b"lost"))
    renew(bench)
    wait_until(lambda: device.connections == 2)
    assert device.counters()["link-rotations"] == 1
    assert device.counters()["link-resumed"] == 1
    assert device.publish(Outgoing(POST.hit, b"after"))
    came = control.receive(timedelta(seconds=5))
    assert came is not None
    assert came.payload == b"after"  # and no will before it


def test_a_new_authority_is_used_too(bench: Bench, tmp_path: Path) -> None:
    device = bench.link(DEVICE, ())
    later = BenchAuthority(tmp_path / "later")
    server, key = later.issue("broker", server=True)
    bench.mosquitto.stop()
    bench.mosquitto.configure([POST], later.certificate, server, key, durable=False)
    bench.mosquitto.start()
    wait_until(lambda: device.trouble is Trouble.BROKER_NOT_BELIEVED)
    later.issue(DEVICE)
    pki = bench.folder / "pki"
    for source, target in (("ca.pem", "ca.pem"), (f"{DEVICE}.pem",) * 2, (f"{DEVICE}.key",) * 2):
        shutil.copy(tmp_path / "later" / source, pki / f"{target}.new")
        (pki / f"{target}.new").replace(pki / target)
    wait_until(lambda: device.connections == 2)


def test_a_pair_that_is_half_replaced_is_named_and_not_used(bench: Bench, tmp_path: Path) -> None:
    device = bench.link(DEVICE, ())
    pki, aside, ends = bench.folder / "pki", tmp_path / "aside.key", device.certificate_ends
    (pki / f"{DEVICE}.key").rename(aside)
    fresh = shutil.copy(aside, tmp_path / "old.key")
    (pki / f"{DEVICE}.pem").unlink()
    bench.pki.issue(DEVICE, now=datetime.now(UTC) - timedelta(days=1))
    (pki / f"{DEVICE}.key").rename(tmp_path / "new.key")
    shutil.copy(fresh, pki / f"{DEVICE}.key")
    wait_until(lambda: "link-files-pair-mismatched" in device.counters())
    assert (device.connected, device.connections) == (True, 1)
    assert device.certificate_ends == ends != certificate_of(bench, DEVICE).not_valid_after_utc
    (tmp_path / "new.key").replace(pki / f"{DEVICE}.key")
    wait_until(lambda: device.connections == 2)
    assert device.certificate_ends == certificate_of(bench, DEVICE).not_valid_after_utc
    assert not [name for name in device.counters() if name.startswith("link-files-")]


@pytest.mark.parametrize(
    ("part", "trouble"),
    [
        ("ca.pem", Trouble.AUTHORITY_UNREADABLE),
        (f"{DEVICE}.pem", Trouble.CERTIFICATE_UNREADABLE),
        (f"{DEVICE}.key", Trouble.CERTIFICATE_UNREADABLE),
    ],
)
@pytest.mark.parametrize("how", ["cut short", "emptied", "removed"])
def test_a_file_that_is_not_whole_is_named_and_not_used(bench: Bench, part: str, trouble: Trouble, how: str) -> None:
    device = bench.link(DEVICE, ())
    path = bench.folder / "pki" / part
    whole = path.read_bytes()
    if how == "removed":
        path.unlink()
    else:
        path.write_bytes(whole[: len(whole) // 2] if how == "cut short" else b"")
    wait_until(lambda: f"link-files-{trouble.value}" in device.counters())
    assert (device.connected, device.connections) == (True, 1)
    path.write_bytes(whole)
    wait_until(lambda: device.connections == 2)


def test_an_expired_certificate_is_named_is_tried_again_and_is_replaced_at_once(bench: Bench) -> None:
    renew(bench, now=PAST)
    device = bench.begin(DEVICE)
    wait_until(lambda: device.counters().get("link-ended-certificate-expired", 0) >= 2)
    assert device.trouble is Trouble.CERTIFICATE_EXPIRED
    counters = device.counters()
    assert counters["link-certificate-days"] < 0
    assert counters["link-files-certificate-expired"] == 1
    renew(bench)
    wait_until(lambda: device.connected)
    assert "link-files-certificate-expired" not in device.counters()


def test_the_days_that_are_left_are_counted(bench: Bench) -> None:
    certificates, now = Certificates(bench.broker(DEVICE)), datetime.now(UTC)
    assert certificates.counters(now)["link-certificate-days"] == 29
    assert certificates.counters(now + timedelta(days=29, hours=12))["link-certificate-days"] == 0
    assert certificates.lapsed(now) is None
    assert certificates.lapsed(now + timedelta(days=31)) is Trouble.CERTIFICATE_EXPIRED
    assert certificates.lapsed(now - timedelta(days=1)) is Trouble.CERTIFICATE_NOT_YET_VALID


def test_files_that_are_being_written_are_not_read(bench: Bench) -> None:
    certificates = Certificates(bench.broker(DEVICE))
    assert not certificates.renewed()
    renew(bench)
    assert not certificates.renewed()  # just changed: wait and look again
    os.utime(bench.folder / "pki" / f"{DEVICE}.key")
    assert not certificates.renewed()  # still changing
    assert certificates.renewed()
    assert not certificates.renewed()


def test_a_key_that_needs_a_password_is_not_waited_for(bench: Bench) -> None:
    from cryptography.hazmat.primitives import serialization as form

    path = bench.folder / "pki" / f"{DEVICE}.key"
    key = form.load_pem_private_key(path.read_bytes(), None)
    sealed = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"secret"))
    path.write_bytes(sealed)
    with pytest.raises(Exception, match="cannot be used"):
        MqttLink(bench.broker(DEVICE), "x", ())
