"""A file of other wordings to what a question is searched for as well.

    same:          # each phrase of a list finds all others of it
      - [new energy vehicle, NEV, 新能源汽车]
    also:          # the phrase on the left also looks for those on the right, not back
      electric car: [new energy vehicle]

A phrase is looked up by its atoms: the stem of each word, stop words included ("this year" is not
"year"), and each character where words are not parted by spaces. So endings, capitals, spellings
and scripts that search does not tell apart need no entry of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from index.analysis import CJK, STOP_WORDS, fold, may_have_cjk, stem, terms
from index.errors import GlossaryRefused, YamlRefused
from index.patterns import lazily
from index.records import Rewording

if TYPE_CHECKING:
    from index.yaml_text import YamlMapping, YamlValue

MOST_WORDS, MOST_CHARACTERS = 10, 30  # of a phrase
_SHORTEST_PLURAL = 3  # letters before the s; "gas" is no plural of an abbreviation
MOST_OTHERS = 12  # other wordings that are searched for one part of a question
_SECTIONS = ("same", "also")
_ATOM = lazily(rf"(?P<cjk>[{CJK}])|[^\W_{CJK}]+(?:[&.,'’][^\W_{CJK}]+)*")
_SPACED_ATOM = lazily(r"(?P<cjk>(?!))|[^\W_]+(?:[&.,'’][^\W_]+)*")  # of text without CJK
_PLURAL = lazily("[A-Z]{2,}s")  # SMEs: no English word, so its stem may keep the s
_POINTED = lazily(r"[^\W\d_](?:\.[^\W\d_])+")  # U.S
_ARTICLES = {"a", "an", "the"}
_PARTED = "\x1f"  # stands between the atoms of a key; no text has it


class GlossaryEntry(NamedTuple):
    """A phrase, and what else its question is searched for."""

    phrase: str
    others: tuple[str, ...]


class Compiled(TypedDict):
    """What a Glossary is made of: plain values, so that it is stored as JSON and soon loaded."""

    others: dict[str, list[str]]  # key of a phrase -> other wordings
    capitals: list[str]  # keys of phrases that are found in capitals only
    longest: dict[str, int]  # first atom of a key -> atoms of the longest one that has it


class _Atom(NamedTuple):
    start: int  # code points
    end: int
    text: str  # as it is compared


def parse(text: str) -> tuple[GlossaryEntry, ...]:
    """Return the entries of a glossary's text, those of one phrase as one.

    Raises GlossaryRefused, whose message starts with the line.
    """
    from index.yaml_text import parse_yaml  # a question needs no YAML: what it uses is compiled

    try:
        mapping = parse_yaml(text)
    except YamlRefused as exc:
        raise GlossaryRefused(str(exc)) from exc
    if mapping is None:
        raise GlossaryRefused('line 1: not a file of "same:" and "also:"')
    for name in mapping.values:
        if name not in _SECTIONS:
            import difflib  # for a glossary that is wrong

            (near,) = difflib.get_close_matches(name, _SECTIONS, n=1, cutoff=0)
            raise _refused(mapping, name, f"no section is called {name}; the nearest is {near}")
    collected: dict[str, tuple[str, dict[str, None]]] = {}
    for phrase, others in [*_same(mapping), *_also(mapping)]:
        _, known = collected.setdefault(_key(phrase), (phrase, {}))
        known.update(dict.fromkeys(others))
    return tuple(GlossaryEntry(phrase, tuple(others)) for phrase, others in collected.values())


def compiled(entries: Iterable[GlossaryEntry]) -> Compiled:
    """Return what a Glossary is made of; of phrases with one key all other wordings."""
    others: dict[str, dict[str, None]] = {}
    capitals: dict[str, None] = {}
    longest: dict[str, int] = {}
    for entry in entries:
        key = _key(entry.phrase)
        others.setdefault(key, {}).update(dict.fromkeys(entry.others))
        if _is_shouted(entry.phrase):
            capitals[key] = None
        first, size = key.partition(_PARTED)[0], key.count(_PARTED) + 1
        longest[first] = max(size, longest.get(first, 0))
    listed = {key: list(wordings) for key, wordings in others.items()}
    return Compiled(others=listed, capitals=list(capitals), longest=longest)


def as_json(content: bytes, file: str) -> str:
    """Return what a glossary's file compiles to, as JSON. Raises GlossaryRefused with its name."""
    try:
        return json.dumps(compiled(parse(content.decode("utf-8-sig"))), ensure_ascii=False)
    except UnicodeDecodeError as exc:
        raise GlossaryRefused(f"{file} is not valid UTF-8. Save it as UTF-8.") from exc
    except GlossaryRefused as exc:
        raise GlossaryRefused(f"{file}, {exc}") from exc


NOTHING = json.dumps(compiled(()))  # of no glossary


class Glossary:
    """Finds the phrases of a question that have other wordings; immutable."""

    def __init__(self, compiled: Compiled) -> None:
        """Take what the entries were compiled to."""
        self._others = compiled["others"]
        self._capitals = frozenset(compiled["capitals"])
        self._longest = compiled["longest"]

    def matches(self, question: str) -> list[Rewording]:
        """Return what of a question has other wordings, from left to right; the longest first."""
        found: list[Rewording] = []
        atoms = list(_atoms(question)) if self._others else []
        texts = [atom.text for atom in atoms]
        at = 0
        while at < len(atoms):
            most = min(self._longest.get(texts[at], 0), len(atoms) - at)
            for size in range(most, 0, -1):
                key = _PARTED.join(texts[at : at + size])
                if key in self._others:
                    wording = self._wording(
                        question, key, atoms[at].start, atoms[at + size - 1].end
                    )
                    if wording is not None:
                        break
            else:
                size, wording = 1, self._plural(question, atoms[at])
            if wording is not None:
                found.append(wording)
            at += size
        return found

    def _plural(self, question: str, atom: _Atom) -> Rewording | None:
        """Take the s from what a stem keeps it in: smes, ngos."""
        key = atom.text[:-1]
        if len(key) < _SHORTEST_PLURAL or key + "s" != atom.text or key not in self._others:
            return None
        return self._wording(question, key, atom.start, atom.end)

    def _wording(self, question: str, key: str, start: int, end: int) -> Rewording | None:
        """Return the other wordings of a phrase, unless it means something else as it is typed."""
        if key in self._capitals and not _is_name(question[start:end]):
            return None
        typed = _folded(question[start:end])
        kept = [other for other in self._others[key] if _folded(other) != typed]
        return Rewording(start, end, tuple(kept[:MOST_OTHERS])) if kept else None


def _atoms(text: str) -> Iterator[_Atom]:
    pattern = _ATOM if may_have_cjk(text) else _SPACED_ATOM
    for match in pattern.finditer(text):
        typed = match.group()
        if match["cjk"] is None:
            word = _compared(typed)
            if word in _ARTICLES:
                continue
        else:
            word = _folded(typed)
        yield _Atom(match.start(), match.end(), word)


# Folding costs most of a look-up; characters, words and other wordings come again and again.
_folded = lru_cache(maxsize=1 << 14)(fold)


@lru_cache(maxsize=1 << 14)
def _compared(typed: str) -> str:
    """Return a word as it is compared; an article stays as it is."""
    word = fold(typed[:-1] if _PLURAL.fullmatch(typed) else typed)
    if word in _ARTICLES:
        return word
    for apostrophe in ("'s", "’s"):
        word = word.removesuffix(apostrophe)
    return stem(word.replace("." if _POINTED.fullmatch(word) else ",", ""))


def _key(phrase: str) -> str:
    return _PARTED.join(atom.text for atom in _atoms(phrase))


def _is_shouted(phrase: str) -> bool:
    """Say whether a phrase would be a stop word in small letters: US, IT."""
    return phrase.isupper() and fold(phrase) in STOP_WORDS


def _is_name(typed: str) -> bool:
    """Say whether what would be a stop word was typed as a name: US, u.s."""
    return typed.isupper() or "." in typed


def _same(mapping: YamlMapping) -> Iterator[tuple[str, tuple[str, ...]]]:
    listed = mapping.values.get("same") or []
    if not isinstance(listed, list):
        raise _refused(mapping, "same", "same: takes lists of phrases, each behind a dash")
    for number, value in enumerate(listed):
        name = f"same.{number}"
        phrases = _phrases(mapping, name, value)
        if len(phrases) < 2:
            raise _refused(mapping, name, "a list of one phrase; add what it may be called too")
        for phrase in phrases:
            yield phrase, tuple(other for other in phrases if other != phrase)


def _also(mapping: YamlMapping) -> Iterator[tuple[str, tuple[str, ...]]]:
    listed = mapping.values.get("also") or {}
    if not isinstance(listed, dict):
        raise _refused(mapping, "also", 'also: takes lines such as "electric car: [EV]"')
    for phrase, value in listed.items():
        name = f"also.{phrase}"
        _check(mapping, name, phrase)
        others = _phrases(mapping, name, [value] if isinstance(value, str) else value)
        if not others:
            raise _refused(mapping, name, f"nothing stands behind {phrase!r}")
        yield phrase, others


def _phrases(mapping: YamlMapping, name: str, value: YamlValue) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(phrase, str) for phrase in value):
        raise _refused(mapping, name, "not a list of phrases such as [GDP, 国内生产总值]")
    phrases = [str(phrase) for phrase in value]
    keys = set()
    for phrase in phrases:
        _check(mapping, name, phrase)
        if _key(phrase) in keys:
            raise _refused(mapping, name, f"{phrase!r} is found as another phrase of the list is")
        keys.add(_key(phrase))
    return tuple(phrases)


def _check(mapping: YamlMapping, name: str, phrase: str) -> None:
    """Raise GlossaryRefused unless a question can have the phrase."""
    shown = phrase if len(phrase) <= MOST_CHARACTERS else phrase[:MOST_CHARACTERS] + "..."
    atoms = list(_atoms(phrase))
    if not terms(phrase):
        what = "an empty phrase" if not phrase.strip() else f"{shown!r} has only common words"
        raise _refused(mapping, name, what)
    words = sum(len(atom.text) > 1 for atom in atoms)
    if words > MOST_WORDS or len(atoms) > MOST_CHARACTERS:
        limit = f"{MOST_WORDS} words or {MOST_CHARACTERS} characters of Chinese"
        raise _refused(mapping, name, f"{shown!r} is longer than {limit}")


def _refused(mapping: YamlMapping, name: str, what: str) -> GlossaryRefused:
    line = mapping.lines.get(name) or mapping.lines.get(name.partition(".")[0], 1)
    return GlossaryRefused(f"line {line}: {what}.")
