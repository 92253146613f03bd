"""Evaluations to a file and back, so that a later run can be compared question by question."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from index.evaluation.asking import Evaluation
from index.evaluation.collection import Collection
from index.evaluation.lines import CollectionRefused, value
from index.evaluation.measures import MEASURES

FORMAT = 1
# Collection -> question -> measure -> value.
Run: TypeAlias = dict[str, dict[str, dict[str, float]]]


def write_run(file: Path, evaluations: Iterable[Evaluation]) -> None:
    """Save what was found for each question, and the measures of it. Raises OSError."""
    saved = {
        "format": FORMAT,
        "collections": {
            evaluation.collection: {
                "passages": evaluation.passages,
                "questions": {
                    one.question.id: {"ranked": list(one.ranked), **one.measures}
                    for one in evaluation.asked
                },
            }
            for evaluation in evaluations
        },
    }
    new = file.with_name(f"{file.name}.new")  # an interrupted write leaves the earlier run whole
    new.write_text(json.dumps(saved, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(file)


def read_run(file: Path, collections: Iterable[Collection]) -> Run:
    """Return the measures of a saved run, which has at least the questions of these collections.

    Raises CollectionRefused.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as exc:
        raise CollectionRefused(f"{file} cannot be read: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        raise CollectionRefused(_no_run(file)) from exc
    saved = value(text, str(file))
    if not isinstance(saved, dict) or not isinstance(saved.get("collections"), dict):
        raise CollectionRefused(_no_run(file))
    if saved.get("format") != FORMAT:
        what = "was saved by another version of policybot. Save the run again with --save."
        raise CollectionRefused(f"{file} {what}")
    run = {name: _measures(one, file) for name, one in saved["collections"].items()}
    _check_comparable(run, file, collections)
    return run


def _check_comparable(run: Run, file: Path, collections: Iterable[Collection]) -> None:
    for collection in collections:
        asked = run.get(collection.name)
        if asked is None:
            what = f"{file} has no run of {collection.name}; it has {', '.join(run) or 'none'}."
            raise CollectionRefused(what)
        if asked.keys() != {question.id for question in collection.questions}:
            what = f"{file} has other questions of {collection.name} than its folder."
            raise CollectionRefused(f"{what} Save the run again with --save.")


def _measures(saved: Any, file: Path) -> dict[str, dict[str, float]]:
    questions = saved.get("questions") if isinstance(saved, dict) else None
    if not isinstance(questions, dict):
        raise CollectionRefused(_no_run(file))
    return {id_: _checked(question, file) for id_, question in questions.items()}


def _checked(saved: Any, file: Path) -> dict[str, float]:
    values: Mapping[str, Any] = saved if isinstance(saved, dict) else {}
    found = {name: values.get(name) for name in MEASURES}
    checked = {
        name: float(one)
        for name, one in found.items()
        if isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one <= 1
    }
    if len(checked) < len(MEASURES):
        raise CollectionRefused(_no_run(file))
    return checked


def _no_run(file: Path) -> str:
    return f"{file} is not a run that policybot eval --save has written."
