"""Abbreviations that a text defines, and the initials of the names in it.

"National Development and Reform Commission (NDRC)" defines one, in the manner of Schwartz and
Hearst, 2003; so does 国家发展和改革委员会（以下简称“发改委”）. Of other capitalised names the
initials are kept, for a question may use them all the same.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MOST = 500  # of one document; a longer list is no text but an index
_SHORTEST, _LONGEST = 2, 10  # characters of an abbreviation
_FEWEST_INITIALS, _MOST_INITIALS = 3, 8
_MOST_WORDS = 12  # of a name
_CONNECTING = frozenset("of and for the on in to de & with".split())
_WORD = re.compile(r"[^\W_]+(?:[-'’&][^\W_]+)*|&")
_CAPITALISED = r"[A-Z][a-z][\w'’-]{0,30}"
_NAME = re.compile(
    rf"{_CAPITALISED}(?: (?:(?:of|and|for|on|in|to|&) )?(?:the )?{_CAPITALISED}){{2,24}}"
)
_AND_THE = re.compile(" and (?=the )")
_SHORT = re.compile(r"[A-Z][A-Za-z0-9&-]{1,9}")
_IN_BRACKETS = re.compile(r"[(（]([^()（）\n]{2,80})[)）]")
_CALLED = re.compile(r"(?:以下|下文)?(?:统一|統一)?[简簡][称稱](?:为|為)?[:：]?")
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
_HAN_NAME = re.compile(f"[{_HAN}]{{3,30}}$")
_QUOTES = '“”"「」『』‘’《》'
_HAN_SHORT = re.compile(f"[{_QUOTES}]*([{_HAN}A-Za-z0-9]{{2,12}})[{_QUOTES}]*")
_PARTING = re.compile("[()（）\n,，。；;：:、！？!?]|(?<=[.!?]) ")


class Abbreviation(NamedTuple):
    """A short form and what it stands for."""

    short: str
    long: str
    is_defined: bool  # by the text; False for the initials of a name


def defined(texts: Iterable[str]) -> list[Abbreviation]:
    """Return the abbreviations in the texts of a document, the most frequent ones, sorted."""
    counted: Counter[Abbreviation] = Counter()
    for text in texts:
        if "(" in text or "（" in text:
            counted.update(_in_brackets(text))
        counted.update(_names(text))
    written = {(one.short, one.long) for one in counted if one.is_defined}
    kept = [
        one
        for one, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        if one.is_defined or (one.short, one.long) not in written
    ]
    return sorted(kept[:MOST])


def _in_brackets(text: str) -> Iterator[Abbreviation]:
    """Yield what stands in brackets behind what it abbreviates, or the other way round."""
    for match in _IN_BRACKETS.finditer(text):
        inner = match[1].strip()
        before = text[max(0, match.start() - 200) : match.start()].rstrip()
        if called := _CALLED.match(inner):
            name = _HAN_NAME.search(_PARTING.split(before)[-1])
            for short in re.split("[或、和]", inner[called.end() :]) if name else ():
                found = _HAN_SHORT.fullmatch(short.strip())
                if found and name and found[1] != name[0]:
                    yield Abbreviation(found[1], name[0], True)
        elif _SHORT.fullmatch(inner):
            long = _long_form(inner, before)
            if long is not None:
                yield Abbreviation(inner, long, True)
        else:
            short = before.rpartition(" ")[2]
            is_short = _SHORT.fullmatch(short) is not None and short.upper() == short
            if is_short and _long_form(short, inner) == inner:
                yield Abbreviation(short, inner, True)


def _long_form(short: str, before: str) -> str | None:
    """Return the words at the end of a text that a short form abbreviates, or None.

    Its letters and digits stand in them in order, the first one at the beginning of a word.
    """
    letters = [character.lower() for character in short if character.isalnum()]
    most = min(len(letters) + 5, len(letters) * 2, _MOST_WORDS)
    words = list(_WORD.finditer(before))[-most:]
    if not words or sum(c.isupper() for c in short) < 2 or not letters[0].isalpha():
        return None
    lowered, place = before.lower(), len(before) - 1
    if len(lowered) != len(before):
        return None
    begins = {word.start() for word in words if word.group() not in _CONNECTING}
    for number in range(len(letters) - 1, -1, -1):
        while place >= words[0].start() and (
            lowered[place] != letters[number] or (number == 0 and place not in begins)
        ):
            place -= 1
        if place < words[0].start():
            return None
        found, place = place, place - 1
    long = before[found:].strip()
    is_longer = len(long) > len(short) + 2 and short not in long.split()
    return long if is_longer and len(_PARTING.split(long)) == 1 else None


def _names(text: str) -> Iterator[Abbreviation]:
    """Yield the initials of each capitalised name of several words."""
    for match in _NAME.finditer(text):
        for name in _AND_THE.split(match.group()):
            words = [word for word in name.split() if word not in _CONNECTING]
            if words and words[0] == "The":
                words = words[1:]
            if not _FEWEST_INITIALS <= len(words) <= _MOST_INITIALS:
                continue
            short = "".join(word[0] for word in words)
            yield Abbreviation(short, name[name.index(words[0]) :], False)
