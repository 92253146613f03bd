"""What every format's reader returns."""

from dataclasses import dataclass

from index.records import Paragraph


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a document, and the title and date that the text itself declares."""

    paragraphs: tuple[Paragraph, ...]
    title: str | None = None
    date: str | None = None
