"""British spellings to American ones, so that question and text meet whichever they use.

What comes out is only compared, never shown. Where two words would become one they are left alone:
"tyre" is not "tire", nor "cheque" "check".
"""

import re
from functools import lru_cache

# A word that has none of these is as it is; the test costs less than looking a word up.
_CONCERNED = re.compile(
    "is[ei]|ys[ei]|isa|our|tre|ence|ogue|ll|lment|lful|mme|ae|oe|ulph|inium|geing|gement|grey|moul"
    "|plou|fulfil|enrol|distil|instil|appal|sceptic|artefact|cosy|storey|manoeuv"
)
_INFLECTED = "(?:s|ed|ing|er|ers|ful|fully|less|able|ably|ite|ites|hood|hoods|ly|al|ism|ist|ists)?"
_OUR = (  # what stands before "our"
    "arb|ard|arm|behavi|cand|clam|col|demean|dol|enam|endeav|fav|ferv|flav|glam|harb|hon|hum|lab"
    "|misbehavi|misdemean|neighb|od|parl|ranc|rig|rum|sav|savi|splend|succ|tum|val|vap|vig|waterc"
)
_SUFFIX = "(e|ed|er|ers|es|ing|ation|ations|ational|able)"
_NEVER_IZE = (  # what stands before "is" in words that nobody spells with a z
    "adv|advert|appr|^ar|bra|bru|chast|circumc|comprom|compr|conc|cru|dem|desp|dev|disgu|enfranch"
    "|enterpr|exc|exerc|expert|franch|gu|improv|inc|lia|merchand|no|parad|po|pra|prec|prem|prom|ra"
    "|repr|rev|^r|superv|surm|surpr|telev|tort|treat|^v|w|mala|porpo"
)
_DOUBLED = (
    "bedevil|cancel|carol|channel|chisel|counsel|dial|duel|enamel|enrol|equal|fuel|funnel|gravel"
    "|grovel|initial|jewel|kennel|label|laurel|level|libel|marshal|marvel|model|panel|pedal|pencil"
    "|quarrel|refuel|remodel|relabel|revel|rival|shovel|shrivel|signal|snivel|spiral|squirrel|total"
    "|towel|travel|tunnel|unravel|weasel|yodel"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"^practis(e|es|ed|ing)$", r"practic\1"),
        (rf"^(?!.*(?:{_NEVER_IZE})is{_SUFFIX}$)(.+)is{_SUFFIX}$", r"\2iz\3"),
        (r"lys(e|ed|er|ers|es|ing)$", r"lyz\1"),
        (rf"^((?:dis|re|un|non)?(?:{_OUR}))our({_INFLECTED})$", r"\1or\2"),
        (
            r"^((?:kilo|centi|milli|epi|amphi)?(?:cent|theat|lit|met|fib|calib|lust|spect|meag"
            r"|somb|sab|goit|och|sepulch))re(s)?$",
            r"\1er\2",
        ),
        (r"^(cent|met|lit|fib)red$", r"\1ered"),
        (r"^((?:de|of|pret)f?)ence(s|less)?$", r"\1ense\2"),
        (r"^licenc(e|es|ed|ing|ee|ees)$", r"licens\1"),
        (r"^(program)me(s)?$", r"\1\2"),
        (rf"^({_DOUBLED})l(ed|ing|er|ers|or|ors|ings|able|ation|ations|ist|ists)$", r"\1\2"),
        (r"^(enrol|fulfil|instal|instil|distil|appal|enthral)l?(s|ment|ments)?$", r"\1l\2"),
        (r"^(skil|wil)l?ful(ly|ness)?$", r"\1lful\2"),
        (r"^(cata|dia|ana|mono|pro|epi)logue(s)?$", r"\1log\2"),
        (r"^(cata|dia)logued$", r"\1loged"),
        (r"ae(?=mi|mo|di|st|ti|lo|ol|on|ra|sa|co|qu|the|rea)", "e"),
        (r"(?<=[a-z])aem", "em"),
        (r"^(?:o)e(?=st|de|so)|(?<=h)oe(?=a)|(?<=f)oe(?=t)|(?<=n)oe(?=u)|(?<=am)oe(?=b)", "e"),
        (r"sulph", "sulf"),
        (r"^alumini(um)$", "aluminum"),
        (r"^ageing$", "aging"),
        (r"^(.*(?:jud|led))gement(s|al)?$", r"\1gment\2"),
        (r"^grey(s|ed|ing|ish)?$", r"gray\1"),
        (r"^mould(s|ed|ing|ings|y)?$", r"mold\1"),
        (r"^plough(s|ed|ing)?$", r"plow\1"),
        (r"^sceptic(s|al|ism)?$", r"skeptic\1"),
        (r"^artefact(s)?$", r"artifact\1"),
        (r"^storey(s)?$", r"story\1"),
    )
)


@lru_cache(maxsize=1 << 14)
def american(word: str) -> str:
    """Return a folded word as Americans spell it; most words are returned as they are."""
    if _CONCERNED.search(word) is None:
        return word
    for pattern, replacement in _RULES:
        word = pattern.sub(replacement, word)
    return word
