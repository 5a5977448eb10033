"""The settings of a service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment.errors import ServiceError

MiB = 2**20


@dataclass(frozen=True)
class ServingSettings:
    """The settings of a service.

    Attributes:
        api_keys: A request needs one of them; none if empty.
        allow_origins: Origins whose web pages may call the service, as in `https://example.com`; `*` for all.
        threads: Batches that run at the same time.
        max_queue: Texts that wait for the model; a request beyond them is refused.
        max_texts: Texts of one request.
        max_body_bytes: Of a request, except a table.
        max_table_bytes: Of a table.
        max_tables: Tables that are uploaded, wait or are predicted at the same time.
        max_wait_ms: How long a batch waits for more texts.
        keep_tables_s: How long a finished table can be fetched.
        tables_folder: For tables, shared by all processes of a service; a temporary one if None.
        with_page: Whether `/` is a page for people.
        log: Gets the fields of each answered request; None for no access log.
        log_texts: Whether they include the texts.
    """

    api_keys: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    threads: int = 1
    max_queue: int = 128
    max_texts: int = 1_024
    max_body_bytes: int = 2 * MiB
    max_table_bytes: int = 512 * MiB
    max_tables: int = 8
    max_wait_ms: float = 0.0
    keep_tables_s: float = 3_600.0
    tables_folder: Path | None = None
    with_page: bool = True
    log: Callable[[Mapping[str, Any]], None] | None = None
    log_texts: bool = False


def read_keys(path: Path) -> tuple[str, ...]:
    """Read the keys of a file: one per line, without blank lines and those that begin with #.

    Raises:
        ServiceError: It cannot be read, or holds no key.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ServiceError(f"{path}: cannot be read ({reason}); pass a file with a key per line") from None
    keys = tuple(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))
    if not keys:
        raise ServiceError(f"{path}: holds no key; write one per line")
    return keys
