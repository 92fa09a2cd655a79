"""Weights out of torch files, without torch and without running anything that the file says.

A torch file from before 1.6 is five pickles (magic number, protocol, machine, the state, the storage keys)
followed by the raw storages. A pickle is a program: ``torch.load`` would run whatever it names. This reader knows
four names, none of which does more than describe a tensor, and refuses every other.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from deploy.models.faults import Tampered

MAGIC: Final = 0x1950A86A20F9469CFC6C
PROTOCOL: Final = 1001
MOST_ELEMENTS: Final = 1 << 24
"""64 MB of float32: ten times what the recipe reads, so that a hostile length cannot ask for the machine's memory."""

Tensor = NDArray[Any]


def rebuild(storage: Tensor, offset: int, size: Sequence[int], stride: Sequence[int], *_: object) -> Tensor:
    """A view of a storage as a tensor; stands in for ``torch._utils._rebuild_tensor_v2``.

    Raises ValueError where the view would reach outside the storage.
    """
    if len(size) != len(stride) or offset < 0 or min((*size, *stride), default=0) < 0:
        raise ValueError("a tensor with a negative or ill-matched shape")
    if offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) >= storage.size:
        raise ValueError("a tensor that reaches outside its storage")
    steps = [step * storage.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(storage[offset:], tuple(size), steps, writeable=False)


class _Reader(pickle.Unpickler):
    """Unpickles descriptions of tensors and nothing else."""

    allowed: Final = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): rebuild,
        # Markers, not callables: a pickle that tries to call one fails.
        ("torch", "FloatStorage"): np.dtype("<f4"),
        ("torch", "LongStorage"): np.dtype("<i8"),
    }

    def __init__(self, file: io.BytesIO, storages: dict[str, Tensor]) -> None:
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str, /) -> object:
        try:
            return self.allowed[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which no weights need") from None

    def persistent_load(self, pid: object, /) -> Tensor:
        match pid:
            case ("storage", np.dtype() as dtype, str(key), str(), int(count), None) if 0 <= count <= MOST_ELEMENTS:
                pass
            case _:
                raise pickle.UnpicklingError("it describes a storage that no weights need")
        # Filled in when the raw bytes come, after the pickles; the tensors are views and see it.
        return self._storages.setdefault(key, np.zeros(count, dtype))


def weights(data: bytes, name: str) -> dict[str, Tensor]:
    """The tensors of a torch file, by name; the ``module.`` of data-parallel training is taken off.

    ``data`` is the file, ``name`` what errors call it. Float tensors are float32. Raises Tampered where the file is
    cut short, names anything but tensors, or is otherwise not such a file.
    """
    file = io.BytesIO(data)
    storages: dict[str, Tensor] = {}
    try:
        magic, protocol, _machine, state, keys = (_Reader(file, storages).load() for _ in range(5))
        if magic != MAGIC or protocol != PROTOCOL:
            raise ValueError("it does not begin like a torch file from before 1.6")
        for key in keys:
            _fill(file, storages[key])
        return {str(key).removeprefix("module."): np.asarray(value) for key, value in state.items()}
    except Exception as error:  # a hostile pickle can make the unpickler raise anything at all
        raise Tampered(
            f"{name} is not a readable weights file: {error or type(error).__name__}.",
            "Delete the cache folder that holds the archive and build again.",
        ) from error


def _fill(file: io.BytesIO, storage: Tensor) -> None:
    (count,) = struct.unpack("<q", file.read(8))
    raw = file.read(count * storage.itemsize) if count == storage.size else b""
    if len(raw) != storage.nbytes:
        raise ValueError(f"a storage of {storage.size} elements is cut short")
    storage[:] = np.frombuffer(raw, storage.dtype)
