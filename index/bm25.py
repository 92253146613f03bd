"""BM25's settings and its rarity of terms, without numpy.

rank_bm25 is the definition: its classes give the idf of an index that is built, and a test holds
the formula here to theirs.
"""

from __future__ import annotations

import math

TYPE_CHECKING = False  # that of typing costs a process that asks one question six milliseconds
if TYPE_CHECKING:
    from typing import Literal

    Variant = Literal["plus", "okapi"]

VARIANTS: tuple[Variant, ...] = ("plus", "okapi")


class Bm25:
    """The model's settings; k1 and b as in Robertson and Zaragoza, 2009, section 3.2."""

    __slots__ = ("b", "k1", "variant")

    def __init__(self, variant: Variant = "plus", k1: float = 1.2, b: float = 0.7) -> None:
        """Take the variant of rank_bm25 that defines the rarity of terms, k1 and b."""
        self.variant = variant
        self.k1 = k1
        self.b = b

    def as_dict(self) -> dict[str, str | float]:
        """Return the settings by name."""
        return {"variant": self.variant, "k1": self.k1, "b": self.b}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bm25) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash((self.variant, self.k1, self.b))

    def __repr__(self) -> str:
        return f"Bm25({self.variant!r}, k1={self.k1}, b={self.b})"


def plus_idf(document_frequency: int, passages: int) -> float:
    """Return what BM25Plus of rank_bm25 takes for the rarity of a term."""
    return math.log((passages + 1) / document_frequency)
