"""What a data check finds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sentiment.data import RowCounts

Level = Literal["error", "warning", "note"]

LEVELS: tuple[Level, ...] = ("error", "warning", "note")
"""The worst first: an error makes figures wrong or rows useless, a warning lowers quality, a note is worth knowing."""


@dataclass(frozen=True)
class Example:
    """Rows that show a finding.

    Attributes:
        places: their positions in the source.
        text: the text of the first, cut, without personal data; empty if it says nothing.
        about: what is to be seen in it.
    """

    places: tuple[str, ...]
    text: str = ""
    about: str = ""


@dataclass(frozen=True)
class Finding:
    """The result of one check of one part of the rows.

    Attributes:
        check: the name of the check.
        part: the name of the rows.
        level: how bad it is, if `count` is not 0.
        count: how often the fault was found.
        total: how often it could have been.
        unit: what is counted.
        advice: what to do about it.
        examples: some of the rows.
        details: further counts, by name.
    """

    check: str
    part: str
    level: Level
    count: int
    total: int
    unit: str = "rows"
    advice: str = ""
    examples: tuple[Example, ...] = ()
    details: Mapping[str, int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Unchecked:
    """A check that was not made, and why."""

    check: str
    reason: str


@dataclass(frozen=True)
class Suspect:
    """A row whose label is probably wrong.

    Attributes:
        place: its position in the source.
        text: cut, without personal data.
        label: as given.
        probability: that a model fitted to the other rows gives to this label.
        suggested: the label that it gives instead.
    """

    place: str
    text: str
    label: str
    probability: float
    suggested: str


@dataclass(frozen=True)
class PartSummary:
    """The rows of a part.

    Attributes:
        name: for people.
        sha256: of texts and labels.
        counts: rows read, used, and left out by kind of fault.
        rows_per_label: the most common label first.
        characters: of a text: least, median, 95th percentile, most.
    """

    name: str
    sha256: str
    counts: RowCounts
    rows_per_label: Mapping[str, int]
    characters: Mapping[str, int]


@dataclass(frozen=True)
class DataCheck:
    """The result of all checks.

    Attributes:
        parts: the rows, and the test rows if there are any.
        findings: of every check made, whether it found something or not; the worst first.
        unchecked: the checks not made.
        suspects: the training rows whose labels are probably wrong, the most suspicious first.
    """

    parts: tuple[PartSummary, ...]
    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]
    suspects: Sequence[Suspect]

    @property
    def found(self) -> tuple[Finding, ...]:
        """The findings with a count."""
        return tuple(finding for finding in self.findings if finding.count)

    def failing(self, fail_on: Collection[str]) -> list[str]:
        """Return the checks that found something, in order.

        Args:
            fail_on: names of checks, or of levels: each includes the worse ones.
        """
        lowest = max((LEVELS.index(level) for level in LEVELS if level in fail_on), default=-1)
        failing = (
            finding.check for finding in self.found if finding.check in fail_on or LEVELS.index(finding.level) <= lowest
        )
        return list(dict.fromkeys(failing))

    def to_dict(self) -> dict[str, Any]:
        """Return the object that `sentiment data check --json` prints: plain JSON types, every number finite."""
        return asdict(self)
