"""tantivy, built by one thread: term frequencies without positions, text not stored."""

from __future__ import annotations

import corpus
import tantivy

TYPE_CHECKING = False  # typing would count in the cold start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_BUILD_BYTES, _ADD_BYTES = 512_000_000, 32_000_000  # before a segment is written
_ADDED = 1 << 40  # the number of what is added; nobody asks for it


def build(text: str, folder: str) -> None:
    """Index all passages, commit, and wait until segments are merged."""
    schema = tantivy.SchemaBuilder()
    schema.add_integer_field("number", stored=False, indexed=False, fast=True)
    schema.add_text_field("text", stored=False, tokenizer_name="default", index_option="freq")
    writer = tantivy.Index(schema.build(), path=folder).writer(_BUILD_BYTES, num_threads=1)
    for number, line in enumerate(corpus.read(text)):
        writer.add_document(tantivy.Document(number=number, text=line))
    writer.commit()
    writer.wait_merging_threads()


def load(folder: str) -> Any:
    """Open the index; its k1 of 1.2 and b of 0.75 are fixed."""
    opened = tantivy.Index.open(folder)
    return opened.searcher(), opened.schema


def search(opened: Any, question: str, limit: int) -> Sequence[int]:
    """Ask for any of the terms."""
    searcher, schema = opened
    clauses = [
        (tantivy.Occur.Should, tantivy.Query.term_query(schema, "text", term, "freq"))
        for term in corpus.terms(question)
    ]
    hits = searcher.search(tantivy.Query.boolean_query(clauses), limit, count=False).hits
    numbers: Sequence[int] = searcher.fast_field_values("number", [place for _, place in hits])
    return numbers


def open_to_add(folder: str) -> Any:
    """Open the index and a writer."""
    opened = tantivy.Index.open(folder)
    return opened, opened.writer(_ADD_BYTES, num_threads=1)


def add(opened: Any, text: str) -> None:
    """Commit one document and make it seen."""
    known, writer = opened
    writer.add_document(tantivy.Document(number=_ADDED, text=text))
    writer.commit()
    known.reload()
