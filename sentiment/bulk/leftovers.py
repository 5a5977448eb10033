"""Existing files at the paths of a run: those that may not be replaced, and leftovers of an interrupted run."""

import hashlib
import os
from pathlib import Path

from sentiment.bulk.output.files import open_rejects
from sentiment.bulk.output.journal import Beginning, Entry, Journal
from sentiment.bulk.output.paths import output_error, part_of, refuse_held, whole_of
from sentiment.bulk.output.targets import Targets
from sentiment.bulk.request import BulkRequest
from sentiment.callbacks import Notify
from sentiment.errors import OutputError


def refuse_existing(targets: Targets, *, force: bool, in_place: bool) -> None:
    """Refuse to replace files without permission.

    Raises:
        OutputError: The output or the rejects file exists.
    """
    if targets.is_input and not in_place:
        raise OutputError(f"{targets.output}: is the input itself; choose another file, or replace it with `in_place`")
    if force:
        return
    for target in (None if targets.is_input else targets.output, targets.rejects):
        if target is not None and os.path.lexists(target):
            raise OutputError(f"{target}: already exists; choose another file, or replace it with `force`")


def refuse_in_the_way(*side_files: Path) -> None:
    """Refuse to touch a file that has the name of an unfinished file but is not known to be one.

    Raises:
        OutputError: There is such a file, or another run is using it.
    """
    for side_file in side_files:
        if os.path.lexists(side_file):
            refuse_held(side_file)
            raise OutputError(
                f"{side_file}: already exists, perhaps left by a run that was killed; move it away, or delete it"
            )


def take_up(
    request: BulkRequest, output: Path, targets: Targets, journal: Journal, notify: Notify
) -> tuple[Beginning, Entry | None]:
    """Decide whether to resume or discard an interrupted run, or refuse if neither is requested. Deletes nothing.

    Returns:
        What may be replaced, as a `Beginning` with empty `asked`; and the state to resume from, None to start over.

    Raises:
        OutputError: There is an unfinished run and neither `resume` nor `force` is set; or files exist that
            may not be replaced.
    """
    earlier = journal.beginning
    if earlier is not None and not (request.resume or request.force):
        raise OutputError(
            f"{journal.path}: an earlier run for this output was interrupted; resume it with `resume`, or start "
            "over with `force`"
        )
    refuse_in_the_way(*_unvouched(output, targets, earlier))
    kept = earlier if request.resume else None
    allowed = Beginning(
        {},
        force=request.force or (kept is not None and kept.force),
        in_place=request.in_place or (kept is not None and kept.in_place),
        rejects=None if request.rejects is None else str(request.rejects),
    )
    refuse_existing(targets, force=allowed.force, in_place=allowed.in_place)
    last = journal.last if request.resume else None
    if last is not None and not os.path.lexists(part_of(output)):
        if last.output_sha256 is not None and os.path.lexists(output):
            raise OutputError(
                f"{part_of(output)}: does not exist, and {output} is not what the run wrote; start over with `force`"
            )
        notify(f"{part_of(output)}: does not exist; starting over")
        last = None
    return allowed, last


def make_room(output: Path, targets: Targets, journal: Journal, last: Entry | None) -> None:
    """Delete leftovers of an earlier run that this one does not need.

    Args:
        output: Of both runs.
        targets: Of this run.
        journal: Of the earlier run.
        last: The state to resume from; None to start over.

    Raises:
        OutputError: They cannot be deleted.
    """
    if journal.beginning is None:
        return
    _delete(whole_of(output))
    if last is None:
        _delete(part_of(output))
        if targets.rejects is not None and journal.beginning.rejects is not None:
            _delete(part_of(targets.rejects))


def _unvouched(output: Path, targets: Targets, earlier: Beginning | None) -> list[Path]:
    """Return the paths for unfinished files that no journal accounts for."""
    rejects = [] if targets.rejects is None else [part_of(targets.rejects)]
    if earlier is None:
        return [part_of(output), whole_of(output), *rejects]
    return rejects if earlier.rejects is None else []


def is_placed(output: Path, last: Entry) -> bool:
    """Return whether a run was killed at its very end, with its output already in place."""
    return last.output_sha256 is not None and _sha256(output) == last.output_sha256


def finish_placed(output: Path, targets: Targets, last: Entry, *, may_replace: bool) -> None:
    """Do the last steps of a run after its output is in place.

    Args:
        output: Already in place.
        targets: Of the run.
        last: Its last state.
        may_replace: Whether the rejects may replace a file.

    Raises:
        OutputError: The rejects file is gone, or cannot be put in place.
    """
    _delete(part_of(output), whole_of(output))
    if targets.rejects is not None and _sha256(targets.rejects) != last.rejects_sha256:
        open_rejects(targets.rejects, targets.new_mode, last).place(may_replace=may_replace)


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise output_error(path, error) from error


def _delete(*side_files: Path) -> None:
    for side_file in side_files:
        try:
            side_file.unlink(missing_ok=True)
        except OSError as error:
            raise output_error(side_file, error) from error
