"""policybot with everything on: documents read by guarded processes, stems, phrases, glossary.

The passages stand in documents of a hundred paragraphs each, which are written before a build is
timed. It keeps texts and citations and does for a question what no other engine here does.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import corpus

from index.bm25 import Bm25
from index.opening import open_searcher
from index.records import Passage
from index.searcher import Searcher

BUILDS_WITH = ("index.build", "index.readers", "rank_bm25")
PASSAGES_A_FILE = 100
GLOSSARY = Path(__file__).parents[3] / "data" / "glossary.yaml"


def prepare(text: str, folder: str) -> None:
    """Write the passages as documents beside the index, paragraphs between blank lines."""
    documents = _documents(folder)
    documents.mkdir()
    lines = corpus.read(text)
    for first in range(0, len(lines), PASSAGES_A_FILE):
        written = "\n\n".join(lines[first : first + PASSAGES_A_FILE])
        (documents / f"{first:07}.txt").write_text(f"{written}\n", encoding="utf-8")


def build(text: str, folder: str) -> None:  # noqa: ARG001 (the documents are the text)
    """Build the first generation."""
    _rebuild(Path(folder))


def load(folder: str) -> Searcher:
    """Open the live generation."""
    return open_searcher(Path(folder), Bm25()).searcher


def search(searcher: Searcher, question: str, limit: int) -> Sequence[int]:
    """Form the query and find passages."""
    hits = searcher.find(searcher.form(question), limit).hits
    return list(dict.fromkeys(_number(hit.passage) for hit in hits))


def open_to_add(folder: str) -> Path:
    """Return where the index stands: a rebuild opens it itself."""
    return Path(folder)


def add(folder: Path, text: str) -> None:
    """Write one more document and rebuild."""
    name = f"{time.monotonic_ns()}.txt"  # a number, as all are, and far above theirs
    path = _documents(str(folder)) / name
    path.write_text(f"{text}\n", encoding="utf-8")
    _rebuild(folder)


def _documents(folder: str) -> Path:
    return Path(folder).with_name("documents")


def _rebuild(folder: Path) -> None:
    from index.build import rebuild  # a question does without it

    rebuild([_documents(str(folder))], folder, Bm25(), glossary=GLOSSARY)


def _number(passage: Passage) -> int:
    """Return which line of the corpus a passage, or a part of it, comes from."""
    assert passage.line is not None  # a text file has lines
    return int(passage.document.id) + (passage.line - 1) // 2
