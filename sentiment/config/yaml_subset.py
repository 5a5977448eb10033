"""The subset of YAML for experiments: plain data, with the scalars of YAML 1.2."""

import re
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.reader import ReaderError

MAX_DEPTH = 8
MAX_NODES = 5_000
"""Most keys and values; the schema has about sixty keys, and each takes a tenth of a millisecond to read."""
MISSING_COLON = "could not find expected ':'"
NULL, BOOL, INT, FLOAT = (f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float"))

# YAML 1.1, which PyYAML reads, parses `no` as false, 12:30:00 as 45000, 010 as 8 and 1e-3 as a text. Here 010 is a
# text: it could mean 8 or 10.
SCALARS = {
    NULL: re.compile(r"(~|null|Null|NULL|)\Z"),
    BOOL: re.compile(r"(true|True|TRUE|false|False|FALSE)\Z"),
    INT: re.compile(r"[-+]?(0|[1-9][0-9]*)\Z"),
    FLOAT: re.compile(
        r"([-+]?((\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(inf|Inf|INF))|\.(nan|NaN|NAN))\Z"
    ),
}


class YamlFault(Exception):  # noqa: N818  (the caller knows the file and raises the error)
    """A text is not in this subset of YAML.

    Attributes:
        problem: What is wrong.
        line: Where, from 1.
    """

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


class _Loader(yaml.SafeLoader):
    """Composes nodes with their lines; refuses tags, anchors, aliases, and deep nesting."""

    def __init__(self, text: str, max_nodes: int) -> None:
        super().__init__(text)
        self.max_nodes = max_nodes
        self.depth = self.nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose the next node, unless it is of an unsupported kind."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if event.anchor is not None:
            raise ComposerError(
                None, None, "anchors and aliases are not supported, write the value out", event.start_mark
            )
        if event.tag is not None:
            raise ComposerError(None, None, f"tags such as {event.tag!r} are not supported", event.start_mark)
        if self.depth == MAX_DEPTH:
            raise ComposerError(None, None, "nested too deeply", event.start_mark)
        if self.nodes == self.max_nodes:
            raise ComposerError(None, None, f"more than {self.max_nodes:,} keys and values", event.start_mark)
        self.depth += 1
        self.nodes += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


_Loader.yaml_implicit_resolvers = {None: list(SCALARS.items())}  # None: any first character


def compose(text: str, max_nodes: int = MAX_NODES) -> yaml.Node | None:
    """Return the root node of a text, or None if it contains only comments.

    Args:
        text: to parse.
        max_nodes: most keys and values.

    Raises:
        YamlFault: the text is not YAML, has several documents, or uses tags, anchors or aliases.
    """
    try:
        return _Loader(text, max_nodes).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if error.problem == MISSING_COLON:  # detected on a later line than the one that lacks it
            mark = error.context_mark
        problem = ", ".join(part for part in (error.context, error.problem) if part)
        raise YamlFault(problem, mark.line + 1 if mark else 1) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlFault(f"{text[error.position]!r} is not allowed", line) from None
    except (ValueError, OverflowError):  # PyYAML passes "\UFFFFFFFF" to chr() and %YAML 9...9 to int() unchecked
        raise YamlFault("an unknown escape or version number", 1) from None


def construct(node: yaml.Node) -> object:
    """Return the value of a node: None, bool, int, float, str, a list of them, or a dict with texts for keys."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): construct(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [construct(item) for item in node.value]
    text = str(node.value)
    if node.tag == NULL:
        return None
    if node.tag == BOOL:
        return text.lower() == "true"
    # Python parses no integer of more than 4,300 digits; beyond the range of float it becomes infinite, and is refused.
    if node.tag == FLOAT or (node.tag == INT and len(text) > 300):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return int(text) if node.tag == INT else text
