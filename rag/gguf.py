"""The header of a GGUF file, as far as it says which kind of model the file holds.

The form is docs/gguf.md of ggml: magic, version, two counts, then keys with typed values.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
# Bytes of a value by its type; strings and arrays give their own length.
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
# A key that claims to be longer is damage.
_LONGEST = 1 << 16


def decision_type(path: Path) -> str:
    """Which kind of decision model the file holds, as "laya" or "kev"; "" where it holds none.

    A header that cannot be followed has none: the server says what is wrong with the file.
    Raises OSError.
    """
    with path.open("rb") as file:
        try:
            return next(_kinds(file), "")
        except (struct.error, KeyError, ValueError, OverflowError, RecursionError):
            return ""


def _kinds(file: BinaryIO) -> Iterator[str]:
    if file.read(4) != MAGIC:
        return
    _number(file, "I")
    _number(file, "Q")
    for _ in range(_number(file, "Q")):
        key = _text(file)
        kind = _number(file, "I")
        if kind == _STRING and key.endswith(".decision.type"):
            yield _text(file)
        else:
            skip_value(file, kind)


def skip_value(file: BinaryIO, kind: int) -> None:
    """Go past a value of this type, whose first byte is the next to be read."""
    if kind == _STRING:
        file.seek(_number(file, "Q"), 1)
    elif kind == _ARRAY:
        inner, count = _number(file, "I"), _number(file, "Q")
        if inner in (_STRING, _ARRAY):
            for _ in range(count):
                skip_value(file, inner)
        else:
            file.seek(_SIZES[inner] * count, 1)
    else:
        file.seek(_SIZES[kind], 1)


def _text(file: BinaryIO) -> str:
    if (length := _number(file, "Q")) > _LONGEST:
        raise ValueError(length)
    return file.read(length).decode("utf-8", "replace")


def _number(file: BinaryIO, form: str) -> int:
    found = struct.unpack(f"<{form}", file.read(struct.calcsize(f"<{form}")))[0]
    return int(found)
