"""Weights are read out of torch files; anything else that such a file may say is refused."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import struct
import sys
import types
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from deploy.models.faults import Tampered
from deploy.models.unpickle import MAGIC, PROTOCOL, weights


class Stored:
    """A tensor as torch pickles it: a call on a storage that is named by a persistent id."""

    def __init__(self, key: str, array: NDArray[Any], **changed: Any) -> None:
        self.key = key
        self.array = array
        self.offset = changed.get("offset", 0)
        self.size = changed.get("size", array.shape)
        self.stride = changed.get("stride", tuple(step // array.itemsize for step in array.strides))
        self.count = changed.get("count", array.size)

    def __reduce__(self) -> tuple[Any, ...]:
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (Held(self), self.offset, self.size, self.stride, False, OrderedDict())


class Held:
    """Stands for a storage until the pickler asks for its persistent id."""

    def __init__(self, tensor: Stored) -> None:
        self.tensor = tensor


class Writer(pickle.Pickler):
    def persistent_id(self, obj: object) -> Any:
        if not isinstance(obj, Held):
            return None
        torch: Any = sys.modules["torch"]
        kind = torch.FloatStorage if obj.tensor.array.dtype == np.float32 else torch.LongStorage
        return "storage", kind, obj.tensor.key, "cpu", obj.tensor.count, None


@pytest.fixture(autouse=True, scope="module")
def torch() -> Iterator[None]:
    """Modules with torch's names, so that pickle writes those names."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def named(name: str) -> type:
        return type(name, (), {"__module__": "torch", "__qualname__": name})

    def _rebuild_tensor_v2() -> None: ...

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    torch.FloatStorage, torch.LongStorage = named("FloatStorage"), named("LongStorage")  # type: ignore[attr-defined]
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "torch", torch)
        patch.setitem(sys.modules, "torch._utils", utils)
        yield


def file(state: object, arrays: dict[str, NDArray[Any]], magic: int = MAGIC) -> bytes:
    out = io.BytesIO()
    for part in (magic, PROTOCOL, {"little_endian": True}, state, list(arrays)):
        Writer(out, protocol=2).dump(part)
    for array in arrays.values():
        out.write(struct.pack("<q", array.size) + array.tobytes())
    return out.getvalue()


def simple() -> bytes:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    return file(OrderedDict(weight=Stored("1", array)), {"1": array})


def test_tensors_come_out_by_name_without_the_prefix_of_parallel_training() -> None:
    one, two = np.arange(24, dtype=np.float32).reshape(2, 3, 4), np.array(7, np.int64)
    state = OrderedDict([("module.body.weight", Stored("a", one)), ("body.count", Stored("b", two))])
    read = weights(file(state, {"a": one, "b": two}), "test")
    assert list(read) == ["body.weight", "body.count"]
    assert read["body.weight"].dtype == np.float32
    np.testing.assert_array_equal(read["body.weight"], one)
    assert read["body.count"] == 7


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(1, 4), max_size=4), min_size=1, max_size=4), st.integers(0, 2**32 - 1))
def test_whatever_is_written_is_read_back(shapes: list[list[int]], seed: int) -> None:
    random = np.random.default_rng(seed)
    arrays = {str(number): random.normal(size=shape).astype(np.float32) for number, shape in enumerate(shapes)}
    read = weights(file(OrderedDict((key, Stored(key, array)) for key, array in arrays.items()), arrays), "test")
    for key, array in arrays.items():
        np.testing.assert_array_equal(read[key], array)


class Calls:
    """Pickles to a call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


@pytest.mark.parametrize(
    "call",
    [
        Calls(os.system, "touch /nonexistent/x"),
        Calls(eval, "1"),
        Calls(exec, "1"),
        Calls(getattr, "a", "upper"),
        Calls(print, "hello"),
        Calls(io.BytesIO, b""),
        Calls(np.zeros, 3),
        Calls(Path, "/"),
        Calls(pickle.loads, b""),
        Calls(__import__, "os"),
        Calls(bytearray, 3),
    ],
)
@pytest.mark.parametrize("where", ["state", "value", "key", "machine"])
def test_a_file_that_names_anything_else_is_refused(call: Calls, where: str) -> None:
    array = np.zeros(1, np.float32)
    out = io.BytesIO()
    state: Any = {"value": {"a": call}, "state": call, "key": [call]}.get(where, {"a": Stored("1", array)})
    parts: list[Any] = [MAGIC, PROTOCOL, call if where == "machine" else {}, state, ["1"]]
    for part in parts:
        Writer(out, protocol=2).dump(part)
    with pytest.raises(Tampered, match="which no weights need"):
        weights(out.getvalue() + struct.pack("<q", 1) + array.tobytes(), "test")


def test_nothing_named_by_a_file_is_ever_called(tmp_path: Path) -> None:
    sign = tmp_path / "it ran"
    data = file({"a": Calls(Path.touch, sign)}, {})
    with pytest.raises(Tampered):
        weights(data, "test")
    assert not sign.exists()


@pytest.mark.parametrize(
    "program",
    [
        b"ctorch\nFloatStorage\n)R.",  # calling a marker
        b"ccollections\nOrderedDict.__class__\n.",  # an attribute of what is allowed
        b"cposix\nsystem\n(S'true'\ntR.",
        b"\x80\x04\x8c\x05posix\x8c\x06system\x93.",  # by the opcode of later protocols
        b"P1\n.",  # a persistent id that is a string
        b"}}}}(.",
        b"(" * 100 + b".",
    ],
)
def test_hand_written_programs_are_refused(program: bytes) -> None:
    parts: list[Any] = [MAGIC, PROTOCOL, {}]
    head = b"".join(pickle.dumps(part, protocol=2) for part in parts)
    with pytest.raises(Tampered):
        weights(head + program + pickle.dumps([], protocol=2), "test")


@pytest.mark.parametrize(
    "changed",
    [
        {"offset": 1},
        {"offset": -1},
        {"size": (2, 4)},
        {"stride": (3, 2)},
        {"stride": (-3, 1)},
        {"size": (-2, 3)},
        {"stride": (3,)},
        {"count": 5},
        {"count": 7},
        {"count": -1},
        {"count": 1 << 40},
        {"count": 6.0},
    ],
)
def test_a_tensor_that_reaches_outside_its_storage_is_refused(changed: dict[str, Any]) -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    with pytest.raises(Tampered):
        weights(file({"weight": Stored("1", array, **changed)}, {"1": array}), "test")


def test_a_file_cut_short_anywhere_says_so() -> None:
    data = simple()
    for length in range(len(data)):
        with pytest.raises(Tampered, match=r"test is not a readable weights file: .+ Delete the cache"):
            weights(data[:length], "test")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(Tampered):
        weights(noise, "test")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_changed_byte_is_read_or_refused_and_nothing_else(draw: st.DataObject) -> None:
    data = bytearray(simple())
    data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    with contextlib.suppress(Tampered):
        weights(bytes(data), "test")


def test_another_magic_number_is_refused() -> None:
    with pytest.raises(Tampered, match="does not begin like"):
        weights(file({}, {}, magic=1), "test")
