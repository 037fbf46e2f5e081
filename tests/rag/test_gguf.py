from __future__ import annotations

import struct
from pathlib import Path

import pytest

from rag.gguf import decision_type
from rag.local_model import small_model


def text(words: str) -> bytes:
    return struct.pack("<Q", len(words.encode())) + words.encode()


def header(*values: tuple[str, int, bytes], keys: int | None = None) -> bytes:
    counts = struct.pack("<IQQ", 3, 0, len(values) if keys is None else keys)
    pairs = (text(name) + struct.pack("<I", kind) + value for name, kind, value in values)
    return b"GGUF" + counts + b"".join(pairs)


TYPE = ("modern-bert.decision.type", 8, text("laya"))
ARRAY = ("tokens", 9, struct.pack("<IQ", 8, 2) + text("a") + text("港"))
NUMBERS = ("scores", 9, struct.pack("<IQ", 6, 3) + bytes(12))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (header(TYPE), "laya"),
        (header(("a", 4, bytes(4)), ("b", 12, bytes(8)), ARRAY, NUMBERS, TYPE), "laya"),
        (header(("name", 8, text("x.decision.type"))), ""),
        (header(("x.decision.type", 4, bytes(4))), ""),
        (header(ARRAY), ""),
        (header(("odd", 99, b""), TYPE), ""),
        (header(TYPE)[:-9], ""),
        (header(TYPE, keys=7), "laya"),
        (header(keys=1 << 60), ""),
        (header(("long", 8, struct.pack("<Q", 1 << 63)), TYPE), ""),
        (header(("deep", 9, struct.pack("<IQ", 9, 1) * 5000)), ""),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 40), ""),
        (b"PK\x03\x04", ""),
        (b"", ""),
    ],
)
def test_the_kind_of_decision_model_stands_in_the_header(
    content: bytes, kind: str, tmp_path: Path
) -> None:
    (tmp_path / "model.gguf").write_bytes(content)
    assert decision_type(tmp_path / "model.gguf") == kind


@pytest.mark.model
def test_a_chat_model_is_none_and_one_with_the_key_is(decision_file: Path) -> None:
    assert decision_type(small_model()) == ""
    assert decision_type(decision_file) == "lev"
