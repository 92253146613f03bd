"""policybot's scorer alone, on the terms that every engine gets."""

from collections.abc import Sequence

from index import plain
from index.plain import PlainIndex

BUILDS_WITH = ("index.plain.building",)


def build(text: str, folder: str) -> None:
    """Index all passages, read whole as the peers do; they are let go once all are looked at."""
    import corpus  # not for a cold start

    plain.build(iter(corpus.read(text)), folder)


def load(folder: str) -> PlainIndex:
    """Open the index."""
    return PlainIndex.open(folder)


def search(opened: PlainIndex, question: str, limit: int) -> Sequence[int]:
    """Search for any of the terms."""
    return [number for number, _ in opened.search(question, limit)]


open_to_add = load


def add(opened: PlainIndex, text: str) -> None:
    """Add a line, on the disk before it returns."""
    opened.add(text)
