"""British and American spellings: one term, and no other word is taken for one of them."""

import importlib
import re
from pathlib import Path

import pytest
from conftest import build_and_open
from hypothesis import given
from hypothesis import strategies as st

from index import analysis
from index.analysis.american import american

PAIRS = """
organise organize, organised organized, organising organizing, organisation organization
organisations organizations, organisational organizational, recognisable recognizable
agonisingly agonizingly, aggrandisement aggrandizement, incentivise incentivize
analyse analyze, analysed analyzed, analysers analyzers, paralysing paralyzing
practise practice, practised practiced, licence license, licences licenses, licencing licensing
colour color, colours colors, coloured colored, labour labor, labourers laborers
favourable favorable, favourite favorite, honours honors, honourable honorable
neighbouring neighboring, neighbourhood neighborhood, behaviour behavior
behavioural behavioral, misbehaviour misbehavior, harbours harbors, vapour vapor
endeavoured endeavored, tumours tumors, odourless odorless, rigour rigor, humour humor
armour armor, saviour savior, watercolour watercolor, multicoloured multicolored
centre center, centres centers, centred centered, centring centering, metre meter
kilometres kilometers, theatres theaters, litre liter, fibre fiber, fibreglass fiberglass
calibre caliber, lustre luster, meagre meager, centrepiece centerpiece
manoeuvre maneuver, manoeuvred maneuvered, manoeuvrable maneuverable
defence defense, offences offenses, defenceless defenseless, pretence pretense
programme program, programmes programs, subprogrammes subprograms, kilogrammes kilograms
travelled traveled, travelling traveling, travellers travelers, cancelled canceled
labelled labeled, unlabelled unlabeled, modelling modeling, remodelled remodeled
fuelled fueled, signalling signaling, counselling counseling, counsellors counselors
marshalled marshaled, levelled leveled, totalling totaling, councillors councilors
enrol enroll, enrolment enrollment, fulfil fulfill, fulfils fulfills, fulfilment fulfillment
instalments installments, skilful skillful, wilfully willfully, woollen woolen
marvellous marvelous, jewellery jewelry, tranquilliser tranquilizer
paediatric pediatric, orthopaedics orthopedics, encyclopaedia encyclopedia, anaemia anemia
haemorrhage hemorrhage, haemoglobin hemoglobin, leukaemia leukemia, leucocytes leukocytes
oestrogen estrogen, antioestrogen antiestrogen, foetus fetus, foetal fetal, oedema edema
lymphoedema lymphedema, oesophagus esophagus, diarrhoea diarrhea, dyspnoea dyspnea
aetiology etiology, caesarean cesarean, gynaecology gynecology, anaesthetist anesthetist
archaeological archeological, mediaeval medieval, faecal fecal, coeliac celiac, haem heme
sulphur sulfur, sulphates sulfates, aluminium aluminum, ageing aging
judgement judgment, judgemental judgmental, acknowledgements acknowledgments
catalogue catalog, catalogues catalogs, cataloguing cataloging, dialogue dialog
analogues analogs, grey gray, greying graying, mould mold, mouldy moldy, ploughed plowed
sceptical skeptical, artefacts artifacts, sizeable sizable, tradeable tradable
rateable ratable, focussed focused, biassed biased, cosy cozy
"""
APART = """
hour our, four for, tour tor, pour por, contour contor, detour detor, flour flor, sour sor
paramour paramor, journal jornal, prise prize, prised prized, tyre tire, cheque check
storey story, kerb curb, disable dizable, size sise, wise wize, advise advize
exercise exercize, enterprise enterprize, promise promize, raise raze, timetrees timeters
phytoestrogen phytestrogen, sombrero somberro, programmer programr
"""
SAME_EVERYWHERE = """
advice advise advised adviser supervise revise devise precise concise excise exercise enterprise
otherwise likewise franchise merchandise expertise promise promises premise compromise comprise
surprise raise rise rising wise praise noise poison prison disease diseases increase decrease lease
release crisis basis analysis thesis mission visa visit island israel israeli michael hour hours
hourly four tour detour contour our your pour sour flour course court source resource journey
journal tournament courage nourish shoulder boulder glamorous humorous here where more store require
before acre ogre mediocre cadre genre timbre science hence presence evidence absence influence
essence violence league vogue rogue skill well hall called filled billed selling controlled
compelled installed recalled willing engagement arrangement management aerial poem poet does shoe
phoenix coexist programming programmer
"""


def read(table: str) -> list[tuple[str, str]]:
    found = (pair.split() for pair in re.split(r"[,\n]\s*", table.strip()))
    return [(one, other) for one, other in found]


@pytest.mark.parametrize(("british", "american_"), read(PAIRS))
def test_both_spellings_are_one_term(british: str, american_: str) -> None:
    assert analysis.terms(british) == analysis.terms(american_)
    assert analysis.terms(f"“{british.upper()}”,") == analysis.terms(american_)
    assert american(american(british)) == american(british)


@pytest.mark.parametrize(("one", "other"), read(APART))
def test_other_words_stay_apart(one: str, other: str) -> None:
    assert american(one) == one
    assert one != american(other)


@pytest.mark.parametrize("word", SAME_EVERYWHERE.split())
def test_words_that_all_spell_alike_are_not_changed(word: str) -> None:
    assert american(word) == word


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("The labour organisation analysed fibre.", "labor organization analyzing fibers"),
        ("The labor organization analyzed fiber.", "labour organisations analyse fibre"),
    ],
)
def test_a_question_finds_the_text_in_the_other_spelling(
    tmp_path: Path, text: str, question: str
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text(f"Steel output fell.\n\n{text}\n")
    searcher = build_and_open(tmp_path / "docs", tmp_path / "index")
    for word in question.split():
        query = searcher.form(word)
        assert query.expansions == {}  # neither mended nor reworded: the term itself
        assert [hit.passage.paragraph for hit in searcher.search(query, 3)] == [2], word


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("colour-coded", "color-coded"),
        ("colourcoded", "color-coded"),
        ("re-organisation", "reorganization"),
        ("decision-making programmes", "decision-making programs"),
        ("grey-scale", "gray-scale"),
        ("gastro-oesophageal", "gastroesophageal"),
        ("the centre’s", "the center's"),
        ("O'Grey's", "O’Gray’s"),
    ],
)
def test_compounds_meet_in_some_group(one: str, other: str) -> None:
    ours, theirs = analysis.words(one)[-1], analysis.words(other)[-1]
    whole = {group[-1].term for group in ours.groups if len(group) == 1}
    assert whole & {group[-1].term for group in theirs.groups if len(group) == 1}


def test_words_that_are_british_to_american_ears_are_stop_words_too() -> None:
    assert analysis.terms("whilst amongst while among") == []


spelled = st.text("abcdefghilmnoprstuvyz", max_size=4)
british = st.sampled_from([word for pair in read(PAIRS + APART) for word in pair])
words = st.tuples(spelled, british, spelled).map("".join)


@given(words)
def test_spelling_twice_is_spelling_once(word: str) -> None:
    assert american(american(word)) == american(word)


@given(words)
def test_the_quick_test_lets_no_concerned_word_pass(word: str) -> None:
    rules = importlib.import_module("index.analysis.american")
    by_signs = any(sign in word for sign in rules._SIGNS)
    assert by_signs == (rules._PATTERNS.concerned.search(word) is not None)
    if american(word) != word:
        assert rules._PATTERNS.concerned.search(word)
    elif rules._PATTERNS.concerned.search(word) is None and len(word) <= rules._LONGEST:
        assert word not in rules._WORDS
        assert rules._PATTERNS.spelled.search(word) is None
        assert all(pattern.sub(new, word) == word for pattern, new in rules._PATTERNS.rules)
        ise = rules._PATTERNS.ise[0].fullmatch(word)
        assert ise is None or rules._PATTERNS.ise[1].search(ise["before"])


@given(st.lists(words, max_size=8))
def test_chunks_in_bulk_have_the_terms_that_words_have(chunks: list[str]) -> None:
    found, sizes = analysis.terms_of_chunks(chunks)
    one_by_one = [analysis.chunk_terms(chunk) for chunk in chunks]
    assert found == [term for terms in one_by_one for term in terms]
    assert sizes == [len(terms) for terms in one_by_one]
    text = " ".join(chunks)
    in_words = [t.term for w in analysis.words(text) for group in w.groups for t in group]
    assert in_words == analysis.terms(text) == found


@given(st.lists(words, max_size=8))
def test_many_words_are_spelled_as_each_of_them(some: list[str]) -> None:
    rules = importlib.import_module("index.analysis.american")
    many = [*some, *(f"{word}es" for word in some)] * rules._FEW_WORDS
    assert rules.all_american(many[: rules._FEW_WORDS + 1]) == list(
        map(american, many[: rules._FEW_WORDS + 1])
    )


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_may_be_spelled(text: str) -> None:
    assert american(american(text)) == american(text)
