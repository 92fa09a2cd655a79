"""The yardsticks' subcommands of ``lamppost``: evaluate, discard, tradeoff."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TypeAlias

from edge.domain.errors import Misconfigured
from edge.settings import shared

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

GATE_FAILED = 1
PRECISIONS = ("int8", "float32")


def add_to(commands: Commands) -> None:
    """Add them all."""
    evaluate = commands.add_parser("evaluate", help="accuracy of the recognition chain on a folder of people")
    measured(evaluate)
    _folds(evaluate)
    evaluate.add_argument("--precision", choices=PRECISIONS, default="int8", help="float32 shows what int8 costs")
    evaluate.add_argument("--plot", type=Path, help="draw the detection error trade-off (.svg, .png)")
    evaluate.add_argument("--groups", type=Path, help="the group that each person stated (CSV: name,group)")
    evaluate.add_argument(
        "--gate", type=_ratio, metavar="RATIO", help="fail unless groups are shown to differ by no more than this"
    )
    evaluate.add_argument(
        "--allow-small", action="store_true", help="let the gate pass where the people are too few to say"
    )
    evaluate.set_defaults(run=_evaluate)

    discard = commands.add_parser("discard", help="whether the quality of a sample predicts its comparison")
    measured(discard)
    discard.add_argument("--json", action="store_true", help="print JSON instead of a table")
    discard.add_argument("--seed", type=int, default=0, help="how much worse each picture is made")
    discard.add_argument("--plot", type=Path, help="draw the error-versus-discard characteristic (.svg, .png)")
    discard.set_defaults(run=_discard)

    tradeoff = commands.add_parser("tradeoff", help="what samples fused and mirrored pictures buy, and cost in time")
    measured(tradeoff)
    _folds(tradeoff)
    tradeoff.set_defaults(run=_tradeoff)


def measured(parser: argparse.ArgumentParser) -> None:
    """What every yardstick asks for."""
    parser.add_argument("--images", type=Path, required=True, help="folder or tar with one subfolder per person")
    parser.add_argument("--errata", type=Path, help="known label errors (JSON)")
    parser.add_argument("--models", type=Path, default=shared("models"), help="folder of built models")


def _folds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--seed", type=int, default=0, help="who is enrolled in which fold")
    parser.add_argument("--folds", type=_count, default=20, help="how often people are divided anew")


def _evaluate(options: argparse.Namespace) -> int:
    from edge.measure import chain, errata, groups, plot, report
    from edge.measure.openset import Folds

    if options.gate is not None and options.groups is None:
        raise Misconfigured("--gate compares groups, and there are none.", "Name them with --groups.")
    plot.check(options.plot)
    known, folds = errata.load(options.errata), Folds(options.folds, seed=options.seed)
    acquired = chain.load(options.models, precision=options.precision).acquire(options.images, known)
    stated = None if options.groups is None else groups.load(options.groups, acquired, known)
    found = report.measure(acquired, known, folds)
    document, text = found.as_json(), report.as_text(found)
    failed = False
    if stated is not None:
        differences = groups.compare(acquired, known, stated, folds)
        document["groups"], text = groups.as_json(differences), text + "\n" + groups.as_text(differences)
        if options.gate is not None:
            verdicts = groups.judged(differences, options.gate)
            failed = any(
                verdict is groups.Verdict.BEYOND or (verdict is groups.Verdict.TOO_FEW and not options.allow_small)
                for verdict in verdicts
            )
            document["gate"] = {"bound": options.gate, "fpir": verdicts[0], "fnir": verdicts[1], "passed": not failed}
            text += f"\ngate at {options.gate:g}: {'failed' if failed else 'passed'}"
            text += f" (FPIR {verdicts[0]}, FNIR {verdicts[1]})"
    if options.plot is not None:
        curves = {report.in_words(rates.setting): rates.curve for rates in found.open_set}
        plot.det(curves, options.plot, "Open-set searches: people enrolled")
    print(json.dumps(document, indent=2) if options.json else text)
    return GATE_FAILED if failed else 0


def _discard(options: argparse.Namespace) -> None:
    from edge.measure import chain, discard, errata, plot, show

    plot.check(options.plot)
    known, models = errata.load(options.errata), chain.load(options.models)
    sampled = discard.sample(
        options.images, models.detector, models.extractor, known, options.seed,
        lambda people: chain.say(f"{people} people"),
    )  # fmt: skip
    chain.say("")
    found = discard.characteristics(sampled, show.REPLICATES, options.seed)
    if options.plot is not None:
        plot.discard(*show.discard_curves(found), options.plot, "Error versus discard, FMR 1e-4")
    print(json.dumps(show.discard_json(found), indent=2) if options.json else show.discard_text(found))


def _tradeoff(options: argparse.Namespace) -> None:
    from edge.measure import chain, errata, tradeoff
    from edge.measure.openset import Folds

    known, models = errata.load(options.errata), chain.load(options.models, threads=1, mirrored=False)
    watched = tradeoff.Timed(models.detector, models.extractor)
    acquired = chain.through(options.images, watched, watched, known, mirror=True)
    found = tradeoff.measure(acquired, known, Folds(options.folds, seed=options.seed), watched)
    print(json.dumps(tradeoff.as_json(found), indent=2) if options.json else tradeoff.as_text(found))


def _ratio(text: str) -> float:
    value = float(text)
    if not 1 <= value < float("inf"):
        raise argparse.ArgumentTypeError("a ratio of two rates is bounded by 1 or more")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1 is needed")
    return value
