import json
import time

import pytest
from conftest import REPOSITORY
from hypothesis import given
from hypothesis import strategies as st

from index.errors import GlossaryRefused
from index.glossary import Glossary, GlossaryEntry, as_json, compiled, parse
from index.yaml_text import parse_yaml

SHIPPED = (REPOSITORY / "data" / "glossary.yaml").read_text(encoding="utf-8")
SMALL = """\
same:
  - [new energy vehicle, NEV, 新能源汽车]
  - [5G base station, 5G基站]
  - [this year, 今年]
  - [United States, US, 美国]
  - [automobile, 汽车]
  - [small and medium-sized enterprise, SME, 中小企业]
also:
  electric car: [new energy vehicle]
  NEV: plug-in car
"""


def glossary(text: str = SMALL) -> Glossary:
    return Glossary(json.loads(as_json(text.encode(), "glossary.yaml")))


def matched(question: str, of: Glossary) -> dict[str, tuple[str, ...]]:
    return {question[one.start : one.end]: one.others for one in of.matches(question)}


def test_a_list_goes_both_ways_and_entries_of_one_phrase_become_one() -> None:
    entries = {entry.phrase: entry.others for entry in parse(SMALL)}
    assert entries["NEV"] == ("new energy vehicle", "新能源汽车", "plug-in car")
    assert entries["electric car"] == ("new energy vehicle",)
    assert entries["5G基站"] == ("5G base station",)


def test_what_a_phrase_also_looks_for_does_not_look_back() -> None:
    assert matched("electric cars", glossary()) == {"electric cars": ("new energy vehicle",)}
    assert matched("new energy vehicles", glossary()) == {
        "new energy vehicles": ("NEV", "新能源汽车")
    }
    assert matched("plug-in cars", glossary()) == {}


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ("How many NEVs, or new energy vehicles?", ["NEVs", "new energy vehicles"]),
        ("nev exports", ["nev"]),
        ("SMEs and smes, not the sme's", ["SMEs", "smes", "sme's"]),
        ("U.S. and u.s. exports", ["U.S", "u.s"]),
        ("今年新能源汽车出口", ["今年", "新能源汽车"]),  # and not 汽车 within it
        ("汽车和新能源", ["汽车"]),
        ("今年建设5G基站吗", ["今年", "5G基站"]),
        ("the electric car's price", ["electric car's"]),
        ("this year and last year", ["this year"]),
        ("exports to the US", ["US"]),
        ("tell us about it", []),
        ("a car", []),
    ],
)
def test_the_longest_phrases_of_a_question_are_found(question: str, phrases: list[str]) -> None:
    assert list(matched(question, glossary())) == phrases


def test_a_phrase_is_no_other_wording_of_itself() -> None:
    assert matched("NEV", glossary())["NEV"][0] == "new energy vehicle"
    both = Glossary(compiled([GlossaryEntry("car", ("Car", "auto"))]))
    assert matched("car", both) == {"car": ("auto",)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sane:\n  - [a car, auto]\n", "line 1: no section is called sane; the nearest is same"),
        ("same:\n  - [car, auto]\n  - [lorry]\n", "line 3: a list of one phrase"),
        ("same:\n  - [car, the]\n", "line 2: 'the' has only common words"),
        ("same:\n  - [car, '']\n", "line 2: an empty phrase"),
        ("same:\n  - [car, cars]\n", "line 2: 'cars' is found as another phrase of the list is"),
        ("same:\n  - car\n", "line 2: not a list of phrases"),
        ("same: {car: auto}\n", "line 1: same: takes lists"),
        ("also:\n  car: []\n", "line 2: nothing stands behind 'car'"),
        ("also: [car]\n", "line 1: also: takes lines"),
        (f"same:\n  - [car, {' '.join(['long'] * 11)}]\n", "line 2: .*is longer than 10 words"),
        ("same:\n  - [car, auto\n", "line [23]: "),
        ("same:\n  - &a [car, auto]\n  - *a\n", "line 3: aliases"),
        ("just text\n", "line 1: not a file of"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(GlossaryRefused, match=message):
        parse(text)


def test_what_is_no_utf_8_is_told_with_its_file() -> None:
    with pytest.raises(GlossaryRefused, match=r"words\.yaml is not valid UTF-8"):
        as_json(b"\xff\xfe\x00", "words.yaml")


def test_an_empty_glossary_knows_nothing() -> None:
    assert parse("") == ()
    assert glossary("# nothing yet\n").matches("electric car") == []


def test_the_glossary_that_is_shipped_has_both_languages() -> None:
    entries = parse(SHIPPED)
    chinese = [entry for entry in entries if not entry.phrase.isascii()]
    assert len(entries) - len(chinese) >= 300
    assert len(chinese) >= 300
    found = matched("发改委 and the NDRC on electric cars", glossary(SHIPPED))
    assert "National Development and Reform Commission" in found["发改委"]
    assert "发改委" in found["NDRC"]
    assert "new energy vehicle" in found["electric cars"]


def test_no_phrase_that_is_shipped_stands_in_two_lists() -> None:
    mapping = parse_yaml(SHIPPED)
    assert mapping is not None
    same = mapping.values["same"]
    assert isinstance(same, list)
    seen: dict[str, int] = {}
    for number, phrases in enumerate(same):
        assert isinstance(phrases, list)
        listed = compiled(GlossaryEntry(str(phrase), ("other",)) for phrase in phrases)
        for key in listed["others"]:  # what both "SME" and "smes" are looked up by
            assert seen.setdefault(key, number) == number, (phrases, same[seen[key]])


def test_a_compiled_glossary_is_soon_loaded() -> None:
    stored = as_json(SHIPPED.encode(), "glossary.yaml")
    Glossary(json.loads(stored)).matches("5G in 今年")  # compiles patterns, which takes as long
    started = time.process_time()
    Glossary(json.loads(stored))
    assert time.process_time() - started < 0.05


@given(st.text(max_size=200))
def test_matches_lie_apart_and_in_order_in_any_question(question: str) -> None:
    found = glossary().matches(question)
    ends = [0, *(one.end for one in found)]
    assert all(end <= one.start < one.end for end, one in zip(ends, found, strict=False))
