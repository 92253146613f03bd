"""Text to terms: one analysis for passages and questions."""

from index.analysis.stop_words import CJK_STOP_CHARACTERS, LIGHT_WORDS, STOP_WORDS
from index.analysis.words import (
    CJK,
    FINGERPRINT,
    Token,
    Word,
    chunk_terms,
    find,
    fold,
    may_have_cjk,
    stem,
    terms,
    terms_of_chunks,
    tokens,
    words,
)

__all__ = [
    "CJK",
    "CJK_STOP_CHARACTERS",
    "FINGERPRINT",
    "LIGHT_WORDS",
    "STOP_WORDS",
    "Token",
    "Word",
    "chunk_terms",
    "find",
    "fold",
    "may_have_cjk",
    "stem",
    "terms",
    "terms_of_chunks",
    "tokens",
    "words",
]
