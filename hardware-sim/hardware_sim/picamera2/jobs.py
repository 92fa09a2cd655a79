"""Jobs and requests, as the library has them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any

import numpy as np
from numpy.typing import NDArray

Buffer = NDArray[np.uint8]
"""(h * 3 / 2, stride): luma, then both chromas with rows half as long."""


class Job:
    """Something that the camera's own thread does, once it can. ``attempt`` says whether it could, and what came."""

    def __init__(self, attempt: Callable[[], tuple[bool, Any]], poke: Callable[[], None]) -> None:
        """``poke`` has a camera without a thread look whether it can go on."""
        self.attempt = attempt
        self._poke = poke
        self.future: Future[Any] = Future()
        self.future.set_running_or_notify_cancel()

    def get_result(self, timeout: float | None = None) -> Any:  # noqa: ANN401
        """What came of it. Raises TimeoutError, and CancelledError where it was cancelled."""
        if not self.future.done():
            self._poke()
        return self.future.result(timeout=timeout)

    def cancel(self) -> None:
        """End it."""
        self.future.set_exception(CancelledError())


class CompletedRequest:
    """A filled buffer of each stream, and what the sensor said. It has to be released, once."""

    def __init__(
        self, buffers: dict[str, Buffer], metadata: dict[str, object], give_back: Callable[[dict[str, Buffer]], None]
    ) -> None:
        self._buffers: dict[str, Buffer] | None = buffers
        self._metadata = metadata
        self._give_back = give_back
        self._lock = threading.Lock()

    def make_array(self, name: str) -> Buffer:
        """A copy of a stream's buffer."""
        if self._buffers is None:
            raise RuntimeError("a request that was released has no buffers")
        return self._buffers[name].copy()

    def get_metadata(self) -> dict[str, object]:
        """What the sensor said of the exposure."""
        return dict(self._metadata)

    def release(self) -> None:
        """Give the buffers back."""
        with self._lock:
            buffers, self._buffers = self._buffers, None
        if buffers is None:
            raise RuntimeError("CompletedRequest: lock now has negative ref_count")
        self._give_back(buffers)
