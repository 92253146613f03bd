"""British spellings to American ones, so that question and text meet whichever they use.

What comes out is only compared, never shown, so it may be no word ("sunrize"), as long as no other
word becomes the same. Where two words would, they are left alone: "tyre" is not "tire", "cheque"
not "check", "storey" not "story", and "prise" not "prize".
"""

import re
from collections.abc import Iterable
from itertools import groupby

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


_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (rf"({'|'.join(_RE.split())})(?:re(?![derx])|r(?=ed$|ing))", r"\1er"),  # but not sombrero
        (r"gramme(?![dr])", "gram"),  # programme, kilogramme; but not programmer
        (r"logu(?:e(?=s?$)|(?=ed$|ing|er))", "log"),  # catalogue, dialogue, analogue
        (
            rf"^((?:back|de|mis|non|out|over|re|un)?(?:{'|'.join(_DOUBLED.split())}))l"
            r"(?=(?:ed|ings?|ers?|ors?|est|able|ations?|ists?)(?:ly)?$)",
            r"\1",
        ),
        (r"((?:appa|disti|enro|enthra|fulfi|insta|insti)l)(?=s?$|ments?$)", r"\1l"),
        # phyto-oestrogen, antioestrogen; but phytoestrogen and gastroesophageal are American
        (r"(?<![bcdfghjklmnpqrstvwxyz])o(?=estr|esophag)", ""),
        (
            r"^((?:im|non|re|un)?(?:blam|lik|liv|lov|mov|rat|sal|shar|siz|trad|us))e(?=abl[ey]$)",
            r"\1",
        ),
        (r"^cos(?=y$|i(?:er|es|est|ly|ness)$)", "coz"),
        (r"lys(?=(?:e[ds]?|ers?|ing)$)", "lyz"),  # analyse, paralyse
    )
)
_ISE = re.compile(
    "(?P<before>.{3,})is(?P<behind>e[ds]?|ers?|ing(?:ly)?|ations?|ational(?:ly)?|abl[ey]|ability"
    "|ances?|ements?)"
)
# What stands before "is" in words that nobody spells with a z: advise, comprise, raise, otherwise.
_NEVER_IZE = re.compile(
    "(?:adv|advert|bru|chast|circumc|conc|cru|^dem|dev|exc|exerc|expert|franch|gu|improv|^inc|lia"
    "|mala|merchand|no|parad|po|pr|prec|prem|prom|ra|rev|sunr|superv|surm|telev|treat|w)$"
)

_SPELLED = re.compile(_any_of(_LETTERS))
# A word that has none of these is as it is, and most have none.
_SIGNS = (
    "isa ise isi yse ysi ll gramm logu oestr oesophag eabl ageing cosi cosy "
    "appal distil enrol enthral fulfil instal instil"
).split()
_CONCERNED = re.compile(
    _any_of([*_LETTERS, *_SIGNS, *(stem + end for stem in _RE.split() for end in ("re", "ri"))])
)
# All that the spelling of a word depends on; part of the fingerprint of an analysis.
SPELLING = "\n".join(
    [
        *(f"{british} {other}" for british, other in (_LETTERS | _WORDS).items()),
        *(f"{pattern.pattern} {replacement}" for pattern, replacement in _RULES),
        _ISE.pattern,
        _NEVER_IZE.pattern,
    ]
)


def american(word: str) -> str:
    """Return a folded word as Americans spell it; most words are returned as they are."""
    if _CONCERNED.search(word) is None or len(word) > _LONGEST:
        return word
    if word in _WORDS:
        return _WORDS[word]
    word = _SPELLED.sub(lambda match: _LETTERS[match.group()], word)
    for pattern, replacement in _RULES:
        word = pattern.sub(replacement, word)
    ise = _ISE.fullmatch(word)
    if ise is None or _NEVER_IZE.search(ise["before"]):
        return word
    return f"{ise['before']}iz{ise['behind']}"
