"""What the commands show of versions: `ask --as-of`, `diff`, and what stands beside a document."""

import json
import sys
from pathlib import Path

import pexpect
import pytest
from conftest import GIVEN_ID, Run, environment

FIRST = """date 2020-01-01 Vehicle tax law

The tax on cars is 5 percent of the price.

Buses are free of tax.

The tax is paid to the treasury in May.

Whoever pays late pays a fine.

This law is short.
"""
SECOND = """date 2023-01-01 Vehicle tax law of 2023

This law is short.

The tax on cars is 7 percent of the price.

The tax is paid to the treasury in May.

Whoever pays late pays a fine.

Charging points for electric vehicles get a grant.
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
    asked = policybot(
        "ask", "--json", "--as-of", "2022-01-01", "Is there a grant for electric vehicles?"
    )
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
    shown = policybot("show", "law#1")
    assert shown.returncode == 1
    assert shown.stderr.startswith("policybot: law is gone since 20")


@pytest.mark.usefixtures("law")
def test_what_is_superseded_says_so_wherever_it_is_shown(project: Path, policybot: Run) -> None:
    (project / "data" / "documents" / "new-law.md").write_text(
        "---\ndate: 2024-01-01\nsupersedes: [law, older-law]\n---\n# New law\n\nBuses pay 2 %.\n"
    )
    built = policybot("index", "build").stdout
    assert "note     new-law supersedes older-law, but no document is called that" in built
    assert "Superseded by new-law" in policybot("ask", "the tax on cars").stdout
    assert " · superseded by new-law\n" in policybot("sources").stdout
    listed = json.loads(policybot("sources", "--json").stdout)
    assert {source["id"]: source["superseded_by"] for source in listed} == {
        GIVEN_ID: [],
        "law": ["new-law"],
        "new-law": [],
    }
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


# --- diff ---


def test_diff_shows_rows_on_lines_of_their_own(project: Path, policybot: Run) -> None:
    for rate in (5, 7):
        (project / "data" / "documents" / "rates.html").write_text(
            f"<table><tr><td>Cars</td><td>{rate}</td></tr><tr><td>Ships</td><td>9</td></tr></table>"
        )
        policybot("index", "build")
    assert policybot("diff", "rates").stdout.splitlines()[2:5] == [
        "changed 1",
        "  Cars   [-5-]{+7+}",
        "  Ships   9",
    ]


@pytest.mark.usefixtures("law")
def test_diff_shows_what_the_last_version_changed(policybot: Run) -> None:
    result = policybot("diff", "law")
    assert result.returncode == 0
    head, *rest = result.stdout.splitlines()
    assert head.startswith("law: version 1 of 2020-01-01 (first seen 20")
    assert " -> version 2 of 2023-01-01 (first seen 20" in head
    assert rest == [
        "title: [-Vehicle tax law-]{+Vehicle tax law of 2023+}",
        "date: [-2020-01-01-]{+2023-01-01+}",
        "",
        "moved 5 -> 1",
        "  This law is short.",
        "",
        "changed 1 -> 2",
        "  The tax on cars is [-5-]{+7+} percent of the price.",
        "",
        "removed 2",
        "  [-Buses are free of tax.-]",
        "",
        "added 5",
        "  {+Charging points for electric vehicles get a grant.+}",
        "",
        "Paragraphs: 1 changed, 1 added, 1 removed, 1 moved.",
    ]


@pytest.mark.usefixtures("law")
def test_diff_marks_by_colour_on_a_terminal(project: Path, tmp_path: Path) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "bot", "diff", "law"],
        cwd=project,
        env=environment(tmp_path) | {"PAGER": "cat"},
        encoding="utf-8",
        timeout=60,
    )
    printed = child.read()
    child.close()
    assert "\x1b[9;31m5\x1b[0m\x1b[32m7\x1b[0m" in printed
    assert "[-" not in printed


def test_diff_compares_the_versions_of_two_days(law: Path, policybot: Run) -> None:
    law.write_text(FIRST.replace("2020-01-01", "2024-01-01"))
    policybot("index", "build")
    same_text = policybot("diff", "law", "--from", "2022-01-01", "--to", "2024-05-01")
    assert same_text.returncode == 0
    assert same_text.stdout.splitlines()[1:] == [
        "date: [-2020-01-01-]{+2024-01-01+}",
        "",
        "Paragraphs: 0 changed, 0 added, 0 removed, 0 moved.",
    ]
    back = policybot("diff", "law", "--to", "2023-05-01").stdout
    assert "version 1 of 2020-01-01" in back
    assert "version 2 of 2023-01-01" in back


def test_diff_of_one_version_names_what_is_known(policybot: Run) -> None:
    policybot("index", "build")
    result = policybot("diff", GIVEN_ID)
    assert result.returncode == 1
    assert result.stdout.startswith(
        f"{GIVEN_ID}: no version before the one of 2023-09-06 is known.\n"
        "Known: version 1 of 2023-09-06 (first seen 20"
    )
    as_json = policybot("diff", GIVEN_ID, "--json")
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["from"] is None


@pytest.mark.usefixtures("law")
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--from", "2019-01-01"), "law was not in force on 2019-01-01."),
        (("--to", "2019-01-01"), "law was not in force on 2019-01-01."),
        (("--from", "2023-05-01"), "law: nothing differs between version 2 of 2023-01-01"),
    ],
)
def test_diff_says_why_nothing_can_be_compared(
    flags: tuple[str, str], message: str, policybot: Run
) -> None:
    result = policybot("diff", "law", *flags)
    assert result.returncode == 1
    assert result.stdout.startswith(message)
    assert "version 1 of 2020-01-01" in result.stdout.splitlines()[1]


@pytest.mark.usefixtures("law")
def test_diff_of_an_unknown_document_names_the_nearest(policybot: Run) -> None:
    result = policybot("diff", "lawn")
    assert result.returncode == 2
    assert result.stderr == (
        "policybot: No document is called lawn. The nearest: law. All of them: policybot sources\n"
    )
    assert policybot("diff", "a\udcffb").returncode == 2
    turned = policybot("diff", "law", "--from", "2024-01-01", "--to", "2023-01-01")
    assert turned.returncode == 2
    assert "--from 2024-01-01 is after --to 2023-01-01." in turned.stderr


def test_diff_of_a_removed_document_compares_its_last_versions(law: Path, policybot: Run) -> None:
    law.unlink()
    policybot("index", "build")
    assert "changed 1 -> 2" in policybot("diff", "law").stdout


@pytest.mark.usefixtures("law")
def test_diff_as_json_has_every_piece(policybot: Run) -> None:
    value = json.loads(policybot("diff", "law", "--json").stdout)
    assert list(value) == ["document", "from", "to", "metadata", "headings", "paragraphs"]
    assert value["from"]["in_force_from"] == "2020-01-01"
    assert value["to"]["last_seen"] is None
    assert value["metadata"][1] == {"name": "date", "old": "2020-01-01", "new": "2023-01-01"}
    changed = value["paragraphs"][1]
    assert (changed["kind"], changed["from"], changed["to"]) == ("changed", 1, 2)
    assert changed["pieces"][1:3] == [
        {"kind": "removed", "text": "5"},
        {"kind": "added", "text": "7"},
    ]
