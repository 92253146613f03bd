"""British spellings to American ones, so that question and text meet whichever they use.

What comes out is only compared, never shown, so it may be no word ("sunrize"), as long as no other
word becomes the same. Where two words would, they are left alone: "tyre" is not "tire", "cheque"
not "check", "storey" not "story", and "prise" not "prize".
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import groupby

from index.patterns import lazily

_LONGEST = 40  # letters; longer ones are no words

_OUR = (  # behaviour, behavioural, misbehaviour; but not hour, four, tour, contour, flour
    "arb ard arm behavi cand clam clang col demean dol enam endeav fav ferv flav glam harb hon hum "
    "lab neighb od parl ranc rig rum savi sav splend succ tum val vap vig"
)
_LETTERS = {  # wherever they stand in a word
    **{f"{stem}our": f"{stem}or" for stem in _OUR.split()},
    "defence": "defense",
    "offence": "offense",
    "pretence": "pretense",
    "licenc": "licens",
    "practis": "practic",
    "sulph": "sulf",
    "aluminium": "aluminum",
    "grey": "gray",
    "mould": "mold",
    "moult": "molt",
    "plough": "plow",
    "sceptic": "skeptic",
    "artefact": "artifact",
    "moustach": "mustach",
    "pyjama": "pajama",
    "yoghurt": "yogurt",
    "aeroplane": "airplane",
    "connexion": "connection",
    "judgement": "judgment",
    "ledgement": "ledgment",  # acknowledgement
    "bridgement": "bridgment",
    "lodgement": "lodgment",
    "skilful": "skillful",
    "wilful": "willful",
    "councillor": "councilor",
    "woollen": "woolen",
    "jewellery": "jewelry",
    "marvellous": "marvelous",
    "tranquillis": "tranquiliz",
    "tranquilliz": "tranquiliz",
    "focusse": "focuse",
    "focussi": "focusi",
    "biasse": "biase",
    "aemi": "emi",  # anaemia, leukaemia
    "haem": "hem",
    "aesth": "esth",  # anaesthetic
    "aetiol": "etiol",
    "archaeo": "archeo",
    "palaeo": "paleo",
    "caes": "ces",  # caesarean, caesium
    "caec": "cec",
    "faec": "fec",
    "gynaec": "gynec",
    "paed": "ped",  # paediatric, orthopaedic, encyclopaedia
    "mediaev": "mediev",
    "primaev": "primev",
    "chimaer": "chimer",
    "leuco": "leuko",
    "foet": "fet",
    "oedem": "edem",
    "rrhoe": "rrhe",
    "pnoe": "pne",
    "manoeuv": "maneuv",
    "manoeuvrab": "maneuverab",
    "amoeb": "ameb",
    "homoeo": "homeo",
    "coelia": "celia",
}
_WORDS = {  # nothing but the word
    "ageing": "aging",
    "haem": "heme",
    "haems": "hemes",
}
_RE = (
    "calib cent fib goit lit lust maneuv meag met mit reconnoit sab saltpet scept somb spect theat"
)
_DOUBLED = (  # British English doubles the l whichever syllable is stressed
    "bevel cancel carol channel chisel counsel cruel dial duel enamel enrol equal fuel funnel "
    "gravel grovel gruel initial kennel jewel label laurel level libel marshal marvel medal model "
    "panel parcel pedal pencil quarrel revel rival shovel shrivel signal snivel spiral stencil "
    "swivel total towel travel trial tunnel unravel weasel yodel"
)


def _any_of(strings: Iterable[str]) -> str:
    """Return a pattern for the longest of some strings, a branch for each letter.

    It takes a third of the time of a plain alternation.
    """
    ordered = sorted(set(strings))
    branches = [
        re.escape(letter) + _any_of(string[1:] for string in those)
        for letter, those in groupby(filter(None, ordered), key=lambda string: string[0])
    ]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)})" + ("?" if "" in ordered else "")


# Each with what a word must have for it: most are neither tried nor compiled.
_RULES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        tuple(stem + end for stem in _RE.split() for end in ("re", "ri")),
        rf"({'|'.join(_RE.split())})(?:re(?![derx])|r(?=ed$|ing))",  # but not sombrero
        r"\1er",
    ),
    (("gramm",), r"gramme(?![dr])", "gram"),  # programme, kilogramme; but not programmer
    (("logu",), r"logu(?:e(?=s?$)|(?=ed$|ing|er))", "log"),  # catalogue, dialogue, analogue
    (
        ("ll",),
        rf"^((?:back|de|mis|non|out|over|re|un)?(?:{'|'.join(_DOUBLED.split())}))l"
        r"(?=(?:ed|ings?|ers?|ors?|est|able|ations?|ists?)(?:ly)?$)",
        r"\1",
    ),
    (
        ("appal", "distil", "enrol", "enthral", "fulfil", "instal", "instil"),
        r"((?:appa|disti|enro|enthra|fulfi|insta|insti)l)(?=s?$|ments?$)",
        r"\1l",
    ),
    # phyto-oestrogen, antioestrogen; but phytoestrogen and gastroesophageal are American
    (("oestr", "oesophag"), r"(?<![bcdfghjklmnpqrstvwxyz])o(?=estr|esophag)", ""),
    (
        ("eabl",),
        r"^((?:im|non|re|un)?(?:blam|lik|liv|lov|mov|rat|sal|shar|siz|trad|us))e(?=abl[ey]$)",
        r"\1",
    ),
    (("cosi", "cosy"), r"^cos(?=y$|i(?:er|es|est|ly|ness)$)", "coz"),
    (("yse", "ysi"), r"lys(?=(?:e[ds]?|ers?|ing)$)", "lyz"),  # analyse, paralyse
)
_ISE = (
    "(?P<before>.{3,})is(?P<behind>e[ds]?|ers?|ing(?:ly)?|ations?|ational(?:ly)?|abl[ey]|ability"
    "|ances?|ements?)"
)
# What stands before "is" in words that nobody spells with a z: advise, comprise, raise, otherwise.
_NEVER_IZE = (
    "(?:adv|advert|bru|chast|circumc|conc|cru|^dem|dev|exc|exerc|expert|franch|gu|improv|^inc|lia"
    "|mala|merchand|no|parad|po|pr|prec|prem|prom|ra|rev|sunr|superv|surm|telev|treat|w)$"
)
_ISE_SIGNS = ("isa", "ise", "isi")
# A word that has none of these is as it is, and most have none.
_SIGNS = (
    *_LETTERS,
    *_WORDS,
    *_ISE_SIGNS,
    *(sign for signs, _, _ in _RULES for sign in signs),
)
# All that the spelling of a word depends on; part of the fingerprint of an analysis.
SPELLING = "\n".join(
    [
        *(f"{british} {other}" for british, other in (_LETTERS | _WORDS).items()),
        *(f"{pattern} {replacement}" for _, pattern, replacement in _RULES),
        _ISE,
        _NEVER_IZE,
    ]
)


_FEW_WORDS = 500  # as many as one question and its answer have


class _Patterns:
    """What a word is held against, compiled; a question may have no word that needs the rules."""

    def __init__(self) -> None:
        self.words = 0  # held against them one by one

    def concern(self, word: str) -> bool:
        """Say whether a word may be spelled otherwise somewhere.

        The words of a question are looked at sign by sign, in less time than compiling takes.
        """
        self.words += 1
        if self.words > _FEW_WORDS:
            return self.concerned.search(word) is not None
        return any(sign in word for sign in _SIGNS)

    @cached_property
    def concerned(self) -> re.Pattern[str]:
        """What has none of these is spelled alike everywhere."""
        return re.compile(_any_of(_SIGNS))

    @cached_property
    def spelled(self) -> re.Pattern[str]:
        """The letters that are replaced wherever they stand."""
        return re.compile(_any_of(_LETTERS))

    @cached_property
    def rules(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """The rules, in order."""
        return tuple((lazily(pattern), replacement) for _, pattern, replacement in _RULES)

    @cached_property
    def ise(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """Words in -ise, and those that keep it."""
        return re.compile(_ISE), re.compile(_NEVER_IZE)


_PATTERNS = _Patterns()


def all_american(words: Sequence[str]) -> list[str]:
    """Return many folded words, without white space, as `american` does each of them.

    Most are spelled alike everywhere, and looking for the others in one text takes a quarter of
    the time.
    """
    if _PATTERNS.words + len(words) <= _FEW_WORDS:
        return list(map(american, words))
    lines = "\n".join([*words, ""])
    concerned = {
        lines[lines.rfind("\n", 0, match.start()) + 1 : lines.find("\n", match.end())]
        for match in _PATTERNS.concerned.finditer(lines)
    }
    return [american(word) if word in concerned else word for word in words]


def american(word: str) -> str:
    """Return a folded word as Americans spell it; most words are returned as they are."""
    if len(word) > _LONGEST or not _PATTERNS.concern(word):
        return word
    if word in _WORDS:
        return _WORDS[word]
    if any(letters in word for letters in _LETTERS):
        word = _PATTERNS.spelled.sub(lambda match: _LETTERS[match.group()], word)
    for (signs, _, _), (pattern, replacement) in zip(_RULES, _PATTERNS.rules, strict=True):
        if any(sign in word for sign in signs):
            word = pattern.sub(replacement, word)
    if not any(sign in word for sign in _ISE_SIGNS):
        return word
    ends_in_ise, keeps_it = _PATTERNS.ise
    ise = ends_in_ise.fullmatch(word)
    if ise is None or keeps_it.search(ise["before"]):
        return word
    return f"{ise['before']}iz{ise['behind']}"
