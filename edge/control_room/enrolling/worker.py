"""A process that decodes pictures and looks at them, and can do nothing else.

It gets bytes and gives answers, over one socket. It can open no file and write none, and has so much memory and
no more; whatever a picture does to it, the enrolment names that picture and starts another worker.

    python -m edge.control_room.enrolling.worker SOCKET MODELS
"""

from __future__ import annotations

import ctypes
import resource
import socket
import sys
from pathlib import Path
from typing import Final

import cv2
import msgspec

from edge.adapters.host.memory import forbid_dumps
from edge.adapters.tflite import Detector, Extractor
from edge.control_room.enrolling import answers
from edge.control_room.enrolling.findings import Outcome, Rejected
from edge.control_room.enrolling.looking import Looker, Shot
from edge.control_room.enrolling.opening import LARGEST
from edge.domain.errors import LamppostError

MEMORY: Final = 1024 * 1024 * 1024
"""Bytes that a worker may have of its own (RLIMIT_DATA): four times what the largest picture needs."""
_PR_SET_NO_NEW_PRIVS: Final = 38


def main(arguments: list[str]) -> int:
    """Look at pictures until the other end is gone."""
    with socket.socket(fileno=int(arguments[0])) as peer:
        _bounded()
        try:
            detector, extractor = Detector(Path(arguments[1])), Extractor(Path(arguments[1]))
        except LamppostError as error:
            answers.send(peer, msgspec.msgpack.encode(answers.Unable(error.what, error.remedy)))
            return 1
        looker = Looker(detector, extractor)
        _confined()
        ready = answers.Ready(detector.identity, extractor.identity)
        answers.send(peer, msgspec.msgpack.encode(ready))
        while (raw := answers.receive(peer, LARGEST + 1)) is not None:
            answers.send(peer, answers.encoded(_look(looker, raw)))
    return 0


def _look(looker: Looker, raw: bytes) -> Shot | Rejected:
    try:
        return looker.look(answers.wanted_of(raw))
    except MemoryError:
        return Rejected(Outcome.DECODER_FAILED, f"it needs more than the {MEMORY >> 20} MB that a worker may have")


def _bounded() -> None:
    """So much memory, one thread, and no picture of this process on any disk."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    forbid_dumps()
    cv2.setNumThreads(1)


def _confined() -> None:
    """Everything is loaded: nothing may be opened, written or started any more."""
    for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
