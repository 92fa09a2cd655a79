"""Knock at both doors of a broker, from inside its network: ``python -m tests.nodes.knock FOLDER``.

The folder holds the authorities ``devices`` and ``people``, with the certificates that they issued.
"""

from __future__ import annotations

import socket
import ssl
import sys
from pathlib import Path

from tests.broker.deployed import Client

DEVICES, PEOPLE = 8883, 8884
FAILED, REFUSED = 128, 135


def main(folder: Path) -> None:
    devices, people = folder / "devices", folder / "people"
    ca = devices / "ca.pem"
    device = Client(DEVICES, ca, devices / "camden.camden-1.pem", "camden/camden-1")
    own = device.publish("lamppost/v1/camden/camden-1/health")
    other = device.publish("lamppost/v1/camden/camden-2/health")
    person = Client(PEOPLE, ca, people / "control-room.pem", "console-1")
    heard = person.subscribe("lamppost/v1/+/+/health")
    device.publish("lamppost/v1/camden/camden-1/health", b"heard")
    message = person.next()
    assert own < FAILED, own
    assert other == REFUSED, other
    assert heard == 1, heard
    assert message is not None, "nothing was heard"
    assert message.payload == b"heard", message.payload
    device.close()
    person.close()
    print("device and console came in; a device spoke for itself and for no other")
    for port, certificate in ((DEVICES, people / "control-room.pem"), (PEOPLE, devices / "camden.camden-1.pem")):
        assert _shut(port, ca, certificate), f"{certificate.name} came in at {port}"
    print("each door was shut to the other's certificate")


def _shut(port: int, ca: Path, certificate: Path) -> bool:
    """Whether the broker ends the connection at once, where it would otherwise wait for the client's first packet."""
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    try:
        with (
            socket.create_connection(("localhost", port), 3) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as wrapped,
        ):
            return wrapped.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


if __name__ == "__main__":
    main(Path(sys.argv[1]))
