"""Which models and which calibration a start uses: what was sent, where it fits, or what was provisioned.

Sent models are used only together with a calibration that was made for them; a sent calibration only for the models
that are then used. So a half-finished change of the chain changes nothing, and a device never fails to start for one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from edge.adapters import installed
from edge.adapters.tflite import detector_identity
from edge.adapters.tflite.model import listed
from edge.domain.authority import Digest, Signed
from edge.domain.errors import LamppostError, Misconfigured, Refusal, Undecodable
from edge.safeguards import verify
from edge.safeguards.verify import Evidence, Keys
from edge.settings import Settings
from edge.steps import align, fuse
from edge.steps.calibrate import Calibration
from edge.wire.signed import parse, payload_of
from edge.world import World

FOLDER: Final = "installed"


def place(settings: Settings) -> Path:
    """The folder of what was sent."""
    return settings.paths.state / FOLDER


def calibrations(settings: Settings) -> tuple[Path, ...]:
    """Where to look for a calibration, the first first."""
    sent = place(settings) / installed.CALIBRATION
    # The one before goes with the models before, to which a device goes back where those that were sent fail.
    return (*(path for path in (sent, installed.former(sent)) if path.is_file()), settings.paths.calibration)


def models(settings: Settings) -> Path:
    """The folder of the models to use."""
    for sent in installed.folders(place(settings)):
        if installed.complete(sent) and not installed.undone(sent) and _fits(sent, settings):
            return sent
    return settings.paths.models


def _fits(sent: Path, settings: Settings) -> bool:
    known = identities(sent)
    return any({found.detector, found.embedder} <= known for found in _readable(settings))


def identities(folder: Path) -> frozenset[Digest]:
    """What signed documents call the models of a folder, by its list alone; nothing where it has none."""
    try:
        embedders = {model.identity for model in listed(folder) if model.task == "embedder"}
        return frozenset({detector_identity(folder), *embedders})
    except LamppostError:
        return frozenset()


def calibration(settings: Settings, detector: Digest, embedder: Digest) -> Path:
    """The calibration for these models that was sent, or the one that was provisioned."""
    for path in calibrations(settings):
        found = table(path)
        if found is not None and (found.detector, found.embedder) == (detector, embedder):
            return path
    return settings.paths.calibration


def _readable(settings: Settings) -> list[Calibration]:
    return [found for path in calibrations(settings) if (found := table(path)) is not None]


def table(path: Path) -> Calibration | None:
    """What a signed calibration says, whoever signed it; None where it cannot be read."""
    try:
        return parse(payload_of(msgspec.json.decode(path.read_bytes(), type=Signed)), Calibration)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError, Undecodable):
        return None


def evidence(settings: Settings, keys: Keys, world: World) -> Evidence:
    """The calibration that was sent, or the one that was provisioned. Raises Misconfigured where neither is good."""
    sent = sent_evidence(calibrations(settings)[:-1], keys, world)
    return sent or _believed(settings.paths.calibration, keys, world)


def _check_chain(calibration: Calibration, world: World) -> None:
    said = (calibration.detector, calibration.embedder, calibration.alignment, calibration.fusion)
    here = (world.detector.identity, world.extractor.identity, align.RECIPE, fuse.RECIPE)
    for name, wanted, found in zip(("detector", "embedder", "alignment", "fusion"), said, here, strict=True):
        if wanted != found:
            raise Misconfigured(
                f"The calibration is for the {name} {wanted}, but {found} is installed.",
                "Install the calibration that was made for this recognition chain, or make one.",
            )


def sent_evidence(paths: Sequence[Path], keys: Keys, world: World) -> Evidence | None:
    """The calibration that was sent, where it is believed and is for this chain."""
    for path in paths:
        with contextlib.suppress(Misconfigured):
            return _believed(path, keys, world)
    return None


def _believed(path: Path, keys: Keys, world: World) -> Evidence:
    found = _evidence(path, keys)
    _check_chain(found.calibration, world)
    return found


def _evidence(path: Path, keys: Keys) -> Evidence:
    found = verify.evidence(signed(path, "calibration", "lamppost sign-calibration"), keys)
    if isinstance(found, Refusal):
        raise Misconfigured(
            f"The calibration {path} is not believed: {found}", "Have it signed by the evaluator whose key is pinned."
        )
    return found


def signed(path: Path, name: str, command: str) -> Signed:
    """A signed document from a file. Raises Misconfigured."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Signed)
    except OSError as error:
        raise Misconfigured(f"The {name} {path} cannot be read: {error.strerror}.", "Name its file.") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(f"The {name} {path} is not signed: {error}.", f"Have it signed: {command}.") from error
