"""LiteRT models: the detector and the feature extractor.

ai-edge-litert is the runtime; its predecessor tflite-runtime is accepted through the same import.
"""

from edge.adapters.tflite.detector import Detector, sizes
from edge.adapters.tflite.detector import identity as detector_identity
from edge.adapters.tflite.extractor import VIEWS, Extractor
from edge.adapters.tflite.model import digests

__all__ = ["VIEWS", "Detector", "Extractor", "detector_identity", "digests", "sizes"]
