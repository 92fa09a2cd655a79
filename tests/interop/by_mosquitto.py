"""A client of Debian's mosquitto_sub and mosquitto_pub, joserfc and jsonschema: nothing of ours but the contract."""

from __future__ import annotations

import base64
import json
import subprocess
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
from joserfc import jws
from joserfc.jwk import OKPKey

Json = dict[str, Any]
REGISTRY = jws.JWSRegistry(algorithms=["Ed25519"])


@dataclass(frozen=True, slots=True)
class Access:
    """Where the broker is, how to get in, and where the programs are."""

    programs: Path
    port: int
    pki: Path
    client: str
    base: str

    def command(self, program: str, *options: str) -> list[str]:
        """A mosquitto client's command line."""
        own = ["--cafile", f"{self.pki}/ca.pem", "--cert", f"{self.pki}/{self.client}.pem"]
        own += ["--key", f"{self.pki}/{self.client}.key", "--tls-version", "tlsv1.3"]
        return [str(self.programs / program), "-V", "mqttv5", "-h", "localhost", "-p", str(self.port), *own, *options]


class Reader:
    """Reads from the contract's file what a message is, and holds it against it."""

    def __init__(self, contract: Path, device: str) -> None:
        """``device`` is the device's public key, base64url."""
        self._document = json.loads(contract.read_text())
        self._device = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": device})

    def hold(self, name: str, value: object) -> None:
        """Raises ValidationError."""
        schema = {"$ref": f"#/components/schemas/{name}", "components": self._document["components"]}
        jsonschema.Draft7Validator(schema).validate(value)

    def read(self, line: str, operation: str) -> tuple[Json, Json]:
        """What mosquitto_sub printed of a message, and the signed document in it, verified."""
        came = json.loads(line)
        said = self._document["operations"][operation]
        message = said["messages"][0]["$ref"].rpartition("/")[2]
        binding = said["bindings"]["mqtt"]
        assert (came["qos"], bool(came["retain"])) == (binding["qos"], binding["retain"])
        properties = came["properties"]
        assert properties["content-type"] == self._document["components"]["messages"][message]["contentType"]
        assert ("message-expiry-interval" in properties) is ("messageExpiryInterval" in binding)
        event = json.loads(came["payload"])
        self.hold(f"{message}Event", event)
        verified = jws.deserialize_json(event["data"], self._device, registry=REGISTRY)
        document = json.loads(verified.payload)
        self.hold(message, document)
        return came, document


class Listening:
    """mosquitto_sub, waiting for the next message on a topic."""

    def __init__(self, access: Access, part: str, seconds: int = 20) -> None:
        """Returns once the broker has confirmed the subscription."""
        options = ["-t", f"{access.base}/{part}", "-q", "2", "-C", "1", "-W", str(seconds), "-F", "%j", "-d"]
        command = access.command("mosquitto_sub", *options, "--retain-as-published", "-i", f"sub-{uuid.uuid4().hex}")
        self._process = subprocess.Popen(
            ["stdbuf", "--output=L", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._printed: list[str] = []
        self._until("Subscribed ")

    def heard(self) -> str:
        """The message as JSON. Raises AssertionError where none came."""
        message = self._until("{")
        self._process.wait(30)
        return message

    def _until(self, beginning: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._printed.append(line)
            if line.startswith(beginning):
                return line
        self._process.wait(30)
        raise AssertionError("".join(self._printed))


def status(access: Access, reader: Reader, state: Json, key: Path, folder: Path) -> Json:
    """Give the order, signed with an operator's key, and return the reply, verified."""
    now = datetime.now(UTC)
    heading = {
        "id": uuid.uuid4().hex,
        "verb": "status",
        "site": state["site"],
        "device": state["device"],
        "epoch": state["epoch"],
        "issued": now.isoformat().replace("+00:00", "Z"),
        "expires": (now + timedelta(seconds=30)).isoformat().replace("+00:00", "Z"),
        "counter": time.time_ns() // 1000,
    }
    order = {"body": {}, "heading": heading}
    reader.hold("StatusOrder", order)
    event = {
        "specversion": "1.0",
        "id": heading["id"],
        "source": "/mosquitto",
        "type": "io.lamppost.order.v1",
        "time": heading["issued"],
        "datacontenttype": "application/jose+json",
        "data": _signed(order, OKPKey.import_key(key.read_bytes())),
    }
    reader.hold("StatusOrderEvent", event)
    message = folder / "order.json"
    message.write_text(json.dumps(event))
    inbox = f"reply/{heading['id']}"
    listening = Listening(access, inbox)
    options = ["-t", f"{access.base}/cmd/status", "-q", "1", "-f", str(message)]
    for name, value in (
        ("message-expiry-interval", "30"),
        ("content-type", "application/cloudevents+json"),
        ("response-topic", f"{access.base}/{inbox}"),
        ("correlation-data", heading["id"]),
    ):
        options += ["-D", "publish", name, value]
    # A broker as deployed takes nobody without a name of their own.
    options += ["-i", f"asker-{heading['id']}"]
    subprocess.run(access.command("mosquitto_pub", *options), check=True, timeout=20)
    came, reply = reader.read(listening.heard(), "sendReply")
    assert came["properties"]["correlation-data"] == heading["id"]
    assert reply["order"] == heading["id"]
    return reply


def _signed(document: Json, key: OKPKey) -> Json:
    payload = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    header = {"alg": "Ed25519", "kid": key.thumbprint(), "typ": "lamppost-order"}
    made = jws.serialize_json([{"protected": header}], payload, key, registry=REGISTRY)
    protected = json.loads(base64.urlsafe_b64decode(made["signatures"][0]["protected"] + "=="))
    assert list(protected) == sorted(protected)
    return dict(made)
