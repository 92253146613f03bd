"""YAML text to a mapping of plain values, with the line of every key; the only import of PyYAML.

Scalars stay as they are written: YAML would make a number of the title 1.10 and False of the
language no. Only the structure is read, so no tag constructs anything, and aliases are refused: a
file of ten lines can otherwise stand for a billion values.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from index.errors import YamlRefused

LONGEST = 1 << 20  # characters; the largest file meant here, a glossary, has some ten thousand
_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}
_NOTHING = ("", "~", "null", "Null", "NULL")

YamlValue: TypeAlias = "str | list[YamlValue] | dict[str, YamlValue] | None"


@dataclass(frozen=True, slots=True)
class YamlMapping:
    """The keys and values of a YAML mapping."""

    values: dict[str, YamlValue]
    lines: dict[str, int]  # key, or "outer.inner", or "outer.0" in a list -> its line, from 1


class _Loader(yaml.BaseLoader):
    """Reads the structure and refuses aliases and tags."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.get_event()  # type: ignore[no-untyped-call]  # the stubs leave it untyped
            raise _refusal("aliases (*name) are not allowed", event)
        node = super().compose_node(parent, index)
        if node is not None and node.tag not in _PLAIN_TAGS:
            raise _refusal("tags (!name) are not allowed", node)
        return node


def parse_yaml(text: str, *, first_line: int = 1) -> YamlMapping | None:
    """Return the mapping that the text holds, an empty one for no text, None for another value.

    `first_line` is the line of its file at which the text starts. Raises YamlRefused, whose
    message starts with the line of that file.
    """
    if len(text) > LONGEST:
        raise YamlRefused(f"line {first_line}: YAML of more than {LONGEST} characters")
    lines: dict[str, int] = {}
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None or (isinstance(node, yaml.ScalarNode) and node.value in _NOTHING):
                return YamlMapping({}, {})
            if not isinstance(node, yaml.MappingNode):
                return None
            values = _mapping(node, "", first_line, lines)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as exc:
        mark, problem = exc.problem_mark or exc.context_mark, exc.problem or exc.context
        begun = exc.context_mark
        if begun and mark and begun.line < mark.line:  # the person looks for the beginning
            problem = f"{problem}, in what begins on line {first_line + begun.line}"
        line = first_line + mark.line if mark else first_line
        raise YamlRefused(f"line {line}: {problem}") from exc
    except yaml.reader.ReaderError as exc:
        line = first_line + text.count("\n", 0, exc.position)
        raise YamlRefused(f"line {line}: a character that YAML does not allow") from exc
    except RecursionError as exc:
        raise YamlRefused(f"line {first_line}: nested too deeply") from exc
    return YamlMapping(values, lines)


def _refusal(problem: str, where: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=where.start_mark)


def _mapping(
    node: yaml.MappingNode, above: str, first: int, lines: dict[str, int]
) -> dict[str, YamlValue]:
    values: dict[str, YamlValue] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _refusal("a key must be a text", key)
        own = _text(key)
        if own in values:
            raise _refusal(f"the key {own!r} stands here twice", key)
        name = f"{above}{own}"
        lines[name] = first + key.start_mark.line
        values[own] = _value(value, f"{name}.", first, lines)
    return values


def _value(node: yaml.Node, above: str, first: int, lines: dict[str, int]) -> YamlValue:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, above, first, lines)
    if isinstance(node, yaml.SequenceNode):
        for number, entry in enumerate(node.value):
            lines[f"{above}{number}"] = first + entry.start_mark.line
        return [_value(e, f"{above}{n}.", first, lines) for n, e in enumerate(node.value)]
    is_plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return None if is_plain and node.value in _NOTHING else _text(node)


def _text(node: yaml.Node) -> str:
    """Return a scalar's text; two halves of a character that were written apart as one."""
    try:
        return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise _refusal("half a character (a lone surrogate)", node) from None
