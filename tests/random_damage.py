"""Damage a published index at random, and see that nothing damaged is used.

    python tests/random_damage.py                         10,000 damages, then every bit
    python tests/random_damage.py --damages 500 --bits 3000

Each damage befalls the live generation or CURRENT: bits flipped, bytes exchanged, blocks zeroed,
files cut, lengthened, deleted, emptied, exchanged with each other or with those of the generation
before. An index that opens must then answer exactly as the live generation or as the one before,
and say so; a check of all bytes must find the damage. After that every single bit of every file of
both generations is flipped in turn, which the check must find.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from editions import write_edition
from index_states import MODEL, Told, found_damaged, names_in, told

import index

LIVE, EARLIER = "gen-000002", "gen-000001"
BLOCK_BYTES = 512

Damage = Callable[[random.Random, bytes], bytes]


# --- damages of one file's content ---


def flip_bits(draw: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 8))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def exchange_bytes(draw: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    here, there = draw.randrange(len(changed)), draw.randrange(len(changed))
    changed[here], changed[there] = changed[there], changed[here]
    return bytes(changed)


def zero_a_block(draw: random.Random, content: bytes) -> bytes:
    start = draw.randrange(len(content)) // BLOCK_BYTES * BLOCK_BYTES
    block = content[start : start + BLOCK_BYTES]
    return content[:start] + bytes(len(block)) + content[start + BLOCK_BYTES :]


def repeat_a_block(draw: random.Random, content: bytes) -> bytes:
    """Put a block in the place of another, as a misdirected write does."""
    source, target = (draw.randrange(len(content)) // BLOCK_BYTES * BLOCK_BYTES for _ in range(2))
    block = content[source : source + BLOCK_BYTES][: len(content) - target]
    return content[:target] + block + content[target + len(block) :]


def cut(draw: random.Random, content: bytes) -> bytes:
    return content[: draw.randrange(len(content))]


def lengthen(draw: random.Random, content: bytes) -> bytes:
    return content + draw.choice((b"\0", b"\n", content[:1], bytes(BLOCK_BYTES)))


def empty(_: random.Random, __: bytes) -> bytes:
    return b""


OF_CONTENT: tuple[Damage, ...] = (
    flip_bits,
    flip_bits,
    exchange_bytes,
    zero_a_block,
    repeat_a_block,
    cut,
    lengthen,
    empty,
)


# --- damages of an index folder ---


@contextmanager
def damaged(draw: random.Random, folder: Path) -> Iterator[str]:
    """Damage an index in one way, say how, and mend it afterwards."""
    live = [f"{LIVE}/{name}" for name in sorted(names_in(folder / LIVE))]
    one = draw.choice([*live, "CURRENT"])
    kind = draw.choice(("content",) * 8 + ("deleted", "exchanged", "of the earlier", "a folder"))
    other = draw.choice([name for name in live if name != one])
    if kind in {"exchanged", "of the earlier"} and one == "CURRENT":
        kind = "content"
    whole = {name: (folder / name).read_bytes() for name in (one, other)}
    how = kind
    (folder / one).unlink()
    if kind == "content":
        damage = draw.choice(OF_CONTENT)
        (folder / one).write_bytes(damage(draw, whole[one]))
        how = damage.__name__
    elif kind == "exchanged":
        put(folder / one, whole[other])
        put(folder / other, whole[one])
    elif kind == "of the earlier":
        put(folder / one, (folder / EARLIER / Path(one).name).read_bytes())
    elif kind == "a folder":
        (folder / one).mkdir()
    try:
        yield f"{one}: {how}"
    finally:
        if (folder / one).is_dir():
            (folder / one).rmdir()
        for name, content in whole.items():
            put(folder / name, content)


def put(path: Path, content: bytes) -> None:
    """Write a file anew: what was mapped of it before stays as it was."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def same_bytes(folder: Path, whole: dict[str, bytes]) -> bool:
    return all(
        (folder / name).is_file() and (folder / name).read_bytes() == content
        for name, content in whole.items()
    )


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return the files whose damage must be found: all but the lock, which holds no data."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".writer.lock"
    }


def damage_often(
    folder: Path, old: Told | None, times: int, draw: random.Random
) -> tuple[Counter[str], list[str]]:
    """Damage an index so many times; return what came of it, and what went wrong."""
    whole = bytes_of(folder)
    new = told(folder)
    outcomes: Counter[str] = Counter()
    problems = []
    for _ in range(times):
        with damaged(draw, folder) as how:
            if same_bytes(folder, whole):
                outcomes["changed nothing"] += 1
                continue
            outcome = answered(folder, old, new)
            if outcome.startswith("wrong"):
                problems.append(f"{how}: {outcome}")
            if not found_damaged(folder):
                problems.append(f"{how}: not found by the check")
            outcomes[outcome] += 1
    if bytes_of(folder) != whole or told(folder) != new:
        problems.append("the index is not as it was before the damages")
    return outcomes, problems


def answered(folder: Path, old: Told | None, new: Told | None) -> str:
    """Say which generation answers for a damaged index, and whether it says so."""
    assert old is not None
    assert new is not None
    try:
        now = told(folder)
    except index.PolicyIndexError as exc:
        return f"wrong: refused ({exc})"
    if now is None or not now.damaged:
        return "wrong: not reported"
    if now.content == old.content and LIVE in now.damaged:
        return "the one before answered"
    if now.content == new.content and now.damaged == ("CURRENT",):
        return "the live one answered, CURRENT was reported"
    return f"wrong: {now}"


# --- every bit ---


def flip_every_bit(folder: Path, most: int | None, draw: random.Random) -> tuple[int, list[str]]:
    """Flip all single bits, or so many of them; return how many, and which went unseen."""
    bits = [
        (folder / name, bit)
        for name, content in bytes_of(folder).items()
        for bit in range(8 * len(content))
    ]
    if most is not None and most < len(bits):
        bits = draw.sample(bits, most)
    unseen = []
    for path, bit in bits:
        with path.open("r+b", buffering=0) as file:
            flip(file.fileno(), bit)
            if not found_damaged(folder):
                unseen.append(f"{path.relative_to(folder)}: bit {bit} flipped, and not found")
            flip(file.fileno(), bit)
    if found_damaged(folder):
        unseen.append("the index is not as it was before the bits were flipped")
    return len(bits), unseen


def flip(descriptor: int, bit: int) -> None:
    (byte,) = os.pread(descriptor, 1, bit // 8)
    os.pwrite(descriptor, bytes([byte ^ 1 << bit % 8]), bit // 8)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--damages", type=int, default=10_000)
    options.add_argument("--bits", type=int, help="at most so many (default: all)")
    chosen = options.parse_args()
    draw = random.Random(chosen.damages)
    with tempfile.TemporaryDirectory() as work:
        folder, small, beside = (Path(work) / name for name in ("index", "small", "beside"))
        for edition in ("alpha", "beta"):
            index.rebuild([write_edition(Path(work) / edition, edition)], folder, MODEL)
        index.rebuild([Path(work) / "alpha"], beside, MODEL)
        started = time.perf_counter()
        outcomes, problems = damage_often(folder, told(beside), chosen.damages, draw)
        told_of = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
        seconds = time.perf_counter() - started
        print(f"{chosen.damages} damages in {seconds:.0f} s: {told_of}")
        (Path(work) / "text.txt").write_text("A plan\n\nThe plan raises sales by 3 %.\n")
        index.rebuild([Path(work) / "text.txt"], small, MODEL)
        started = time.perf_counter()
        bits, unseen = flip_every_bit(small, chosen.bits, draw)
        seconds = time.perf_counter() - started
        print(f"{bits} single bits flipped in {seconds:.0f} s: {len(unseen)} not found")
    for problem in (*problems, *unseen):
        print(f"PROBLEM {problem}")
    return int(bool(problems or unseen))


if __name__ == "__main__":
    sys.exit(main())
