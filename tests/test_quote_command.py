"""Checked quotes as people and scripts see them: on the command line and at the prompt."""

import json

import pytest
from conftest import GIVEN_ID, Run

from bot.lines import plain
from bot.quote_rendering import quote_check_lines
from index import Searcher

SAID = "636,000 new energy vehicles exported in the first seven months of this year"


@pytest.mark.parametrize(
    ("text", "outcome", "code"),
    [
        (SAID, "exact", 0),
        (f"‘{SAID}’", "exact", 0),
        (SAID.replace(",", ""), "near", 0),
        (SAID.replace("exported", "sold"), "different", 1),
        ("What is the weather in Beijing today?", "not_found", 1),
    ],
)
def test_the_exit_code_says_whether_the_documents_say_it(
    policybot: Run, text: str, outcome: str, code: int
) -> None:
    result = policybot("quote", "--json", *text.split())
    assert result.returncode == code
    assert json.loads(result.stdout)["outcome"] == outcome


def test_a_text_from_standard_input_keeps_its_lines(policybot: Run) -> None:
    both = [policybot("show", f"{GIVEN_ID}#{number}").stdout for number in (5, 6)]
    texts = [shown.partition(". ")[2].split("\n")[0] for shown in both]
    result = policybot("quote", "-", stdin="\n\n".join(texts))
    assert result.returncode == 0
    first, *rest = result.stdout.splitlines()
    assert first == "The documents say this, in paragraphs that follow each other."
    assert [line.strip() for line in rest[::2]] == texts


def test_json_holds_the_match_its_differences_and_its_citation(policybot: Run) -> None:
    text = SAID.replace("636", "635")
    printed = json.loads(policybot("quote", "--json", text).stdout)
    (match,) = printed["matches"]
    assert (match["id"], match["text"], match["asked"]) == (f"{GIVEN_ID}#7", SAID, [0, len(text)])
    assert match["diff"][:2] == [
        {"kind": "removed", "text": "635,000"},
        {"kind": "added", "text": "636,000"},
    ]
    asked = json.loads(policybot("ask", "--json", "new energy vehicles exported").stdout)
    assert match["citation"] == asked["passages"][0]["citation"]


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_no_text_is_refused_with_what_to_do(policybot: Run, text: str) -> None:
    result = policybot("quote", "-", stdin=text)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == 'policybot: There is no text to look for. Try: policybot quote "..."\n'


def test_a_text_that_is_too_long_is_refused_and_the_longest_is_not(policybot: Run) -> None:
    refused = policybot("quote", "-", stdin="ab " * 33_334)
    assert refused.returncode == 2
    assert "at most 100,000" in refused.stderr
    assert policybot("quote", "-", stdin="ab " * 33_333).returncode == 1


def test_differences_are_marked_for_those_who_see_no_colours(given_searcher: Searcher) -> None:
    check = given_searcher.check_quote(SAID.replace("exported", "sold"))
    said, legend, shown, cited = map(plain, quote_check_lines(check))
    assert said == "The documents say this differently."
    assert legend == "Marked: [-only in the text-] {+only in the document+}"
    assert "vehicles [-sold-]{+exported+} in" in shown
    assert f"[{GIVEN_ID}#7 4afbd9]" in cited


def test_gaps_stand_between_the_pieces(given_searcher: Searcher) -> None:
    first = "Exploring the international market is a significant focus of the steady growth plans."
    text = f"{SAID}. Zebras never vote on Sundays here. {first}"
    said, *shown = [plain(line) for line in quote_check_lines(given_searcher.check_quote(text))]
    assert said.startswith("This is put together from several places")
    assert shown[0].strip().startswith("636,000")
    assert shown[2] == "  In no document: Zebras never vote on Sundays here"
    assert shown[3].strip() == first


def test_the_prompt_checks_a_quote(policybot: Run) -> None:
    result = policybot("repl", stdin=f":quote {SAID}\n:quote\n:help\n")
    assert "The documents say this, word for word." in result.stdout
    assert ":quote needs the text that shall be looked for." in result.stdout
    assert ":quote TEXT" in result.stdout


def test_what_a_terminal_obeys_is_not_repeated(policybot: Run) -> None:
    result = policybot("quote", f"\x1b[2J{SAID.replace('exported', 'sold')}")
    assert result.returncode == 1
    assert "\x1b" not in result.stdout
