"""Hostile ONNX graphs: valid ones with their protobuf structure corrupted, and random ones of every operator."""

import random
from collections.abc import Callable, Iterator

from random_graphs import random_operator_graph
from sentiment.inference.graph.protobuf import FIXED32, FIXED64, LENGTH_DELIMITED, VARINT, WireFormatError, read_fields

__all__ = ["mutated_graph", "random_operator_graph"]

Field = tuple[int, int, "int | bytes | Message"]

EXTREMES = (0, 1, 2, 7, 127, 128, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
TEXTS = (b"", b"\x1b[31m", b"\xff\xfe", b"com.microsoft", b"Loop", b"RandomNormal", b"../../etc/passwd", b"x" * 70_000)


class Message:
    """A message of unknown type as a list of fields; a field that can be parsed as a message is one."""

    def __init__(self, content: bytes, depth: int = 0) -> None:
        self.fields: list[Field] = []
        for key, value in read_fields(content, most=len(content)):
            number, wire_type = key >> 3, key & 7
            nested = value if isinstance(value, int) else _nested(bytes(value), wire_type, depth)
            self.fields.append((number, wire_type, nested))

    def walk(self) -> Iterator["Message"]:
        """Yield the message and all nested ones."""
        yield self
        for _, _, value in self.fields:
            if isinstance(value, Message):
                yield from value.walk()

    def encode(self) -> bytes:
        """Return its bytes."""
        return b"".join(_encoded(*field) for field in self.fields)


def mutated_graph(content: bytes, rng: random.Random) -> bytes:
    """Corrupt a valid graph in one to four places, each in its bytes or in the structure of its messages."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        try:
            content = rng.choice((_mutated_bytes, *[_mutated_structure] * 5))(content, rng)
        except WireFormatError:
            content = _mutated_bytes(content, rng)
    return content


def _nested(content: bytes, wire_type: int, depth: int) -> "bytes | Message":
    if wire_type != LENGTH_DELIMITED or not 2 <= len(content) <= 2**20 or depth > 6:
        return content
    try:
        message = Message(content, depth + 1)
    except WireFormatError:
        return content
    return message if message.encode() == content else content


def _encoded(number: int, wire_type: int, value: "int | bytes | Message") -> bytes:
    key = _varint(number << 3 | wire_type)
    if isinstance(value, int):
        return key + _varint(value)
    content = value.encode() if isinstance(value, Message) else value
    return key + _varint(len(content)) + content if wire_type == LENGTH_DELIMITED else key + content


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def _mutated_bytes(content: bytes, rng: random.Random) -> bytes:
    broken, place = bytearray(content), rng.randrange(len(content) + 1)
    match rng.randrange(4):
        case 0:
            del broken[place:]
        case 1:
            broken[place:place] = rng.randbytes(rng.randrange(1, 20))
        case 2:
            del broken[place : place + rng.randrange(1, 20)]
        case _:
            for place in rng.sample(range(len(broken)), min(len(broken), rng.randrange(1, 8))):
                broken[place] = rng.randrange(256)
    return bytes(broken)


def _mutated_structure(content: bytes, rng: random.Random) -> bytes:
    root = Message(content)
    messages = [message for message in root.walk() if message.fields]
    if not messages:
        return _mutated_bytes(content, rng)
    rng.choice(MUTATIONS)(rng.choice(messages), messages, rng)
    return root.encode()


def _delete(message: Message, _all: list[Message], rng: random.Random) -> None:
    del message.fields[rng.randrange(len(message.fields))]


def _double(message: Message, _all: list[Message], rng: random.Random) -> None:
    field = rng.choice(message.fields)
    times = rng.choice((1, 1, 1, 3, 1_000))
    message.fields += [field] * min(times, 1 + 2**20 // len(_encoded(*field)))


def _move(message: Message, everything: list[Message], rng: random.Random) -> None:
    target = rng.choice(everything)
    number, wire_type, value = rng.choice(message.fields)
    moved = value.encode() if isinstance(value, Message) else value  # it may contain the target
    target.fields.insert(rng.randrange(len(target.fields) + 1), (number, wire_type, moved))


def _shuffle(message: Message, _all: list[Message], rng: random.Random) -> None:
    rng.shuffle(message.fields)


def _swap(message: Message, everything: list[Message], rng: random.Random) -> None:
    other = rng.choice(everything)
    if any(each is message for each in other.walk()) or any(each is other for each in message.walk()):
        return
    message.fields, other.fields = other.fields, message.fields


def _renumber(message: Message, _all: list[Message], rng: random.Random) -> None:
    place = rng.randrange(len(message.fields))
    _, wire_type, value = message.fields[place]
    message.fields[place] = (rng.choice((*range(1, 26), 2**20)), wire_type, value)


def _replace_value(message: Message, _all: list[Message], rng: random.Random) -> None:
    place = rng.randrange(len(message.fields))
    number, wire_type, value = message.fields[place]
    if isinstance(value, int):
        message.fields[place] = (number, wire_type, rng.choice(EXTREMES))
    elif wire_type == LENGTH_DELIMITED:
        flat = value.encode() if isinstance(value, Message) else value
        changed = rng.choice((*TEXTS, flat[: len(flat) // 2], flat * 2, rng.randbytes(len(flat) % 100)))
        message.fields[place] = (number, wire_type, changed)
    else:
        message.fields[place] = (number, wire_type, rng.randbytes(len(value) if isinstance(value, bytes) else 4))


def _replace_extreme(message: Message, everything: list[Message], rng: random.Random) -> None:
    """Change a number: sizes, types, axes and versions are the most harmful."""
    numbers = [each for each in everything if any(isinstance(value, int) for _, _, value in each.fields)]
    chosen = rng.choice(numbers or [message])
    places = [place for place, field in enumerate(chosen.fields) if isinstance(field[2], int)]
    if places:
        place = rng.choice(places)
        number, wire_type, _ = chosen.fields[place]
        chosen.fields[place] = (number, wire_type, rng.choice(EXTREMES))


def _replace_wire_type(message: Message, _all: list[Message], rng: random.Random) -> None:
    place = rng.randrange(len(message.fields))
    number, _, _ = message.fields[place]
    fields: tuple[Field, ...] = (
        (number, VARINT, rng.choice(EXTREMES)),
        (number, FIXED32, rng.randbytes(4)),
        (number, FIXED64, rng.randbytes(8)),
        (number, LENGTH_DELIMITED, rng.choice(TEXTS)),
    )
    message.fields[place] = rng.choice(fields)


def _nest(message: Message, _all: list[Message], rng: random.Random) -> None:
    """Nest a message in itself, deeply."""
    number = rng.choice(message.fields)[0]
    content = message.encode()
    for _ in range(rng.choice((1, 10, 200))):
        content = _encoded(number, LENGTH_DELIMITED, content)
        if len(content) > 2**24:
            break
    message.fields.append((number, LENGTH_DELIMITED, content))


MUTATIONS: tuple[Callable[[Message, list[Message], random.Random], None], ...] = (
    _delete,
    _double,
    _move,
    _shuffle,
    _swap,
    _renumber,
    _replace_value,
    _replace_extreme,
    _replace_extreme,
    _replace_wire_type,
    _nest,
)
