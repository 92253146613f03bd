"""XML to a tree with short names, from authors who are not trusted.

A document type is refused before it is read, so there are no entities to expand or to fetch.
"""

from functools import lru_cache
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from index.errors import DocumentRefused

DEEPEST = 200  # elements within each other; text boxes in tables in tables have fifty
_AGAIN = "save it again with the program that made it"


@lru_cache(maxsize=4096)
def short_name(name: str) -> str:
    """Return `w:p` for the p of word processing, `p` for that of a namespace not named here."""
    namespace, brace, local = name[1:].partition("}")
    if not brace:
        return name
    prefix = _PREFIXES.get(namespace)
    return f"{prefix}:{local}" if prefix else f"?:{local}"


# Those in use, and those of the strict form of the standard.
_PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/package/2006/relationships": "rel",
    "http://purl.org/dc/elements/1.1/": "dc",
}


class _Builder(ElementTree.TreeBuilder):
    """Builds the tree; what it refuses ends the reading at once."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > DEEPEST:
            raise DocumentRefused(f"its XML is nested more than {DEEPEST} deep")
        short = {short_name(name): value for name, value in attrs.items()}
        return super().start(short_name(tag), short)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(short_name(tag))

    def doctype(self, *_: str | None) -> None:
        """Refuse a document type, where the parser has met its beginning."""
        raise DocumentRefused(
            f"its XML declares a document type, which Word never writes; {_AGAIN}"
        )


def parse_xml(content: bytes) -> Element:
    """Return the root of the tree. Raises DocumentRefused."""
    parser = ElementTree.XMLParser(target=_Builder())  # noqa: S314 (a document type is refused)
    try:
        parser.feed(content)
        root: Element = parser.close()
    except (ElementTree.ParseError, LookupError, ValueError) as exc:
        raise DocumentRefused(f"its XML is damaged; {_AGAIN}") from exc
    return root
