"""The sentences of a question: those that ask, and those that only tell of a situation.

"My brother is in prison. His children live with me. Can I become their guardian?" is answered by
what stands about guardians; the rest tells which of several such passages is meant.
"""

from typing import NamedTuple

from index.sentences import sentence_spans

_MARKS = ("?", "？")


class Sentence(NamedTuple):
    """A sentence of a question, in code points."""

    start: int
    end: int
    asks: bool  # False only where another sentence does


def sentences(question: str) -> list[Sentence]:
    """Return the sentences of a question; one that ends with a question mark asks.

    Where none does, all do.
    """
    spans = sentence_spans(question)
    marked = [question[start:end].endswith(_MARKS) for start, end in spans]
    return [
        Sentence(start, end, is_marked or not any(marked))
        for (start, end), is_marked in zip(spans, marked, strict=True)
    ]
