"""A text to the kinds of answer that it holds, English or Chinese.

Every passage of a build goes through here. A pattern that begins with a class of characters is
searched for several times as fast as one that begins with a choice, so most begin with a class and
look back at what it was. All are bounded: the time grows with the length of the text alone.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from index.kinds.kind import Kind
from index.patterns import lazily

# Plain integers: to add members of an enumeration takes ten times as long.
_PERSON, _DATE, _DURATION, _AMOUNT, _MONEY, _PERCENT, _LIST, _REASON = (
    kind.value for kind in list(Kind)[:8]
)
_LONG_LIST = Kind.LONG_LIST.value
_MORE_LINES = 6  # items of a long list, where each has a line

# --- Figures in English ------------------------------------------------------------------------

_MONTHS = (
    "January February March April May June July August September October November December "
    "Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec"
).split()
_MONTH = f"(?:{'|'.join(_MONTHS)})"
_MONTH_BEGUN = f"(?:{'|'.join(f'(?<={month[0]}){month[1:]}' for month in _MONTHS)})"
_REST = r"\d*+(?:[.,]\d++)*+"  # of a number whose first digit was read
_NUMBER = rf"\d{_REST}"
_YEAR = r"(?:1[5-9]|20)\d\d"
_SIZE = r"(?:hundred|thousand|million|billion|trillion|bn\b|mn\b|[mk]\b)"
_COIN = r"(?:yuan|RMB|CNY|USD|EUR|GBP|dollars?|pounds?|euros?|pence|yen|p)\b"
_MEASURE = r"(?:km|kg|cm|mm|g|kWh|MWh|GWh|kW|MW|GW)\b"
_SPAN = (
    r"(?:(?:calendar|working|business|school|consecutive|full|more|qualifying)[ -])?"
    r"(?:second|minute|hour|day|night|week|fortnight|month|quarter|year)s?\b(?! old\b| of age\b)"
)
_JOINING = (  # a number before such a word stands alone
    "and or of to in on at is are was were if for from by with the that which as when after before "
    "until but you your it they we per"
).split()
_DIGIT = lazily(r"\d")  # no figure is without one, and _FIGURE takes long to compile
# The group that closed last says what the figure was; a bare number has none.
_FIGURE = lazily(
    rf"[0-9$£€¥￥{''.join(sorted({month[0] for month in _MONTHS}))}](?:"
    r"(?<=\d)(?:"
    r"(?:\d{3}([-/.])\d\d?\1\d\d?|\d?([-/.])\d\d?\2\d{4})(?!\d)(?P<date>)"
    rf"|{_REST}(?:\s?(?:[%％]|per ?cent|percentage)(?P<percent>)"
    rf"|(?:\s?{_SIZE})?\s?{_COIN}(?P<money>)"
    rf"|(?:st|nd|rd|th)?(?:\sof)?\s{_MONTH}\b(?P<day>)"
    rf"|(?:\s?(?:to|or|[-–])\s?{_NUMBER})?[\s-]{_SPAN}(?P<duration>))"
    r"|(?:(?<=1)[5-9]|(?<=2)0)\d\d(?:[-–/]\d\d(?:\d\d)?)?(?![\w%]|[.,]\d)(?P<year>)"
    rf"|{_REST}(?:-?fold\b|\s?{_SIZE}|\s?{_MEASURE}"
    rf"| (?!(?:{'|'.join(_JOINING)})\b)[a-z])(?P<amount>)"
    rf"|{_REST})"
    r"|(?<=[$£€¥￥])\s?\d[\d,.]*+(?P<sum>)"
    rf"|{_MONTH_BEGUN}\.?\s(?:\d\d?(?:st|nd|rd|th)?\b|(?:of )?{_YEAR}\b)(?P<month>))"
)

# --- Figures in Chinese ------------------------------------------------------------------------

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
_HAS_HAN = lazily(f"[{_HAN}]")
_HAN_DIGITS = "〇零一二两兩三四五六七八九十百千万萬亿億"
_HAN_NUMBER = rf"(?:\d++(?:[.,]\d++)*+|[{_HAN_DIGITS}]++)"
_HAN_REST = rf"(?:(?<=\d){_REST}|(?<!\d)[{_HAN_DIGITS}]*+)"
_HAN_COIN = "(?:[日美欧歐港]?[元圆圓]|人民[币幣]|英[镑鎊]|[卢盧]布|越南盾|泰[铢銖])"
_HAN_MEASURE = (
    "[个個家名位人种種项項次辆輛座台臺部只隻株所间間张張米公克吨噸斤升亩畝顷頃里尺寸倍户戶件艘架套篇首集场場"
    "层層组組块塊枚颗顆班村岁歲平毫厘英海条條万萬亿億]"
)
_HAN_FIGURE = lazily(
    rf"[0-9{_HAN_DIGITS}](?:"
    r"(?<=百)分之(?P<percent>)"
    rf"|\d{{2,3}}\s?年(?P<year>)|(?<=[一二])[{_HAN_DIGITS}]{{3}}年(?P<date>)"
    rf"|{_HAN_REST}(?:[多余餘几幾]?(?:[个個]百分[点點](?P<points>)"
    rf"|[万萬亿億]?{_HAN_COIN}(?P<money>)"
    r"|[个個][多半]?(?:月|小[时時]|星期|[礼禮]拜|工作日|季度)(?P<duration>)"
    r"|(?:[天周週秒年](?![龄齡级級代])|分[钟鐘]|小[时時]|日[内內之以])(?P<span>))"
    r"|[月日](?P<day>))"
    rf"|(?<!第.)(?<!一(?![{_HAN_DIGITS}])){_HAN_REST}[多余餘]?\s?{_HAN_MEASURE}(?P<amount>)"
    rf"|{_HAN_REST})"
)
_FLAG_OF_FIGURE: Final = {
    "amount": _AMOUNT,
    "date": _DATE,
    "day": _DATE,
    "duration": _DURATION,
    "money": _MONEY,
    "month": _DATE,
    "percent": _PERCENT,
    "points": _PERCENT,
    "span": _DURATION,
    "sum": _MONEY,
    "year": _DATE,
    None: 0,
}

# --- Lists -------------------------------------------------------------------------------------

# An item of few words between a comma and "and": "steel, building materials and chemicals". It is
# no list where a clause begins: "If it is late, you and ...".
_ITEMS = lazily(
    r", (?!(?:you|we|they|he|she|it|I|this|that|there|which|who|and|but|or|if)\b)"
    r"(?:[^\s,.;:]{1,30} ){0,3}[^\s,.;:]{1,30},? (?:and|or) "
)
# Where the repetition comes first, each character of a text is tried as its beginning.
_ITEM = r", (?:[^\s,.;:]{1,30} ){0,3}[^\s,.;:]{1,30}"
_MORE_ITEMS = lazily(rf"{_ITEM}(?:{_ITEM}){{3}},? (?:and|or) ")
_HAN_ITEMS = lazily("、[^、,，。；！？]{1,20}(?:、|以?及|和|与|與|或)")
_MORE_HAN_ITEMS = lazily(
    "、[^、,，。；！？]{1,20}(?:、[^、,，。；！？]{1,20}){3}(?:、|以?及|和|与|與|或)"
)
_MARK = (
    r"[ \t]{0,8}(?:[-*•·–▪]|\(?(?:[a-z]|\d\d?|[ivx]{1,4})[.)]"
    "|[(（]?(?:[一二三四五六七八九十]{1,3}|[0-9]{1,2})[、．）)])"
)
_MARKED_LINES = lazily(rf"\n{_MARK}[^\n]*\n{_MARK}[^\n]*\n{_MARK}")
_LINES_BELOW = lazily(r":[ \t]{0,8}\n[^\n]{1,200}\n[^\n]{1,200}\n[^\n]{1,200}(?:\n|\Z)")

# --- People ------------------------------------------------------------------------------------

_ROLES = (
    "director minister secretary president premier chairman chairwoman commissioner governor mayor "
    "spokesman spokeswoman spokesperson professor economist analyst manager ambassador senator "
    "founder leader head chief"
).split()
_TITLES = "Mr Mrs Ms Dr Sir Lord Lady Prof".split()
_SAID = "said stated emphasized emphasised noted announced explained told added stressed".split()
_SPEAKERS = frozenset(
    [word + mark for word in [*_ROLES, *_SAID] for mark in ("", ",", ":", ".")]
    + [role.capitalize() for role in _ROLES]
    + [title + mark for title in _TITLES for mark in ("", ".")]
)
_NAME_PART = (  # "The Ministry said" names nobody
    r"\b(?!(?:The|This|That|These|He|She|It|They|We|You|In|On|At|For|If|An?|And|But|Ministry"
    r"|Department|Council|Office|Government|Bank|Court|Commission|Agency|Bureau|State|General)\b)"
    r"[A-Z][\w'’-]{0,30}"
)
_NAME = rf"{_NAME_PART}(?: {_NAME_PART}){{1,3}}"
_SAYS = rf"(?:{'|'.join(_SAID)})\b"
_NAMED = lazily(
    rf"{_NAME}(?:, (?:(?:the|an?|its|then|former|deputy|vice|executive|general) ){{0,3}}"
    rf"(?:{'|'.join(_ROLES)})\b|,? {_SAYS})"
    rf"|\b(?:{'|'.join([*map(str.capitalize, _ROLES), *_TITLES])})\.? {_NAME_PART}"
    rf"|\b{_SAYS}:? {_NAME}"
)
_WORDS_AROUND = 6  # of one that may stand by a name
_SURNAMES = (
    "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許"
    "傅沈曾彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘杜戴夏钟鍾汪田任姜范範方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康"
    "毛邱秦江史顾顧侯邵孟龙龍段雷钱錢汤湯尹黎易常武乔喬贺賀赖賴龚龔文陶"
)
_HAN_ROLES = (
    "局长|局長|部长|部長|司长|司長|处长|處長|院长|院長|校长|校長|厅长|廳長|市长|市長|省长|省長|州长|州長|县长|縣長"
    "|会长|會長|事长|事長|主任|主席|总理|總理|总统|總統|总裁|總裁|书记|書記|教授|经理|經理|先生|女士|博士|导演|導演"
    "|言人|将军|將軍|秘书|秘書|主编|主編|作者|教练|教練"
)
_HAN_NAMED = lazily(
    f"[{_SURNAMES}·‧・•](?:(?<=[{_HAN}][·‧・•])[{_HAN}]"
    f"|(?<=(?:{_HAN_ROLES})[{_SURNAMES}])[{_HAN}]"
    f"|(?<=[{_SURNAMES}])[{_HAN}]{{1,2}}"
    "(?:表示|指出|强调|強調|认为|認為|介绍|介紹|透露|说[:：,，道]|說[:：,，道]|称[:：,，]|稱[:：,，]|任命|任职|任職"
    "|出任|担任|擔任|[（(]))"
)

# --- Reasons -----------------------------------------------------------------------------------

_CAUSES = frozenset(
    "because Because therefore Therefore therefore, Therefore, thus Thus hence Hence "
    "reason reason, reasons purpose purposes caused".split()
)
_PURPOSES = (
    "stimulate boost promote improve ensure encourage protect prevent reduce avoid strengthen "
    "support enhance enable help stabilize stabilise increase maintain meet achieve facilitate "
    "accelerate foster safeguard raise attract"
).split()
_REASON_PHRASES = (
    "due to|owing to|so that|in order|thanks to|aims to|aim to|aimed at|a result|leads to|led to"
    "|resulting in|intended to|designed to"
).split("|")
_REASON_PAIRS: Final = frozenset(
    [(to, verb) for to in ("to", "To") for verb in _PURPOSES]
    + [tuple(phrase.split()) for phrase in _REASON_PHRASES]
    + [tuple(phrase.capitalize().split()) for phrase in _REASON_PHRASES]
)
# The rarer word of each pair.
_OF_PAIRS = frozenset(
    "due Due owing Owing so So order thanks Thanks aims aim aimed result leads led resulting "
    "intended designed".split()
).union(_PURPOSES)
_HAN_REASONS = lazily(
    "因为|因為|因此|因而|由于|由於|为了|為了|以便|从而|從而|旨在|导致|導致|为此|為此|原因|目的|理由|所以|为促进|為促進"
    "|为推动|為推動|为加强|為加強|为保障|為保障|以确保|以確保|以促进|以促進"
)

# --- The text ----------------------------------------------------------------------------------

_NUMBER_WORDS = frozenset(
    word
    for small in (
        "one several two three four five six seven eight nine ten eleven twelve fifteen twenty "
        "thirty forty fifty sixty ninety hundred hundreds thousands millions billions half quarter "
        "dozen"
    ).split()
    for word in (small, small.capitalize())
)
_SPAN_WORD = lazily(_SPAN)
# A text is cut at white space and compared with all these at once; only where one of them stands
# it is looked at closely.
_FIRST_GLANCE: Final = _NUMBER_WORDS | _SPEAKERS | _CAUSES | _OF_PAIRS
# The same as chunks, which may have lost the comma or point behind them.
_CHUNKS_AT_FIRST_GLANCE: Final = _FIRST_GLANCE.union(
    word[:-1] for word in _FIRST_GLANCE if word.endswith((",", "."))
)
# Bytes of UTF-8 that are no digit; and those of which no Chinese character has one. What is left
# without them tells in a fifth of the time that a pattern takes whether one is there.
_NO_DIGITS: Final = bytes(set(range(256)).difference(b"0123456789"))
_NEVER_HAN: Final = bytes(range(0xE3))


def held(text: str, chunks: Iterable[str] | None = None) -> int:
    """Return the kinds that a text holds, as the sum of their flags (16 bits).

    Who has cut the text into chunks, as index.chunks does, may save that another cuts it again.
    """
    flags = 0
    if _may_have_figures(text):
        for match in _FIGURE.finditer(text):
            flags |= _FLAG_OF_FIGURE[match.lastgroup]
    if (_may_have_items(text) and _ITEMS.search(text)) or ("\n" in text and _has_lines(text)):
        flags |= _LIST
        if _MORE_ITEMS.search(text) or text.count("\n") >= _MORE_LINES:
            flags |= _LONG_LIST
    if chunks is None or not _CHUNKS_AT_FIRST_GLANCE.isdisjoint(chunks):
        words = text.split()
        seen = _FIRST_GLANCE.intersection(words)
        if seen:
            flags |= _held_by_words(words, seen)
    if not text.isascii() and _may_have_han(text) and _HAS_HAN.search(text):
        flags |= _held_in_chinese(text)
    return flags


def _may_have_figures(text: str) -> bool:
    if text.isascii():
        return bool(text.encode().translate(None, _NO_DIGITS))
    return _DIGIT.search(text) is not None  # digits of other scripts count as well


def _may_have_items(text: str) -> bool:
    return ", " in text and (" and " in text or " or " in text)


def _may_have_han(text: str) -> bool:
    return bool(text.encode("utf-8", "surrogatepass").translate(None, _NEVER_HAN))


def _has_lines(text: str) -> bool:
    return _LINES_BELOW.search(text) is not None or _MARKED_LINES.search(f"\n{text}") is not None


def _held_by_words(words: list[str], seen: frozenset[str]) -> int:
    """Return what is held where words stand that were seen at first glance."""
    flags = 0
    if not seen.isdisjoint(_CAUSES) or (
        not seen.isdisjoint(_OF_PAIRS) and not _REASON_PAIRS.isdisjoint(pairwise(words))
    ):
        flags |= _REASON
    if not seen.isdisjoint(_SPEAKERS) and _names_somebody(words):
        flags |= _PERSON
    for number in seen & _NUMBER_WORDS:
        place = words.index(number) + 1
        if place < len(words):
            flags |= _held_by_number(number, words[place])
    return flags


def _names_somebody(words: list[str]) -> bool:
    return any(
        _NAMED.search(" ".join(words[max(0, place - _WORDS_AROUND) : place + _WORDS_AROUND]))
        for place, word in enumerate(words)
        if word in _SPEAKERS
    )


def _held_by_number(number: str, following: str) -> int:
    """Return what a number in letters holds together with the word behind it."""
    unit = following.rstrip(".,;:!?)")
    if _SPAN_WORD.fullmatch(unit):
        return _DURATION
    if number in ("one", "One", "several", "Several") or not unit.isalpha() or unit in _JOINING:
        return 0
    return _AMOUNT


def _held_in_chinese(text: str) -> int:
    flags = 0
    for match in _HAN_FIGURE.finditer(text):
        flags |= _FLAG_OF_FIGURE[match.lastgroup]
    if _HAN_ITEMS.search(text):
        flags |= _LIST
        if _MORE_HAN_ITEMS.search(text):
            flags |= _LONG_LIST
    if _HAN_NAMED.search(text):
        flags |= _PERSON
    if _HAN_REASONS.search(text):
        flags |= _REASON
    return flags
