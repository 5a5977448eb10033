"""Faults of single rows: left out, damaged, of another length, or with personal data."""

import re
from collections.abc import Iterator

import numpy as np

from sentiment.evaluation.data_check.damage import damage_of
from sentiment.evaluation.data_check.findings import Example, Finding
from sentiment.evaluation.data_check.parts import Part
from sentiment.evaluation.data_check.personal import personal_data

_LETTER = re.compile(r"[^\W\d_]")
_MARKUP = re.compile(
    r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|amp|lt|gt|quot|apos|nbsp);"
    r"|</?(?:br|p|div|span|a|img|b|i|u|em|strong|font|li|ul|td|tr|table)(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)
LONG_CHARACTERS, LONG_MEDIANS = 1_000, 20
"""A text is unusually long if it has more characters than this, and than this many times the median."""


def row_faults(part: Part) -> Iterator[Finding]:
    """Yield the result of each check of single rows."""
    yield from _left_out(part)
    yield _repeated_header(part)
    faults = {row: fault for row, text in enumerate(part.texts) if (fault := damage_of(text))}
    yield part.finding(
        "damaged_text",
        "error",
        list(faults),
        "read the file in its own encoding (`encoding`), or remove the rows",
        faults.values(),
    )
    yield _personal_data(part)
    markup = [row for row, text in enumerate(part.texts) if ("&" in text or "<" in text) and _MARKUP.search(text)]
    yield part.finding("markup", "note", markup, "replace HTML entities and tags with the characters they stand for")
    wordless = [row for row, text in enumerate(part.texts) if text and not _LETTER.search(text)]
    yield part.finding("no_letters", "note", wordless, "check whether such texts can be labelled at all")
    yield _long_texts(part)


def _left_out(part: Part) -> Iterator[Finding]:
    counts = part.rows.counts
    faults = (
        ("empty", counts.empty, "they are left out; remove them"),
        ("unlabelled", counts.unlabelled, "they are left out; label or remove them"),
        (
            "malformed",
            counts.malformed,
            "they cannot be split into columns and are left out; fix quotes and separators",
        ),
    )
    for check, count, advice in faults:
        yield Finding(check, part.name, "warning", count, counts.read, advice=advice)


def _repeated_header(part: Part) -> Finding:
    rows = part.rows
    names = (rows.text_column, rows.label_column)
    repeated = [
        row
        for row, pair in enumerate(zip(rows.texts, rows.labels, strict=True))
        if tuple(map(str.strip, pair)) == names
    ]
    places = [place.rpartition(":")[2].strip() for place in rows.repeated_headers] + list(map(part.place, repeated))
    examples = tuple(Example((f"line {place}" if place.isdecimal() else place,)) for place in places[:1])
    total = rows.counts.read + len(rows.repeated_headers)
    advice = "files were joined with their headers; remove these rows"
    return Finding("repeated_header", part.name, "error", len(places), total, advice=advice, examples=examples)


def _personal_data(part: Part) -> Finding:
    """Return how many rows have personal data; no text of theirs is shown."""
    found = {row: counts for row, text in enumerate(part.texts) if (counts := personal_data(text))}
    kinds = {kind for counts in found.values() for kind in counts}
    return Finding(
        "personal_data",
        part.name,
        "warning",
        len(found),
        len(part.texts),
        advice="remove e-mail addresses, phone and resident numbers before the rows are kept or shared",
        examples=tuple(part.example([row], ", ".join(found[row]), with_text=False) for row in list(found)[:3]),
        details={kind: sum(counts[kind] for counts in found.values()) for kind in sorted(kinds)},
    )


def _long_texts(part: Part) -> Finding:
    lengths = np.array([len(text) for text in part.texts])
    longest = max(LONG_CHARACTERS, LONG_MEDIANS * float(np.median(lengths)))
    rows = np.flatnonzero(lengths > longest).tolist()
    abouts = [f"{lengths[row]:,} characters" for row in rows]
    return part.finding("long_texts", "note", rows, "check that a quote has not joined several rows", abouts)
