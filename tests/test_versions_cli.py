"""What the commands show of versions: `ask --as-of`, `diff`, and what stands beside a document."""

import json
from pathlib import Path

import pytest
from conftest import GIVEN_ID, Run

FIRST = """date 2020-01-01 Vehicle tax law

The tax on cars is 5 percent of the price.

Buses are free of tax.

The tax is paid to the treasury in May.

This law is short.
"""
SECOND = """date 2023-01-01 Vehicle tax law of 2023

The tax is paid to the treasury in May.

The tax on cars is 7 percent of the price.

This law is short.

Electric cars are free of tax until 2030.
"""


@pytest.fixture
def law(project: Path, policybot: Run) -> Path:
    """A law in two versions, both in the index."""
    path = project / "data" / "documents" / "law.txt"
    for text in (FIRST, SECOND):
        path.write_text(text)
        assert policybot("index", "build").returncode == 0
    return path


@pytest.mark.usefixtures("law")
def test_a_question_as_of_a_day_is_answered_from_what_was_in_force(policybot: Run) -> None:
    for day, rate in (("2022-12-31", 5), ("2023-01-01", 7)):
        result = policybot("ask", "--as-of", day, "What is the tax on cars?")
        assert result.returncode == 0
        assert result.stdout.startswith(f"As of {day}: ")
        assert f"The tax on cars is {rate} percent" in result.stdout
    assert "7 percent" in policybot("ask", "What is the tax on cars?").stdout


@pytest.mark.usefixtures("law")
def test_what_was_added_later_is_not_known_before(policybot: Run) -> None:
    asked = policybot("ask", "--json", "--as-of", "2022-01-01", "Are electric cars free of tax?")
    value = json.loads(asked.stdout)
    assert value["as_of"] == "2022-01-01"
    assert "electric" in value["missing_terms"]
    assert value["index"]["documents"] == 1
    assert {p["citation"]["date"] for p in value["passages"]} == {"2020-01-01"}


@pytest.mark.usefixtures("law")
def test_a_day_before_all_documents_is_said_to_be_one(policybot: Run) -> None:
    result = policybot("ask", "--as-of", "2019-12-31", "What is the tax on cars?")
    assert result.returncode == 1
    assert result.stdout == (
        "As of 2019-12-31: no document was in force. The earliest day known is 2020-01-01.\n"
    )
    as_json = policybot("ask", "--json", "--as-of", "2019-12-31", "What is the tax?")
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["passages"] == []


def test_a_removed_document_answers_as_of_a_day_before(law: Path, policybot: Run) -> None:
    law.unlink()
    policybot("index", "build")
    asked = ("What is the tax on cars?", "--as-of", "2023-06-01", "--source", "law")
    assert "7 percent" in policybot("ask", *asked).stdout
    refused = policybot("ask", "What is the tax?", "--as-of", "2019-06-01", "--source", "law")
    assert refused.returncode == 1


def test_what_is_superseded_says_so_wherever_it_is_shown(
    law: Path, project: Path, policybot: Run
) -> None:
    (project / "data" / "documents" / "new-law.md").write_text(
        "---\ndate: 2024-01-01\nsupersedes: [law, older-law]\n---\n# New law\n\nBuses pay 2 %.\n"
    )
    built = policybot("index", "build").stdout
    assert "note     new-law supersedes older-law, but no document is called that" in built
    assert "Superseded by new-law" in policybot("ask", "the tax on cars").stdout
    assert " · superseded by new-law\n" in policybot("sources").stdout
    shown = policybot("show", "law").stdout
    assert "Superseded by new-law\n" in shown
    assert "1 earlier version, first seen 20" in shown
    then = policybot("ask", "--as-of", "2023-12-31", "the tax on cars").stdout
    assert "Superseded" not in then
    assert "percent" not in policybot("ask", "--as-of", "2024-01-01", "the tax on cars").stdout


def test_a_document_of_one_version_has_nothing_more_to_show(policybot: Run) -> None:
    assert "earlier" not in policybot("show", GIVEN_ID).stdout


@pytest.mark.usefixtures("law")
def test_no_version_is_kept_where_the_settings_say_so(project: Path, policybot: Run) -> None:
    (project / "policybot.yaml").write_text("versions:\n  retention_days: 0\n")
    built = policybot("index", "build").stdout
    assert "Generation 3 is live." in built
    assert "earlier" not in policybot("show", "law").stdout
    assert "earlier" not in policybot("index", "status").stdout
