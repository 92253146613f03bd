"""Read a message as Discord's client does: from the text that is sent to the nodes that are shown.

Where the rules of a client are unclear this reads too much as markup rather than too little: white
space of any kind may stand before a heading, a label may run over lines, "1)" begins a list. What
it calls plain is plain.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a message."""

    kind: str  # "text", "bold", "heading", "user mention"
    text: str  # as shown; of a mention or a link, as written
    children: tuple["Node", ...] = ()  # what is inside, where markup may stand inside


_BULLET = re.compile(r"(?:[*+-]|[0-9]+[.)])\s")
_QUOTED_LINES = re.compile(r"[^\S\n]*>[^\S\n][^\n]*(?:\n[^\S\n]*>[^\S\n][^\n]*)*")
_TABLE_RULE = re.compile(r"[^\S\n]*\|?[ :]*-[-: |]*(?:\n|$)")
_FENCE_LANGUAGE = re.compile(r"[0-9A-Za-z_+.#-]+\n")
_ANGLE_FORMS = (
    ("user mention", re.compile(r"<@!?[0-9]+>")),
    ("role mention", re.compile(r"<@&[0-9]+>")),
    ("channel mention", re.compile(r"<#[0-9]+>")),
    ("command mention", re.compile(r"</[^<>:\n]+:[0-9]+>")),
    ("emoji", re.compile(r"<a?:\w+:[0-9]+>")),
    ("timestamp", re.compile(r"<t:-?[0-9]+(?::[A-Za-z])?>")),
    ("guild navigation", re.compile(r"<id:\w+(?::[0-9]+)?>")),
    ("link", re.compile(r"<[^<>:\s]+:/[^<>\s]+>")),
    ("mail link", re.compile(r"<(?:mailto:|tel:|sms:)?[^<>\s@]*@[^<>\s]+>|<(?:tel|sms):[^<>\s]+>")),
)
_BARE_LINK = re.compile(r"(?:https?|steam|discord|ftp)://\S+", re.IGNORECASE)
_INVITATION = re.compile(
    r"(?:discord\.(?:gg|gift|new)|discord(?:app)?\.com/(?:invite|gifts|events))/[\w-]+",
    re.IGNORECASE,
)
_EVERYONE = re.compile(r"@(?:everyone|here)")
_NAMED_EMOJI = re.compile(r":[^\s:]+:")
_PAIRS = (("**", "bold"), ("__", "underline"), ("~~", "strike"), ("||", "spoiler"))
_STOPS = frozenset("\\`<[*_~|@:hsdfHSDF\n")


def nodes(message: str) -> list[Node]:
    """Return what the client shows."""
    return list(_read(message, is_quoted=False))


def plain_text(found: list[Node]) -> str:
    """Return the text of nodes without what they are."""
    return "".join(node.text for node in found)


def server_mentions(message: str) -> list[str]:
    """Return what a server that heeds no backslash would take for mentions, emoji and times."""
    forms = r"@everyone|@here|<(?:@[!&]?|#|/[^<>]*:|a?:\w*:|t:|id:)[^<>\s]*>?"
    return [match[0] for match in re.finditer(forms, message, re.IGNORECASE)]


def _read(text: str, *, is_quoted: bool) -> tuple[Node, ...]:
    found: list[Node] = []
    characters: list[str] = []

    def finish_text() -> None:
        if characters:
            found.append(Node("text", "".join(characters)))
            characters.clear()

    place = 0
    begins_line = True  # nothing but blanks since a line, or a piece of markup, began
    after_escape = False
    while place < len(text):
        node, end = None, place
        character = text[place]
        if begins_line:
            is_after = after_escape and character not in "0123456789"
            if is_after or not after_escape:
                node, end = _block(text, place, is_quoted=is_quoted)
        if node is None and character == "\\" and _is_escapable(text[place + 1 : place + 2]):
            characters.append(text[place + 1])
            place += 2
            # Its own capture: the client may take blanks that follow for a new line's.
            begins_line = text[place : place + 1] == " "
            after_escape = True
            continue
        if node is None and character in _STOPS:
            node, end = _inline(text, place, is_quoted=is_quoted)
        if node is not None:
            finish_text()
            found.append(node)
            place = end
            begins_line = after_escape = True
            if text[end - 1] == "\n":
                after_escape = False
            continue
        characters.append(character)
        if character == "\n":
            begins_line, after_escape = True, False
        elif not character.isspace():
            begins_line = False
        place += 1
    finish_text()
    return tuple(found)


def _is_escapable(character: str) -> bool:
    is_alphanumeric = character.isascii() and character.isalnum()
    return bool(character) and not is_alphanumeric and not character.isspace()


def _block(text: str, place: int, *, is_quoted: bool) -> tuple[Node | None, int]:
    """Read what only stands at the beginning of a line."""
    begin = place
    if not is_quoted and text[place] == ">":
        if text[place : place + 4] in (">>> ", ">>>\n"):
            inside = _read(text[place + 4 :], is_quoted=True)
            return Node("quote", plain_text([*inside]), inside), len(text)
        if quoted := _QUOTED_LINES.match(text, place):
            lines = [line.lstrip()[2:] for line in quoted[0].split("\n")]
            inside = _read("\n".join(lines), is_quoted=True)
            return Node("quote", plain_text([*inside]), inside), quoted.end()
    line_end = text.find("\n", place)
    line_end = len(text) if line_end < 0 else line_end
    line = text[place:line_end]
    for mark, kind in (("#", "heading"), ("##", "heading"), ("###", "heading"), ("-#", "subtext")):
        rest = line[len(mark) :]
        if line.startswith(mark) and rest[:1].isspace() and rest.strip():
            inside = _read(rest.strip(), is_quoted=True)
            return Node(kind, plain_text([*inside]), inside), line_end
    if bullet := _BULLET.match(text, place):
        inside = _read(text[bullet.end() : line_end], is_quoted=True)
        return Node("list item", plain_text([*inside]), inside), max(line_end, bullet.end())
    if _is_unescaped_in(line, "|") and _TABLE_RULE.match(text, line_end + 1):
        return Node("table", line), line_end
    return None, begin


def _is_unescaped_in(line: str, mark: str) -> bool:
    place = 0
    while place < len(line):
        if line[place] == "\\":
            place += 2
            continue
        if line[place] == mark:
            return True
        place += 1
    return False


def _inline(text: str, place: int, *, is_quoted: bool) -> tuple[Node | None, int]:
    """Read what may stand anywhere."""
    character = text[place]
    if character == "`":
        return _code(text, place)
    if character == "<":
        for kind, form in _ANGLE_FORMS:
            if match := form.match(text, place):
                return Node(kind, match[0]), match.end()
    if character == "[":
        return _masked_link(text, place)
    for kind, form in (
        ("link", _BARE_LINK),
        ("invitation", _INVITATION),
        ("everyone", _EVERYONE),
        ("emoji", _NAMED_EMOJI),
    ):
        if match := form.match(text, place):
            return Node(kind, match[0]), match.end()
    for mark, kind in _PAIRS:
        if text.startswith(mark, place):
            end = _closing(text, place + 2, mark)
            if end > place + 2:
                inside = _read(text[place + 2 : end], is_quoted=is_quoted)
                return Node(kind, plain_text([*inside]), inside), end + 2
    if character in "*_":
        end = _closing(text, place + 1, character)
        if end > place + 1 and not text[place + 1].isspace():
            inside = _read(text[place + 1 : end], is_quoted=is_quoted)
            return Node("italic", plain_text([*inside]), inside), end + 1
    return None, place


def _closing(text: str, place: int, mark: str) -> int:
    """Return where a mark stands next that no backslash keeps from closing; -1 if nowhere."""
    while place < len(text):
        if text[place] == "\\":
            place += 2
        elif text.startswith(mark, place):
            return place
        else:
            place += 1
    return -1


def _code(text: str, place: int) -> tuple[Node | None, int]:
    """Read code, in which a backslash is a backslash."""
    if text.startswith("```", place):
        end = text.find("```", place + 4)
        if end > 0:
            inside = text[place + 3 : end]
            if language := _FENCE_LANGUAGE.match(inside):
                inside = inside[language.end() :]
            return Node("code block", inside), end + 3
    width = 1
    while text.startswith("`", place + width):
        width += 1
    end = place + width
    while (end := text.find("`" * width, end)) > 0:
        after = end + width
        while text.startswith("`", after):
            after += 1
        if after - end == width:
            return Node("code", text[place + width : end]), after
        end = after
    return None, place


def _masked_link(text: str, place: int) -> tuple[Node | None, int]:
    """Read `[label](address)`; inside, no backslash counts."""
    depth = 0
    for end in range(place, len(text)):
        depth += {"[": 1, "]": -1}.get(text[end], 0)
        if depth == 0:
            closing = text.find(")", end)
            if text.startswith("](", end) and closing > end + 2:
                label = text[place + 1 : end]
                return Node("masked link", label, _read(label, is_quoted=True)), closing + 1
            break
    return None, place
