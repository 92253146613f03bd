"""Evidence in 59 real government pages: a sentence that answers stands whole in one passage."""

import json
from collections import Counter
from pathlib import Path

import pytest
from conftest import REPOSITORY

from index import folder, passages, readers

PAGES = REPOSITORY.parent / "shared" / "collections" / "conditionalqa_raw"
pytestmark = pytest.mark.skipif(not PAGES.exists(), reason="the pages are not on this machine")


def plain(text: str) -> str:
    """Return a text with single spaces, and no bars between cells."""
    return " ".join(text.replace("|", " ").split())


def read_pages(place: Path) -> dict[str, list[str]]:
    """Return for each page the text of its passages."""
    found, refused = folder.find([place], readers.SUFFIXES)
    assert refused == []
    return {
        source.path: [
            passage.text for passage in passages.split(readers.read(source, folder.read(source)))
        ]
        for source in found
    }


def test_evidence_stands_whole_in_one_passage() -> None:
    pages = {
        name: [plain(text) for text in texts] for name, texts in read_pages(PAGES / "docs").items()
    }
    outcomes: Counter[bool] = Counter()
    missing = []
    for line in (PAGES / "evidence.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        for sentence in record["evidence"]:
            is_whole = any(plain(sentence) in text for text in pages[record["doc"]])
            outcomes[is_whole] += 1
            if not is_whole:
                missing.append((record["doc"], sentence))
    share = outcomes[True] / outcomes.total()
    print(f"{outcomes[True]} of {outcomes.total()} ({share:.2%}); missing: {missing}")
    assert share >= 0.98  # what is missing are headings, which stand above passages
