"""Text to terms: one analysis for passages and questions."""

from index.analysis.words import (
    FINGERPRINT,
    Token,
    Word,
    chunk_terms,
    find,
    terms,
    terms_of_chunks,
    tokens,
    words,
)

__all__ = [
    "FINGERPRINT",
    "Token",
    "Word",
    "chunk_terms",
    "find",
    "terms",
    "terms_of_chunks",
    "tokens",
    "words",
]
