"""`policybot eval` as a process, on collections small enough to count by hand."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import GIVEN_ID, Run

from index.bm25 import Bm25
from index.evaluation import CollectionRefused, evaluate, read_collections

CORPUS = """\
{"_id": "a", "title": "Pensions", "text": "The pension age is sixty six years."}
{"_id": "b", "title": "Pensions", "text": "Widows receive half of what was paid."}
{"_id": "c", "title": "", "text": "Solar panels are exempt from the building tax."}
{"_id": "d", "title": "", "text": "Ferries run on Sundays."}
"""
# Of q1 one passage is found, first, and another one is not; of q2 all, of q3 nothing.
QUERIES = """\
{"_id": "q1", "text": "At what age is a pension paid?"}
{"_id": "q2", "text": "Are solar panels exempt from the building tax?"}
{"_id": "q3", "text": "Which volcanoes erupted?"}
{"_id": "q4", "text": "Is this asked?"}
"""
QRELS = "query-id\tcorpus-id\tscore\nq1\ta\t1\nq1\td\t1\nq2\tc\t1\nq3\tb\t1\nq3\tc\t0\n"
UNANSWERABLE = """\
{"_id": "u1", "text": "Who may keep bees?"}
{"_id": "u2", "text": "At what age do ferries run?", "kind": "fact missing"}
"""
NDCG_Q1 = 1 / (1 + 0.6309297535714575)  # 1 / log2(3)

Files = Mapping[str, str | bytes]
WHOLE: Files = {
    "corpus.jsonl": CORPUS,
    "queries.jsonl": QUERIES,
    "qrels/test.tsv": QRELS,
    "queries_unanswerable.jsonl": UNANSWERABLE,
}


def write(folder: Path, files: Files) -> None:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.fixture
def rules(project: Path) -> Path:
    """A collection with everything that one may have."""
    write(project / "rules", WHOLE)
    return project / "rules"


def values(policybot: Run, *arguments: str) -> list[dict[str, Any]]:
    result = policybot("eval", "--json", *arguments)
    assert (result.returncode, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("rules")
def test_the_figures_are_those_counted_by_hand(policybot: Run) -> None:
    (value,) = values(policybot, "rules")
    assert (value["collection"], value["passages"], value["questions"]) == ("rules", 4, 3)
    assert value["ndcg@10"] == pytest.approx((NDCG_Q1 + 1) / 3, abs=1e-6)
    assert value["recall@10"] == value["recall@100"] == pytest.approx(0.5, abs=1e-6)
    assert value["mrr@10"] == value["hit@1"] == pytest.approx(2 / 3, abs=1e-6)
    assert 0 < value["ms_p50"] <= value["ms_p99"]


@pytest.mark.usefixtures("rules")
def test_refusing_is_told_by_kind_and_without_a_kind_the_topic_is_absent(policybot: Run) -> None:
    (value,) = values(policybot, "rules")
    assert list(value["refusal"]) == ["topic absent", "fact missing"]
    for refusal in value["refusal"].values():
        assert refusal.keys() == {"questions", "auroc", "refused_at_95"}
        assert refusal["questions"] == 1
    # "Who may keep bees?" finds nothing, as one of the three answerable ones does: a tie.
    assert value["refusal"]["topic absent"]["auroc"] == pytest.approx(2.5 / 3, abs=1e-6)
    assert value["refusal"]["topic absent"]["refused_at_95"] == 0.0
    assert list(value["outcomes"]) == ["answerable", "topic absent", "fact missing"]
    assert sum(value["outcomes"]["answerable"].values()) == 3
    assert value["outcomes"]["topic absent"] == {"answered": 0, "uncertain": 0, "not_found": 1}
    bins = value["calibration"]["bins"]
    assert (len(bins), sum(one["questions"] for one in bins)) == (10, 5)
    assert sum(one["questions"] * one["right"] for one in bins) == pytest.approx(2)


def test_a_folder_without_passages_lends_its_questions_to_all_others(
    policybot: Run, project: Path, rules: Path
) -> None:
    write(project / "more", dict(WHOLE) | {"queries_unanswerable.jsonl": ""})
    off = "".join(f'{{"_id": "o{n}", "text": "Where is gate {n}?"}}\n' for n in range(3))
    write(project / "chatter", {"queries_unanswerable.jsonl": off})
    first, second = values(policybot, str(rules), "chatter", "more")
    assert (first["collection"], second["collection"]) == ("rules", "more")
    assert first["refusal"]["off topic"]["questions"] == 3
    assert list(second["refusal"]) == ["off topic"]


def test_without_a_corpus_the_live_index_is_asked(policybot: Run, project: Path) -> None:
    question = '{"_id": "q", "text": "How many new energy vehicles were exported?"}\n'
    qrels = f"query-id\tcorpus-id\tscore\nq\t{GIVEN_ID}#7\t1\n"
    write(project / "live", {"queries.jsonl": question, "qrels/test.tsv": qrels})
    result = policybot("eval", "live", "--json", "--plain")
    assert "Building it from" in result.stderr
    value = json.loads(result.stdout)
    assert (value["passages"], value["hit@1"], value["plain"]["hit@1"]) == (10, 1.0, 1.0)
    write(project / "live", {"qrels/test.tsv": qrels.replace("#7", "#70")})
    result = policybot("eval", "live")
    assert (result.returncode, result.stdout) == (2, "")
    assert f"names the passage {GIVEN_ID}#70, which the index does not hold" in result.stderr


@pytest.mark.usefixtures("rules")
def test_plain_bm25_stands_beside(policybot: Run) -> None:
    (value,) = values(policybot, "rules", "--plain")
    assert value["plain"]["hit@1"] == pytest.approx(2 / 3, abs=1e-6)
    assert values(policybot, "rules")[0]["plain"] is None
    assert "\n  plain BM25 " in policybot("eval", "rules", "--plain").stdout


def test_the_report_fits_a_hundred_columns_and_means_several(
    policybot: Run, project: Path, rules: Path
) -> None:
    write(project / ("long-name-" * 5), WHOLE)
    first = policybot("eval", str(rules), "--save", "run.json")
    assert first.returncode == 0
    arguments = [str(rules), "long-name-" * 5, "--plain"]
    result = policybot("eval", *arguments)
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert re.search(
        r"^rules +4 +3 +0\.5377 +0\.5000 +0\.5000 +0\.6667 0\.6667", result.stdout, re.M
    )
    assert "mean of 2" in result.stdout
    compared = policybot("eval", str(rules), "--compare", "run.json")
    assert max(map(len, compared.stdout.splitlines())) <= 100
    assert re.search(r"^rules +nDCG@10 .* \+0\.0000 +0 +0 +3 +1\.0000$", compared.stdout, re.M)


def test_a_run_is_compared_with_a_saved_one(policybot: Run, project: Path, rules: Path) -> None:
    values(policybot, "rules", "--save", "run.json")
    saved = json.loads((project / "run.json").read_text())
    questions = saved["collections"]["rules"]["questions"]
    assert questions["q1"]["ranked"][0] == "a"
    assert questions["q1"]["ndcg@10"] == pytest.approx(NDCG_Q1)
    (value,) = values(policybot, "rules", "--compare", "run.json")
    assert value["comparison"]["questions"] == 3
    same = {"mean": 0.0, "wins": 0, "losses": 0, "ties": 3, "p": 1.0}
    assert all(value["comparison"][name] == same for name in ("ndcg@10", "hit@1"))

    worse = CORPUS.replace("pension age", "retirement").replace("Pensions", "Elders")
    write(rules, {"corpus.jsonl": worse})
    (value,) = values(policybot, "rules", "--compare", "run.json")
    found = value["comparison"]["ndcg@10"]
    assert (found["wins"], found["losses"], found["ties"]) == (0, 1, 2)
    assert found["mean"] == pytest.approx(-NDCG_Q1 / 3, abs=1e-6)
    assert not (project / "run.json.new").exists()


@pytest.mark.usefixtures("rules")
def test_failures_are_shown_worst_first_with_what_is_expected_and_found(policybot: Run) -> None:
    (value,) = values(policybot, "rules", "--failures", "9")
    third, first = value["failures"]  # the second question found all there is
    assert (third["id"], third["ndcg@10"], third["found"]) == ("q3", 0.0, [])
    assert third["expected"] == [{"id": "b", "text": "Widows receive half of what was paid."}]
    assert [one["id"] for one in first["expected"]] == ["a", "d"]
    assert first["found"][0]["id"] == "a"
    shown = policybot("eval", "rules", "--failures", "1").stdout
    assert "rules q3  nDCG@10 0.0000\nWhich volcanoes erupted?\n" in shown
    assert "  expected  b  Widows receive half of what was paid.\n  found nothing\n" in shown
    assert "rules q1" not in shown


@pytest.mark.usefixtures("rules")
def test_what_stands_in_a_collection_is_shown_and_not_obeyed(policybot: Run, project: Path) -> None:
    hostile = r'{"_id": "q\u001b3", "text": "Which \u001b[31m volcanoes\u202e?"}'
    queries = QUERIES.replace(QUERIES.splitlines()[2], hostile)
    write(project / "rules", {"queries.jsonl": queries, "qrels/test.tsv": "q\x1b3\tb\t1\n"})
    result = policybot("eval", "rules", "--failures", "1")
    assert result.returncode == 0
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout


BROKEN: dict[str, tuple[Files, str]] = {
    "no queries": ({"queries.jsonl": ""}, "qrels/test.tsv, line 2: no question is called q1"),
    "no passage": ({"corpus.jsonl": "\n"}, "corpus.jsonl holds no passage"),
    "no judgement": ({"qrels/test.tsv": QRELS[:25]}, "test.tsv holds no judgement"),
    "not JSON": ({"corpus.jsonl": CORPUS + "{"}, "corpus.jsonl, line 5: not JSON"),
    "no object": ({"queries.jsonl": "[]\n"}, "queries.jsonl, line 1: not a JSON object"),
    "no id": ({"queries.jsonl": '{"text": "x"}'}, 'line 1: "_id" is missing or empty'),
    "no text": ({"corpus.jsonl": '{"_id": "a", "text": []}'}, 'line 1: "text" is not a text'),
    "half a character": (
        {"corpus.jsonl": '{"_id": "a", "text": "\\ud800"}'},
        'line 1: "text" has half a character',
    ),
    "same id": ({"corpus.jsonl": CORPUS * 2}, "line 5: the id a stands here for the second time"),
    "unknown passage": (
        {"qrels/test.tsv": QRELS + "q1\tz\t1\n"},
        "test.tsv, line 7: no passage is called z",
    ),
    "spaces": ({"qrels/test.tsv": "q1 a 1\n"}, "line 1: not three columns"),
    "half a score": ({"qrels/test.tsv": QRELS + "q1\tb\t0.5"}, "line 7: the score is not a whole"),
    "two scores": ({"qrels/test.tsv": QRELS + "q1\ta\t2"}, "line 7: a is judged twice"),
    "unknown kind": (
        {"queries_unanswerable.jsonl": '{"_id": "u", "text": "x", "kind": "odd"}'},
        '"kind" is none of topic absent, fact missing, off topic',
    ),
    "long question": (
        {"queries.jsonl": f'{{"_id": "q1", "text": "{"x" * 10_001}"}}'},
        "a question of 10,001 characters",
    ),
    "long line": ({"corpus.jsonl": "x" * (17 << 20)}, "line 1: longer than 16,777,216 bytes"),
    "deep": ({"corpus.jsonl": "[" * 100_000}, "line 1: JSON that is too long or too deep"),
    "long number": ({"corpus.jsonl": "1" * 9_999}, "line 1: JSON that is too long or too deep"),
    "other bytes": ({"corpus.jsonl": b"\xff\xfe"}, "line 1: not valid UTF-8"),
}


@pytest.mark.parametrize(("files", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_collection_is_refused_with_its_place(
    rules: Path, files: Files, message: str
) -> None:
    write(rules, files)
    with pytest.raises(CollectionRefused, match=re.escape(message)):
        read_collections([rules])


def test_the_place_is_told_in_one_line(policybot: Run, rules: Path) -> None:
    write(rules, {"corpus.jsonl": CORPUS + "{"})
    result = policybot("eval", "rules", "--json")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("policybot: rules/corpus.jsonl, line 5: not JSON (")
    assert result.stderr.count("\n") == 1


STRANGE = {
    "no words": '{"_id": "a", "title": "", "text": ""}\n{"_id": "b", "text": "?!"}\n',
    "control characters": '{"_id": "a", "title": "\\u0000", "text": "\\u0000\\u001b[2J\\u2028x"}\n',
    "one long word": f'{{"_id": "a", "text": "{"x" * 1_000_000}"}}\n',
    "long text": f'{{"_id": "a", "text": "{"pension (PA) " * 60_000}"}}\n',
    "other types beside": '{"_id": "a", "text": "pension", "metadata": {"x": [1, null]}}\n',
}


@pytest.mark.parametrize("corpus", STRANGE.values(), ids=STRANGE)
def test_a_strange_collection_is_measured(rules: Path, corpus: str) -> None:
    write(rules, {"corpus.jsonl": corpus, "qrels/test.tsv": "q1\ta\t1\n"})
    (collection,) = read_collections([rules])
    evaluation = evaluate(collection, Bm25(), lambda: pytest.fail("not asked"), plain=True)
    assert len(evaluation.asked) == 1


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: FOLDER"),
        (["nowhere"], "No folder at nowhere"),
        (["data"], "data is no test collection: it has none of corpus.jsonl"),
        (["rules", "rules/../rules"], "Two folders are called rules"),
        (["chatter"], "chatter has only questions that are off topic"),
        (["half"], "half/qrels/test.tsv cannot be read: No such file"),
        (["rules", "--failures", "0"], "'0' is not a number from 1 to 1000"),
        (["rules", "--compare", "none.json"], "none.json cannot be read: No such file"),
        (["rules", "--compare", "text.json"], "text.json: not JSON"),
        (["rules", "--compare", "list.json"], "list.json is not a run"),
        (["rules", "--compare", "odd.json"], "odd.json is not a run"),
        (["rules", "--compare", "old.json"], "old.json was saved by another version"),
        (["rules", "--compare", "other.json"], "other.json has no run of rules; it has taxes"),
        (["rules", "--compare", "fewer.json"], "fewer.json has other questions of rules"),
        (["rules", "--save", "nowhere/run.json"], "No file can be written at nowhere/run.json"),
        (["rules", "--save", "."], "No file can be written at ."),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_asked(
    policybot: Run, project: Path, arguments: list[str], message: str
) -> None:
    none = '{"format": 1, "collections": {"NAME": {"questions": {"q1": VALUE}}}}'
    zeros = '{"ndcg@10": 0, "recall@10": 0, "recall@100": 0, "mrr@10": 0, "hit@1": 0}'
    fewer = none.replace("NAME", "rules").replace("VALUE", zeros)
    files = {
        "chatter/queries_unanswerable.jsonl": UNANSWERABLE,
        "half/queries.jsonl": QUERIES,
        "text.json": "run",
        "list.json": "[]",
        "odd.json": none.replace("NAME", "rules").replace("VALUE", zeros.replace("0,", "true,")),
        "old.json": '{"format": 0, "collections": {}}',
        "other.json": fewer.replace("rules", "taxes"),
        "fewer.json": fewer,
    }
    write(project, files)
    result = policybot("eval", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.usefixtures("rules")
def test_the_settings_decide_how_passages_are_ranked(policybot: Run, project: Path) -> None:
    def glossary(entry: str) -> dict[str, Any]:
        write(project, {"words.yaml": entry, "policybot.yaml": "glossary: words.yaml\n"})
        (value,) = values(policybot, "rules")
        return value

    assert glossary("same: []\n")["hit@1"] == pytest.approx(2 / 3, abs=1e-6)
    assert glossary("same:\n  - [volcanoes, widows]\n")["hit@1"] == 1.0
    write(project, {"words.yaml": "same: [[one]]\n"})
    result = policybot("eval", "rules")
    assert result.returncode == 2
    assert "words.yaml, line 1" in result.stderr
