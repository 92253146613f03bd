r"""Turn text of documents and of people into messages that Discord shows as exactly that text.

Discord's client shows a backslash before anything that is neither alphanumeric nor white space as
that character. A server need not heed backslashes, so an invisible word joiner also parts "@" from
what it would call. Nothing here normalises: NFKC would turn U+FF20 into an "@" that calls. Every
step is linear, because these texts are as long and as odd as their authors like.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

WORD_JOINER = "\u2060"
ELLIPSIS = "…"
LONGEST_URL = 500  # UTF-16 units
LEAST_WINDOW = 20  # UTF-16 units; the longest emoji of the standard, a kiss, needs 15

_MARKS_PER_BASE = 4

# --- what may be displayed ---------------------------------------------------------------------

_LINE_ENDS = "\r\v\f\x85\u2028\u2029"
_SURROGATES = re.compile("[\ud800-\udfff]")
_NEVER_SHOWN = re.compile(
    "["
    "\x00-\x09\x0b-\x1f\x7f-\x9f"  # controls
    "\xad\u034f"  # soft hyphen, grapheme joiner
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction of writing
    "\u115f\u1160\u3164\uffa0\u17b4\u17b5\u2800"  # letters without a shape
    "\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb"  # without width, annotation
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # formats of shorthand and music
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags
    "\ufdd0-\ufdef"  # code points that are no characters, here and at the end of each plane
    + "".join(f"{chr(plane + 0xFFFE)}-{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 65536))
    + "]+"
)
_EMOJI = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_JOINING = (  # Arabic and its kin, the scripts of India and of South East Asia, Mongolian
    "\u0600-\u061b\u061d-\u08ff\u0900-\u0dff\u0f00-\u109f\u1700-\u17ff\u1800-\u18af\u1900-\u1cff"
    "\ua840-\ua8ff\ua900-\ua95f\ua980-\uaaff\uabc0-\uabff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010fff\U00011000-\U000118ff\U0001e900-\U0001e95f"
)
_IDLE_JOINERS = re.compile(
    "[\u200c\u200d]"
    f"(?!(?:(?<=[{_EMOJI}]\u200d)|(?<=[{_EMOJI}]\ufe0f\u200d))[{_EMOJI}]"
    f"|(?<=[{_JOINING}].)[{_JOINING}])"
    "[\u200c\u200d]*"
)
_SELECTORS = frozenset(
    map(chr, [*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
)
_WITHOUT_MARKS = re.compile(  # large blocks in which no combining mark stands
    "[\x00-\u02ff\u3400-\ua66e\uac00-\ufaff\U00017000-\U00018cff\U0001f000-\U000e00ff]+"
)
# Combining marks are known by their category, so patterns look for them in a copy of the text where
# controls, which are gone by then, stand for them.
_MARK, _SELECTOR, _MONGOLIAN_SELECTOR = "\x01", "\x02", "\x03"
_IDLE_SELECTORS = re.compile(r"(?:\A|(?<=[\s\x01-\x03\u200c\u200d]))\x02|(?<![\u1820-\u18aa])\x03")
_TOO_MANY_MARKS = re.compile(f"(?<={_MARK * _MARKS_PER_BASE}){_MARK}+")


def units(text: str) -> int:
    """Return the length in UTF-16 code units.

    Discord does not say what its limits count; this is never less than the code points.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shown(text: str) -> str:
    """Return what may be displayed of an untrusted text.

    Controls, what changes the direction of writing, and what is invisible go; every kind of line
    end becomes a newline, a tab a space, half a surrogate pair U+FFFD. Joiners stay where a script
    or an emoji needs them; a base keeps one variation selector, and four combining marks in all.
    """
    text = _NEVER_SHOWN.sub("", _one_to_one(text.replace("\r\n", "\n")))
    return text if text.isascii() else _with_fewer_marks(text)


def _one_to_one(text: str) -> str:
    """Replace what has a better form, each character by one."""
    for line_end in _LINE_ENDS:
        text = text.replace(line_end, "\n")
    return _SURROGATES.sub("\ufffd", text.replace("\t", " "))


def _with_fewer_marks(text: str) -> str:
    """Drop selectors without a base, joiners without need, and marks beyond the fourth."""
    characters = set(_WITHOUT_MARKS.sub("", text))
    kinds = {
        ord(character): _SELECTOR if character in _SELECTORS else _MARK
        for character, category in zip(
            characters, map(unicodedata.category, characters), strict=True
        )
        if category in ("Mn", "Me")
    }
    has_joiners = "\u200c" in text or "\u200d" in text
    if not kinds and not has_joiners:
        return text
    kinds |= {ord(c): _MONGOLIAN_SELECTOR for c in "\u180b\u180c\u180d\u180f"}
    if characters & _SELECTORS:
        text = _without(_IDLE_SELECTORS, text, kinds)
    if has_joiners:
        text = _IDLE_JOINERS.sub("", text)
    # A joiner counts as a mark, or marks on either side of it would count anew.
    kinds = dict.fromkeys([*kinds, 0x200C, 0x200D], _MARK)
    fewer = _without(_TOO_MANY_MARKS, text, kinds)
    if has_joiners and fewer != text:
        # A mark that went may have been what a joiner stood by.
        return _IDLE_JOINERS.sub("", fewer)
    return fewer


def _without(pattern: re.Pattern[str], text: str, kinds: dict[int, str]) -> str:
    """Cut out of the text what the pattern finds in the kinds of its characters."""
    pieces = []
    end = 0
    for match in pattern.finditer(text.translate(kinds)):
        pieces.append(text[end : match.start()])
        end = match.end()
    return "".join([*pieces, text[end:]])


# --- what Discord would read as more than text -------------------------------------------------

# U+0001, which is never shown, stands for a backslash that is to come: what is escaped wherever it
# stands follows in one go at the end, and must not find it there already.
_COMING = "\x01"
_LINE_BEGINS = re.compile(
    r"""
      ^[^\S\n]*+(?=[#+>-])                 # heading, list, quote, small print
    | ^[^\S\n]*+[0-9]++(?=[.)](?:\s|\Z))  # numbered list
    # After an escape the client takes blanks for a new line's, so "[1] - steel" would be a list.
    | (?<=[][\\*_~`|<>@\#/:+.)-])[^\S\n]++(?=[#+>-])
    """,
    re.MULTILINE | re.VERBOSE,
)
_NAMED_EMOJI = re.compile(rf"(?<!{_COMING}):(?=[^\s:]*:)")
_INVITATIONS = re.compile(r"(discord(?:app)?)(?=\.)", re.IGNORECASE)  # need no "https://"
_BEHIND_AN_ANGLE = ("<@", "<#", "<:", "</", "<a:", "<t:", "<id:")
# A backslash parts "<" from "@" already; the word joiner stands only before what a mention goes on
# with, else "<@<@" would more than double.
_NEEDLESS_WORD_JOINERS = re.compile(f"(?<={_COMING}@){WORD_JOINER}(?![0-9A-Za-z!&])")
_ALWAYS = "\\*_~`|[]<"  # the backslash first, before there are more of them


def escaped(text: str) -> str:
    """Return a message that Discord shows as `shown(text)`: no markup, mention, link or emoji.

    That holds as well behind "> " on every line and between "**". At most twice as long as the
    text, in code points and in UTF-16 units.
    """
    return _escaped(shown(text))


_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")


def unescaped(message: str) -> str:
    """Return the text that `escaped` made this message of, as far as it is shown."""
    return _ESCAPE.sub(r"\1", message.replace(WORD_JOINER, ""))


def _escaped(text: str) -> str:
    text = _prepared(text)
    for character in _ALWAYS:
        text = text.replace(character, f"\\{character}")
    return text.replace(_COMING, "\\")


def _prepared(text: str) -> str:
    """Insert what depends on the surroundings: word joiners, and stand-ins for backslashes."""
    text = _LINE_BEGINS.sub(lambda match: match[0] + _COMING, text)
    if ":" in text:
        text = _NAMED_EMOJI.sub(f"{_COMING}:", text.replace(":/", f"{_COMING}:/"))
    if "<" in text:
        for form in _BEHIND_AN_ANGLE:
            text = text.replace(form, f"{form[:-1]}{_COMING}{form[-1]}")
    text = _INVITATIONS.sub(rf"\1{_COMING}", text)
    # U+FF20 and U+FE6B call nobody, but are "@" wherever a message is normalised later on.
    for at in "@＠﹫":
        text = text.replace(at, f"{at}{WORD_JOINER}")
    return _NEEDLESS_WORD_JOINERS.sub("", text)


# --- a part of a text ---------------------------------------------------------------------------


def window(text: str, keep: tuple[int, int], most: int) -> tuple[int, int]:
    """Return the largest span of a text that fits a message, around what must be kept.

    Spans are code points of the raw text, `most` (20 or more) is UTF-16 units of the escaped span.
    The whole text if it fits; else all of `keep` if that fits; else the beginning of `keep`. A
    span begins and ends at white space or between Chinese, Japanese or Korean characters, inside
    a word only if the word alone does not fit or `keep` cuts it, and inside what a reader takes
    for one character never. Of spans of one length, the one with `keep` nearest to its middle.
    """
    plain = shown(text)
    if units(_escaped(plain)) <= most:
        return 0, len(text)
    raw = _origins(text, plain)
    first, last = (bisect_left(raw, min(max(place, 0), len(text))) for place in keep)
    first, last = _trimmed(plain, first, max(first, last))
    # Every character costs a unit at least, so the rest cannot matter.
    low = _whole_character(plain, max(first - 2 * most, 0))
    near = _divided(plain[low : last + 2 * most], most)
    start, end = (low + place for place in _span(near, first - low, last - low, most))
    raw = [*raw, len(text)]
    # What is not shown behind the span, such as the fifth mark on its last letter, belongs to it.
    return raw[start], raw[end] if end > start else raw[start]


def _whole_character(text: str, place: int) -> int:
    """Return the next place before this one where a character surely begins."""
    while place and (_kind(text[place]) not in "wc " or _kind(text[place - 1]) == "j"):
        place -= 1
    return place


def shortened(text: str, most: int) -> str:
    """Return the escaped beginning of a text in at most `most` UTF-16 units.

    An ellipsis says that something was left out; the cut is made as in `window`.
    """
    plain = shown(text)
    whole = _escaped(plain)
    if units(whole) <= most:
        return whole
    room = most - units(ELLIPSIS)
    end = _largest_end(_divided(plain[: 2 * most], room), 0, room)
    return (_escaped(plain[:end]) + ELLIPSIS)[: max(most, 0)]


@dataclass(frozen=True, slots=True)
class _Divided:
    """A text that is all shown, with its cost when escaped and the places where it may be cut."""

    text: str
    cost: list[int]  # cost[p]: UTF-16 units of the escaped text before p
    extra: bytearray  # extra[p]: what a span costs more because it begins at p
    starts: list[int]  # where a word begins, or may be cut because it is too long
    ends: list[int]
    characters: list[int]  # where a character, as a reader sees it, begins or ends


def _origins(text: str, plain: str) -> Sequence[int]:
    """Return the position in the text of each character that is shown of it."""
    if len(text) == len(plain):
        return range(len(text))
    origins = []
    awaited = iter(plain)
    character = next(awaited, None)
    for position, candidate in enumerate(_one_to_one(text)):
        if candidate == character:
            origins.append(position)
            character = next(awaited, None)
    return origins


def _trimmed(text: str, first: int, last: int) -> tuple[int, int]:
    """Return a span without the white space at its ends."""
    while first < last and text[first].isspace():
        first += 1
    while first < last and text[last - 1].isspace():
        last -= 1
    return first, last


def _span(divided: _Divided, first: int, last: int, most: int) -> tuple[int, int]:
    """Return the largest span around [first, last) that fits, or else from `first` on."""
    starts = _up_to(divided.starts, first)
    ends = _from(divided.ends, last)
    if not _can_hold(divided, starts, ends, most):
        # `keep` may begin or end inside a word.
        starts = sorted({*starts, *_up_to(divided.characters, first)[-1:]})
        ends = sorted({*ends, *_from(divided.characters, last)[:1]})
    if _can_hold(divided, starts, ends, most):
        return _largest(divided, starts, ends, (first, last), most)
    start = _up_to(divided.starts, first)[-1:]
    if not start or _largest_end(divided, start[0], most) <= first:
        start = _up_to(divided.characters, first)[-1:]
    return start[0], _largest_end(divided, start[0], most)


def _up_to(places: list[int], position: int) -> list[int]:
    return places[: bisect_right(places, position)]


def _from(places: list[int], position: int) -> list[int]:
    return places[bisect_left(places, position) :]


def _can_hold(divided: _Divided, starts: list[int], ends: list[int], most: int) -> bool:
    """Say whether the smallest of these spans fits."""
    return bool(starts and ends) and _cost(divided, starts[-1], ends[0]) <= most


def _cost(divided: _Divided, start: int, end: int) -> int:
    return units(_escaped(divided.text[start:end]))


def _largest(
    divided: _Divided, starts: list[int], ends: list[int], keep: tuple[int, int], most: int
) -> tuple[int, int]:
    """Return the longest span that fits, and of the longest the most even around `keep`."""
    costs = [divided.cost[end] for end in ends]
    best = (ends[0] - starts[-1], 0, starts[-1], ends[0])
    nearest = bisect_left(starts, costs[0] - most, key=divided.cost.__getitem__)
    for start in starts[nearest:]:
        found = bisect_right(costs, most + divided.cost[start] - divided.extra[start]) - 1
        if found >= 0:
            end = ends[found]
            uneven = abs((keep[0] - start) - (end - keep[1]))
            best = max(best, (end - start, -uneven, start, end))
    _, _, start, end = best
    place = bisect_left(ends, end)
    while place and _cost(divided, start, end) > most:
        place -= 1
        end = ends[place]
    return start, end


def _largest_end(divided: _Divided, start: int, most: int) -> int:
    """Return where the longest span from `start` on that fits ends; `start` if none does."""
    for places in (divided.ends, divided.characters):
        low = bisect_right(places, start)
        limit = most + divided.cost[start] - divided.extra[start]
        place = bisect_right(places, limit, key=divided.cost.__getitem__) - 1
        while place >= low and _cost(divided, start, places[place]) > most:
            place -= 1
        if place >= low:
            return places[place]
    return start


_LINE_MARK = re.compile(r"[#+>-]|(?<![0-9])[0-9]++[.)](?=\s|\Z)")


def _divided(text: str, most: int) -> _Divided:
    """Weigh a text that is all shown, and find where it may be cut for spans of `most` units."""
    own = bytearray(_weights(_prepared(text)))
    extra = bytearray(len(text) + 1)
    for match in _LINE_MARK.finditer(text):
        if own[match.end() - 1] == 1:  # not escaped there as yet
            length = max(match.end() - match.start() - 1, 1)
            extra[match.start() : match.start() + length] = b"\x01" * length
    cost = list(accumulate(own, initial=0))
    kinds = text.translate({ord(character): _kind(character) for character in set(text)})
    characters = _characters(kinds, cost)
    starts, ends = [], []
    word: list[int] = []  # its characters begin here
    for place, after in pairwise(characters):
        if kinds[place] == " ":
            continue
        word.append(place)
        if after < len(kinds) and not _parts(kinds[place], kinds[after]):
            continue
        if cost[after] - cost[word[0]] + extra[word[0]] <= most:
            starts.append(word[0])
        else:
            starts += word
            ends += word[1:]
        ends.append(after)
        word = []
    return _Divided(text, cost, extra, starts, ends, characters)


def _weights(prepared: str) -> list[int]:
    """Return the UTF-16 units of each character with what is inserted for it."""
    weights: list[int] = []
    before = 0
    for character in prepared:
        if character == _COMING:
            before = 1
        elif character == WORD_JOINER:
            weights[-1] += 1
        else:
            weights.append(1 + before + (character > "\uffff" or character in _ALWAYS))
            before = 0
    return weights


def _parts(before: str, after: str) -> bool:
    """Say whether a word may end between characters that begin with these kinds."""
    return after == " " or (before in _CJK and after in _CJK)


# The kind of a code point, as far as cutting goes: "m" belongs to what is before it, "j" joins both
# sides, "r" is half a flag; L, V and T are the jamo of a Hangul syllable, Y one of L and V, Z one
# of all three; "c" is other CJK, " " white space, "w" the rest.
_CJK = "cLVTYZ"
_RANGES = (
    ("\u0300", "\u10ff", "w"),
    ("\u1100", "\u115f", "L"),
    ("\u1160", "\u11a7", "V"),
    ("\u11a8", "\u11ff", "T"),
    ("\u1200", "\u200b", "w"),
    ("\u200c", "\u200c", "m"),
    ("\u200d", "\u200d", "j"),
    ("\u200e", "\u2e7f", "w"),
    ("\u2e80", "\ua4cf", "c"),
    ("\ua4d0", "\ua95f", "w"),
    ("\ua960", "\ua97c", "L"),
    ("\ua97d", "\uabff", "w"),
    ("\uac00", "\ud7a3", "Z"),
    ("\ud7a4", "\ud7af", "w"),
    ("\ud7b0", "\ud7c6", "V"),
    ("\ud7c7", "\ud7ff", "T"),
    ("\ud800", "\uf8ff", "w"),
    ("\uf900", "\ufaff", "c"),
    ("\ufb00", "\ufe2f", "w"),
    ("\ufe30", "\ufe4f", "c"),
    ("\ufe50", "\ufeff", "w"),
    ("\uff00", "\uff9d", "c"),
    ("\uff9e", "\uff9f", "m"),  # voicing marks of half-width kana
    ("\uffa0", "\uffef", "c"),
    ("\ufff0", "\U0001afff", "w"),
    ("\U0001b000", "\U0001b2ff", "c"),
    ("\U0001b300", "\U0001f1e5", "w"),
    ("\U0001f1e6", "\U0001f1ff", "r"),
    ("\U0001f200", "\U0001f3fa", "w"),
    ("\U0001f3fb", "\U0001f3ff", "m"),  # colours of skin
    ("\U0001f400", "\U0001ffff", "w"),
    ("\U00020000", "\U0003ffff", "c"),
    ("\U00040000", "\U0010ffff", "w"),
)
_FIRST_OF_RANGES = [first for first, _, _ in _RANGES]
_JAMO_PAIRS = {"LL", "LV", "LY", "LZ", "VV", "VT", "YV", "YT", "TT", "ZT"}
_GLUED = (
    _JAMO_PAIRS | {f"{a}{b}" for a in "mjrwc LVTYZ" for b in "mj"} | {f"j{b}" for b in "rwcLVTYZ"}
)


def _kind(character: str) -> str:
    if character.isspace():
        return " "
    if character < "\u0300":
        return "w"
    if unicodedata.category(character)[0] == "M":
        return "m"
    kind = _RANGES[bisect_right(_FIRST_OF_RANGES, character) - 1][2]
    return "Y" if kind == "Z" and (ord(character) - 0xAC00) % 28 == 0 else kind


def _characters(kinds: str, cost: list[int]) -> list[int]:
    """Return where what a reader takes for one character begins, and the end of the text.

    Chains without end, such as emoji joined by the thousand, are cut before they outgrow a window.
    """
    begin = 0
    begins = [0] if kinds else []
    for place in range(1, len(kinds)):
        pair = kinds[place - 1 : place + 1]
        is_glued = pair in _GLUED or (pair == "rr" and place - 1 == begin)
        if not is_glued or cost[place + 1] - cost[begin] > LEAST_WINDOW:
            begin = place
            begins.append(place)
    return [*begins, len(kinds)]


# --- addresses ----------------------------------------------------------------------------------

_ADDRESS = re.compile(r"(https?)://([^/?#]*)([^\n]*)", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,126}")
_UNSAFE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^0-9A-Za-z\-./?#=&+,;:!$%]")
_LEFT_OUT_AT_THE_END = ".,:;"  # the client takes these for the sentence's
# IDNA of 2003, which the standard library has, spells these differently from today's browsers.
_AMBIGUOUS = frozenset("ßẞς\u200c\u200d")


def bare_url(url: str) -> str | None:
    """Return an address as it may stand in a message, clickable and for all to read; else None.

    Only http and https, without user names, the host in ASCII and lower case; what markup could
    take for its own is percent-encoded; at most 500 UTF-16 units.
    """
    if len(url) > LONGEST_URL or shown(url) != url or any(map(str.isspace, url)):
        return None
    found = _ADDRESS.fullmatch(url)
    if found is None:
        return None
    scheme, authority, rest = found.groups()
    host, colon, port = authority.partition(":")
    ascii_host = _ascii_host(host)
    if ascii_host is None or (port and not _is_port(port)):
        return None
    rest = _UNSAFE.sub(_percent_encoded, rest)
    if rest.endswith(tuple(_LEFT_OUT_AT_THE_END)):
        rest = f"{rest[:-1]}%{ord(rest[-1]):02X}"
    safe = f"{scheme.lower()}://{ascii_host}{colon if port else ''}{port}{rest}"
    return safe if len(safe) <= LONGEST_URL else None


def _ascii_host(host: str) -> str | None:
    """Spell a host in ASCII; None if it is not a plain name or number."""
    if not _AMBIGUOUS.isdisjoint(host):
        return None
    try:
        name = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        return None
    if len(name) > 253 or not _HOST.fullmatch(name):
        return None
    if any(label[0] == "-" or label[-1] == "-" for label in name.split(".")):
        return None
    return name


def _is_port(port: str) -> bool:
    return port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536


def _percent_encoded(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())
