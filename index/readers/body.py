"""What every format's reader returns."""

from dataclasses import dataclass

from index.records import Paragraph

# Characters; every passage below carries its title and headings, so long ones cost many times.
LONGEST_HEADING = 300


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a document, and the title and date that the text itself declares."""

    paragraphs: tuple[Paragraph, ...]
    title: str | None = None
    date: str | None = None
    titled: int | None = None  # paragraphs below the title, before another of its rank; None: all
