"""The frozen records that flow from files to hits, in the order in which they arise."""

from typing import Literal, NamedTuple

from index.kinds.kind import Kind
from index.word_diff import Piece


class Document(NamedTuple):
    """One source: a file with its metadata, without its text."""

    id: str  # path under the documents folder without suffix, as index.folder.document_id makes it
    path: str  # relative to the documents folder, with "/" between its parts
    sha256: str  # over the file's bytes, and those of its sidecar if there is one
    title: str
    date: str | None = None  # YYYY-MM-DD
    publisher: str | None = None
    url: str | None = None
    language: str | None = None
    supersedes: tuple[str, ...] = ()  # document ids
    audience: tuple[str, ...] = ()  # Discord role or guild ids; empty means everybody


class Paragraph(NamedTuple):
    """A block of a document's body; headings and the title are not paragraphs."""

    number: int  # from 1
    text: str  # as it stands in the document, without outer white space
    heading: tuple[str, ...] = ()  # the headings above it, outermost first
    # What leads to an item of a list or a row of a table: the sentence before the list, the heads
    # of the columns; outermost first, each as it stands in the document.
    introduction: tuple[str, ...] = ()
    page: int | None = None  # from 1, where the format has pages
    line: int | None = None  # from 1, where the format has lines
    is_lined: bool = False  # its line breaks part items, rows or verses, and do not only wrap it


class ParsedDocument(NamedTuple):
    """What a reader makes of one file."""

    document: Document
    paragraphs: tuple[Paragraph, ...]
    notes: tuple[str, ...] = ()  # what a person should know of how it was read


class Passage(NamedTuple):
    """What is ranked and cited: a paragraph, or a run of sentences of a very long one."""

    document: Document
    paragraph: int
    part: int | None  # from 1 where the paragraph was split, else None
    text: str
    heading: tuple[str, ...]
    introduction: tuple[str, ...]  # as a paragraph's
    page: int | None
    line: int | None
    digest: str  # the first 6 hex digits of SHA-256 over the text
    is_lined: bool = False  # as a paragraph's

    @property
    def id(self) -> str:
        """`document#paragraph`, or `document#paragraph.part`."""
        suffix = "" if self.part is None else f".{self.part}"
        return f"{self.document.id}#{self.paragraph}{suffix}"


class Version(NamedTuple):
    """A document as it stood for a time."""

    document: Document
    number: int  # from 1, over all versions of the document that were ever seen
    first_seen: str  # ISO 8601, UTC: the build that held it first
    last_seen: str | None  # the build that found it changed or gone; None: it is the current one
    passages: range  # their numbers


class Rewording(NamedTuple):
    """A part of a question, and what else it may be called in the documents."""

    start: int  # code points of the question
    end: int
    others: tuple[str, ...]
    is_equal: bool = False  # they say just the same, as 8.5% and 8.5 percent do


class QueryWord(NamedTuple):
    """What counts as one in the question: a word, a run of CJK characters, a known phrase."""

    text: str  # as it was typed
    weight: float  # the rarity of the first group's terms, summed
    # A passage has the word when it has all terms of one group; a term with its share of it.
    groups: tuple[tuple[tuple[str, float], ...], ...]
    others: tuple[tuple[str, ...], ...] = ()  # the terms of other wordings; all of one do as well,
    other_share: float = 1.0  # or count for so much, where documents have the typed words too
    is_carried: bool = False  # of the question before, not of this one
    asks: bool = True  # stands in a sentence that asks, not in one that tells a situation


class OtherWording(NamedTuple):
    """Terms of the question, and the terms of what else the same may be called."""

    typed: tuple[str, ...]
    weight: float  # how much it was asked for
    share: float  # of that, for another wording
    others: tuple[tuple[str, ...], ...]  # a passage must have all terms of one


class Phrase(NamedTuple):
    """Two or three terms that stand side by side in the question."""

    terms: tuple[str, ...]
    weight: float


class Query(NamedTuple):
    """A question as the searcher sees it."""

    words: tuple[QueryWord, ...]
    weights: dict[str, float]  # term -> how much it was asked for; at most MAX_TERMS terms
    typed: dict[str, float]  # those of the question itself; the rest are of other wordings
    situation: dict[str, float]  # term -> times it stands in sentences that ask nothing
    other_wordings: tuple[OtherWording, ...]
    phrases: tuple[Phrase, ...]
    rarity: dict[str, float]  # term -> idf; terms that no document contains have the highest
    missing: tuple[str, ...]  # words that no document contains, as typed
    expansions: dict[str, tuple[str, ...]]  # words as typed -> other wordings searched as well
    is_bare: bool  # nothing but words that are looked for: "solid state batteries"
    asked: tuple[Kind, ...]  # what kinds of answer it asks for


class Hit(NamedTuple):
    """A passage that shares at least one term with the query."""

    passage: Passage
    score: float  # the sum of its parts
    parts: dict[str, float]  # what index.rescoring finds for it -> its share of the score
    contributions: dict[str, float]  # matched term -> what BM25 gives for it, in question order
    coverage: float  # 0..1, the share of the question's weight that the passage has


class Found(NamedTuple):
    """What the searcher found for a query."""

    hits: tuple[Hit, ...]  # best first
    signals: dict[str, float]  # what speaks for or against the first one, as index.confidence names


NOTHING = Found((), {})


QuoteOutcome = Literal["exact", "near", "different", "joined", "not_found"]


class QuoteMatch(NamedTuple):
    """What stands in the documents of a text that is checked, or of a piece of it."""

    passage: Passage  # for a title or a heading the first below it
    part: Literal["text", "heading", "title"]  # what of the passage it stands in
    text: str  # what stands there, word for word
    asked_start: int  # code points of the text that is checked
    asked_end: int
    diff: tuple[Piece, ...]  # from the text to what stands here; empty where they are equal


class QuoteCheck(NamedTuple):
    """Whether a text stands in the documents."""

    text: str  # as it was compared: without outer white space, and quotation marks if need be
    outcome: QuoteOutcome
    matches: tuple[QuoteMatch, ...]  # by place in the documents; of a joined text in its own order
    gaps: tuple[tuple[int, int], ...]  # code points of a joined text that stand in no document
    runs_on: bool  # the matches follow each other in one document as they do in the text


class IndexState(NamedTuple):
    """What a generation holds; answers name it, so that they can be repeated."""

    generation: int
    documents: int
    passages: int
    terms: int
    built_at: str  # ISO 8601, UTC
    places: tuple[str, ...]  # the files and folders it was built from, absolute
    as_of: str | None = None  # the day whose versions these are; None: the current ones


class Refused(NamedTuple):
    """A file that did not become a document."""

    path: str
    reason: str


class BuildReport(NamedTuple):
    """What a rebuild did, or with dry_run would do."""

    generation: int  # the live one afterwards; 0 when there is none
    published: bool  # False when nothing changed, and for a dry run
    added: tuple[str, ...]  # document ids, like changed and removed
    changed: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...]
    refused: tuple[Refused, ...]
    documents: int
    passages: int
    seconds: float
    notes: tuple[str, ...] = ()  # what a person should know besides, such as damage found
    has_other_glossary: bool = False  # than the index that was live before

    @property
    def differing(self) -> int:
        """How many documents differ from what was live before."""
        return len(self.added) + len(self.changed) + len(self.removed)
