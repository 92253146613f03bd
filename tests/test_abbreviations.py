import time

import pytest
from conftest import GIVEN

from index.abbreviations import MOST, Abbreviation, defined


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("The gross domestic product (GDP) rose.", "GDP", "gross domestic product"),
        (
            "It is run by the Driver and Vehicle Standards Agency (DVSA) alone.",
            "DVSA",
            "Driver and Vehicle Standards Agency",
        ),
        (
            "SME (small and medium-sized enterprise) loans",
            "SME",
            "small and medium-sized enterprise",
        ),
        ("A Fund for Industrial Renewal (FIR) lends.", "FIR", "Fund for Industrial Renewal"),
        ("国家发展和改革委员会（以下简称“发改委”）表示", "发改委", "国家发展和改革委员会"),
        ("中国证券监督管理委员会(简称证监会)", "证监会", "中国证券监督管理委员会"),
        ("由国家发展和改革委员会（以下简称“发改委”）牵头", "发改委", "国家发展和改革委员会"),
        ("《中华人民共和国公司法》（以下简称《公司法》）", "公司法", "中华人民共和国公司法"),
        ("国家发展和改革委员会，以下简称发改委，表示", "发改委", "国家发展和改革委员会"),
        ("世界贸易组织，简称世贸组织", "世贸组织", "世界贸易组织"),
        ("in the European Economic Area (EEA)", "EEA", "European Economic Area"),
        ("the Department for Education (DfE)", "DfE", "Department for Education"),
        ("electric vehicles (EVs)", "EVs", "electric vehicles"),
        (
            "the Small Business Administration's (SBA) loans",
            "SBA",
            "Small Business Administration",
        ),
    ],
)
def test_a_definition_is_found(text: str, short: str, long: str) -> None:
    assert Abbreviation(short, long, True) in defined([text])


def test_one_bracket_may_define_two() -> None:
    text = "国家发展和改革委员会（以下简称“国家发展改革委”或“发改委”）"
    assert [one.short for one in defined([text])] == ["发改委", "国家发展改革委"]


@pytest.mark.parametrize(
    "text",
    [
        "see the table (TAB)",
        "Beijing (China)",
        "it grew (by 5%)",
        "in full (IN FULL)",
        "(NDRC)",
        "第一章（总则）",
        "请见附件，简称见下",
        "以下简称“条例”",
    ],
)
def test_other_brackets_define_nothing(text: str) -> None:
    assert not [one for one in defined([text]) if one.is_defined]


def test_the_initials_of_names_are_kept() -> None:
    found = {one.short: one.long for one in defined([GIVEN.read_text(encoding="utf-8")])}
    assert found["NDRC"] == "National Development and Reform Commission"
    assert found["MIIT"] == "Ministry of Industry and Information Technology"
    assert found["SMEDF"] == "Small and Medium-sized Enterprise Development Fund"
    assert not any(long.startswith("The ") for long in found.values())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("In Beijing Municipal Government Office", ["Beijing Municipal Government Office"]),
        ("Yesterday the National Bureau of Statistics", ["National Bureau of Statistics"]),
        ("This Ministry of Foreign Affairs note", ["Ministry of Foreign Affairs"]),
        ("Contact the Student Loans Company", ["Student Loans Company"]),
        ("the Royal College of Nursing’s rules", ["Royal College of Nursing"]),
        ("The winner was Tom", []),
        ("ANNUAL REPORT OF THE STATE COUNCIL", []),
    ],
)
def test_a_name_is_kept_without_what_a_sentence_says_before_it(text: str, names: list[str]) -> None:
    assert [one.long for one in defined([text])] == names


def test_fewer_capitals_than_a_name_has_words_name_nothing() -> None:
    assert defined(["The Écoles Nationales of Lyon", "Élan Vital Group met"]) == []
    names = ["the National Grid Company", "le Conseil État Régional Général de Lyon Métropole"]
    assert [one.short for one in defined(names)] == ["NGC"]


def test_no_more_are_kept_than_a_text_has_use_for() -> None:
    names = (f"Alpha{a} Beta{b} Gamma" for a in "abcdefghijklmnop" for b in range(60))
    assert len(defined(f"{name} said so." for name in names)) == MOST


@pytest.mark.parametrize(
    "text",
    [
        "Aa " * 300_000,
        "Ministry " * 110_000,
        "(" * 500_000,
        "(A" * 300_000,
        "Ab (AB) " * 60_000,
        "Aa and " * 150_000,
        "国家局（以下简称国局）" * 60_000,
        "，简称" * 200_000,
    ],
)
def test_time_grows_with_the_text_alone(text: str) -> None:
    started = time.process_time()
    defined([text])
    assert time.process_time() - started < 3
