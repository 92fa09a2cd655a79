"""Small networks with every kind of layer: LiteRT computes what they say, and int8 stays near it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from deploy.models.checks import partitions
from deploy.models.equalise import equalised, groups
from deploy.models.faults import BuildFailed
from deploy.models.graph import Bend, Kind, Layer, Network, folded, normalised_input
from deploy.models.observe import Runner, watched
from deploy.models.operators import written
from deploy.models.quantise import corrected, rounding, scale

Real = NDArray[np.float64]
SIDE = 16


def convolved(x: Real, layer: Layer) -> Real:
    """What torch computes: zeros on both sides, then a window every ``stride``."""
    assert layer.weight is not None
    assert layer.bias is not None
    pad = layer.padding
    x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
    _, high, wide, _ = layer.weight.shape
    rows = range(0, x.shape[0] - high + 1, layer.stride)
    columns = range(0, x.shape[1] - wide + 1, layer.stride)
    windows = np.array([[x[r : r + high, c : c + wide] for c in columns] for r in rows])
    form = "rchwi,xhwi->rci" if layer.kind is Kind.DEPTHWISE else "rchwi,ohwi->rco"
    y = np.einsum(form, windows, layer.weight.astype(np.float64)) + layer.bias
    low, high = {Bend.NONE: (-np.inf, np.inf), Bend.RELU: (0, np.inf), Bend.RELU6: (0, 6)}[layer.bend]
    return np.asarray(np.clip(y, low, high))


def computed(network: Network, image: NDArray[np.uint8]) -> dict[str, Real]:
    """Every tensor of a network, in plain numpy."""
    made: dict[str, Real] = {"input": image.astype(np.float64) - network.centre}
    for layer in network.layers:
        first, *rest = (made[name] for name in layer.inputs)
        match layer.kind:
            case Kind.CONVOLVE | Kind.DEPTHWISE:
                made[layer.name] = convolved(first, layer)
            case Kind.LEAKY:
                made[layer.name] = np.where(first < 0, first * layer.slope, first)
            case Kind.ADD:
                made[layer.name] = first + rest[0]
            case Kind.DOUBLE:
                made[layer.name] = first.repeat(2, axis=0).repeat(2, axis=1)
            case Kind.JOIN:
                made[layer.name] = np.concatenate([first, *rest], axis=-1)
            case Kind.ROWS:
                made[layer.name] = np.concatenate([one.reshape(-1, layer.width) for one in (first, *rest)])
            case Kind.FLAT:
                made[layer.name] = first.reshape(-1)
    return made


def network(seed: int = 1) -> Network:
    """Every kind of layer once or more, with channels of very unlike loudness."""
    random = np.random.default_rng(seed)

    def layer(name: str, source: str, given: int, out: int, side: int = 3, **more: object) -> Layer:
        depthwise = more.pop("depthwise", False)
        shape = (1, side, side, out) if depthwise else (out, side, side, given)
        loudness = np.exp(random.normal(0, 1.5, out))
        along = (1, 1, 1, -1) if depthwise else (-1, 1, 1, 1)
        weight = random.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape) * loudness.reshape(along)
        kind = Kind.DEPTHWISE if depthwise else Kind.CONVOLVE
        if source == "input":
            weight /= 64
        bias = random.normal(0, 0.1, out) * loudness
        made = Layer(name, kind, (source,), weight.astype(np.float32), bias.astype(np.float32))
        return replace(made, padding=side // 2, **more)  # type: ignore[arg-type]

    layers = (
        layer("first", "input", 3, 8, stride=2),
        Layer("first.leaky", Kind.LEAKY, ("first",), slope=0.1),
        layer("depth", "first.leaky", 8, 8, depthwise=True, stride=2),
        layer("six", "depth", 8, 8, 1, bend=Bend.RELU6),
        layer("side", "first.leaky", 8, 8, 1),
        Layer("side.leaky", Kind.LEAKY, ("side",), slope=0.1),
        layer("deep", "six", 8, 8),
        Layer("deep.leaky", Kind.LEAKY, ("deep",), slope=0.1),
        Layer("up", Kind.DOUBLE, ("deep.leaky",)),
        Layer("sum", Kind.ADD, ("side.leaky", "up")),
        layer("near", "sum", 8, 4, bend=Bend.RELU),
        layer("far", "sum", 8, 6, bend=Bend.RELU),
        Layer("join", Kind.JOIN, ("near", "far")),
        layer("head", "join", 10, 4, 1, exact=True),
        layer("low", "deep.leaky", 8, 4, 1, exact=True),
        Layer("rows", Kind.ROWS, ("head", "low"), width=2, exact=True),
        Layer("flat", Kind.FLAT, ("low",), exact=True),
    )
    return Network("small", layers, ("rows", "flat"), centre=115)


def images(count: int, seed: int = 3) -> list[NDArray[np.uint8]]:
    random = np.random.default_rng(seed)
    return [random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8) for _ in range(count)]


def rounded(plain: Network, steps: str) -> tuple[Network, bytes]:
    """The network in int8, with some of the steps of the build."""
    seen = images(40)
    if "equalise" in steps:
        plain = equalised(plain, watched(plain, seen, SIDE, SIDE))
    held = watched(plain, seen, SIDE, SIDE)
    whole = rounding(plain, held)
    if "correct" in steps:
        whole = corrected(plain, whole, held, seen, SIDE, SIDE)
    return plain, written(plain, SIDE, SIDE, whole)


def error(plain: Network, model: bytes) -> float:
    """Mean squared error of the rows against plain numpy, over their mean square."""
    runner = Runner(model)
    wrong, all_ = 0.0, 0.0
    for image in images(20, seed=4):
        truth = computed(plain, image)["rows"]
        wrong += float(((runner(image)["rows"] - truth) ** 2).sum())
        all_ += float((truth**2).sum())
    return wrong / all_


def test_litert_computes_every_kind_of_layer_as_torch_would() -> None:
    plain = network()
    runner = Runner(written(plain, SIDE, SIDE))
    assert runner.contract == {"rows": [1, 160, 2], "flat": [1, 64]}
    for image in images(3):
        truth = computed(plain, image)
        for name, value in runner(image).items():
            np.testing.assert_allclose(value, truth[name], rtol=1e-4, atol=1e-4)


def test_every_tensor_between_is_as_torch_would_have_it() -> None:
    plain = network()
    names = tuple(layer.name for layer in plain.layers if layer.kind not in {Kind.ROWS, Kind.FLAT})
    runner = Runner(written(replace(plain, outputs=names), SIDE, SIDE))
    image = images(1)[0]
    truth = computed(plain, image)
    for name, value in runner(image).items():
        np.testing.assert_allclose(value, truth[name], rtol=1e-4, atol=1e-4, err_msg=name)


def test_equalising_changes_nothing_but_the_channels_loudness() -> None:
    plain = network()
    seen = images(40)
    before = watched(plain, seen, SIDE, SIDE)
    like = equalised(plain, before)
    after = watched(like, seen, SIDE, SIDE)

    def spread(held: object, name: str) -> float:
        span = np.maximum(np.abs(held[name].low), np.abs(held[name].high))  # type: ignore[index]
        return float(span.max() / span.min())

    for name in ("first", "depth", "near"):
        assert spread(after, name) < 1.01 < spread(before, name)
    for image in images(5, seed=9):
        np.testing.assert_allclose(computed(like, image)["rows"], computed(plain, image)["rows"], rtol=1e-3, atol=1e-3)


def test_tensors_that_are_added_share_their_factors() -> None:
    assert {"side", "side.leaky", "deep", "deep.leaky", "up", "sum"} in [set(group) for group in groups(network())]


def test_int8_is_near_and_every_step_of_the_build_brings_it_nearer() -> None:
    plain = network()
    simple, equal, all_ = (error(plain, rounded(plain, steps)[1]) for steps in ("", "equalise", "equalise correct"))
    assert equal < simple / 2
    assert all_ < equal
    assert all_ < 0.01


def test_correction_brings_every_channels_mean_back() -> None:
    plain = network()
    seen = images(40)
    held = watched(plain, seen, SIDE, SIDE)
    whole = rounding(plain, held)
    better = corrected(plain, whole, held, seen, SIDE, SIDE)
    off = [
        np.abs(watched(plain, seen, SIDE, SIDE, one)["deep"].mean - held["deep"].mean).mean() for one in (whole, better)
    ]
    assert off[1] < off[0] / 2


def test_exact_layers_may_stand_at_the_front_and_at_the_back() -> None:
    plain = network()
    front = {name: replace(plain.layer(name), exact=True) for name in ("first", "first.leaky")}
    mixed = plain.with_layers(front)
    model = rounded(mixed, "equalise correct")[1]
    assert error(plain, model) < 0.01
    assert partitions(model) == 1


def test_the_whole_of_a_model_is_one_partition() -> None:
    assert partitions(rounded(network(), "")[1]) == 1
    assert partitions(written(network(), SIDE, SIDE)) == 1


def test_a_model_that_the_delegate_takes_in_parts_is_refused() -> None:
    # XNNPACK has no int8 kernel for a leaky ReLU that makes negative numbers larger.
    plain = network()
    steep = plain.with_layers({"side.leaky": replace(plain.layer("side.leaky"), slope=300.0)})
    with pytest.raises(BuildFailed, match="parts, or not wholly"):
        partitions(rounded(steep, "")[1])


@pytest.mark.parametrize(("low", "high"), [(0.0, 6.0), (-3.0, 5.0), (2.0, 6.0), (-4.0, -1.0), (0.0, 0.0)])
def test_a_scale_covers_its_range_and_holds_zero_exactly(low: float, high: float) -> None:
    made = scale(low, high)
    assert -128 <= made.zero <= 127
    for value in (low, high, 0.0):
        whole = np.clip(round(value / made.step) + made.zero, -128, 127)
        assert abs((whole - made.zero) * made.step - value) <= made.step
    assert made.step <= (max(high, 0) - min(low, 0)) / 255 * 1.0001 + 1e-8


def test_batch_normalisation_is_folded_in() -> None:
    random = np.random.default_rng(0)
    weight, x = random.normal(size=(4, 3, 1, 1)), random.normal(size=3)
    state = {
        "c.weight": weight,
        "n.weight": random.uniform(0.5, 2, 4),
        "n.bias": random.normal(size=4),
        "n.running_mean": random.normal(size=4),
        "n.running_var": random.uniform(0.5, 2, 4),
    }
    made, bias = folded(state, "c", "n")
    assert made.shape == (4, 1, 1, 3)
    plain = weight[:, :, 0, 0] @ x
    expected = (plain - state["n.running_mean"]) / np.sqrt(state["n.running_var"] + 1e-5)
    np.testing.assert_allclose(made[:, 0, 0] @ x + bias, expected * state["n.weight"] + state["n.bias"], rtol=1e-5)


def test_the_means_of_an_input_are_folded_in() -> None:
    random = np.random.default_rng(0)
    weight, bias = random.normal(size=(4, 1, 1, 3)).astype(np.float32), random.normal(size=4).astype(np.float32)
    mean, gain, pixel = (104.0, 117.0, 123.0), (0.5, 1.0, 2.0), np.array([10.0, 200.0, 90.0])
    made, shifted = normalised_input(weight, bias, mean, gain, 115)
    expected = weight[:, 0, 0] @ ((pixel - mean) * gain) + bias
    np.testing.assert_allclose(made[:, 0, 0] @ (pixel - 115) + shifted, expected, rtol=1e-4)
