"""What an index folder answers with, as a value that two states can be compared by."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import index

MODEL = index.Bm25()
QUESTION = "How will the edition of the plan raise automobile sales?"


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody is told who opens the index."""

    generation: int
    content: str  # a digest of all documents and passages, and of the hits of one question
    damaged: tuple[str, ...]  # file and folder names reported as damaged


def told(folder: Path) -> Told | None:
    """Open an index and read everything in it; None where there is none.

    Raises as open_searcher does.
    """
    try:
        opened = index.open_searcher(folder, MODEL)
    except index.IndexMissing:
        return None
    searcher = opened.searcher
    read = hashlib.sha256()
    for document, paragraphs in searcher.documents():
        read.update(repr((document, paragraphs)).encode())
        read.update(repr(searcher.passages_of(document.id)).encode())
    hits = searcher.search(searcher.form(QUESTION), searcher.state.passages)
    read.update(repr([(hit.passage.id, hit.score) for hit in hits]).encode())
    read.update(repr((searcher.state.documents, searcher.state.passages)).encode())
    damaged = tuple(name for name, _ in opened.damaged)
    return Told(searcher.state.generation, read.hexdigest(), damaged)


def found_damaged(folder: Path) -> bool:
    """Say whether a full check finds fault with any generation, or with CURRENT."""
    return any(generation.problems for generation in index.check(folder))


def names_in(folder: Path) -> set[str]:
    """Return the names of what stands in a folder."""
    return {path.name for path in folder.iterdir()}
