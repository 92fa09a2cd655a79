"""Everything that ``lamppost evaluate`` says of a chain and a folder of people, for a person and for a machine."""

from __future__ import annotations

from dataclasses import dataclass

from edge.measure import evaluate, openset, promise
from edge.measure.acquire import Acquired
from edge.measure.chain import say
from edge.measure.errata import Errata
from edge.measure.evaluate import Evaluation
from edge.measure.openset import Folds, Rates, Setting
from edge.measure.promise import Kept
from edge.measure.resample import Estimate


@dataclass(frozen=True, slots=True)
class Report:
    """One-to-one, open set, promises."""

    one_to_one: Evaluation
    open_set: list[Rates]
    promises: list[Kept]
    folds: Folds

    def as_json(self) -> dict[str, object]:
        """For a JSON document."""
        return {
            **self.one_to_one.as_json(),
            "folds": self.folds.count,
            "seed": self.folds.seed,
            "open_set": [_open_set(rates) for rates in self.open_set],
            "promises": [_promise(kept) for kept in self.promises],
        }


def measure(acquired: Acquired, errata: Errata, folds: Folds) -> Report:
    """All of it, with progress on a terminal."""
    say("comparing everybody with everybody")
    one_to_one = evaluate.evaluate(acquired, errata, folds.replicates, folds.seed)
    found = []
    for rates in openset.evaluate(acquired, errata, folds):
        say(f"searched lists of {in_words(rates.setting)}")
        found.append(rates)
    say("calibrating on some, measuring on others")
    kept = promise.evaluate(
        acquired, errata, folds, lambda number: say(f"calibrated {number} of {folds.count} times")
    )  # fmt: skip
    say("")
    return Report(one_to_one, found, kept, folds)


def as_text(report: Report) -> str:
    """For a person."""
    return "\n".join([evaluate.as_text(report.one_to_one), *_searches(report), *_promises(report)])


def in_words(setting: Setting) -> str:
    """A setting, short enough for a table."""
    plural = "s" * (setting.references > 1)
    return f"{setting.entries}, {setting.references} picture{plural} each, {setting.samples} a probe"


def _searches(report: Report) -> list[str]:
    if not report.open_set:
        return ["", "open set: too few people"]
    lines = [
        "",
        f"{f'open set, {report.folds.count} folds: enrolled':36} {'FPIR':>7}   score   {'FNIR':25} relatives found, of",
    ]
    for rates in report.open_set:
        for rate, fnir in rates.fnir.items():
            lines.append(
                f"{in_words(rates.setting):36} {rate:7.0e}   {rates.score[rate]:.3f}   {percent(fnir)}"
                f"   {rates.kin_alerts[rate]:>4} {rates.kin_searches:>6}"
            )
    return lines


def _promises(report: Report) -> list[str]:
    if not report.promises:
        return ["", "promises: too few people"]
    lines = [
        "",
        f"{'threshold from other people: enrolled':37} promised  {'FPIR':24}   {'FNIR':24}   folds",
    ]
    for kept in report.promises:
        measured = f"refused {kept.refused} of {report.folds.count}" if kept.refused else f"{report.folds.count}"
        if kept.fpir is None:
            lines.append(
                f"{in_words(kept.setting):37} {float(kept.max_fpir):8.2%}  the evidence is too thin   {measured}"
            )
            continue
        verdict = "kept" if kept.kept else "NOT KEPT"
        fnir = "" if kept.fnir is None else percent(kept.fnir)
        lines.append(
            f"{in_words(kept.setting):37} {float(kept.max_fpir):8.2%}  {percent(kept.fpir)}   {fnir:24}"
            f"   {measured}, {verdict}"
        )
    return lines


def percent(rate: Estimate) -> str:
    """A rate and its interval."""
    return f"{rate.value:6.2%} [{rate.low:6.2%}, {rate.high:6.2%}]"


def _open_set(rates: Rates) -> dict[str, object]:
    return {
        **_setting(rates.setting),
        "mated_searches": rates.mated_searches,
        "other_searches": rates.other_searches,
        "score_at_fpir": {f"{rate:g}": round(score, 4) for rate, score in rates.score.items()},
        "fnir_at_fpir": {f"{rate:g}": fnir.rounded() for rate, fnir in rates.fnir.items()},
        "relatives_searches": rates.kin_searches,
        "relatives_alerts_at_fpir": {f"{rate:g}": count for rate, count in rates.kin_alerts.items()},
        "curve": [[round(fpir, 6), round(fnir, 6)] for fpir, fnir in rates.curve],
    }


def _promise(kept: Kept) -> dict[str, object]:
    return {
        **_setting(kept.setting),
        "max_fpir": float(kept.max_fpir),
        "refused_folds": kept.refused,
        "searches": kept.searches,
        "false_alerts": kept.false_alerts,
        "fpir": None if kept.fpir is None else kept.fpir.rounded(6),
        "fnir": None if kept.fnir is None else kept.fnir.rounded(),
        "kept": kept.kept,
    }


def _setting(setting: Setting) -> dict[str, object]:
    return {"entries": setting.entries, "references": setting.references, "samples": setting.samples}
