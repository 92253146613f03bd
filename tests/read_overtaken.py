"""Open an index while rebuilds overtake it, at the worst moment.

Started as `read_overtaken.py INDEX NAME ALPHA BETA`: before the file of that name is opened for
the first time, so many rebuilds are done that the generation it belongs to is cleared away.
Prints the generation that was opened, and what was reported as damaged.
"""

import sys
from pathlib import Path

from editions import MODEL

import index


def main() -> None:
    folder, name, alpha, beta = sys.argv[1:]
    waiting = [Path(alpha), Path(beta)] * 2

    def hook(event: str, values: tuple[object, ...]) -> None:
        if event == "open" and waiting and str(values[0]).endswith(name):
            turns = waiting[::-1]
            waiting.clear()
            for documents in turns:
                index.rebuild([documents], Path(folder), MODEL)

    sys.addaudithook(hook)
    opened = index.open_searcher(Path(folder), MODEL)
    print(opened.searcher.state.generation, opened.damaged)


if __name__ == "__main__":
    main()
