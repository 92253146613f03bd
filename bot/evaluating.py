"""What came of test collections, to lines that fit a hundred columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.lines import Line, styled, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from index import AskedQuestion, Comparison, Evaluation

WORST_MEASURE = "ndcg@10"
_NAME = 22  # columns of a name
_BEGINNING = 80  # characters of a passage that are shown
_HEADS = {"ndcg@10": 9, "recall@10": 10, "recall@100": 11, "mrr@10": 8, "hit@1": 7}  # columns
_SPELLED = {"ndcg@10": "nDCG@10", "mrr@10": "MRR@10"}
_OUTCOMES = ("answered", "uncertain", "not_found")


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """A collection as it is reported."""

    evaluation: Evaluation
    comparison: Comparison | None  # with an earlier run, if that was asked for
    failures: tuple[AskedQuestion, ...]  # worst first


def worst(evaluation: Evaluation, most: int) -> tuple[AskedQuestion, ...]:
    """Return the questions of lowest nDCG@10, lowest first; none that found all in best order."""
    failed = [one for one in evaluation.asked if one.measures[WORST_MEASURE] < 1]
    return tuple(sorted(failed, key=lambda one: one.measures[WORST_MEASURE])[:most])


def evaluation_lines(reports: Sequence[EvaluationReport]) -> Iterator[Line]:
    """Say how well questions were answered and refused, collection by collection."""
    evaluations = [report.evaluation for report in reports]
    yield from _ranking_lines(evaluations)
    yield Line()
    yield from _refusal_lines(evaluations)
    yield Line()
    yield from _calibration_lines(evaluations)
    if any(report.comparison for report in reports):
        yield Line()
        yield from _comparison_lines(reports)
    for report in reports:
        for failure in report.failures:
            yield Line()
            yield from _failure_lines(report.evaluation, failure)


def _ranking_lines(evaluations: Sequence[Evaluation]) -> Iterator[Line]:
    heads = "".join(f"{_SPELLED.get(name, name):>{wide}}" for name, wide in _HEADS.items())
    size = f"{'passages':>9}{'questions':>10}"
    yield styled(f"{'collection':<{_NAME}}{size}{heads}{'ms p50':>7}{'p99':>7}", "strong")
    for one in evaluations:
        size = f"{one.passages:>9,}{len(one.asked):>10,}"
        times = f"{one.ms_p50:>7.2f}{one.ms_p99:>7.2f}"
        yield Line(f"{_named(one.collection)}{size}{_figures(one.measures)}{times}")
        if one.plain is not None:
            yield _row("  plain BM25", one.plain)
    if len(evaluations) > 1:
        yield _row(f"mean of {len(evaluations)}", _mean([one.measures for one in evaluations]))
        plain = [one.plain for one in evaluations if one.plain is not None]
        if plain:
            yield _row("  plain BM25", _mean(plain))


def _row(name: str, measures: Mapping[str, float]) -> Line:
    return Line(f"{name:<{_NAME + 9 + 10}}{_figures(measures)}")


def _figures(measures: Mapping[str, float]) -> str:
    return "".join(f"{measures[name]:>{wide}.4f}" for name, wide in _HEADS.items())


def _mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: sum(row[name] for row in rows) / len(rows) for name in _HEADS}


def _refusal_lines(evaluations: Sequence[Evaluation]) -> Iterator[Line]:
    outcomes = "".join(f"{name.replace('_', ' '):>10}" for name in _OUTCOMES)
    figures = f"{'questions':>10}{'AUROC':>8}{'refused at 95 %':>17}"
    yield styled(f"{'refusing':<{_NAME}}{'kind':<13}{figures}{outcomes}", "strong")
    for one in evaluations:
        name = one.collection
        for kind, counts in one.outcomes.items():
            figures = " " * (8 + 17)
            for of_kind, refusal in one.refusal.items():
                if of_kind == kind:
                    figures = f"{refusal.auroc:>8.4f}{refusal.refused_at_95:>17.4f}"
            each = list(counts.values())  # in the order of the heads
            numbers = "".join(f"{number:>10,}" for number in each)
            yield Line(f"{_named(name)}{kind:<13}{sum(each):>10,}{figures}{numbers}")
            name = ""


def _calibration_lines(evaluations: Sequence[Evaluation]) -> Iterator[Line]:
    tenths = "".join(f"{tenth:>6}" for tenth in range(1, 11))
    yield styled(f"{'confidence':<{_NAME}}{'by tenth':<11}{tenths}", "strong")
    for one in evaluations:
        bins = one.reliability.bins
        counts = "".join(f"{bin_.questions:>6}" for bin_ in bins)
        yield Line(f"{_named(one.collection)}{'questions':<11}{counts}")
        for name, figures, before in (
            ("mean", [bin_.confidence for bin_ in bins], f"  error {one.reliability.error:.4f}"),
            ("right", [bin_.right for bin_ in bins], ""),
        ):
            each = (
                f"{figure:>6.2f}" if bin_.questions else f"{'-':>6}"
                for figure, bin_ in zip(figures, bins, strict=True)
            )
            yield Line(f"{before:<{_NAME}}{name:<11}{''.join(each)}")


def _comparison_lines(reports: Sequence[EvaluationReport]) -> Iterator[Line]:
    heads = f"{'before':>9}{'now':>9}{'difference':>12}{'wins':>8}{'losses':>8}{'ties':>8}{'p':>9}"
    yield styled(f"{'compared':<{_NAME}}{'measure':<12}{heads}", "strong")
    for report in reports:
        if report.comparison is None:
            continue
        names = [report.evaluation.collection, f"  {report.comparison.questions:,} questions"]
        for measure, found in report.comparison.differences.items():
            now = report.evaluation.measures[measure]
            figures = f"{now - found.mean:>9.4f}{now:>9.4f}{found.mean:>+12.4f}"
            counts = f"{found.wins:>8,}{found.losses:>8,}{found.ties:>8,}{found.p:>9.4f}"
            name = names.pop(0) if names else ""
            yield Line(f"{_named(name)}{_SPELLED.get(measure, measure):<12}{figures}{counts}")


def _failure_lines(evaluation: Evaluation, failure: AskedQuestion) -> Iterator[Line]:
    question = failure.question
    figure = f"nDCG@10 {failure.measures[WORST_MEASURE]:.4f}"
    yield styled(visible(f"{evaluation.collection} {question.id}  {figure}"), "strong")
    yield Line(visible(question.text))
    for id_, relevance in question.relevance.items():
        if relevance > 0:
            yield _passage("expected", id_, evaluation.relevant_texts[id_])
    for rank, found in enumerate(failure.first, start=1):
        yield _passage(f"found {rank}", f"{found.id}  {found.score:.3f}", found.text)
    if not failure.first:
        yield Line("found nothing", 2)


def _passage(what: str, id_: str, text: str) -> Line:
    return Line(visible(f"{what:<10}{id_}  {_beginning(text)}"), 2, hang=10)


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _BEGINNING else f"{line[:_BEGINNING].rstrip()} ..."


def _named(name: str) -> str:
    shown = name if len(name) < _NAME else f"{name[: _NAME - 5]} ..."
    return visible(f"{shown:<{_NAME}}")
