"""Ranked passages and judgements to figures, as trec_eval defines them.

nDCG is ndcg_cut_10 (the gain is the relevance itself, the discount log2(rank + 1), the ideal order
that of all judgements), recall is recall_10 and recall_100, MRR is recip_rank of the first ten, and
hit@1 is success_1. A question that finds nothing, or that nothing was judged relevant for, has 0.

Source: https://github.com/usnistgov/trec_eval (m_ndcg_cut.c, m_recall.c, m_recip_rank.c).
"""

import math
from collections.abc import Iterable, Mapping, Sequence

MEASURES = ("ndcg@10", "recall@10", "recall@100", "mrr@10", "hit@1")
DEPTH = 100  # passages that any of them looks at
_DIGITS = 9  # behind the point; the last bit of a logarithm is not the same on every machine


def measured(ranked: Sequence[str], relevance: Mapping[str, int]) -> dict[str, float]:
    """Return each measure (0..1) of passages, best first and each once."""
    gains = [max(relevance.get(passage, 0), 0) for passage in ranked]
    ideal = sorted((gain for gain in relevance.values() if gain > 0), reverse=True)
    first = next((rank for rank, gain in enumerate(gains[:10], start=1) if gain), None)
    found = {
        "ndcg@10": _discounted(gains[:10]) / _discounted(ideal[:10]) if ideal else 0.0,
        "recall@10": sum(map(bool, gains[:10])) / len(ideal) if ideal else 0.0,
        "recall@100": sum(map(bool, gains[:100])) / len(ideal) if ideal else 0.0,
        "mrr@10": 1.0 / first if first else 0.0,
        "hit@1": float(first == 1),
    }
    return {name: round(found[name], _DIGITS) for name in MEASURES}


def means(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each measure over questions, of which there is at least one."""
    return {name: math.fsum(row[name] for row in rows) / len(rows) for name in MEASURES}


def _discounted(gains: Iterable[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
