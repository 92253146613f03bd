"""Documents to a published generation.

Files -> readers -> passages -> terms -> postings -> ranking -> storage. Only documents whose
bytes changed are read and analysed again; what the parent generation holds of the others is
copied, and the statistics are computed anew over all, so the result is the same either way.
"""

import datetime
import importlib.metadata
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from index import folder, passages, postings, ranking, readers, storage
from index.counting import TermCounter
from index.errors import (
    BuildRefused,
    DocumentRefused,
    IndexDamaged,
    IndexMissing,
    IndexOutdated,
    NoDocuments,
)
from index.fingerprint import FINGERPRINT
from index.ranking import Bm25
from index.records import BuildReport, Document, Passage, Refused
from index.vocabulary import vocabulary

_NAMED = 5  # documents in a message
_STAYS = "; its earlier version stays in the index"

OnProgress = Callable[[int, int, str], None]  # files done, files in all, the file just done


@dataclass(frozen=True, slots=True)
class _Parent:
    """The generation that a rebuild starts from."""

    generation: storage.Generation | None
    damaged: tuple[tuple[str, str], ...]
    documents: dict[str, tuple[Document, range]]  # by id

    @property
    def has_same_analysis(self) -> bool:
        return self.generation is not None and self.generation.manifest.fingerprint == FINGERPRINT

    def is_outdated(self, model: Bm25) -> bool:
        """Say whether the same documents would now give another index."""
        return (
            self.generation is None
            or not self.has_same_analysis
            or self.generation.manifest.model != model
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a rebuild would publish, and how it differs from what is live."""

    documents: list[storage.NewDocument]  # by id
    added: list[str]
    changed: list[str]
    unchanged: list[str]
    removed: list[str]
    refused: list[Refused]

    @property
    def passages(self) -> int:
        return sum(document.size for document in self.documents)


def rebuild(
    places: Sequence[Path],
    index: Path,
    model: Bm25,
    *,
    home: Path | None = None,
    full: bool = False,
    force: bool = False,
    dry_run: bool = False,
    on_progress: OnProgress = lambda *_: None,
) -> BuildReport:
    """Bring the index in line with the documents at `places` and report what was done.

    Ids of documents below `home` are relative to it, others to the place they were found at.
    `full` reads every document again, `force` accepts a large loss, `dry_run` changes nothing.
    Raises NoDocuments, BuildRefused, IndexBusy, IndexTooNew and StorageFailed; each leaves the
    live generation as it was.
    """
    started = time.perf_counter()
    for place in places:
        folder.require(place)  # before a folder for the index is made
    with nullcontext() if dry_run else storage.writing(index):
        parent = _open_parent(index)
        known = {id_: document.path for id_, (document, _) in parent.documents.items()}
        sources, odd = folder.find(places, readers.SUFFIXES, home, known)
        plan = _plan(sources, odd, parent, full=full, on_progress=on_progress)
        if not force:
            _refuse_a_loss(places, plan, parent)
        live = parent.generation
        changes = bool(plan.added or plan.changed or plan.removed or full)
        changes = changes or parent.is_outdated(model)
        number = live.number if live else 0
        damaged = dict(parent.damaged)
        if full and not dry_run:
            damaged.update(storage.damaged_generations(index))
        notes = [f"{name} was damaged ({reason})" for name, reason in damaged.items()]
        if not dry_run:
            if live is not None or damaged:
                storage.repair(index, number or None, damaged)
            if changes:
                number = storage.publish(index, _contents(plan, parent, model, places))
        return BuildReport(
            generation=number,
            published=changes and not dry_run,
            added=tuple(plan.added),
            changed=tuple(plan.changed),
            unchanged=len(plan.unchanged),
            removed=tuple(plan.removed),
            refused=tuple(plan.refused),
            documents=len(plan.documents),
            passages=plan.passages,
            seconds=time.perf_counter() - started,
            notes=tuple(notes),
        )


def _open_parent(index: Path) -> _Parent:
    try:
        opened = storage.open_live(index)
    except (IndexMissing, IndexOutdated):
        return _Parent(None, (), {})
    except IndexDamaged as exc:
        return _Parent(None, exc.damaged, {})
    rows = opened.generation.rows.documents()
    documents = {document.id: (document, numbers) for document, numbers in rows}
    return _Parent(opened.generation, opened.damaged, documents)


def _plan(
    sources: Sequence[folder.SourceFile],
    odd: Sequence[Refused],
    parent: _Parent,
    *,
    full: bool,
    on_progress: OnProgress,
) -> _Plan:
    """Read what changed, and keep of the parent what did not or cannot be read any more."""
    plan = _Plan([], [], [], [], [], list(odd))
    may_keep = parent.has_same_analysis
    for done, source in enumerate(sources, start=1):
        earlier = parent.documents.get(source.id)
        try:
            content = folder.read(source)
            # A file renamed to another spelling of its id may have another reader or title.
            same = earlier is not None and (earlier[0].sha256, earlier[0].path) == (
                content.sha256,
                source.path,
            )
            if same and earlier is not None and may_keep and not full:
                plan.unchanged.append(source.id)
                plan.documents.append(storage.NewDocument(*earlier))
            else:
                parsed = readers.read(source, content)
                kind = plan.added if earlier is None else plan.unchanged if same else plan.changed
                kind.append(source.id)
                plan.documents.append(
                    storage.NewDocument(parsed.document, tuple(passages.split(parsed)))
                )
        except DocumentRefused as exc:
            if earlier is not None:
                _keep(earlier, plan, parent)
            stays = _STAYS if earlier is not None else ""
            plan.refused.append(Refused(source.path, f"{exc}{stays}"))
        on_progress(done, len(sources), source.path)
    found = {source.id for source in sources}
    places = {refused.path: number for number, refused in enumerate(plan.refused)}
    for id_, earlier in parent.documents.items():
        if id_ in found:
            continue
        path = PurePosixPath(earlier[0].path)
        blocked = next((places[str(p)] for p in (path, *path.parents) if str(p) in places), None)
        if blocked is None:
            plan.removed.append(id_)
        else:  # the file is there, only not to be read now
            _keep(earlier, plan, parent)
            refused = plan.refused[blocked]
            if not refused.reason.endswith(_STAYS):
                plan.refused[blocked] = Refused(refused.path, refused.reason + _STAYS)
    plan.documents.sort(key=lambda new: new.document.id)
    return plan


def _keep(earlier: tuple[Document, range], plan: _Plan, parent: _Parent) -> None:
    """Keep the earlier version of a document in the plan."""
    document, numbers = earlier
    kept: Sequence[Passage] | range = numbers
    if not parent.has_same_analysis and parent.generation is not None:
        kept = tuple(parent.generation.rows.passages(numbers))
    plan.documents.append(storage.NewDocument(document, kept))
    plan.unchanged.append(document.id)


def _refuse_a_loss(places: Sequence[Path], plan: _Plan, parent: _Parent) -> None:
    """Raise unless the plan keeps at least half of what is live."""
    where = ", ".join(map(str, places))
    if not plan.documents:
        reasons = "; ".join(f"{refused.path}: {refused.reason}" for refused in plan.refused)
        stays = "The index stays as it is. " if parent.generation else ""
        raise NoDocuments(
            f"No document at {where} can be read{f' ({reasons})' if reasons else ''}. {stays}"
            f"Put {' or '.join(sorted(readers.SUFFIXES))} files there, then run: "
            "policybot index build"
        )
    before = parent.generation.manifest.passages if parent.generation else 0
    sizes = {id_: len(numbers) for id_, (_, numbers) in parent.documents.items()}
    left = sum(min(new.size, sizes.get(new.document.id, 0)) for new in plan.documents)
    if left * 2 < before:
        gone = ", ".join(plan.removed[:_NAMED])
        more = len(plan.removed) - _NAMED
        removed = f"; removed: {gone}{f' and {more} more' if more > 0 else ''}" if gone else ""
        raise BuildRefused(
            f"Only {left} of {before} passages would be left{removed}. The index stays as it is. "
            "Check the documents folder, or accept the loss with --force."
        )


def _contents(
    plan: _Plan, parent: _Parent, model: Bm25, places: Sequence[Path]
) -> storage.Contents:
    """Analyse what is new, copy what is not, and count both together."""
    old = parent.generation if any(isinstance(d.passages, range) for d in plan.documents) else None
    counter = TermCounter(old.vocabulary.terms(range(len(old.vocabulary))) if old else ())
    new_numbers = np.full(old.manifest.passages if old else 0, -1, dtype=np.int64)
    fresh: list[int] = []  # numbers of the passages that are analysed now
    first = 0
    for new in plan.documents:
        numbers = range(first, first + new.size)
        first += new.size
        if isinstance(new.passages, range):
            new_numbers[new.passages.start : new.passages.stop] = numbers
        else:
            counter.add(new.passages)
            fresh.extend(numbers)
    terms, fresh_lengths = counter.counted()
    lengths = np.zeros(plan.passages, dtype=np.int64)
    lengths[fresh] = fresh_lengths
    spellings = counter.spellings
    used = np.zeros(len(spellings), dtype=bool)
    used[terms] = True
    if old is not None:
        stays = new_numbers >= 0
        lengths[new_numbers[stays]] = old.postings.lengths[stays]
        used[: len(old.vocabulary)] |= postings.held_by(old.postings, stays) > 0
    in_order = sorted(np.flatnonzero(used).tolist(), key=spellings.__getitem__)
    new_terms = np.zeros(len(spellings), dtype=np.int64)
    new_terms[in_order] = np.arange(len(in_order))
    here = np.array(fresh, dtype=np.int64)
    parts = [postings.occurrences(new_terms[terms], fresh_lengths, here)]
    if old is not None:
        parts.append(
            postings.carry_over(old.postings, new_terms[: len(old.vocabulary)], new_numbers)
        )
    inverted = postings.invert(parts, lengths, len(in_order))
    rows = storage.pack(plan.documents, old.rows.path if old else None)
    manifest = storage.Manifest(
        format=storage.FORMAT,
        version=importlib.metadata.version("policybot"),
        number=0,
        parent=parent.generation.number if parent.generation else None,
        built_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        fingerprint=FINGERPRINT,
        model=model,
        places=tuple(str(place.absolute()) for place in places),
        documents=len(plan.documents),
        passages=plan.passages,
        terms=len(in_order),
        postings=len(inverted.passages),
        tokens=int(lengths.sum()),
        files={},
    )
    frequencies = inverted.document_frequencies.tolist()
    idf = ranking.inverse_document_frequencies(frequencies, plan.passages, model)
    known = vocabulary([spellings[number] for number in in_order])
    return storage.Contents(manifest, inverted, known, idf, rows)
