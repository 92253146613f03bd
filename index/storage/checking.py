"""Check every byte of an index, and count again what it states.

Opening a generation compares its files with their hashes; here their content is held against
itself as well, which would find a mistake of our own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import (
    IndexDamaged,
    IndexMissing,
    IndexOutdated,
    IndexTooNew,
    PolicyIndexError,
)
from index.passages import digest
from index.storage.generation import (
    Generation,
    current_bytes,
    generations,
    open_generation,
    read_pointer,
)
from index.storage.manifest import folder_name

_PASSAGES_AT_A_TIME = 1000


@dataclass(frozen=True, slots=True)
class CheckedGeneration:
    """What a full check of one generation found."""

    number: int
    is_live: bool
    problems: tuple[str, ...]


def check_all(folder: Path) -> list[CheckedGeneration]:
    """Check every byte of every generation, and that what they hold adds up.

    Raises IndexMissing when there is none.
    """
    found_wrong: list[tuple[str, str]] = []
    pointer = read_pointer(folder, current_bytes(folder), found_wrong)
    numbers = generations(folder)
    if pointer is not None and pointer.number not in numbers:
        numbers.insert(0, pointer.number)
    if not numbers:
        raise IndexMissing(f"No index at {folder}. Run: policybot index build")
    checked = []
    for number in numbers:
        is_live = pointer is not None and number == pointer.number
        try:
            generation = open_generation(folder, number, pointer)
            problems = list(_inner_problems(generation))
            generation.rows.close()
        except PolicyIndexError as exc:
            problems = [str(exc)]
            if not is_live and number not in generations(folder):
                continue  # a rebuild cleared it away meanwhile
        checked.append(CheckedGeneration(number, is_live, tuple(problems)))
    for _, problem in found_wrong:
        newest = checked[0]
        checked[0] = replace(newest, problems=(problem, *newest.problems))
    return checked


def damaged_generations(folder: Path) -> dict[str, str]:
    """Return the folders of the generations whose files are not what was published, and why."""
    damaged = {}
    for number in generations(folder):
        try:
            open_generation(folder, number).rows.close()
        except IndexDamaged as exc:
            damaged[folder_name(number)] = str(exc)
        except (IndexTooNew, IndexOutdated):
            continue  # whole, only not for this version
    return damaged


def _inner_problems(generation: Generation) -> Iterator[str]:
    """Count again what the manifest states."""
    from index.packed import unpacked  # it needs numpy, and opening a generation does not

    manifest, postings = generation.manifest, unpacked(generation.postings)
    sequences = generation.sequences
    broken = generation.rows.problems()
    if broken:
        yield from broken
        return
    counted = {
        "documents and passages": generation.rows.counts(),
        "terms": len(generation.vocabulary),
        "starts of postings": len(postings.starts),
        "postings": len(postings.passages),
        "lengths": len(postings.lengths),
        "tokens by length": int(postings.lengths.sum(dtype="i8")),
        "tokens by frequency": int(postings.frequencies.sum(dtype="i8")),
        "tokens in order": len(sequences.terms),
        "tokens by field": int(sequences.fields.sum(dtype="i8")),
        "kinds": len(sequences.kinds),
        "documents by first passage": len(sequences.documents) - 1,
    }
    stated = {
        "documents and passages": (
            manifest.documents,
            manifest.passages,
            manifest.earlier_documents,
            manifest.earlier_passages,
        ),
        "terms": manifest.terms,
        "starts of postings": manifest.terms + 1,
        "postings": manifest.postings,
        "lengths": manifest.passages,
        "tokens by length": manifest.tokens,
        "tokens by frequency": manifest.tokens,
        "tokens in order": manifest.tokens,
        "tokens by field": manifest.tokens,
        "kinds": manifest.passages,
        "documents by first passage": manifest.documents,
    }
    for what, count in counted.items():
        if count != stated[what]:
            yield f"{what}: {count} counted, {stated[what]} stated"
    passages = manifest.passages + manifest.earlier_passages
    for start in range(0, passages, _PASSAGES_AT_A_TIME):
        some = range(start, min(start + _PASSAGES_AT_A_TIME, passages))
        for passage in generation.rows.passages(some):
            if digest(passage.text) != passage.digest:
                yield f"the text of {passage.id} does not match its digest"
