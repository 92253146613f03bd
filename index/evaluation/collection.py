"""Folders in the layout of BEIR to passages, questions and judgements.

A line of corpus.jsonl is one passage, however long, for its judgements are about the whole of it.
Lines that follow each other under one title are a document. A folder without a corpus is asked of
the live index; one that has unanswerable questions only lends them to all others.

Source of the layout: Thakur et al., 2021, "BEIR: A Heterogeneous Benchmark for Zero-shot
Evaluation of Information Retrieval Models".
"""

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from index.evaluation.lines import CollectionRefused, lines, records, text_of
from index.passages import digest
from index.records import Document, Passage

LONGEST_QUESTION = 10_000  # characters, as `policybot ask` takes them
Absence: TypeAlias = Literal["topic absent", "fact missing", "off topic"]
ABSENCES: tuple[Absence, ...] = get_args(Absence)
_CORPUS, _QUERIES, _UNANSWERABLE = "corpus.jsonl", "queries.jsonl", "queries_unanswerable.jsonl"
_QRELS = Path("qrels", "test.tsv")
_SCORE = re.compile("-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what was judged of it."""

    id: str
    text: str
    relevance: dict[str, int]  # passage -> how relevant it is; below 1: not

    @property
    def is_answerable(self) -> bool:
        """Whether a passage is known to answer it."""
        return any(relevance > 0 for relevance in self.relevance.values())


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """A question that no passage answers."""

    id: str
    text: str
    kind: Absence


@dataclass(frozen=True, slots=True)
class Corpus:
    """The passages of a collection."""

    passages: tuple[Passage, ...]
    ids: dict[str, str]  # passage id -> the id in the folder


@dataclass(frozen=True, slots=True)
class Collection:
    """Questions, and the passages to find for them."""

    name: str  # of its folder
    qrels: Path  # the file of judgements
    corpus: Corpus | None  # None: it is asked of the live index
    questions: tuple[Question, ...]  # those with a judgement, in the order of their file
    unanswerable: tuple[Unanswerable, ...]


def read_collections(folders: Sequence[Path]) -> list[Collection]:
    """Return the collections in folders, in the order given. Raises CollectionRefused.

    Folders that have unanswerable questions only are not among them: these are off topic for
    all others.
    """
    names = Counter(_name(folder) for folder in folders)
    if twice := [name for name, times in names.items() if times > 1]:
        raise CollectionRefused(
            f"Two folders are called {twice[0]}. Give them one after the other."
        )
    found: list[Collection] = []
    off_topic: list[Unanswerable] = []
    for folder in folders:
        if _lends(folder):
            lent = _unanswerable(folder / _UNANSWERABLE)
            off_topic.extend(replace(question, kind="off topic") for question in lent)
        else:
            found.append(_collection(folder))
    if not found:
        raise CollectionRefused(
            f"{folders[0]} has only questions that are off topic for other collections. Name one "
            "of those as well."
        )
    return [replace(one, unanswerable=(*one.unanswerable, *off_topic)) for one in found]


def _name(folder: Path) -> str:
    return folder.resolve().name or str(folder)


def _lends(folder: Path) -> bool:
    """Say whether a folder has unanswerable questions only. Raises CollectionRefused."""
    if not folder.is_dir():
        raise CollectionRefused(f"No folder at {folder}.")
    has_any = [(folder / name).is_file() for name in (_CORPUS, _QUERIES, _QRELS)]
    if not any(has_any) and not (folder / _UNANSWERABLE).is_file():
        raise CollectionRefused(
            f"{folder} is no test collection: it has none of {_CORPUS}, {_QUERIES}, {_QRELS} and "
            f"{_UNANSWERABLE}."
        )
    return not any(has_any)


def _collection(folder: Path) -> Collection:
    corpus = _corpus(folder / _CORPUS) if (folder / _CORPUS).is_file() else None
    texts = _questions(folder / _QUERIES)
    known = None if corpus is None else frozenset(corpus.ids.values())
    judged = _judgements(folder / _QRELS, texts, known)
    has_unanswerable = (folder / _UNANSWERABLE).is_file()
    return Collection(
        name=_name(folder),
        qrels=folder / _QRELS,
        corpus=corpus,
        questions=tuple(Question(id_, texts[id_], judged[id_]) for id_ in texts if id_ in judged),
        unanswerable=tuple(_unanswerable(folder / _UNANSWERABLE)) if has_unanswerable else (),
    )


def _corpus(file: Path) -> Corpus:
    passages: list[Passage] = []
    ids: dict[str, str] = {}
    seen: set[str] = set()
    documents = 0
    for where, record in records(file):
        id_ = _id(record, where, seen)
        title, text = text_of(record, "title", where).strip(), text_of(record, "text", where)
        if passages and title and title == passages[-1].document.title:
            document, paragraph = passages[-1].document, passages[-1].paragraph + 1
        else:
            documents += 1
            # Padded, so that the order of ids is that of the lines.
            document = Document(f"{documents:09}", file.name, "", title)
            paragraph = 1
        passage = Passage(document, paragraph, None, text, (), (), None, None, digest(text))
        passages.append(passage)
        ids[passage.id] = id_
    if not passages:
        raise CollectionRefused(f"{file} holds no passage.")
    return Corpus(tuple(passages), ids)


def _questions(file: Path) -> dict[str, str]:
    """Return the texts of questions by id, in the order of the file."""
    seen: set[str] = set()
    return {_id(record, where, seen): _question(record, where) for where, record in records(file)}


def _unanswerable(file: Path) -> list[Unanswerable]:
    seen: set[str] = set()
    return [
        Unanswerable(_id(record, where, seen), _question(record, where), _kind(record, where))
        for where, record in records(file)
    ]


def _id(record: dict[str, Any], where: str, seen: set[str]) -> str:
    """Return the id of a record, and note it as seen. Raises CollectionRefused."""
    found = record.get("_id")
    is_number = isinstance(found, int) and not isinstance(found, bool)
    id_ = str(found) if is_number else text_of(record, "_id", where).strip()
    if not id_:
        raise CollectionRefused(f'{where}: "_id" is missing or empty.')
    if id_ in seen:
        raise CollectionRefused(f"{where}: the id {id_} stands here for the second time.")
    seen.add(id_)
    return id_


def _question(record: dict[str, Any], where: str) -> str:
    text = " ".join(text_of(record, "text", where).split())
    if len(text) > LONGEST_QUESTION:
        what = f"a question of {len(text):,} characters; at most {LONGEST_QUESTION:,} can be asked"
        raise CollectionRefused(f"{where}: {what}.")
    return text


def _kind(record: dict[str, Any], where: str) -> Absence:
    kind = text_of(record, "kind", where) or ABSENCES[0]
    for absence in ABSENCES:
        if kind == absence:
            return absence
    raise CollectionRefused(f'{where}: "kind" is none of {", ".join(ABSENCES)}.')


def _judgements(
    file: Path, questions: Container[str], passages: Container[str] | None
) -> dict[str, dict[str, int]]:
    """Return relevance by question and passage; `passages` None: they are not known yet."""
    judged: dict[str, dict[str, int]] = {}
    for number, (where, line) in enumerate(lines(file)):
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) != 3:
            what = "not three columns (query-id, corpus-id, score) with tabs between them"
            raise CollectionRefused(f"{where}: {what}.")
        question, passage, score = columns
        if _SCORE.fullmatch(score) is None:
            if number == 0:
                continue  # the heads of the columns
            raise CollectionRefused(f"{where}: the score is not a whole number.")
        if question not in questions:
            raise CollectionRefused(f"{where}: no question is called {question}.")
        if passages is not None and passage not in passages:
            raise CollectionRefused(f"{where}: no passage is called {passage}.")
        if judged.setdefault(question, {}).setdefault(passage, int(score)) != int(score):
            raise CollectionRefused(f"{where}: {passage} is judged twice, with different scores.")
    if not judged:
        raise CollectionRefused(f"{file} holds no judgement.")
    return judged
