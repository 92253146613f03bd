"""The harness that measures policybot beside its peers: short, for what it does, not for speed.

The peers come with the extra `bench`; what is absent is skipped, and the report says so.
"""

import dataclasses
import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import corpus
import growth
import pytest
import rank_bm25
from conftest import REPOSITORY
from report import ASKED, BM25S, SIZES, STOCK, SUBJECT, TANTIVY, ratios
from report import report as reported
from rows import Measured, Row, Time, read, write

BENCH = REPOSITORY / "tests" / "bench"
PASSAGES = 300
LIBRARIES = {STOCK: "rank_bm25", BM25S: "bm25s", TANTIVY: "tantivy"}
ENGINES = (STOCK, BM25S, TANTIVY, SUBJECT, "policybot_full")


def skip_if_absent(engine: str) -> None:
    if importlib.util.find_spec(LIBRARIES.get(engine, "index")) is None:
        pytest.skip(f"{engine} comes with the extra `bench`")


def script(name: str, *arguments: object, cwd: Path) -> str:
    command = [sys.executable, str(BENCH / name), *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sha256(lines: list[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def row(engine: str, passages: int, **changes: Any) -> Row:
    """Make up a row: an engine that takes a second for a megabyte and a millisecond to answer."""
    one = Time(1.0, 1.0)
    made = Row(
        engine=engine,
        passages=passages,
        megabytes=1.0,
        runs=5,
        build_s=one,
        build_mib=100.0,
        disk_mib=1.0,
        cold_ms=one,
        questions=200,
        p50_ms=one,
        p95_ms=one,
        p99_ms=one,
        serve_mib=100.0,
        add_ms=one,
        is_added_in_place=True,
        as_okapi=None,
        as_lucene=1.0,
    )
    return dataclasses.replace(made, **changes)


def made_up(*sizes: int, **changes: Any) -> Measured:
    """Make up a run in which all engines are alike, but for changes to policybot_plain."""
    rows = [
        row(engine, size, **(changes if engine == SUBJECT else {}))
        for size in sizes
        for engine in (STOCK, BM25S, TANTIVY, SUBJECT)
    ]
    return Measured("a machine", {"Python": "3"}, tuple(rows), ())


def test_the_made_up_text_and_its_questions_never_change() -> None:
    lines = list(corpus.paragraphs(1000))
    questions = list(corpus.questions(lines))
    assert sha256(lines) == "a4ba3917e703ce238b0b57210f9c3a17b16799e72ba52f55105dd39cfe2abace"
    assert sha256(questions) == "009598844b5dbf13777130d0e23f3dad502e2be92d737828e4da3e75d158aa5b"
    assert list(corpus.paragraphs(PASSAGES)) == lines[:PASSAGES]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_finds_what_the_stock_scorer_finds(engine: str, tmp_path: Path) -> None:
    skip_if_absent(engine)
    lines = list(corpus.paragraphs(PASSAGES))
    questions = list(corpus.questions(lines, 60))
    text, asked, folder = tmp_path / "text", tmp_path / "asked", tmp_path / "place" / "index"
    corpus.write(iter(lines), str(text))
    corpus.write(iter(questions), str(asked))
    folder.mkdir(parents=True)
    for action in ("prepare", "build", "serve"):
        printed = script("worker.py", engine, action, text, folder, asked, cwd=tmp_path)
    stock = rank_bm25.BM25Plus([corpus.terms(line) for line in lines], k1=1.2, b=0.75)
    common = []
    for question, hits in zip(questions, json.loads(printed)["hits"], strict=True):
        scores = stock.get_scores(corpus.terms(question))
        best = scores.argsort()[::-1][:10]
        assert len(hits) == len({*hits}) == 10
        common.append(len({*hits} & {*best.tolist()}))
        if engine == SUBJECT:  # the same scores, so that only ties may be others
            assert scores[hits] == pytest.approx(scores[best])
    # tantivy rounds lengths, Okapi has another rarity, and the full product weighs more than words.
    assert sum(common) / len(common) > 6


def test_a_short_run_fills_the_report_and_it_can_be_printed_again(tmp_path: Path) -> None:
    out = tmp_path / "speed.json"
    arguments = ("--sizes", PASSAGES, "--runs", 1, "--work", tmp_path / "work", "--out", out)
    printed = script("run.py", *arguments, cwd=tmp_path)
    measured = read([out])
    present = [e for e in ENGINES if importlib.util.find_spec(LIBRARIES.get(e, "index"))]
    absent = [engine for engine in ENGINES if engine not in present]
    assert [row.engine for row in measured.rows] == present
    assert [one.engine for one in measured.unmeasured] == absent
    for engine in ENGINES:
        assert (f"| {engine} |" in printed) == (engine in present)
    for asked in ASKED:
        assert f"| {asked.what} |" in printed
    for measured_row in measured.rows:
        figures = [figure(measured_row) for _, figure in growth.QUANTITIES]
        assert all(figure > 0 for figure in figures), measured_row
    assert script("run.py", "--report", out, cwd=tmp_path) == printed
    assert not [path for path in (tmp_path / "work").iterdir() if path.is_dir()]


def test_an_engine_that_fails_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    arguments = ("--sizes", 100, "--runs", 1, "--work", "work", "--engines", f"nobody,{STOCK}")
    printed = script("run.py", *arguments, cwd=tmp_path)
    assert f"| {STOCK} |" in printed
    assert "Not measured: nobody at 100 (prepare: ModuleNotFoundError" in printed


def test_what_is_asked_stands_beside_what_was_measured() -> None:
    lines = ratios(made_up(*SIZES, build_mib=55.0, add_ms=Time(99.0, 1.0))).splitlines()
    cells = {line.split(" | ")[0].strip("| "): line.strip("| ").split(" | ")[1:] for line in lines}
    assert cells["p50 of a warm question / tantivy"] == [
        *("≤ 1.00", "1.00", "≤ 0.500", "**1.00**", "≤ 0.350", "**1.00**"),
    ]
    assert cells["memory when building / bm25s"] == [
        *("≤ 0.600", "0.550", "≤ 0.600", "0.550", "≤ 0.500", "**0.550**"),
    ]
    assert cells["build, MB/s / tantivy with one thread"][:2] == ["≥ 0.900", "1.00"]
    assert cells["p50 of a warm question / stock rank-bm25"] == [
        *("≤ 1/150", "**1/1**", "≤ 1/1,000", "**1/1**", "", "1/1"),
    ]
    assert cells["one document added"] == [
        *("≤ 50.0 ms", "**99.0 ms**", "≤ 50.0 ms", "**99.0 ms**", "≤ 100 ms", "99.0 ms"),
    ]


def test_a_ratio_without_its_peer_is_not_measured() -> None:
    alone = Measured("a machine", {}, (row(SUBJECT, 10_000),), ())
    told = reported(alone)
    assert "| disk / tantivy | ≤ 2.00 | not measured |" in told
    assert "| one document added | ≤ 50.0 ms | 1.00 ms |" in told


def test_files_of_several_runs_are_read_as_one(tmp_path: Path) -> None:
    small, large = tmp_path / "small.json", tmp_path / "large.json"
    write(made_up(1000, 10_000), small)
    write(made_up(10_000, 100_000, disk_mib=7.0), large)
    both = read([small, large])
    assert both.sizes == [1000, 10_000, 100_000]
    assert both.of_size(10_000)[SUBJECT].disk_mib == 7.0
    assert both.of_size(1000) == made_up(1000).of_size(1000)


def test_growth_is_told_as_a_power_of_the_size_and_drawn(tmp_path: Path) -> None:
    twice = row(SUBJECT, 10_000, disk_mib=100.0), row(SUBJECT, 1000, disk_mib=10.0)
    told = growth.table(Measured("a machine", {}, twice, ()))
    assert told.index("| policybot_plain | 1,000 |") < told.index("| policybot_plain | 10,000 |")
    powers = told.splitlines()[-1].strip("| ").split(" | ")
    assert powers[:2] == ["grows by", "N^0.00"]
    assert powers[-2:] == ["N^1.00", "N^0.00"]
    if importlib.util.find_spec("matplotlib") is None:
        pytest.skip("the picture takes matplotlib, of the extras `bench` and `dev`")
    speed, picture = tmp_path / "speed.json", tmp_path / "growth.png"
    write(made_up(1000, 10_000), speed)
    script("growth.py", speed, "--picture", picture, cwd=tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")
