"""Networks to LiteRT files (TensorFlow Lite flatbuffers), in float32 or int8.

The file format's classes come with LiteRT itself. One writer serves both precisions: a tensor is int8 where the
:class:`Rounding` has a scale for it, and where an int8 tensor meets an exact layer a DEQUANTIZE stands between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

IDENTIFIER: Final = b"TFL3"
SCHEMA_VERSION: Final = 3

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """How an int8 tensor stands for real numbers: ``real = (integer - zero) * step``."""

    step: float
    zero: int


@dataclass(frozen=True, slots=True)
class Integers:
    """A convolution's numbers in int8."""

    weight: NDArray[np.int8]
    steps: NDArray[np.float32]
    """(channels,): one step per output channel; zero stands for zero."""
    bias: NDArray[np.int32]
    """In steps of the input's step times the channel's."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """All that int8 adds to a network."""

    tensors: Mapping[str, Scale] = field(default_factory=dict)
    weights: Mapping[str, Integers] = field(default_factory=dict)


class _Bytes(schema.BufferT):  # type: ignore[misc]
    """A buffer that starts at a multiple of 16, as the format asks and the generated class does not do."""

    def Pack(self, builder: flatbuffers.Builder) -> int:  # noqa: N802
        raw = b"" if self.data is None else bytes(self.data)
        vector = None
        if raw:
            builder.StartVector(1, len(raw), 16)
            builder.head = builder.head - len(raw)
            builder.Bytes[builder.head : builder.head + len(raw)] = raw
            vector = builder.EndVector()
        schema.BufferStart(builder)
        if vector is not None:
            schema.BufferAddData(builder, vector)
        return int(schema.BufferEnd(builder))


class Writer:
    """Collects tensors, buffers and operators."""

    def __init__(self, rounding: Rounding) -> None:
        self.rounding = rounding
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model = schema.ModelT()
        self.model.version = SCHEMA_VERSION
        self.model.operatorCodes, self.model.subgraphs = [], [self.graph]
        self.model.buffers = [_Bytes()]  # the first is empty by convention
        self.index: dict[str, int] = {}
        self.codes: dict[tuple[int, int], int] = {}

    def tensor(
        self,
        name: str,
        shape: Shape,
        kind: int,
        scale: Scale | None = None,
        data: NDArray[Any] | None = None,
        steps: tuple[NDArray[np.float32], int] | None = None,
    ) -> str:
        """Add a tensor; ``steps`` are per-channel steps and the axis that they go along. Returns its name."""
        entry = schema.TensorT()
        entry.name, entry.shape, entry.type = name, np.asarray(shape, np.int32), kind
        if scale is not None or steps is not None:
            entry.quantization = schema.QuantizationParametersT()
            values = steps[0] if scale is None and steps is not None else np.array([scale.step if scale else 1])
            entry.quantization.scale = values.astype(np.float32)
            entry.quantization.zeroPoint = np.full(len(values), scale.zero if scale else 0, np.int64)
            entry.quantization.quantizedDimension = steps[1] if steps else 0
        if data is not None:
            buffer = _Bytes()
            buffer.data = np.ascontiguousarray(data).tobytes()
            self.model.buffers.append(buffer)
            entry.buffer = len(self.model.buffers) - 1
        self.index[name] = len(self.graph.tensors)
        self.graph.tensors.append(entry)
        return name

    def operator(
        self, code: str, inputs: Sequence[str], output: str, version: int = 1, options: tuple[str, object] | None = None
    ) -> None:
        """Add an operator; ``options`` are the name of the options' union member and the options."""
        number = getattr(schema.BuiltinOperator, code)
        if (number, version) not in self.codes:
            entry = schema.OperatorCodeT()
            # Old readers look at the first field, new ones at the second; numbers above 127 are in the second alone.
            entry.deprecatedBuiltinCode, entry.builtinCode, entry.version = min(number, 127), number, version
            self.codes[number, version] = len(self.model.operatorCodes)
            self.model.operatorCodes.append(entry)
        operator = schema.OperatorT()
        operator.opcodeIndex = self.codes[number, version]
        operator.inputs = np.array([self.index[name] for name in inputs], np.int32)
        operator.outputs = np.array([self.index[output]], np.int32)
        if options is not None:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, options[0])
            operator.builtinOptions = options[1]
        self.graph.operators.append(operator)

    def shape(self, name: str) -> Shape:
        """The sides of a tensor, batch first."""
        return tuple(int(side) for side in self.graph.tensors[self.index[name]].shape)

    def made(self, name: str, shape: Shape, exact: bool = False) -> str:
        """Add a computed tensor, int8 where the rounding has a scale for it and its layer is not exact."""
        scale = None if exact else self.rounding.tensors.get(name)
        kind = schema.TensorType.FLOAT32 if scale is None else schema.TensorType.INT8
        return self.tensor(name, shape, kind, scale)

    def finish(self, description: str, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
        """The file."""
        self.model.description = description
        self.graph.inputs = np.array([self.index[name] for name in inputs], np.int32)
        self.graph.outputs = np.array([self.index[name] for name in outputs], np.int32)
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), IDENTIFIER)
        return bytes(builder.Output())
