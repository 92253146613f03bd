"""Abbreviations that a text defines, and the initials of the names in it.

"National Development and Reform Commission (NDRC)" defines one, in the manner of Schwartz and
Hearst, 2003; so does 国家发展和改革委员会（以下简称“发改委”）. Of other capitalised names the
initials are kept, for a question may use them all the same.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from index.patterns import lazily

MOST = 500  # of one document; a longer list is no text but an index
_LOOKED_BACK = 200  # characters before a bracket
_FEWEST_INITIALS, _MOST_INITIALS = 3, 8
_MOST_WORDS = 12  # of a name
_CONNECTING = frozenset("of and for the on in to de & with".split())
_WORD = lazily(r"[^\W_]+(?:[-'’&][^\W_]+)*|&")
_CAPITALISED = r"[A-Z][a-z][\w'’-]{0,30}"
# A bare "the" parts names: "Contact the Student Loans Company".
_NAME = lazily(
    rf"{_CAPITALISED}(?: (?:(?:of|and|for|on|in|to|&) (?:the )?)?{_CAPITALISED}){{2,24}}"
)
_AND_THE = lazily(" and (?=the )")
_NO_CAPITALS = bytes(set(range(256)).difference(range(ord("A"), ord("Z") + 1)))
_POSSESSIVE = lazily("['’]s?$")
# Words that have a capital for their place in the sentence, and are part of no name.
_SENTENCE_WORDS = frozenset(
    """
    a after all also although among an and another any as at before both but by during each either
    every find for from how however if in into it its many may most my no on once one or other our
    see she since some such than that the their there these they this those through to today under
    until use we what when where whether which while who why with yesterday you your
    """.split()
)
_SHORT = lazily(r"[A-Z][A-Za-z0-9&-]{1,9}")
_IN_BRACKETS = lazily(r"[(（]([^()（）\n]{2,80})[)）]")
_CALLED = lazily(r"(?:以下|下文)?(?:统一|統一)?[简簡][称稱](?:为|為)?[:：]?")
# The same without brackets: 某某委员会，以下简称“某委”。
_CALLED_BARE = lazily(
    "(?:[,，](?:以下|下文)?|以下|下文)(?:统一|統一)?[简簡][称稱](?:为|為)?[:：]?"
    "([^，,。；;：:、（）()\\n]{2,30})"
)
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
_HAN_NAME = lazily(f'([{_HAN}]{{3,30}})[”"」』》]?$')
# What a sentence says before a name; 经济 and 对外 begin names themselves.
_BEFORE_NAME = lazily(
    "(?:根据|按照|依照|依据|关于|为了|由|经(?![济營营])|对(?!外)|向|在|将|把|被|与)(?=.{3})"
)
_QUOTES = '“”"「」『』‘’《》'
_HAN_SHORT = lazily(f"[{_QUOTES}]*([{_HAN}A-Za-z0-9]{{2,12}})[{_QUOTES}]*")
_PARTING = lazily("[()（）\n,，。；;：:、！？!?]|(?<=[.!?]) ")


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
        if "简称" in text or "簡稱" in text:
            counted.update(_without_brackets(text))
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
    end = 0  # of the brackets before
    for match in _IN_BRACKETS.finditer(text):
        inner = match[1].strip()
        before = text[max(end, match.start() - _LOOKED_BACK) : match.start()].rstrip()
        end = match.end()
        if called := _CALLED.match(inner):
            yield from _called(before, inner[called.end() :])
        elif _SHORT.fullmatch(inner):
            long = _long_form(inner, before)
            if long is not None:
                yield Abbreviation(inner, long, True)
        else:
            short = before.rpartition(" ")[2]
            is_short = _SHORT.fullmatch(short) is not None and short.upper() == short
            if is_short and _long_form(short, inner) == inner:
                yield Abbreviation(short, inner, True)


def _without_brackets(text: str) -> Iterator[Abbreviation]:
    """Yield what a Chinese text says that a name is called below, if its characters are in it."""
    for match in _CALLED_BARE.finditer(text):
        before = text[max(0, match.start() - _LOOKED_BACK) : match.start()]
        for called in _called(before, match[1]):
            rest = iter(called.long)
            if all(character in rest for character in called.short):
                yield called


def _called(before: str, shorts: str) -> Iterator[Abbreviation]:
    """Yield each short form of the Chinese name at the end of a text."""
    name = _HAN_NAME.search(_PARTING.split(before)[-1])
    if name is None:
        return
    begun = _BEFORE_NAME.match(name[1])
    long = name[1][begun.end() :] if begun else name[1]
    for short in re.split("[或、和]", shorts):
        found = _HAN_SHORT.fullmatch(short.strip())
        if found and found[1] != long:
            yield Abbreviation(found[1], long, True)


def _long_form(short: str, before: str) -> str | None:
    """Return the words at the end of a text that a short form abbreviates, or None.

    They begin with its letters, or its letters and digits stand in them in order, the first one at
    the beginning of a word.
    """
    letters = [character.lower() for character in short if character.isalnum()]
    if sum(map(str.isupper, short)) < 2 or not letters[0].isalpha():
        return None
    most = min(len(letters) + 5, len(letters) * 2, _MOST_WORDS)
    before = _PARTING.split(before)[-1]
    words = list(_WORD.finditer(before))[-most:]
    if not words:
        return None
    start = _start_of_initials(letters, words)
    if start is None:
        start = _start_of_letters(letters, words, before)
    if start is None:
        return None
    long = _POSSESSIVE.sub("", before[start:].strip())
    return long if len(long) > len(short) + 2 and short not in long.split() else None


def _start_of_initials(letters: Sequence[str], words: Sequence[re.Match[str]]) -> int | None:
    """Return where the words begin that have these initials; "of" and the like may have none."""
    named = [word for word in words if word.group() not in _CONNECTING]
    for counted in (named, words):
        last = counted[-len(letters) :]
        begins = bool(last) and last[0].group() not in _CONNECTING
        if begins and [word.group()[0].lower() for word in last] == letters:
            return last[0].start()
    return None


def _start_of_letters(
    letters: Sequence[str], words: Sequence[re.Match[str]], before: str
) -> int | None:
    """Return where the letters begin, each looked for from the right."""
    lowered, place = before.lower(), len(before) - 1
    if len(lowered) != len(before):
        return None
    found = place
    begins = {word.start() for word in words if word.group() not in _CONNECTING}
    for number in range(len(letters) - 1, -1, -1):
        while place >= words[0].start() and (
            lowered[place] != letters[number] or (number == 0 and place not in begins)
        ):
            place -= 1
        if place < words[0].start():
            return None
        found, place = place, place - 1
    return found


def _names(text: str) -> Iterator[Abbreviation]:
    """Yield the initials of each capitalised name of several words."""
    capitals = text.encode("utf-8", "surrogatepass").translate(None, _NO_CAPITALS)
    if len(capitals) < _FEWEST_INITIALS:  # told in a fifth of the time that the pattern takes
        return
    for match in _NAME.finditer(text):
        for name in _AND_THE.split(match.group()):
            words = [word for word in name.split() if word not in _CONNECTING]
            while words and words[0].lower() in _SENTENCE_WORDS:
                del words[0]
            while words and words[-1].lower() in _SENTENCE_WORDS:
                del words[-1]
            if not _FEWEST_INITIALS <= len(words) <= _MOST_INITIALS:
                continue
            start, end = name.index(words[0]), name.rindex(words[-1]) + len(words[-1])
            short = "".join(word[0] for word in words)
            yield Abbreviation(short, _POSSESSIVE.sub("", name[start:end]), False)
