"""What every format's reader returns."""

from typing import NamedTuple

from index.readers.metadata import NOTHING_KNOWN, Metadata
from index.records import Paragraph


class Body(NamedTuple):
    """The text of a document, and what the text or its format itself declares."""

    paragraphs: tuple[Paragraph, ...]
    title: str | None = None  # as it heads the text; may differ from the one in `own`
    own: Metadata = NOTHING_KNOWN  # what stands in the file besides front matter
    titled: int | None = None  # paragraphs below the title, before another of its rank; None: all
    notes: tuple[str, ...] = ()  # what a person should know of how it was read
