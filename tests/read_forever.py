"""Open an index and search it again and again, until told to stop by SIGTERM.

Started as `read_forever.py INDEX`; prints the edition that answered each time.
"""

import sys
from pathlib import Path

from editions import MODEL, edition_of

import index


def main() -> None:
    folder = Path(sys.argv[1])
    while True:
        opened = index.open_searcher(folder, MODEL)
        assert opened.damaged == ()
        print(edition_of(opened.searcher), flush=True)


if __name__ == "__main__":
    main()
