"""Split text into words and words into terms.

White space ends every term, so the terms of a text are the terms of its chunks (what stands
between white space), one after the other. That makes the analysis cacheable: policy text repeats
its chunks, and a repeated chunk costs one look-up.

Folding (NFKC, case, soft hyphens) happens here, for search only; what people see is the original,
and every token knows the place in the original that it came from.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import repeat
from operator import add, itemgetter
from typing import NamedTuple

import Stemmer

from index.analysis.american import SPELLING, all_american, american
from index.analysis.simplified import SIMPLIFIED
from index.analysis.stop_words import (
    CJK_STOP_CHARACTERS,
    CJK_STOP_PHRASES,
    NAMES_IN_CAPITALS,
    STOP_WORDS,
)
from index.patterns import lazily

_VERSION = 3  # raise it whenever the terms of some text change
FINGERPRINT = "-".join(
    [
        str(_VERSION),
        hashlib.sha256(
            "\n".join(
                [*sorted(STOP_WORDS), *CJK_STOP_PHRASES, *sorted(CJK_STOP_CHARACTERS)]
                + [f"{code}{simplified}" for code, simplified in SIMPLIFIED.items()]
                + [SPELLING]
            ).encode()
        ).hexdigest()[:12],
        f"stemmer{Stemmer.version()}",
        f"unicode{unicodedata.unidata_version}",
    ]
)

# Han, kana and Hangul, written without spaces or with few; their text is searched by characters.
CJK = (  # as they stand in a character class
    "\u3005\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003134f"
)
_APOSTROPHES = "'’‘ʼ`´"
_HYPHENS = r"\-\u2010"  # as they stand in a character class


def _pattern_of_words(letter: str, cjk: str) -> str:
    """Return what matches one word.

    Letters and digits, held together by apostrophes, hyphens, "&", a point or comma between digits
    (3.8, 636,000), and points between single letters (u.s.).
    """
    return (
        rf"(?P<cjk>{cjk})"
        rf"|{letter}+(?:(?:[{_APOSTROPHES}{_HYPHENS}&]|(?<=\d)[.,](?=\d)"
        rf"|(?<=\b[^\W\d_])\.(?=[^\W\d_]\b))"
        rf"{letter}+)*(?:(?<=\d)%)?"
    )


_WORD = lazily(_pattern_of_words(rf"[^\W_{CJK}]", f"[{CJK}]+"))
# The same for text without such characters; classes of so many take long to compile.
_SPACED_WORD = lazily(_pattern_of_words(r"[^\W_]", "(?!)"))
_PART = lazily(rf"[^{_HYPHENS}&]+")
_BARE_NUMBER = lazily(r"([0-9.]+)(?:%|st|nd|rd|th)")
_THOUSANDS = lazily(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?%?")
_NUMBER_PIECE = lazily(r"[^,]+")
_NO_APOSTROPHES = str.maketrans("", "", _APOSTROPHES)
_CJK_STOP = lazily("|".join(sorted(CJK_STOP_PHRASES, key=lambda phrase: (-len(phrase), phrase))))
# Articles of a law are cited by such numbers; the pairs of 第四条 stand in 第四十四条 as well.
_CJK_CLAUSE = lazily("第[〇零一二三四五六七八九十百千]+[编章节条款项]")
_CHUNK = lazily(r"\S+")
_CJK_STOP_PAIRS = frozenset(
    first + second for first in CJK_STOP_CHARACTERS for second in CJK_STOP_CHARACTERS
)
_HAN = "\u4e00", "\u9fff"  # first and last of most Chinese text; they have no other normal form
# What typesetting makes of quotation marks and dashes: folding leaves it as it is.
_NO_TYPOGRAPHY = str.maketrans("", "", "“”‘’–—")
_OUTER = '.,;:!?()[]"“”'  # punctuation around a word that no term depends on

# Invisible characters that stand inside words: soft hyphen, zero-width and bidirectional marks.
_IGNORED = dict.fromkeys(
    [
        0xAD,
        0x34F,
        0x61C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
    ]
)
_FOLDED = _IGNORED | SIMPLIFIED
# A character that neither composes with nor is reordered against what stands before it, so text
# may be folded piece by piece from there (Unicode Standard Annex #15, stable code points).
_PIECE = lazily(
    "(?s:.)[^\x00-\x7f\u3000-\u3029\u3030-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e]*"
)

# Of what nearly all Chinese text is made. Each of these is folded to one character, whatever stands
# beside it, so a place in the folded text is the place in the original.
_EACH_ALONE = lazily(
    "[\x21-\x7e°·×À-ÖØ-Þà-öø-ÿ“”‘’–—•‧※─\u3001-\u3029\u3030-\u303f\u3041-\u3096\u30a1-\u30fe"
    "\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e]*"
)

_stemmer = Stemmer.Stemmer("english", 0)  # its own cache costs more than stemming


class Token(NamedTuple):
    """A term, and where it stands: code points `start` to `end` of the original text."""

    start: int
    end: int
    term: str


class Word(NamedTuple):
    """A word, where it stands, and its terms in groups: each group alone stands for the word."""

    start: int
    end: int
    groups: tuple[tuple[Token, ...], ...]
    is_cjk: bool


def may_have_cjk(text: str) -> bool:
    """Say whether a text may have characters of CJK; most texts that cannot are told at once."""
    return not text.isascii() and max(text) >= CJK[0]


def terms(text: str) -> list[str]:
    """Return the terms of a text in order; stop words have none."""
    return [term for chunk in text.split() for term in chunk_terms(chunk)]


def chunk_terms(chunk: str) -> tuple[str, ...]:
    """Return the terms of a chunk, which holds no white space."""
    core = chunk.strip(_OUTER)
    if core.isalpha() and core.isascii():  # nearly every chunk of English is a plain word
        word = core.lower()
        if word not in STOP_WORDS:
            return (stem(word),)
        if word not in NAMES_IN_CAPITALS and "(" not in chunk:
            return ()
    if chunk.isascii() or _EACH_ALONE.fullmatch(chunk):
        return tuple(_terms_alone(chunk))
    return tuple(token.term for word in _chunk_words(chunk) for token in _in_order(word))


def terms_of_chunks(chunks: Collection[str]) -> tuple[list[str], list[int]]:
    """Return the terms of many chunks, one after the other, and how many each chunk has.

    They are those of chunk_terms; together they take a third of the time.
    """
    plain = [
        core.lower() if (core := chunk.strip(_OUTER)).isascii() and core.isalpha() else ""
        for chunk in chunks
    ]
    distinct = list(set(plain).difference(STOP_WORDS, [""]))
    stems = dict(zip(distinct, _stemmer.stemWords(all_american(distinct)), strict=True))
    known = list(map(stems.get, plain, repeat("")))
    sizes = [1] * len(known)
    found: list[str] = []
    done = 0
    for place, (chunk, term) in enumerate(zip(chunks, known, strict=True)):
        if not term:  # no plain word
            some = chunk_terms(chunk)
            found += known[done:place]
            found += some
            sizes[place] = len(some)
            done = place + 1
    found += known[done:]
    return found, sizes


def tokens(text: str) -> list[Token]:
    """Return the terms of a text in order, each with its place."""
    return [token for word in words(text) for token in _in_order(word)]


# Passages are shown again and again, and share their chunks.
_remembered_terms = lru_cache(maxsize=1 << 15)(chunk_terms)
_remembered_tokens = lru_cache(maxsize=1 << 13)(tokens)


def find(text: str, wanted: Collection[str]) -> list[Token]:
    """Return the tokens of a text whose term is wanted, in order."""
    wanted = frozenset(wanted)
    found: list[tuple[int, list[Token]]] = []
    for chunk in dict.fromkeys(text.split()):
        if wanted.isdisjoint(_remembered_terms(chunk)):
            continue
        here = [token for token in _remembered_tokens(chunk) if token.term in wanted]
        for start in _places(chunk, text):
            moved = [Token(start + a, start + b, term) for a, b, term in here]
            found.append((start, moved))
    found.sort(key=itemgetter(0))
    return [token for _, here in found for token in here]


def _places(chunk: str, text: str) -> Iterator[int]:
    """Yield where a chunk stands in a text as a chunk, between white space."""
    start = text.find(chunk)
    while start >= 0:
        end = start + len(chunk)
        if (start == 0 or text[start - 1].isspace()) and (end == len(text) or text[end].isspace()):
            yield start
        start = text.find(chunk, start + 1)


def words(text: str) -> list[Word]:
    """Return the words of a text that have terms, in order."""
    found: list[Word] = []
    for match in _CHUNK.finditer(text):
        base = match.start()
        for word in _chunk_words(match.group()):
            groups = tuple(
                tuple(Token(base + start, base + end, term) for start, end, term in group)
                for group in word.groups
            )
            found.append(Word(base + word.start, base + word.end, groups, word.is_cjk))
    return found


def _in_order(word: Word) -> list[Token]:
    return [token for group in word.groups for token in group]


def _chunk_words(chunk: str) -> tuple[Word, ...]:
    # Chunks with CJK text are whole sentences and hardly ever repeat: caching them only costs.
    return _analyse(chunk) if may_have_cjk(chunk) else _analyse_cached(chunk)


@lru_cache(maxsize=1 << 16)
def _analyse_cached(chunk: str) -> tuple[Word, ...]:
    return _analyse(chunk)


def _analyse(chunk: str) -> tuple[Word, ...]:
    if not chunk.isascii() and _HAN[0] <= min(chunk) and max(chunk) <= _HAN[1]:
        # One run, each character for itself: the patterns of all scripts need not be compiled.
        return tuple(_cjk_words(fold(chunk), 0, len(chunk)))
    folded, places = _fold(chunk)
    found = []
    pattern = _WORD if may_have_cjk(folded) else _SPACED_WORD
    for match in pattern.finditer(folded):
        if match.group("cjk"):
            candidates = _cjk_words(folded, *match.span())
        else:
            capitals = chunk[places[match.start()][0] : places[match.end() - 1][1]].isupper()
            candidates = _spaced_word(match, is_name=capitals)
        for word in candidates:
            groups = tuple(
                tuple(
                    Token(places[start][0], places[end - 1][1], term) for start, end, term in group
                )
                for group in word.groups
            )
            found.append(Word(places[word.start][0], places[word.end - 1][1], groups, word.is_cjk))
    return tuple(found)


def _fold(chunk: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the chunk as search sees it, and for each of its characters the place it came from."""
    if chunk.isascii():
        return chunk.lower(), [(i, i + 1) for i in range(len(chunk))]
    if chunk.translate(_NO_TYPOGRAPHY).isascii():  # each character for itself as well
        return fold(chunk), [(i, i + 1) for i in range(len(chunk))]
    folded: list[str] = []
    places: list[tuple[int, int]] = []
    for match in _PIECE.finditer(chunk):
        piece = fold(match.group())
        start, end = match.span()
        one_to_one = len(piece) == end - start
        places.extend(
            (start + i, start + i + 1) if one_to_one else (start, end) for i in range(len(piece))
        )
        folded.append(piece)
    return "".join(folded), places


def fold(text: str) -> str:
    """Return the text as search sees it: NFKC, no case, simplified, nothing invisible."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_FOLDED)


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Return the English Snowball stem of a folded word, however it is spelled.

    Numbers stay as they are.
    """
    return str(_stemmer.stemWord(american(word))) if word.isalpha() else word


def _spaced_word(match: re.Match[str], *, is_name: bool) -> list[Word]:
    """Make the words of one match of a script that puts spaces between words."""
    base = match.start()
    parts, whole = _spaced_parts(match, is_name=is_name)
    tokens = tuple(Token(base + start, base + end, term) for start, end, term in parts)
    if whole is None:
        # Not one word with parts, but several: "1,2" is two numbers.
        return [Word(token.start, token.end, _with_bare_number(token), False) for token in tokens]
    end = base + _length(match.group())
    groups = ((Token(base, end, whole),),)
    return [Word(base, end, (tokens, *groups) if tokens else groups, False)]


def _spaced_parts(
    match: re.Match[str], *, is_name: bool
) -> tuple[list[tuple[int, int, str]], str | None]:
    """Return the parts of a match that have terms, and the term of a compound as a whole, if it is.

    A part is its term and where it stands in the match.
    """
    text = match[0]
    if len(text) == 1 and _is_in_brackets(match):  # a clause such as (a), no article or pronoun
        return [(0, 1, text)], None
    if "." in text and not any(c.isdigit() for c in text):  # u.s, e.g
        joined = text.replace(".", "")
        if joined in STOP_WORDS and joined not in NAMES_IN_CAPITALS:
            return [], None
        return [(0, len(text), stem(joined))], None
    text = text[: _length(text)]
    parts: list[tuple[int, int, str]] = []
    spelled: list[str] = []
    for part in _PART.finditer(text):
        pieces = (
            [part]
            if "," not in text or _THOUSANDS.fullmatch(part.group())
            else list(_NUMBER_PIECE.finditer(text, part.start(), part.end()))
        )
        for piece in pieces:
            plain = piece.group()
            if not (plain.isascii() and plain.isalnum()):
                plain = plain.translate(_NO_APOSTROPHES).replace(",", "")
            spelled.append(plain)
            if plain in STOP_WORDS and not (is_name and plain in NAMES_IN_CAPITALS):
                continue
            parts.append((piece.start(), piece.end(), stem(plain)))
    is_compound = _PART.fullmatch(text) is None
    return parts, stem("".join(spelled)) if is_compound else None


def _length(text: str) -> int:
    """Return the length of a word without the 's behind it."""
    has_s = len(text) > 2 and text[-1] == "s" and text[-2] in _APOSTROPHES
    return len(text) - 2 if has_s else len(text)


def _is_in_brackets(match: re.Match[str]) -> bool:
    start, end = match.span()
    return match.string[start - 1 : start] + match.string[end : end + 1] == "()"


def _with_bare_number(token: Token) -> tuple[tuple[Token, ...], ...]:
    """Let "3.8%" be found by "3.8" as well, and "5th" by "5"."""
    bare = _bare_number(token.term)
    if bare is None:
        return ((token,),)
    return (token,), (Token(token.start, token.end, bare),)


def _bare_number(term: str) -> str | None:
    bare = None if term.isalpha() else _BARE_NUMBER.fullmatch(term)
    return None if bare is None else bare[1]


def _terms_alone(chunk: str) -> list[str]:
    """Return the terms of a chunk in order, as _analyse finds them, without their places."""
    folded = fold(chunk)
    found: list[str] = []
    pattern = _WORD if may_have_cjk(folded) else _SPACED_WORD
    for match in pattern.finditer(folded):
        start, end = match.span()
        if match["cjk"]:
            _add_cjk_terms(folded, start, end, found)
        elif (word := match[0]).isdecimal():
            found.append(word)
        else:
            parts, whole = _spaced_parts(match, is_name=chunk[start:end].isupper())
            for _, _, term in parts:
                found.append(term)
                if whole is None and (bare := _bare_number(term)):
                    found.append(bare)
            if whole is not None:
                found.append(whole)
    return found


def _add_cjk_terms(text: str, start: int, end: int, found: list[str]) -> None:
    """Add the terms of a run of CJK characters, as they stand in what _cjk_words makes of it."""
    at = start
    stops = [stop.span() for stop in _CJK_STOP.finditer(text, start, end)]
    for stop_start, stop_end in [*stops, (end, end)]:
        run = text[at:stop_start]
        found += [pair for pair in map(add, run, run[1:]) if pair not in _CJK_STOP_PAIRS]
        found += [single for single in run if single not in CJK_STOP_CHARACTERS]
        at = stop_end
    if "第" in text:
        found += [clause.group() for clause in _CJK_CLAUSE.finditer(text, start, end)]


def _cjk_words(text: str, start: int, end: int) -> list[Word]:
    """Make one word of each run of CJK characters: its single characters and its pairs.

    The number of a clause within it is a word besides.
    """
    found, at = [], start
    stops = [stop.span() for stop in _CJK_STOP.finditer(text, start, end)]
    for stop_start, stop_end in [*stops, (end, end)]:
        if at < stop_start:
            found.append(_cjk_word(text, at, stop_start))
        at = stop_end
    if "第" in text:
        found.extend(
            Word(*clause.span(), ((Token(*clause.span(), clause.group()),),), False)
            for clause in _CJK_CLAUSE.finditer(text, start, end)
        )
    return [word for word in found if word.groups]


def _cjk_word(text: str, start: int, end: int) -> Word:
    run = text[start:end]
    singles = tuple(
        Token(start + i, start + i + 1, character)
        for i, character in enumerate(run)
        if character not in CJK_STOP_CHARACTERS
    )
    pairs = tuple(
        Token(start + i, start + i + 2, run[i : i + 2])
        for i in range(len(run) - 1)
        if not CJK_STOP_CHARACTERS.issuperset(run[i : i + 2])
    )
    return Word(start, end, tuple(group for group in (pairs, singles) if group), True)
