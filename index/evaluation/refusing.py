"""Confidences to figures: do they part what can be answered from what cannot, and are they true.

Percentiles and bins are taken without interpolation, so that a figure can be counted by hand.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10
_GIVEN_UP = 20  # of so many answerable questions one may be refused: 95 % are kept


@dataclass(frozen=True, slots=True)
class Refusal:
    """How well one kind of unanswerable question is told from answerable ones."""

    questions: int
    auroc: float  # how often an answerable one is more confident than one of these; a tie is half
    refused_at_95: float  # share refused at the threshold that keeps 95 % of the answerable ones


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions whose confidences lie in one tenth of 0..1; the last tenth includes 1."""

    questions: int
    confidence: float  # mean; 0 without questions
    right: float  # share of them whose first passage answers them; 0 without questions


@dataclass(frozen=True, slots=True)
class Reliability:
    """Whether confidences are probabilities."""

    bins: tuple[Bin, ...]  # BINS of them
    error: float  # the expected calibration error: mean distance of confidence and share right


def refusal(answerable: Sequence[float], unanswerable: Sequence[float]) -> Refusal:
    """Measure how well confidences part two sets of questions, neither of them empty.

    The area under the ROC curve is the Mann-Whitney statistic. With n answerable questions the
    threshold is the confidence that floor(n / 20) of them come before in ascending order, their
    5th percentile without interpolation; what lies below it is refused, so at least 95 % are kept.
    """
    kept = sorted(answerable)
    halves = sum(
        2 * len(kept) - bisect_left(kept, confidence) - bisect_right(kept, confidence)
        for confidence in unanswerable
    )
    threshold = kept[len(kept) // _GIVEN_UP]
    return Refusal(
        questions=len(unanswerable),
        auroc=halves / (2 * len(kept) * len(unanswerable)),
        refused_at_95=sum(one < threshold for one in unanswerable) / len(unanswerable),
    )


def reliability(confidences: Sequence[float], right: Sequence[bool]) -> Reliability:
    """Compare confidences (0..1) with whether the first passage was right, question by question.

    Source of the expected calibration error: Guo et al., 2017, "On Calibration of Modern Neural
    Networks", section 2, with bins of equal width.
    """
    found: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for pair in zip(confidences, right, strict=True):
        found[min(int(pair[0] * BINS), BINS - 1)].append(pair)
    bins = tuple(
        Bin(
            len(pairs),
            math.fsum(confidence for confidence, _ in pairs) / max(len(pairs), 1),
            sum(is_right for _, is_right in pairs) / max(len(pairs), 1),
        )
        for pairs in found
    )
    distances = math.fsum(one.questions * abs(one.confidence - one.right) for one in bins)
    return Reliability(bins, distances / max(len(confidences), 1))
