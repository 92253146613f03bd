"""bm25s with its numpy backend, over an index that is mapped into memory."""

from collections.abc import Sequence
from typing import Any

import bm25s
import corpus

_TERMS: dict[str, Any] = {"token_pattern": "[a-z0-9]+", "stopwords": [], "show_progress": False}


def build(text: str, folder: str) -> None:
    """Index by Lucene's formula, which is the library's default."""
    model = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend="numpy")
    model.index(bm25s.tokenize(corpus.read(text), **_TERMS), show_progress=False)
    model.save(folder, show_progress=False)


def load(folder: str) -> Any:
    """Map the index."""
    model: Any = bm25s.BM25.load(folder, mmap=True, load_corpus=False)
    model.backend = "numpy"
    return model


def search(model: Any, question: str, limit: int) -> Sequence[int]:
    """Retrieve in this thread."""
    asked = bm25s.tokenize(question, return_ids=False, **_TERMS)
    numbers, _ = model.retrieve(asked, k=limit, show_progress=False, n_threads=0)
    found: Sequence[int] = numbers[0]
    return found
