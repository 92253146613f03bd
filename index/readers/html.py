"""HTML to a body: the blocks that a browser would show, without what surrounds the content.

libxml2 reads the page, for it keeps the line of every element, and rows and items that stand
outside of a table or a list. The tree is walked as a stream of events, so depth costs no stack.
"""

import re
from collections.abc import Iterator, Sequence

from lxml import etree
from lxml.etree import _Element as Element

from index.errors import DocumentRefused
from index.readers.body import Body
from index.readers.decoding import declared_encoding, decode
from index.readers.metadata import LONGEST_HEADING, Metadata, of_format
from index.readers.outline import Outline, Row

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset("ul ol menu dir".split())
_PARTS_OF_TABLES = frozenset("table thead tbody tfoot".split())
_BLOCKS = (
    _LISTS
    | _PARTS_OF_TABLES
    | _HEADINGS.keys()
    | frozenset(
        "address article aside blockquote body caption center dd details div dl dt fieldset"
        " figcaption figure footer form header hgroup hr html legend li main nav p pre search"
        " section summary td th tr".split()
    )
)
_NEVER_SHOWN = frozenset(
    "area audio canvas datalist embed head iframe input link meta noembed noframes noscript object"
    " option param rp script select source style svg template textarea title track video"
    " del s strike".split()  # what its author crossed out does not hold
)
_AROUND = frozenset("header footer aside banner contentinfo complementary".split())
_NAVIGATION = frozenset("nav search navigation".split())
_SECTIONS = frozenset("main article section".split())
_CONTENT = frozenset("p li table dl pre".split()) | _HEADINGS.keys()
_HIDDEN = re.compile(
    r"(?:\A|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.I
)
_SPACE = re.compile("[ \t\n\f\r]+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")  # character references may name them
_LAST_LINE = 65_535  # where libxml2 stops counting
_MAIN_SHARE, _ARTICLE_SHARE = 0.1, 0.5  # of the text, at least; else the whole page is content
_COLUMN_NAME = 60  # characters of a cell that names a column without being marked as a head
_MOST_COLUMNS = 100  # that cells are spread over
_DIGIT = re.compile(r"\d")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def read(content: bytes) -> Body:
    """Return the body of a page. Raises DocumentRefused."""
    decoded = decode(content, declared_encoding(content))
    return read_text(decoded.text, decoded.notes)


def read_text(text: str, notes: Sequence[str] = (), *, first_line: int = 1) -> Body:
    """Return the body of a page that is text already. Raises DocumentRefused."""
    outline = Outline()
    root = _parsed(text, first_line)
    if root is None:
        return outline.body(notes=notes)
    walk = _Walk(outline, first_line)
    walk.take(_main(root))
    return outline.body(_metadata(root, walk.top_headings), notes)


def add_blocks(outline: Outline, html: str, first_line: int) -> None:
    """Add the blocks of a piece of HTML. Raises DocumentRefused."""
    root = _parsed(html, first_line)
    if root is not None:
        _Walk(outline, first_line).take(root)


def _parsed(text: str, first_line: int) -> Element | None:
    """Return the root of a page, or None without an element. Raises DocumentRefused."""
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:  # nothing but white space and comments
        root = None
    for error in parser.error_log:
        if "depth" in error.message:  # the rest is missing then
            line = first_line + error.line - 1
            raise DocumentRefused(f"line {line}: elements nested more than 2,000 deep")
    return root


def _main(root: Element) -> Element:
    """Return the element that the page marks as its content, else the whole page."""
    for marked, share in (
        ([*root.iter("main"), *_with_role(root, "main")], _MAIN_SHARE),
        (list(root.iter("article")), _ARTICLE_SHARE),
    ):
        shown = [element for element in dict.fromkeys(marked) if not _is_hidden(element)]
        if len(shown) == 1 and _size(shown[0]) >= share * _size(root):
            return shown[0]
    return root


def _with_role(root: Element, role: str) -> Iterator[Element]:
    return (element for element in root.iter() if element.get("role") == role)


def _size(root: Element) -> int:
    return sum(
        len((element.text or "").strip()) + len((element.tail or "").strip())
        for element in root.iter()
        if element.tag not in _NEVER_SHOWN
    )


def _is_hidden(element: Element) -> bool:
    if element.tag == "dialog" and element.get("open") is None:
        return True
    if _HIDDEN.search(element.get("style", "")):
        return True
    return element.get("hidden", "until-found").lower() != "until-found"


def _is_left_out(element: Element, *, in_section: bool) -> bool:
    """Say whether an element and all in it is no part of the content."""
    tag, role = str(element.tag), element.get("role", "")
    if tag in _NEVER_SHOWN or _is_hidden(element):
        return True
    if tag in _NAVIGATION or role in _NAVIGATION:
        return True
    if (tag in _AROUND or role in _AROUND) and not in_section:
        return next(element.iter("h1"), None) is None
    if tag == "form":  # some pages are one form as a whole
        return next(element.iter(*_CONTENT), None) is None
    return tag == "button" and next(element.iterancestors(*_HEADINGS, "summary"), None) is None


class _Walk:
    """Goes through a tree and hands its blocks to an outline."""

    def __init__(self, outline: Outline, first_line: int) -> None:
        self.top_headings: list[str] = []
        self._outline = outline
        self._first_line = first_line
        self._pieces: list[str] = []  # of the block that is open
        self._after_space = True
        self._line: int | None = None  # of the first piece
        self._preformatted = 0  # how many such elements are open
        self._sections = 0
        self._is_item = False  # the next block is the first of an item
        self._term = ""  # of a definition list, whose definition is still to come
        self._strays: list[tuple[Element, str]] = []  # where items or rows stand outside of theirs
        self._table: _Table | None = None  # the innermost; None inside a table that only lays out

    def take(self, root: Element) -> None:
        """Hand on the blocks below an element."""
        self._sections = int(root.getparent() is not None)
        walk = etree.iterwalk(root, events=("start", "end"))
        left_out: Element | None = None
        for event, element in walk:
            if event == "start":
                in_section = self._sections > 0
                if element is not root and _is_left_out(element, in_section=in_section):
                    left_out = element
                    walk.skip_subtree()
                    if element.tag in _BLOCKS:
                        self._end_block()
                else:
                    self._open(element)
                    self._add(element, element, element.text)
            else:
                if element is not left_out:
                    self._close(element)
                if element is not root:
                    self._add(element.getparent(), element, element.tail)
        self._end_block()
        self._end_term()

    def _open(self, element: Element) -> None:
        tag = str(element.tag)
        self._sections += tag in _SECTIONS
        self._preformatted += tag == "pre"
        if tag == "br":
            self._break()
        if tag not in _BLOCKS:
            return
        if self._table is not None and self._table.in_cell:
            self._space()
            return
        if tag == "dt":  # the parser puts a term that follows another into it
            self._take_term(element.getparent())
        self._end_block()
        self._end_stray(element)
        if tag in _LISTS or tag in _HEADINGS or tag in ("dl", "table", "tr"):
            self._end_term()
        if tag in _LISTS or tag == "dl":
            self._outline.open_list()
        elif tag == "li":
            self._open_stray(element, _LISTS)
            self._is_item = True
        elif tag == "table" and not _only_lays_out(element):
            self._end_table()  # of rows that stray around it
            self._table = _Table()
        elif tag == "tr":
            self._open_stray(element, _PARTS_OF_TABLES)
            if self._table is not None:
                self._table.open_row(element, self._line_of(element))
        elif tag in ("td", "th", "caption") and self._table is not None:
            if tag == "caption":
                self._table.open_row(element, self._line_of(element))
            self._table.open_cell(element)

    def _close(self, element: Element) -> None:
        tag = str(element.tag)
        self._sections -= tag in _SECTIONS
        self._preformatted -= tag == "pre"
        if tag not in _BLOCKS:
            if self._strays and self._strays[-1][0] is element:
                self._end_block()
                self._end_stray(element)
            return
        table = self._table
        if table is not None and table.in_cell and not table.is_cell(element):
            self._space()
            return
        if table is not None and tag in ("td", "th", "caption", "tr"):
            table.add(self._taken()[0])
            if tag == "tr":
                table.close_row()
        elif tag in _HEADINGS:
            text, line = self._taken()
            if text and _HEADINGS[tag] == 1:
                self.top_headings.append(" ".join(text.split()))
            self._outline.heading(_HEADINGS[tag], text, line)
        elif tag == "dt":
            self._take_term(element)
        else:
            self._end_block()
        self._end_stray(element)
        if tag in _LISTS or tag == "dl":
            self._end_term()
            self._outline.close_list()
        elif tag == "li":
            self._is_item = False
        elif tag == "table" and table is not None:
            self._end_table()

    # Text

    def _add(self, parent: Element | None, near: Element, text: str | None) -> None:
        """Take text that stands in one element and right behind the beginning of another."""
        if not text:
            return
        text = _CONTROLS.sub("", text)
        solid = text.lstrip()
        if solid and self._strays and self._strays[-1][0] is parent:
            self._end_block()
            self._end_stray(None)
        if solid and self._line is None:
            line = self._line_of(near)
            lines = text.count("\n", 0, len(text) - len(solid))
            self._line = None if line is None else line + lines
        if not self._preformatted:
            text = _SPACE.sub(" ", text)
            text = text.lstrip(" ") if self._after_space else text
        if text:
            self._pieces.append(text)
            self._after_space = text[-1] in " \n"

    def _space(self) -> None:
        if not self._after_space:
            self._pieces.append(" ")
            self._after_space = True

    def _break(self) -> None:
        if self._pieces:
            self._pieces[-1] = self._pieces[-1].rstrip(" ")
            self._pieces.append("\n")
            self._after_space = True

    def _taken(self) -> tuple[str, int | None]:
        """Return the text of the block that ends here, and its line."""
        text, line = "".join(self._pieces).strip(), self._line
        self._pieces, self._after_space, self._line = [], True, None
        return text, line

    def _line_of(self, element: Element) -> int | None:
        line = element.sourceline
        return None if line is None or line >= _LAST_LINE else self._first_line + line - 1

    # Blocks

    def _end_block(self) -> None:
        if self._table is not None:
            return  # between rows; a cell takes it
        text, line = self._taken()
        if not text:
            return
        if self._term:
            self._outline.item(f"{self._term}\n{text}", line)
            self._term = ""
        elif self._is_item:
            self._outline.item(text, line)
        else:
            self._outline.paragraph(text, line)
        self._is_item = False

    def _take_term(self, element: Element | None) -> None:
        """Keep the text of a term for its definition."""
        if element is not None and element.tag == "dt":
            self._term = "\n".join(filter(None, (self._term, self._taken()[0])))

    def _end_term(self) -> None:
        """Let a term that no definition follows stand for itself."""
        self._outline.item(self._term)
        self._term = ""

    def _open_stray(self, element: Element, homes: frozenset[str]) -> None:
        """Begin the list or table that an item or row stands in, where the page has none."""
        parent = element.getparent()
        if parent is None or (parent.tag in homes and not self._is_lone_record(element)):
            return
        if self._strays and self._strays[-1] == (parent, element.tag):
            return
        if element.tag == "tr":
            if self._table is not None or parent.tag in ("td", "th"):
                return
            self._table = _Table()
        else:
            self._outline.open_list()
        self._strays.append((parent, str(element.tag)))

    def _is_lone_record(self, element: Element) -> bool:
        """Say whether it is a row of a table that otherwise only lays out a page."""
        cells = element.findall("td")
        return (
            element.tag == "tr"
            and self._table is None
            and len(cells) > 1
            and (not _only_lays_out(element))
        )

    def _end_stray(self, element: Element | None) -> None:
        """End such a list or table before what is no part of it, or with what it stands in."""
        if not self._strays:
            return
        parent, tag = self._strays[-1]
        if element is not None and element is not parent:
            is_like_it = element.tag == tag and (tag == "li" or not _only_lays_out(element))
            if element.getparent() is not parent or is_like_it:
                return
        self._strays.pop()
        if tag == "tr":
            self._end_table()
        else:
            self._outline.close_list()

    def _end_table(self) -> None:
        table, self._table = self._table, None
        if table is not None:
            table.add(self._taken()[0])
            self._outline.table(*table.rows())


def _only_lays_out(element: Element) -> bool:
    """Say whether a table or a row arranges a page rather than hold records."""
    if element.get("role") in ("presentation", "none"):
        return True
    return next(element.iterdescendants("table", *_HEADINGS), None) is not None


class _Table:
    """The cells of a table, as they come."""

    def __init__(self) -> None:
        self.in_cell = False
        self._cell: Element | None = None
        self._rows: list[tuple[list[tuple[str, int, int]], bool, int | None]] = []
        self._row: list[tuple[str, int, int]] = []  # text, columns, rows
        self._heads: set[bool] = set()  # whether the cells of the row are heads
        self._line: int | None = None
        self._in_head = False

    def open_row(self, row: Element, line: int | None) -> None:
        """Begin a row."""
        self.close_row()
        parent = row.getparent()
        self._in_head = parent is not None and parent.tag == "thead"
        self._line = line

    def open_cell(self, cell: Element) -> None:
        """Begin a cell; a caption is a row of one."""
        self.in_cell, self._cell = True, cell
        self._heads.add(cell.tag != "td")

    def is_cell(self, element: Element) -> bool:
        """Say whether it is the cell that is open."""
        return element is self._cell

    def add(self, text: str) -> None:
        """Take the text of a cell, or what stands between cells."""
        if self._cell is not None:
            spans = (_span(self._cell, "colspan"), _span(self._cell, "rowspan"))
            is_caption = self._cell.tag == "caption"
            self._row.append((_SPACE.sub(" ", text), *spans))
            self.in_cell, self._cell = False, None
            if is_caption:
                self.close_row()
        elif text:
            self._row.append((_SPACE.sub(" ", text), 1, 1))
            self._heads.add(False)

    def close_row(self) -> None:
        """End the row that is open, if there is one."""
        if self._row:
            is_head = self._in_head or self._heads == {True}
            self._rows.append((self._row, is_head, self._line))
        self._row, self._heads, self._line = [], set(), None

    def rows(self) -> tuple[list[Row], int]:
        """Return the rows, and how many of them name the columns."""
        self.close_row()
        rows = []
        heads = 0
        carried: dict[
            int, tuple[int, str]
        ] = {}  # column -> rows that a cell reaches down, its text
        for number, (cells, is_head, line) in enumerate(self._rows):
            heads += is_head and heads == number
            text = "\t".join(_spread(cells, carried)).rstrip()
            rows.append(Row(text, line))
        if heads == len(rows):
            heads = 0
        elif not heads and len(rows) > 1:
            heads = int(_names_columns(rows[0].text))
        return rows, heads


def _span(cell: Element, name: str) -> int:
    value = cell.get(name, "1").strip()
    return max(int(value), 1) if value.isascii() and value.isdecimal() and len(value) < 6 else 1


def _spread(
    cells: Sequence[tuple[str, int, int]], carried: dict[int, tuple[int, str]]
) -> list[str]:
    """Put the cells of a row into their columns, with those that reach down from rows above."""
    texts: list[str] = []
    room = LONGEST_HEADING  # characters repeated in a row, for a page could multiply itself so
    waiting = list(reversed(cells))
    while waiting or len(texts) in carried:
        column = len(texts)
        if column in carried:
            left, text = carried.pop(column)
            texts.append(text if len(text) <= room else "")
            room -= len(texts[-1])
            if left > 1:
                carried[column] = (left - 1, text)
            continue
        text, columns, rows = waiting.pop()
        columns = max(1, min(columns, _MOST_COLUMNS - column))
        texts.extend([text, *[""] * (columns - 1)])
        if rows > 1 and column < _MOST_COLUMNS:
            carried[column] = (rows - 1, text)
            carried.update((column + more, (rows - 1, "")) for more in range(1, columns))
    return texts


def _names_columns(row: str) -> bool:
    """Say whether an unmarked first row names the columns; pairs of name and value do not."""
    cells = row.split(" | ") if " | " in row else row.split("\t")
    if len(cells) < (2 if " | " in row else 3):
        return False
    return all(0 < len(cell) <= _COLUMN_NAME and not _DIGIT.search(cell) for cell in cells)


# What the head of a page tells

_DATES = (
    "article:published_time dcterms.issued dc.date.issued dcterms.date dc.date pubdate"
    " publishdate date.issued date"
).split()
_PUBLISHERS = "og:site_name dcterms.publisher dc.publisher sitename".split()


def _metadata(root: Element, top_headings: Sequence[str]) -> Metadata:
    told: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or ""
        told.setdefault(name.strip().lower(), meta.get("content", ""))
    links = (link for link in root.iter("link") if link.get("rel", "").lower() == "canonical")
    url = next((link.get("href", "") for link in links), told.get("og:url", ""))
    element = next(root.iter("title"), None)
    page = " ".join("".join(element.itertext()).split()) if element is not None else ""
    language = root.get("lang", root.get("xml:lang", ""))
    return of_format(
        {
            "title": _title(page, " ".join(told.get("og:title", "").split()), top_headings),
            "date": next((told[name].strip() for name in _DATES if told.get(name)), ""),
            "publisher": next((told[name] for name in _PUBLISHERS if told.get(name)), ""),
            "url": url.strip(),
            "language": language if _LANGUAGE.fullmatch(language) else "",
        }
    )


def _title(page: str, shared: str, top_headings: Sequence[str]) -> str:
    """Choose: the title of a page often has the name of its site too, and its heading not.

    A page with many headings of the first level has its title elsewhere.
    """
    whole = page or shared
    if len(top_headings) == 1 and (not whole or top_headings[0].casefold() in whole.casefold()):
        return top_headings[0]
    return shared if shared and shared in page else whole
