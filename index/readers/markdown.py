"""Markdown: block elements are paragraphs, their headings stand above them.

A first heading of the first level is the title. Marks of emphasis and the addresses of links are
taken out; every character that stays is the document's.
"""

import re
from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.errors import DocumentRefused
from index.readers import html
from index.readers.body import Body
from index.readers.outline import Outline, Row

_DEEPEST = 100  # levels of quotations and lists; beyond its limit the parser drops text silently
_parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
_LINE_BREAK = re.compile(r"<br\s*/?>", re.I)


def read(text: str, first_line: int) -> Body:
    """Return the body of a text that starts at a line of its file."""
    outline = Outline(wraps=True)
    heading_level = 0
    line: int | None = None
    item: str | None = None  # the number of an item whose first block is still to come
    rows: list[Row] = []
    cells: list[str] = []
    in_row = False
    heads = 0

    def add(block: str) -> None:
        nonlocal item
        if item is None:
            outline.paragraph(block, line)
        elif block.strip():
            outline.item(item + block.strip(), line)
            item = None

    for token in _parsed(text):
        if token.map:
            line = first_line + token.map[0]
        if token.type == "heading_open":
            heading_level = int(token.tag[1:])
        elif token.type == "heading_close":
            heading_level = 0
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            outline.open_list()
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            outline.close_list()
        elif token.type == "list_item_open":
            # Policies are cited by the number of an item; a bullet says nothing.
            item = f"{token.info}{token.markup} " if token.info else ""
        elif token.type == "list_item_close":
            item = None
        elif token.type == "table_open":
            rows, heads = [], 0
        elif token.type == "table_close":
            outline.table(rows, heads)
        elif token.type == "thead_close":
            heads = len(rows)
        elif token.type == "tr_open":
            in_row, cells = True, []
        elif token.type == "tr_close":
            in_row = False
            rows.append(Row(" | ".join(cell for cell in cells if cell), line))
        elif token.type == "inline":
            content = _plain(token.children or ())
            if heading_level:
                outline.heading(heading_level, content, line)
            elif in_row:
                cells.append(" ".join(content.split()))
            else:
                add(content)
        elif token.type in ("fence", "code_block"):
            add(token.content)
        elif token.type == "html_block":
            html.add_blocks(outline, token.content, line or first_line)
    return outline.body()


def _parsed(text: str) -> list[Token]:
    try:
        tokens = _parser.parse(text)
    except RecursionError as exc:
        raise DocumentRefused("nested too deeply") from exc
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        raise DocumentRefused(f"quotations or lists nested more than {_DEEPEST // 2} deep")
    return tokens


def _plain(tokens: Iterable[Token]) -> str:
    """Return the text of inline tokens, without marks."""
    pieces = []
    struck = 0
    for token in tokens:
        struck += (token.type == "s_open") - (token.type == "s_close")
        if struck:
            continue  # what its author crossed out does not hold
        if token.type in ("text", "code_inline", "text_special"):
            pieces.append(token.content)
        elif token.type in ("softbreak", "hardbreak") or (
            token.type == "html_inline" and _LINE_BREAK.fullmatch(token.content)
        ):
            pieces.append("\n")
        elif token.type == "image":
            pieces.append(_plain(token.children or ()))
    return "".join(pieces)
