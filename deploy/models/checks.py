"""Does int8 do what float32 did? Asked of faces that calibration has not seen, and of the delegate itself.

As a command, on a finished build: ``python -m deploy.models.checks ARCHIVE SOURCES MODELS``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from deploy.models import material, recipe
from deploy.models.embedder import SIDE
from deploy.models.environment import say
from deploy.models.faults import BuildFailed
from deploy.models.observe import Image, Runner
from deploy.models.scenes import Photograph, crops, frames

LEAST_COSINE: Final = 0.99
"""Of the mean between int8 and float32 features, over held-out faces."""
LEAST_FOUND: Final = 0.9
"""Of the faces that float32 finds on held-out frames, the share that int8 finds too."""
MOST_SHIFT: Final = 0.03
"""Mean distance between the two models' landmarks, in heights of the face."""
SCORE: Final = 0.5
SAME_FACE: Final = 0.5
"""Intersection over union."""
PIXELS: Final = 6_000_000
"""Frames are made until they hold so many: small inputs are checked on more frames than large ones."""
CROPS_A_FACE: Final = 4


def compared(
    task: str, width: int, height: int, exact: bytes, rounded: bytes, unseen: Sequence[Photograph]
) -> dict[str, float]:
    """What the manifest says of an int8 model against its float32 form. Raises BuildFailed where it is too little."""
    one, other = Runner(exact), Runner(rounded)
    results: dict[str, float] = {"partitions": partitions(rounded)}
    if task == "embedder":
        return results | features(one, other, list(crops(unseen, CROPS_A_FACE, recipe.SEED + 1)))
    count = max(1, PIXELS // (width * height))
    return results | detections(one, other, list(frames(unseen, count, height, width, recipe.SEED + 1)))


def partitions(model: bytes) -> int:
    """How many parts of the model XNNPACK runs: 1, or the build has failed.

    Raises BuildFailed where anything but the step from uint8 to int8 at the input stays outside.
    """
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    operators: list[dict[str, Any]] = interpreter._get_ops_details()  # there is no public way
    parts = [operator for operator in operators if operator["op_name"] == "DELEGATE"]
    if len(parts) == 1:
        given = {int(output["index"]) for output in interpreter.get_output_details()}
        first = operators[0]
        entry = {int(detail["index"]) for detail in interpreter.get_input_details()}
        entry |= {int(index) for index in first["outputs"] if first["op_name"] == "QUANTIZE"}
        constant = _constants(interpreter, operators)
        # It reads the input and constants alone, and what it makes is what the model gives: nothing stays outside.
        if set(map(int, parts[0]["inputs"])) <= entry | constant and set(map(int, parts[0]["outputs"])) == given:
            return 1
    raise BuildFailed(
        f"XNNPACK takes the model in {len(parts)} parts, or not wholly.",
        "Build with the locked versions of requirements.txt: another LiteRT may not know one of the operators.",
    )


def features(exact: Runner, rounded: Runner, faces: Sequence[Image]) -> dict[str, float]:
    """The cosine between both models' features of each face. Raises BuildFailed where the mean is too low."""
    made = [np.stack([runner(face)["features"] for face in faces]) for runner in (exact, rounded)]
    unit = [value / np.linalg.norm(value, axis=1, keepdims=True) for value in made]
    cosine = (unit[0] * unit[1]).sum(axis=1)
    mean, least = float(cosine.mean()), float(cosine.min())
    if mean < LEAST_COSINE:
        raise _failed(f"the mean cosine between int8 and float32 features is {mean:.4f}", f"{LEAST_COSINE}")
    return {"faces": len(faces), "cosine_mean": round(mean, 5), "cosine_min": round(least, 5)}


def detections(exact: Runner, rounded: Runner, views: Sequence[Image]) -> dict[str, float]:
    """Whether int8 finds the faces that float32 finds, and where. Raises BuildFailed where it does not."""
    expected = also = surplus = 0
    shifts: list[float] = []
    for view in views:
        one, other = (material.found(runner, view, SCORE) for runner in (exact, rounded))
        expected += len(one)
        surplus += len(other)
        for face in one:
            same = max(other, key=lambda candidate: face.box.overlap(candidate.box), default=None)
            if same is not None and face.box.overlap(same.box) > SAME_FACE:
                also += 1
                distances = np.linalg.norm(face.landmarks - same.landmarks, axis=1)
                shifts.append(float(distances.mean()) / face.box.height)
    share, shift = also / max(1, expected), float(np.mean(shifts or [1.0]))
    if share < LEAST_FOUND:
        raise _failed(f"int8 finds {share:.3f} of the faces that float32 finds", f"{LEAST_FOUND}")
    if shift > MOST_SHIFT:
        raise _failed(f"int8 landmarks are {shift:.3f} face heights off", f"at most {MOST_SHIFT}")
    return {
        "faces": expected,
        "also_found": round(share, 4),
        "found_by_int8_alone": surplus - also,
        "landmark_shift": round(shift, 4),
    }


def in_words(results: Mapping[str, float]) -> str:
    """What a check found, for a person."""
    if "cosine_mean" in results:
        least = results["cosine_min"]
        return f"cosine to float32 {results['cosine_mean']:.4f} on {results['faces']} faces, least {least:.4f}"
    return (
        f"finds {results['also_found']:.1%} of the {results['faces']} faces that float32 finds, "
        f"landmarks {results['landmark_shift']:.3f} face heights off"
    )


def _constants(interpreter: Interpreter, operators: Sequence[dict[str, Any]]) -> set[int]:
    """Tensors that no operator makes."""
    made = {int(index) for operator in operators for index in operator["outputs"]}
    return {int(detail["index"]) for detail in interpreter.get_tensor_details()} - made


def _failed(what: str, needed: str) -> BuildFailed:
    return BuildFailed(
        f"A check of the built models failed: {what}; needed {needed}.",
        "Build with the locked versions of requirements.txt; if it stays so, report the processor and this line.",
    )


def main(archive: Path, sources: Path, models: Path) -> None:
    """Run every check on a finished build and say what came out. Raises BuildFailed."""
    unseen = material.photographs(material.networks(archive)[0], sources, held_out=True)
    sizes = [("detector", *size) for size in recipe.DETECTOR_SIZES] + [("embedder", SIDE, SIDE)]
    for task, width, height in sizes:
        files = [recipe.file_name(task, width, height, precision) for precision in ("float32", "int8")]
        exact, rounded = ((models / file).read_bytes() for file in files)
        say(f"  {files[1]}: {in_words(compared(task, width, height, exact, rounded, unseen))}")


if __name__ == "__main__":
    try:
        main(*(Path(argument) for argument in sys.argv[1:4]))
    except BuildFailed as failure:
        say(str(failure))
        sys.exit(1)
