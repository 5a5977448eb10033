"""A suite of behaviour: read from YAML, with faults by line."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from sentiment.config.yaml_subset import YamlFault, compose, construct
from sentiment.errors import DataError
from sentiment.files import UnreadableError, read_file
from sentiment.wording import nearest, on_one_line

SUITES = Path(__file__).parent / "suites"
MAX_BYTES, MAX_NODES = 16 << 20, 1_000_000


class Expectation(StrEnum):
    """The kinds of tests of CheckList (Ribeiro et al. 2020)."""

    EXPECTED = "minimum functionality"
    SAME = "invariance"
    TOWARDS = "direction"


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        kind: of the suite.
        test: what is expected.
        texts: one that must get `label`; or two, of which the second must get the label of the first, or be more
            probably `label` than the first.
        label: of the suite; None for an invariance.
    """

    kind: str
    test: Expectation
    texts: tuple[str, ...]
    label: str | None


@dataclass(frozen=True)
class Suite:
    """A suite.

    Attributes:
        name: as asked for.
        sha256: of its file, in hex.
        language: the script that its texts are written in, as named by `sentiment.text.scripts`; empty if not given.
        spellings: of each label that cases expect, as models may spell it.
        kinds: what each kind of cases is about.
        cases: of all kinds, in order.
    """

    name: str
    sha256: str
    language: str
    spellings: Mapping[str, Sequence[str]]
    kinds: Mapping[str, str]
    cases: tuple[Case, ...]


_Text = Annotated[str, StringConstraints(strict=True, pattern=r"\S")]


class _Kind(BaseModel):
    model_config = ConfigDict(extra="forbid")

    about: str = ""
    expected: dict[str, list[_Text]] = {}
    same: list[Annotated[list[_Text], Field(min_length=2)]] = []
    towards: dict[str, list[tuple[_Text, _Text]]] = {}

    def cases(self, kind: str) -> Iterator[Case]:
        for label, texts in self.expected.items():
            yield from (Case(kind, Expectation.EXPECTED, (text,), label) for text in texts)
        for first, *others in self.same:
            yield from (Case(kind, Expectation.SAME, (first, other), None) for other in others)
        for label, pairs in self.towards.items():
            yield from (Case(kind, Expectation.TOWARDS, pair, label) for pair in pairs)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    language: str = ""
    labels: dict[str, Annotated[list[_Text], Field(min_length=1)]] = Field(min_length=2)
    kinds: dict[str, _Kind] = Field(min_length=1)


def suite_names() -> tuple[str, ...]:
    """Return the names of the suites that come with the package, sorted."""
    return tuple(sorted(path.stem for path in SUITES.glob("*.yaml")))


def load_suite(name_or_path: str) -> Suite:
    """Read a suite.

    Args:
        name_or_path: the name of a suite that comes with the package, or the path of a YAML file.

    Raises:
        DataError: there is no such suite, or it is not valid.
    """
    path = SUITES / f"{name_or_path}.yaml" if name_or_path in suite_names() else Path(name_or_path)
    shown = on_one_line(path.name if path.parent == SUITES else name_or_path, 240)
    try:
        content = read_file(path, MAX_BYTES)
        text = content.decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(name_or_path, shown) from None
    except UnicodeDecodeError:
        raise DataError(f"{shown}: not UTF-8; save it as UTF-8") from None
    except (OSError, UnreadableError, ValueError) as error:
        raise DataError(f"{shown}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    file = _parsed(text, shown)
    cases = tuple(case for kind, content in file.kinds.items() for case in content.cases(kind))
    unknown = next((case for case in cases if case.label is not None and case.label not in file.labels), None)
    if unknown is not None:
        known = ", ".join(file.labels)
        raise DataError(f"{shown}: kinds.{unknown.kind}: {unknown.label!r} is not among its labels, {known}")
    if not cases:
        raise DataError(f"{shown}: contains no cases; see docs/behaviour.md")
    about = {kind: content.about for kind, content in file.kinds.items()}
    return Suite(name_or_path, hashlib.sha256(content).hexdigest(), file.language, file.labels, about, cases)


def suite_for(scripts: Sequence[str]) -> Suite:
    """Return the suite that comes with the package for a model that reads these scripts, the first that matters first.

    Raises:
        DataError: there is none.
    """
    suites = [load_suite(name) for name in suite_names()]
    for script in scripts:
        for suite in suites:
            if suite.language == script:
                return suite
    raise DataError(f"no suite is in a script of the model; pass one of {', '.join(suite_names())}, or a YAML file")


@cache
def suite_texts() -> tuple[str, ...]:
    """Return the texts of all suites that come with the package."""
    suites = map(load_suite, suite_names())
    return tuple(dict.fromkeys(text for suite in suites for case in suite.cases for text in case.texts))


def _missing(name: str, shown: str) -> DataError:
    names = suite_names()
    meant = nearest(name, names)
    hint = f"did you mean {meant}?" if meant else f"the suites are {', '.join(names)}"
    return DataError(f"{shown}: no such suite or file; {hint}")


def _parsed(text: str, shown: str) -> _File:
    try:
        root = compose(text, MAX_NODES)
    except YamlFault as fault:
        raise DataError(f"{shown}:{fault.line}: {on_one_line(fault.problem, 240)}") from None
    if root is None:
        raise DataError(f"{shown}: is empty; see docs/behaviour.md")
    try:
        return _File.model_validate(construct(root))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = f"{place}: {first['msg']}" if place else first["msg"]
        raise DataError(f"{shown}:{_line(root, first['loc'])}: {on_one_line(message, 240)}") from None


def _line(node: yaml.Node, place: tuple[Any, ...]) -> int:
    """Return the line of a value, or of the deepest part of its place that is there."""
    line = node.start_mark.line + 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                break
            key, node = found
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
