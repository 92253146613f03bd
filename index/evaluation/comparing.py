"""Two runs over the same questions to their differences, and whether chance alone explains them.

The test flips the signs of the differences at random: if the runs were equally good, each could as
well be the other one. It assumes nothing about how differences are distributed, and its random
numbers are always the same.

Source: Smucker, Allan and Carterette, 2007, "A Comparison of Statistical Significance Tests for
Information Retrieval Evaluation".
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.evaluation.asking import Evaluation
from index.evaluation.measures import MEASURES

PERMUTATIONS = 10_000
_SEED = 20_230_906
_UNITS = 10**9  # to a measure of 1: whole numbers add up to the same in any order
_BATCH = 1 << 22  # signs at a time
_BITS = 64  # of a random number


@dataclass(frozen=True, slots=True)
class Difference:
    """How one measure differs from an earlier run."""

    mean: float  # this run's mean less the earlier one's
    wins: int  # questions on which this run is better
    losses: int
    ties: int
    p: float  # two-sided: how likely so large a difference is between equally good runs


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the measures of a collection differ from an earlier run."""

    questions: int
    differences: dict[str, Difference]  # by measure


def compare_runs(evaluation: Evaluation, earlier: Mapping[str, Mapping[str, float]]) -> Comparison:
    """Compare with the measures that each question of the same collection had in an earlier run."""
    return Comparison(
        questions=len(evaluation.asked),
        differences={
            name: difference(
                [one.measures[name] - earlier[one.question.id][name] for one in evaluation.asked]
            )
            for name in MEASURES
        },
    )


def difference(differences: Sequence[float]) -> Difference:
    """Return what the differences (-1..1) of single questions come to."""
    units = [round(one * _UNITS) for one in differences]
    wins, losses = sum(one > 0 for one in units), sum(one < 0 for one in units)
    return Difference(
        mean=math.fsum(differences) / len(differences),
        wins=wins,
        losses=losses,
        ties=len(units) - wins - losses,
        p=_by_chance([one for one in units if one]),
    )


def _by_chance(units: Sequence[int]) -> float:
    """Return how often random signs give a sum at least as far from 0.

    The signs as they are count as one permutation more, so the result is never 0.
    """
    if not units:
        return 1.0
    observed = abs(sum(units))
    values = np.array(units, dtype=np.int64)
    random = np.random.PCG64(_SEED)  # whose raw numbers stay the same in every release
    numbers = -(-len(units) // _BITS)
    rows = max(1, _BATCH // len(units))
    extreme, left = 1, PERMUTATIONS
    while left:
        size = min(rows, left)
        raw = random.random_raw(size * numbers).astype("<u8").reshape(size, numbers)
        flips = np.unpackbits(raw.view(np.uint8), axis=1, bitorder="little")[:, : len(units)]
        sums = np.where(flips, values, -values).sum(axis=1)
        extreme += int((np.abs(sums) >= observed).sum())
        left -= size
    return extreme / (PERMUTATIONS + 1)
