"""Raw payloads that no connector should send, and somebody will."""

import json
import random
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

GOOD: dict[str, Any] = {
    "message_id": "test:1",
    "source": "test",
    "platform": "twitter",
    "text": "Fine so far",
    "created_at": "2025-03-01T12:30:00Z",
}
FIELDS = [*GOOD, "schema_version", "ingested_at", "language", "city", "product", "url", "extra"]
TEXTS = [
    "",
    " \n\t ",
    "\u200b\u200d\ufe0f",
    "\x00",
    "a\x00b\x07c",
    "&amp;amp;lt;b&gt; &#128512; &#0; &#xD800;",
    "Itâ€™s cafÃ© time",
    "😂" * 5000,
    "é" * 10_001,
    "e\u0301" * 10_001,
    "\ufeffBOM",
    "\u202eright to left",
    "\U0001d4d5\U0001d4ea\U0001d4f7\U0001d4ec\U0001d502",
    "\uff46\uff55\uff4c\uff4c",
    "x" * 1_000_000,
]
TIMES = [
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "9999-12-31T23:59:59Z",
    "2025-02-30T00:00:00Z",
    "2025-03-01T12:30:00",
    "2025-03-01",
    "yesterday",
    "",
    "1999-12-31T23:59:59Z",
    1740832200,
    None,
    [],
]
BYTES = [
    b"",
    b"\xff\xfe",
    b"\xc3\x28",
    b"null",
    b"[]",
    b"[" * 500_000 + b"]" * 500_000,
    b'{"a":' * 150_000 + b"1" + b"}" * 150_000,
    b"{",
    b'{"message_id": "test:1"',
    b'{"text": "\\ud800"}',
    b'{"n": 1e999}',
    b'{"n": NaN}',
    b"\x00" * 100,
    b'"text"',
    b"12",
    b"<html></html>",
]
VALUES: list[Any] = [None, True, 0, -1, 1.5, 2**70, "", "x" * 200, [], {}, [1, [2, [3]]]]


def hand_made() -> Iterator[bytes]:
    """Each thing that is known to go wrong, once."""
    yield from BYTES
    for text in TEXTS:
        yield _json({**GOOD, "text": text})
    for time in TIMES:
        yield _json({**GOOD, "created_at": time})
        yield _json({**GOOD, "ingested_at": time})
    for field in FIELDS:
        yield _json({name: value for name, value in GOOD.items() if name != field})
        for value in VALUES:
            yield _json({**GOOD, field: value})
    yield _json({**GOOD, "deep": _nested(900)})
    yield _json({**GOOD, "wide": dict.fromkeys(map(str, range(50_000)))})
    yield _json({**GOOD, "message_id": "x" * 129})
    yield _json({**GOOD, "message_id": "nul\0inside"})
    yield _json({**GOOD, "city": "\U0001f600" * 128})
    yield _json({**GOOD, "ingested_at": "0001-01-01T00:00:00Z"})
    for city in (
        "Par\u0131s",
        "Madr\u0131d",
        "chicago",
        "web\u017fite",
        "\u212aestova Fibre",
        "L\u0130MA",
    ):
        yield _json({**GOOD, "text": f"I love {city}"})
    yield b'{"numbers":[' + b"1e15," * 150_000 + b"1e15]," + _json(GOOD)[1:]
    yield _json(GOOD) * 2


def mutated(count: int, seed: int) -> Iterator[bytes]:
    """Good messages, three in four of them with bytes flipped, cut out or doubled."""
    chance = random.Random(seed)
    for number in range(count):
        payload = bytearray(_json({**GOOD, "message_id": f"test:{number}"}))
        for _ in range(chance.randint(0, 3)):
            where = chance.randrange(len(payload))
            match chance.randrange(3):
                case 0:
                    payload[where] = chance.randrange(256)
                case 1:
                    del payload[where : where + chance.randint(1, 20)]
                case _:
                    payload[where:where] = payload[where : where + chance.randint(1, 20)]
            if not payload:
                break
        yield bytes(payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
objects = st.builds(
    lambda number, some, more: {**GOOD, "message_id": f"drawn:{number}", **some, **more},
    st.integers(0, 10**6),
    st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, json_values)),
    st.dictionaries(st.text(), json_values, max_size=3),
).map(lambda fields: json.dumps(fields).encode())
payloads = st.binary(max_size=200) | objects | json_values.map(lambda v: json.dumps(v).encode())


def own_key(payload: bytes, number: int) -> bytes:
    """The payload's own id where it has one, else a key of its own."""
    try:
        return str(json.loads(payload)["message_id"]).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return b"key-%d" % number


def drawn(count: int) -> list[bytes]:
    """Payloads of hypothesis' choice, the same ones every time."""
    found: list[bytes] = []

    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(payloads)
    def collect(payload: bytes) -> None:
        found.append(payload)

    collect()
    return found


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value
