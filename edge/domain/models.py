"""The list of models that an evaluator signs: what a device may be sent and may load, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from edge.domain.authority import Digest

FileName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}\Z")]
Sides = Annotated[tuple[Annotated[int, Meta(ge=1, le=2**20)], ...], Meta(min_length=1, max_length=8)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTensor:
    """An input or output."""

    name: Annotated[str, Meta(max_length=64)]
    shape: Sides
    dtype: Annotated[str, Meta(pattern=r"^[a-z0-9]{1,16}\Z")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A file, and what it is."""

    file: FileName
    sha256: Digest
    identity: Digest
    """What signed documents call it."""
    task: Annotated[str, Meta(pattern=r"^(detector|embedder)\Z")]
    """There is no other: nothing that guesses at attributes of people can be listed."""
    precision: Annotated[str, Meta(pattern=r"^int8\Z")]
    input: ListedTensor
    outputs: Annotated[tuple[ListedTensor, ...], Meta(min_length=1, max_length=8)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelList:
    """``manifest.json`` of a folder of models, without what only its builder needs."""

    format: Annotated[int, Meta(ge=1, le=1)]
    models: Annotated[tuple[ListedModel, ...], Meta(min_length=1, max_length=32)]

    def __post_init__(self) -> None:
        for names in ([model.file for model in self.models], [model.sha256 for model in self.models]):
            if len(set(names)) != len(names):
                raise ValueError("a model stands twice in the list")
        if "manifest.json" in {model.file for model in self.models}:
            raise ValueError("a model cannot be called manifest.json")
