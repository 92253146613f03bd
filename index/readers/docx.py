"""Word: the parts of a .docx file to a body.

python-docx passes over inserted text, notes and numbers, so the tree is walked here. What counts
is what a reader of the printed page would see: insertions are kept; deletions, comments, hidden
text, the codes of fields, heads and feet of pages and the table of contents are not.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from index.errors import DocumentRefused
from index.readers.archive import read_parts
from index.readers.body import Body
from index.readers.declared import trusted_language, trusted_title
from index.readers.metadata import Metadata
from index.readers.numbering import Counter, Level, Numbering
from index.readers.outline import Outline, Row
from index.readers.xml_trees import parse_xml

_ZIP = b"PK"
_OLE = b"\xd0\xcf\x11\xe0"  # an old Word file, and the wrapping of an encrypted new one
_NAMES = re.compile(r"_rels/\.rels|(?:[^/]+/)?[^/]+\.xml")
_NOT_WORD = "not a Word file (.docx), though its name says so; save it as .docx again"
_HEADING = re.compile(r"(?:heading|标题|標題)\s*([1-9])", re.I)
_TITLE = re.compile(r"title|标题|標題", re.I)
_CONTENTS = re.compile(r"toc \d|toc heading|table of figures", re.I)
_FROM_START = 2_000  # characters within which a declared title must stand
_CJK = re.compile("[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]")
_MUCH_CJK = 0.2  # of the characters
_LANGUAGE = ("w:docDefaults", "w:rPrDefault", "w:rPr", "w:lang")
_OFF = ("0", "false", "off", "none")
# Elements whose content stands where they stand.
_TRANSPARENT = frozenset(
    "w:ins w:moveTo w:hyperlink w:smartTag w:sdt w:sdtContent w:customXml w:fldSimple w:dir w:bdo "
    "w:ruby w:rubyBase m:oMath m:oMathPara".split()
)


def read(content: bytes) -> Body:
    """Return the body of a .docx file. Raises DocumentRefused."""
    if content.startswith(_OLE):
        raise DocumentRefused(
            "an old Word file (.doc), or one with a password; save it as .docx without a password"
        )
    if not content.startswith(_ZIP):
        raise DocumentRefused(_NOT_WORD)
    parts = read_parts(content, lambda name: _NAMES.fullmatch(name) is not None)
    main = _main_part(parts)
    if main not in parts:
        raise DocumentRefused(_NOT_WORD)
    try:
        return _Reader(parts, main).body()
    except RecursionError as exc:
        raise DocumentRefused("its tables or text boxes are nested too deeply") from exc


def _main_part(parts: Mapping[str, bytes]) -> str:
    if "_rels/.rels" in parts:
        for relation in parse_xml(parts["_rels/.rels"]):
            if relation.get("Type", "").endswith("/officeDocument"):
                return posixpath.normpath(relation.get("Target", "").lstrip("/"))
    return "word/document.xml"


@dataclass(frozen=True, slots=True)
class _Style:
    """What a style says of a paragraph or a run, what it is based on included."""

    name: str = ""
    level: int | None = None  # as a heading, from 1
    number: str | None = None  # of a numbering
    depth: int | None = None  # in that numbering, from 0
    is_hidden: bool = False


@dataclass(slots=True)
class _Text:
    """A paragraph as it is gathered."""

    pieces: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # foot and end notes that it refers to
    boxes: list[Element] = field(default_factory=list)  # text boxes that hang on it

    def text(self) -> str:
        return "".join(self.pieces).strip()


def _find(element: Element, *names: str) -> Element | None:
    """Return a descendant by the names on the way to it."""
    found: Element | None = element
    for name in names:
        found = None if found is None else found.find(name)
    return found


def _value(element: Element | None, name: str) -> str | None:
    """Return the value of a property, if it is there."""
    found = None if element is None else element.find(name)
    return None if found is None else found.get("w:val", "")


def _is_on(element: Element | None, name: str) -> bool | None:
    """Return whether a property is on; None where nothing is said of it."""
    value = _value(element, name)
    return None if value is None else value not in _OFF


def _number(value: str | None) -> int | None:
    return int(value) if value and re.fullmatch(r"-?\d{1,9}", value) else None


class _Styles:
    """The styles of a document, each with what it inherits."""

    def __init__(self, root: Element | None) -> None:
        self._elements: dict[str, Element] = {}
        self._known: dict[str, _Style] = {}
        self.default = ""  # the paragraphs' style that need not be named
        for style in () if root is None else root.iter("w:style"):
            key = style.get("w:styleId", "")
            self._elements[key] = style
            if style.get("w:type") == "paragraph" and style.get("w:default") in ("1", "true"):
                self.default = key

    def get(self, key: str | None) -> _Style:
        """Return a style, or one that says nothing."""
        chain: list[str] = []
        while key is not None and key in self._elements and key not in chain:
            if key in self._known:
                break
            chain.append(key)
            key = _value(self._elements[key], "w:basedOn")
        style = self._known.get(key or "", _Style())
        for name in reversed(chain):
            style = self._known[name] = _derived(self._elements[name], style)
        return style


def _derived(element: Element, base: _Style) -> _Style:
    name = _value(element, "w:name") or ""
    properties = element.find("w:pPr")
    heading = _HEADING.fullmatch(name)
    level = int(heading[1]) if heading else _outline_level(properties, base.level)
    numbering = None if properties is None else properties.find("w:numPr")
    number, depth = base.number, base.depth
    if numbering is not None:
        number = _value(numbering, "w:numId") or number
        stated = _number(_value(numbering, "w:ilvl"))
        depth = depth if stated is None else stated
    hidden = _is_on(element.find("w:rPr"), "w:vanish")
    return _Style(name, level, number, depth, base.is_hidden if hidden is None else hidden)


def _outline_level(properties: Element | None, otherwise: int | None) -> int | None:
    stated = _number(_value(properties, "w:outlineLvl"))
    if stated is None:
        return otherwise
    return stated + 1 if 0 <= stated < 9 else None  # 9 is the text itself


def _numberings(root: Element | None, styles: _Styles) -> dict[str, Numbering]:
    """Return what the numbering part defines, by the number that paragraphs refer to."""
    if root is None:
        return {}
    abstract = {item.get("w:abstractNumId", ""): item for item in root.findall("w:abstractNum")}
    definitions = {item.get("w:numId", ""): item for item in root.findall("w:num")}
    found: dict[str, Numbering] = {}
    for number, item in definitions.items():
        key = _value(item, "w:abstractNumId") or ""
        linked = _value(abstract.get(key), "w:numStyleLink")
        if linked is not None:  # the levels stand where a style of lists refers to
            key = _value(definitions.get(styles.get(linked).number or ""), "w:abstractNumId") or key
        shapes = {
            _number(level.get("w:ilvl")): level
            for level in (() if key not in abstract else abstract[key].findall("w:lvl"))
        }
        restarts: dict[int, int] = {}
        for override in item.findall("w:lvlOverride"):
            depth = _number(override.get("w:ilvl"))
            first = _number(_value(override, "w:startOverride"))
            changed = override.find("w:lvl")
            if depth is not None and first is not None:
                restarts[depth] = first
            if changed is not None:
                shapes[depth] = changed
        levels = tuple(_level(shapes.get(depth)) for depth in range(9))
        found[number] = Numbering(key, levels, restarts)
    return found


def _level(element: Element | None) -> Level:
    if element is None:
        return Level(form="none")
    start = _number(_value(element, "w:start"))
    return Level(
        start=1 if start is None else start,
        form=_value(element, "w:numFmt") or "decimal",
        pattern=_value(element, "w:lvlText") or "",
        is_legal=bool(_is_on(element, "w:isLgl")),
        restarts_after=_number(_value(element, "w:lvlRestart")),
    )


class _Reader:
    """Walks through a document once, from its first block to its last."""

    def __init__(self, parts: Mapping[str, bytes], main: str) -> None:
        folder = posixpath.dirname(main)

        def part(name: str) -> Element | None:
            path = posixpath.join(folder, name)
            return parse_xml(parts[path]) if path in parts else None

        self._root = parse_xml(parts[main])
        styles = part("styles.xml")
        self._styles = _Styles(styles)
        self._counter = Counter(_numberings(part("numbering.xml"), self._styles))
        self._notes = {
            "w:footnoteReference": _by_id(part("footnotes.xml")),
            "w:endnoteReference": _by_id(part("endnotes.xml")),
        }
        language = None if styles is None else _find(styles, *_LANGUAGE)
        self._languages = {} if language is None else language.attrib
        core = parse_xml(parts["docProps/core.xml"]) if "docProps/core.xml" in parts else None
        title = None if core is None else core.find("dc:title")
        self._title = "" if title is None else title.text or ""
        self._outline = Outline()
        self._lists: list[int] = []  # depths of the lists that are open
        self._fields: list[bool] = []  # open fields; True within the code of one
        self._pending: list[str] = []  # notes that wait for the end of a list
        self._before = ""  # the text of a paragraph whose end was deleted
        self._below_title = 0  # how many levels headings stand below it
        self._shown: list[str] = []  # what the document begins with

    def body(self) -> Body:
        """Return all of it."""
        body = self._root.find("w:body")
        if body is None:
            raise DocumentRefused(_NOT_WORD)
        self._blocks(body)
        self._close_lists(-1)
        self._flush_notes()
        found = self._outline.body()
        own = Metadata(
            title=trusted_title(self._title, "".join(self._shown)[:_FROM_START]),
            language=self._language(found),
        )
        return Body(found.paragraphs, found.title, own, found.titled, found.notes)

    def _language(self, body: Body) -> str | None:
        text = "".join(paragraph.text for paragraph in body.paragraphs)
        is_eastern = len(_CJK.findall(text)) > _MUCH_CJK * len(text)
        return trusted_language(self._languages.get("w:eastAsia" if is_eastern else "w:val", ""))

    # Blocks

    def _blocks(self, parent: Element) -> None:
        for child in parent:
            if child.tag == "w:p":
                self._paragraph(child)
            elif child.tag == "w:tbl":
                self._table(child)
            elif child.tag == "mc:AlternateContent":
                for choice in _alternative(child):
                    self._blocks(choice)
            elif child.tag in _TRANSPARENT:
                self._blocks(child)

    def _paragraph(self, element: Element) -> None:
        properties = element.find("w:pPr")
        style = self._style(properties)
        gathered = self._gathered(element, style)
        text = (self._before + gathered.text()).strip()
        mark = None if properties is None else properties.find("w:rPr")
        if mark is not None and mark.find("w:del") is not None:
            self._before = text + " " if text else ""
            return
        self._before = ""
        number, depth = self._numbered(properties, style)
        if text and not _CONTENTS.fullmatch(style.name):
            self._place(properties, style, text, number, depth)
        self._pending.extend(gathered.notes)
        for box in gathered.boxes:
            self._close_lists(-1)
            self._blocks(box)

    def _style(self, properties: Element | None) -> _Style:
        return self._styles.get(_value(properties, "w:pStyle") or self._styles.default)

    def _numbered(self, properties: Element | None, style: _Style) -> tuple[str | None, int]:
        """Count a paragraph; return its number, or None where it stands in no list."""
        own = None if properties is None else properties.find("w:numPr")
        number = _value(own, "w:numId") or style.number
        stated = _number(_value(own, "w:ilvl"))
        depth = stated if stated is not None else style.depth or 0
        if number is None or number == "0":  # 0 takes a paragraph out of its style's list
            return None, 0
        return self._counter.next(number, depth), depth

    def _place(
        self,
        properties: Element | None,
        style: _Style,
        text: str,
        number: str | None,
        depth: int,
    ) -> None:
        level = _outline_level(properties, style.level)
        numbered = f"{number} {text}" if number else text
        self._shown.append(text)
        if _TITLE.fullmatch(style.name):
            self._close_lists(-1)
            self._flush_notes()
            self._outline.heading(1, text)
            self._below_title = 1
        elif level is not None:
            self._close_lists(-1)
            self._flush_notes()
            self._outline.heading(level + self._below_title, numbered)
        elif number is not None:
            self._close_lists(depth)
            if not self._lists or self._lists[-1] < depth:
                self._outline.open_list()
                self._lists.append(depth)
            self._outline.item(numbered)
        elif self._lists and style.name.lower().startswith("list continue"):
            self._outline.paragraph(text)
        else:
            self._close_lists(-1)
            self._flush_notes()
            self._outline.paragraph(text)

    def _close_lists(self, depth: int) -> None:
        """Close the lists that are deeper."""
        while self._lists and self._lists[-1] > depth:
            self._outline.close_list()
            self._lists.pop()

    def _flush_notes(self) -> None:
        """Put notes below the paragraph that refers to them, and below its list."""
        pending, self._pending = self._pending, []
        for note in pending:
            self._outline.paragraph(note)

    # Tables

    def _table(self, element: Element) -> None:
        self._close_lists(-1)
        rows = [list(_cells(row)) for row in _rows(element)]
        if all(len(cells) == 1 for cells in rows) or self._holds_headings(rows):
            for cells in rows:  # a frame around text rather than a table
                for cell in cells:
                    self._blocks(cell)
            self._close_lists(-1)
            return
        made = [Row("\t".join(self._cell(cell) for cell in cells).rstrip()) for cells in rows]
        heads = _count_heads(element)
        self._outline.table(made, heads if len(made) > heads else 0)

    def _holds_headings(self, rows: list[list[Element]]) -> bool:
        return any(
            _outline_level(properties, self._style(properties).level) is not None
            for cells in rows
            for cell in cells
            for properties in cell.iter("w:pPr")
        )

    def _cell(self, cell: Element) -> str:
        """Return the text of a cell, on one line; that of a table within it, too."""
        pieces: list[str] = []
        for element in _paragraphs(cell):
            properties = element.find("w:pPr")
            style = self._style(properties)
            gathered = self._gathered(element, style)
            number, _ = self._numbered(properties, style)
            text = " ".join(gathered.text().split())
            if text:
                pieces.append(f"{number} {text}" if number else text)
            self._pending.extend(gathered.notes)
            pieces.extend(self._cell(box) for box in gathered.boxes)
        return " ".join(pieces)

    # Text

    def _gathered(self, element: Element, style: _Style) -> _Text:
        gathered = _Text()
        self._gather(element, style, gathered)
        return gathered

    def _gather(self, parent: Element, style: _Style, into: _Text) -> None:
        for child in parent:
            if child.tag == "w:r":
                self._run(child, style, into)
            elif child.tag == "mc:AlternateContent":
                for choice in _alternative(child):
                    self._gather(choice, style, into)
            elif child.tag in _TRANSPARENT:
                self._gather(child, style, into)
            elif child.tag.startswith("m:"):
                into.pieces.extend(text.text or "" for text in child.iter("m:t"))

    def _run(self, run: Element, style: _Style, into: _Text) -> None:
        properties = run.find("w:rPr")
        hidden = _is_on(properties, "w:vanish")
        if hidden is None:
            named = _value(properties, "w:rStyle")
            hidden = self._styles.get(named).is_hidden if named else style.is_hidden
        for child in run:
            if child.tag == "w:fldChar":  # counted in hidden text as well, or the rest is lost
                self._field(child.get("w:fldCharType", ""))
            elif hidden or any(self._fields):
                continue
            elif child.tag == "w:t":
                into.pieces.append(child.text or "")
            elif child.tag in _SIGNS:
                into.pieces.append(_SIGNS[child.tag])
            elif child.tag == "w:br":
                into.pieces.append("\n")
            elif child.tag == "w:sym":
                into.pieces.append(_symbol(child.get("w:char", "")))
            elif child.tag in self._notes:
                self._note(self._notes[child.tag].get(child.get("w:id", "")), style, into)
            elif child.tag in ("w:drawing", "w:pict", "w:object"):
                into.boxes.extend(_boxes(child))
            elif child.tag == "mc:AlternateContent":
                for choice in _alternative(child):
                    into.boxes.extend(_boxes(choice))
            elif child.tag == "w:ruby":
                self._gather(child, style, into)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(True)
        elif kind == "separate" and self._fields:
            self._fields[-1] = False
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _note(self, note: Element | None, style: _Style, into: _Text) -> None:
        if note is None:
            return
        texts = [self._gathered(element, style).text() for element in _paragraphs(note)]
        into.notes.append("\n".join(text for text in texts if text))


_SIGNS = {"w:tab": "\t", "w:ptab": "\t", "w:cr": "\n", "w:noBreakHyphen": "-"}


def _by_id(root: Element | None) -> dict[str, Element]:
    return {} if root is None else {note.get("w:id", ""): note for note in root}


def _alternative(element: Element) -> Iterator[Element]:
    """Yield the first of several forms of the same content."""
    choices = [child for child in element if child.tag in ("mc:Choice", "mc:Fallback")]
    yield from choices[:1]


def _symbol(code: str) -> str:
    """Return a sign by its number; those of a font's own have no meaning outside of it."""
    number = int(code, 16) if re.fullmatch(r"[0-9A-Fa-f]{2,5}", code) else 0
    is_private = 0xE000 <= number <= 0xF8FF or 0xD800 <= number < 0xE000
    return "" if is_private or number < 0x20 else chr(number)


def _boxes(element: Element) -> Iterator[Element]:
    """Yield the text boxes in a drawing, but none within another or of a second form."""
    for child in element:
        if child.tag == "w:txbxContent":
            yield child
        elif child.tag == "mc:AlternateContent":
            for choice in _alternative(child):
                yield from _boxes(choice)
        else:
            yield from _boxes(child)


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == "w:tr":
            properties = child.find("w:trPr")
            if properties is None or properties.find("w:del") is None:
                yield child
        elif child.tag in _TRANSPARENT:
            yield from _rows(child)


def _cells(row: Element) -> Iterator[Element]:
    for child in row:
        if child.tag == "w:tc":
            yield child
        elif child.tag in _TRANSPARENT:
            yield from _cells(child)


def _paragraphs(element: Element) -> Iterator[Element]:
    """Yield the paragraphs in a cell or a note, those of tables within it included."""
    for child in element:
        if child.tag == "w:p":
            yield child
        elif child.tag == "w:tbl":
            for row in _rows(child):
                for cell in _cells(row):
                    yield from _paragraphs(cell)
        elif child.tag in _TRANSPARENT:
            yield from _paragraphs(child)


def _count_heads(table: Element) -> int:
    """Return how many rows name the columns: those marked so, else the first if it looks so."""
    rows = list(_rows(table))
    marked = 0
    while marked < len(rows) and _is_on(rows[marked].find("w:trPr"), "w:tblHeader"):
        marked += 1
    if marked or not rows:
        return marked
    look = _find(table, "w:tblPr", "w:tblLook")
    if look is not None and look.get("w:firstRow", _first_row_flag(look)) not in _OFF:
        return 1
    runs = [run for run in rows[0].iter("w:r") if run.find("w:t") is not None]
    return int(bool(runs) and all(_is_on(run.find("w:rPr"), "w:b") for run in runs))


def _first_row_flag(look: Element) -> str:
    """Return whether the first row is special, as older programs write it."""
    flags = look.get("w:val", "")
    is_on = re.fullmatch(r"[0-9A-Fa-f]{1,4}", flags) and int(flags, 16) & 0x20
    return "1" if is_on else "0"
