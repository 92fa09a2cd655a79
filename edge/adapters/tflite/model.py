"""Model files, verified and loaded.

Models come with a ``manifest.json`` that names each file's digest, identity and tensors. A file that it does not name,
or that is not byte for byte what it names, is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.domain.authority import Digest
from edge.domain.errors import Misconfigured

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:  # the older package of the same code; CPython 3.11 and numpy 1 only
    try:
        from tflite_runtime.interpreter import Interpreter
    except ImportError:
        Interpreter = None

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
REMEDY: Final = "Build the models with 'make models', or install the folder that was built."
PRECISION: Final = "int8"
"""What a device runs. The float32 models beside them are for measuring what int8 costs."""
Image = NDArray[np.uint8]


class Tensor(msgspec.Struct, frozen=True):
    """A tensor as the manifest names it."""

    shape: tuple[int, ...]
    dtype: str
    name: str = ""


class Model(msgspec.Struct, frozen=True):
    """A model as the manifest names it."""

    file: str
    sha256: str
    identity: Digest
    """What signed documents call it."""
    task: str
    precision: str
    input: Tensor
    outputs: tuple[Tensor, ...]


class Manifest(msgspec.Struct, frozen=True):
    """The models of one folder."""

    format: int
    models: tuple[Model, ...]


def listed(folder: Path) -> tuple[Model, ...]:
    """The models of a folder. Raises Misconfigured where its manifest is missing or not one."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(f"No readable manifest of models in {folder}: {error}.", REMEDY) from error
    if manifest.format != FORMAT:
        raise Misconfigured(f"The models in {folder} have manifest format {manifest.format}, not {FORMAT}.", REMEDY)
    return manifest.models


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file that a device could load from a folder, by name; none where nothing is installed.

    An authorisation names them, through the configuration that it binds: files are pinned by two people's signatures,
    because the bytes of an int8 model may differ between builders and its identity names sources and recipe alone.
    """
    if not (folder / MANIFEST).exists():
        return {}
    return {model.file: model.sha256 for model in listed(folder) if model.precision == PRECISION}


class Loaded:
    """The model for a task, an input shape and a precision, verified, in memory. Raises Misconfigured."""

    def __init__(
        self, folder: Path, task: str, shape: tuple[int, ...], threads: int, precision: str = PRECISION
    ) -> None:
        known = [model for model in listed(folder) if model.task == task and model.precision == precision]
        chosen = [model for model in known if model.input.shape == shape]
        if not chosen:
            shapes = ", ".join(str(model.input.shape) for model in known) or "none"
            raise Misconfigured(f"{folder} has no {task} for input {shape}; it has {shapes} in {precision}.", REMEDY)
        self.model = chosen[0]
        if Interpreter is None:
            raise Misconfigured("No LiteRT is installed.", "Install ai-edge-litert, or on CPython 3.11 tflite-runtime.")
        # The interpreter gets the very bytes that were hashed, so that the file cannot change in between.
        content = _verified(folder, self.model)
        with _hushed():
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()
        self._outputs = self._interpreter.get_output_details()
        given = _seen(self._input), _seen(self._outputs)
        named = _named([self.model.input]), _named(self.model.outputs)
        if given != named:
            raise Misconfigured(f"{self.model.file} has tensors {given}, its manifest says {named}.", REMEDY)

    def input(self) -> Image:
        """The input tensor's own memory, without the batch axis; let go of it before :meth:`run`."""
        return self._interpreter.tensor(self._input[0]["index"])()[0]  # type: ignore[no-any-return]

    def invoke(self) -> None:
        """Run the model on what its input holds, and nothing more: what a speed is held against."""
        self._interpreter.invoke()

    def run(self) -> dict[int, NDArray[np.float32]]:
        """Run, and give the outputs."""
        self.invoke()
        return self.outputs()

    def outputs(self) -> dict[int, NDArray[np.float32]]:
        """The outputs' own memory by last dimension; let go of it before the next run."""
        return {int(one["shape"][-1]): self._interpreter.tensor(one["index"])()[0] for one in self._outputs}

    def forget(self) -> None:
        """Overwrite the last picture and all that was computed from it."""
        self.input().fill(0)
        self._interpreter.invoke()


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """The runtime greets on the process's standard error, past Python and every log setting."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _verified(folder: Path, model: Model) -> bytes:
    """A model's file, if it is what the manifest says. Raises Misconfigured."""
    if Path(model.file).name != model.file:
        raise Misconfigured(f"The manifest in {folder} names {model.file}, outside the folder.", REMEDY)
    try:
        content = (folder / model.file).read_bytes()
    except OSError as error:
        raise Misconfigured(f"The model {model.file} cannot be read: {error}.", REMEDY) from error
    found = hashlib.sha256(content).hexdigest()
    if found != model.sha256:
        raise Misconfigured(f"{folder / model.file} should have SHA-256 {model.sha256}, found {found}.", REMEDY)
    return content


def _seen(details: Any) -> list[tuple[tuple[int, ...], str]]:  # noqa: ANN401
    """Shapes and types as the interpreter gives them, in an order of their own: runtimes differ in theirs."""
    return sorted((tuple(map(int, one["shape"])), np.dtype(one["dtype"]).name) for one in details)


def _named(tensors: Sequence[Tensor]) -> list[tuple[tuple[int, ...], str]]:
    return sorted((one.shape, one.dtype) for one in tensors)
