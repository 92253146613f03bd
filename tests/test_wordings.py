"""Other wordings, from the glossary file to what a question finds and what is told of it."""

from pathlib import Path

import pytest
from conftest import Run, build_and_open

import index

GLOSSARY = """\
same:
  - [new energy vehicle, NEV, 新能源汽车]
  - [export, 出口]
also:
  electric car: [new energy vehicle]
"""
TEXT = (
    "The export of new energy vehicles grew by 8.5%.\n\nSteel output fell.\n\n"
    "The Fund for Industrial Renewal (FIR) lends 636,000 yuan.\n\n"
    "The National Road Safety Office checks petrochemical plants.\n"
)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "glossary.yaml").write_text(GLOSSARY, encoding="utf-8")
    return folder


@pytest.fixture
def searcher(documents: Path, tmp_path: Path) -> index.Searcher:
    glossary = tmp_path / "glossary.yaml"
    index.rebuild([documents], tmp_path / "index", index.Bm25(), glossary=glossary)
    return index.open_searcher(tmp_path / "index", index.Bm25()).searcher


@pytest.mark.parametrize(
    ("question", "paragraph", "expansions"),
    [
        ("How many electric cars?", 1, {"electric cars": ("new energy vehicle",)}),
        ("NEVs", 1, {"NEVs": ("new energy vehicle",)}),
        ("新能源汽车出口", 1, {"新能源汽车": ("new energy vehicle",), "出口": ("export",)}),
        ("FIR", 3, {"FIR": ("Fund for Industrial Renewal",)}),
        ("NRSO", 4, {"NRSO": ("National Road Safety Office",)}),
        ("63.6万", 3, {"63.6万": ("636,000",)}),
        ("百分之八点五", 1, {"百分之八点五": ("8.5%",)}),
        ("petrochemcial plants", 4, {"petrochemcial": ("petrochemical",)}),
    ],
)
def test_a_question_in_other_words_finds_the_text_and_tells_how(
    searcher: index.Searcher, question: str, paragraph: int, expansions: dict[str, tuple[str, ...]]
) -> None:
    query = searcher.form(question)
    (hit, *_) = searcher.search(query, 3)
    assert hit.passage.paragraph == paragraph
    for typed, others in expansions.items():
        assert others[0] in query.expansions[typed]
    assert query.missing == ()


def test_what_the_documents_do_not_have_either_is_not_told(searcher: index.Searcher) -> None:
    query = searcher.form("NEV")
    assert query.expansions == {"NEV": ("new energy vehicle",)}  # and not 新能源汽车


def test_a_word_that_exists_is_never_mended(searcher: index.Searcher) -> None:
    assert searcher.form("steel fell").expansions == {}


def test_a_passage_gets_the_typed_words_or_another_wording_never_both(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text(
        "Cars and automobiles alike pay tax.\n\nCars and lorries alike pay tax.\n\nOther text.\n"
    )
    (tmp_path / "glossary.yaml").write_text("same:\n  - [car, automobile]\n")
    glossary = tmp_path / "glossary.yaml"
    index.rebuild([tmp_path / "docs"], tmp_path / "index", index.Bm25(), glossary=glossary)
    searcher = index.open_searcher(tmp_path / "index", index.Bm25()).searcher
    words = {
        h.passage.paragraph: h.parts["words"] for h in searcher.search(searcher.form("car"), 3)
    }
    assert words[1] == pytest.approx(words[2], rel=0.01)


def test_a_passage_must_have_all_of_another_wording(searcher: index.Searcher) -> None:
    query = searcher.form("electric car")
    assert [hit.passage.paragraph for hit in searcher.search(query, 3)] == [1]


def test_an_index_answers_with_the_glossary_it_was_built_with(
    searcher: index.Searcher, tmp_path: Path
) -> None:
    (tmp_path / "glossary.yaml").unlink()
    again = index.open_searcher(tmp_path / "index", index.Bm25()).searcher
    assert again.form("NEV") == searcher.form("NEV")


def test_a_changed_glossary_alone_is_a_change(documents: Path, tmp_path: Path) -> None:
    def build(glossary: Path | None) -> index.BuildReport:
        return index.rebuild([documents], tmp_path / "index", index.Bm25(), glossary=glossary)

    file = tmp_path / "glossary.yaml"
    assert not build(file).has_other_glossary  # there was no index before
    assert not build(file).published
    file.write_text(GLOSSARY + "  EV: [new energy vehicle]\n")
    report = build(file)
    assert (report.published, report.has_other_glossary, report.unchanged) == (True, True, 1)
    assert build(None).has_other_glossary
    plain = index.open_searcher(tmp_path / "index", index.Bm25()).searcher
    assert plain.form("electric cars").expansions == {}


def test_a_glossary_with_a_mistake_is_refused_and_the_index_stays(
    project: Path, policybot: Run
) -> None:
    assert policybot("index", "build").returncode == 0
    (project / "data" / "glossary.yaml").write_text("same:\n  - [car, auto]\n  - [alone]\n")
    refused = policybot("index", "build")
    assert refused.returncode == 2
    assert "glossary.yaml, line 3: a list of one phrase" in refused.stderr
    assert policybot("ask", "Who is Tao Qing?").returncode == 0
    assert "Generation 1 " in policybot("index", "status").stdout


def test_abbreviations_of_hidden_documents_are_not_met(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "open.txt").write_text("The fund for industrial renewal lends.\n")
    (tmp_path / "docs" / "secret.md").write_text(
        "---\naudience: '1'\n---\nThe fund for industrial renewal (FIR) is new. The National Road "
        "Safety Office lends.\n"
    )
    both = build_and_open(tmp_path / "docs", tmp_path / "index")
    assert both.form("FIR").expansions == {"FIR": ("fund for industrial renewal",)}
    assert both.seen_with(()).form("FIR").expansions == {}
    assert both.form("NRSO").expansions
    assert both.seen_with(()).form("NRSO").expansions == {}
