"""Stock rank-bm25: BM25Okapi over lists of terms, pickled."""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import corpus
import numpy as np
from rank_bm25 import BM25Okapi


def build(text: str, folder: str) -> None:
    """Count the terms of all passages and pickle the model."""
    model = BM25Okapi([corpus.terms(line) for line in corpus.read(text)], k1=1.2, b=0.75)
    with Path(folder, "model.pickle").open("wb") as file:
        pickle.dump(model, file, protocol=5)


def load(folder: str) -> Any:
    """Unpickle the model."""
    with Path(folder, "model.pickle").open("rb") as file:
        return pickle.load(file)  # noqa: S301 (as above)


def search(model: Any, question: str, limit: int) -> Sequence[int]:
    """Score every passage, as the library does, and sort only the best."""
    scores = model.get_scores(corpus.terms(question))
    limit = min(limit, len(scores))
    best = np.argpartition(scores, -limit)[-limit:]
    numbers: list[int] = best[np.argsort(-scores[best], kind="stable")].tolist()
    return numbers
