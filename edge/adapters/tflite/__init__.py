"""LiteRT models: the detector and the feature extractor.

ai-edge-litert is the runtime; its predecessor tflite-runtime is accepted through the same import.
"""

from edge.adapters.tflite.detector import Detector, sizes
from edge.adapters.tflite.extractor import VIEWS, Extractor

__all__ = ["VIEWS", "Detector", "Extractor", "sizes"]
