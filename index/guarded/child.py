"""A process that reads documents: a file's bytes in, passages and their chunks out.

Started by index.guarded.reader as `python -m index.guarded.child MEMORY CPU WALL`. It reads until
its input ends. Whatever parsers print goes to standard error, so that it never mixes with answers.
"""

import os
import sys
from collections.abc import Callable

from index import passages, readers
from index.chunks import ChunkNumberer
from index.errors import DocumentRefused
from index.folder import SourceBytes, SourceFile
from index.guarded import limits
from index.guarded.answers import READY, file_of, read_blocks, refused_blocks
from index.guarded.frames import Block, Frames, framed
from index.records import ParsedDocument

Read = Callable[[SourceFile, SourceBytes], ParsedDocument]

_AT_ONCE = 1 << 20  # bytes taken from the pipe
_LONGEST_FAILURE = 200  # characters of what a parser says


def main(read: Read = readers.read) -> None:
    """Answer every task on standard input."""
    memory, cpu, wall = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    tasks, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    limits.confine(memory)
    numberer = ChunkNumberer()
    frames = Frames()
    _send(answers, [READY])
    while True:
        blocks = frames.take()
        if blocks is None:
            content = os.read(tasks, _AT_ONCE)
            if not content:
                return
            frames.feed(content)
            continue
        limits.start_clock(cpu, wall)
        try:
            answer = _answer(*file_of(blocks), read, numberer)
        except MemoryError:
            os._exit(limits.OUT_OF_MEMORY)  # what is left of the memory is not to be relied on
        limits.stop_clock()
        del blocks
        _send(answers, answer)


def _answer(
    source: SourceFile, content: SourceBytes, read: Read, numberer: ChunkNumberer
) -> list[Block]:
    try:
        parsed = read(source, content)
        found = tuple(passages.split(parsed, is_digested=False))  # the parent does that
        return read_blocks(parsed, found, numberer.number(found))
    except DocumentRefused as exc:
        return refused_blocks(str(exc))
    except limits.NotAllowed as exc:
        numberer.start_anew()
        return refused_blocks(f"its reader tried what no reader may do ({exc})")
    except MemoryError:
        raise
    except Exception as exc:  # noqa: BLE001 (a parser may raise anything; it costs its document)
        numberer.start_anew()  # it may know what the parent was not told
        said = " ".join(str(exc).split())[:_LONGEST_FAILURE]
        return refused_blocks(f"its reader failed ({type(exc).__name__}{said and ': '}{said})")


def _send(answers: int, blocks: list[Block]) -> None:
    for block in framed(blocks):
        view = memoryview(block)
        while view:
            view = view[os.write(answers, view) :]


if __name__ == "__main__":
    main()
