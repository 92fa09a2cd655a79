"""The answer: checked against this device's own request and keys, and put in force all at once."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

import msgspec

from edge import machine, settings
from edge.adapters.provisioned import KEYS, NETWORKS, SETTINGS, Provisioned
from edge.adapters.store import SqliteStore
from edge.domain.errors import Misconfigured, Refusal
from edge.domain.provisioning import Answer, EnrolmentRequest, Objected, Objection
from edge.provision.asking import CARRIED, CERTIFICATE_REQUEST, REQUEST, SITE, Seals, asked_for, carried, opened
from edge.safeguards import epochs, verify
from edge.safeguards.verify import Keys
from edge.wire import enrolment
from edge.wire.enrolment import Believed
from edge.wire.signed import canonical

MODELS = Path("/usr/lib/lamppost/models")
TRUST_ROOT, CALIBRATION, CA, CERTIFICATE = "trust-root.json", "calibration.json", "ca.pem", "certificate.pem"
ENROLMENT = "enrolment.json"
_PLACE = {"camera", "zone", "switches", "metrics", "threads"}
"""Of the settings, what provisioning does not decide."""


def accept(
    disk: Provisioned, seals: Seals, raw: bytes, *, typed: str, now: datetime, site: bytes | None = None,
    models: Path = MODELS,
) -> Believed:  # fmt: skip
    """Check an answer and put it in force. ``typed`` is the trust root's fingerprint, as the custodians read it out.

    ``site`` is a part of the settings (TOML); without it, what lies beside them for the place, or what the last epoch
    had. Raises Objected and changes nothing where the answer is not for this device; Misconfigured where the disk or
    the settings will not do.
    """
    signed = asked_for(disk)
    if signed is None:
        raise Objected(Objection.NOT_ASKED)
    request, answer = enrolment.asked(signed), enrolment.read_answer(raw)
    found = enrolment.believed(answer, signed, typed, now)
    evidence = verify.evidence(answer.calibration, Keys(found.root))
    if isinstance(evidence, Refusal):
        raise Objected(Objection.CALIBRATION_NOT_BELIEVED, evidence.said)
    sealed = {name: disk.read(name, coming=True) or b"" for name in KEYS}
    opened(seals, sealed, request)
    kept = next((one for one in (site, disk.place(), disk.read(SITE, coming=True)) if one is not None), b"")
    files = {
        SETTINGS: written(disk, request, found, kept, models),
        TRUST_ROOT: canonical(answer.trust_root),
        CALIBRATION: canonical(answer.calibration),
        CA: found.enrolment.broker.ca.encode(),
        CERTIFICATE: found.enrolment.certificate.encode(),
        NETWORKS: networks(found).encode(),
        ENROLMENT: canonical(answer.enrolment),
        REQUEST: canonical(signed),
        CERTIFICATE_REQUEST: disk.read(CERTIFICATE_REQUEST, coming=True) or b"",
        **sealed,
    }
    _begin(disk, answer)
    name = disk.put(request.epoch, files)
    disk.point()
    disk.switch(name)
    return found


def written(disk: Provisioned, request: EnrolmentRequest, found: Believed, place: bytes, models: Path) -> bytes:
    """The settings: what the place decides first, for TOML's own sake. Raises Misconfigured where they would not do."""
    broker = found.enrolment.broker
    try:
        text = place.decode()
        given = msgspec.toml.decode(place, type=dict[str, object])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(f"The site's settings cannot be read: {error}.", "They are TOML.") from error
    if set(given) - _PLACE:
        raise Misconfigured(
            f"The site's settings name {', '.join(sorted(set(given) - _PLACE))}.",
            f"They may name {', '.join(sorted(_PLACE))}: the rest comes with the answer.",
        )
    text += f"""
# Written by lamppost provision.
[device]
site = "{request.site}"
name = "{request.device}"
epoch = "{request.epoch}"

[paths]
state = "{disk.places.state}"
trust_root = "{TRUST_ROOT}"
models = "{models}"
calibration = "{CALIBRATION}"
key = "$CREDENTIALS_DIRECTORY/device-key"

[broker]
host = "{broker.host}"
port = {broker.port}
ca = "{CA}"
certificate = "{CERTIFICATE}"
key = "$CREDENTIALS_DIRECTORY/tls-key"
"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / SETTINGS
        path.write_text(text)
        tried = settings.load(path)
    settings.window(tried)
    return text.encode()


def site_of(raw: bytes) -> bytes:
    """Of settings that were written here, what the place decides: all that stands above what provisioning wrote."""
    return raw.rpartition(b"\n# Written by lamppost provision.\n")[0]


def networks(found: Believed) -> str:
    """The unit's drop-in: what addresses it may exchange packets with."""
    allowed = "".join(f"IPAddressAllow={network}\n" for network in found.enrolment.networks)
    return f"# Written by lamppost provision.\n[Service]\n{allowed}"


def _begin(disk: Provisioned, answer: Answer) -> None:
    """The new journal, where an earlier one ended here: with what must not be forgotten, and what binds the two."""
    left = carried(disk.read(CARRIED, coming=True))
    if not left and answer.opening is None:
        return
    folder = disk.new_state()
    store = SqliteStore(folder / machine.JOURNAL)
    epochs.begin(store, left, answer.opening)
    store.close()
    disk.keep_state()
