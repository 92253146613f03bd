"""One writer at a time, over all processes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from index.errors import IndexBusy, StorageFailed
from index.folder import NOT_DOCUMENTS
from index.locking import AlreadyLocked, locked
from index.storage import files


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the writer's lock of an index folder, which is made if need be.

    Raises IndexBusy when another process holds it, StorageFailed when the folder cannot be made or
    written to.
    """
    with ExitStack() as held:
        try:
            files.make_folder(folder)
            held.enter_context(locked(folder / NOT_DOCUMENTS))
        except AlreadyLocked as exc:
            raise IndexBusy(
                f"Another rebuild of {folder} is running{exc.holder}. "
                "Wait for it to end, then try again."
            ) from exc
        except OSError as exc:
            raise StorageFailed(
                f"Cannot write to {folder}: {exc.strerror}. Make it writable, make room, "
                "or choose another place with --index DIR."
            ) from exc
        yield
