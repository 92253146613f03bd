"""Bytes of a file to a document with paragraphs; one module a format."""

from index.readers.reading import SUFFIXES, read

__all__ = ["SUFFIXES", "read"]
