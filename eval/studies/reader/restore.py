"""The weights of a reader that was trained or exported, so that they can be exported or trained on.

An exported one's matrices come back as they were rounded to eight bits; a few hundred steps even
that out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from eval.studies.reader.graph import EVEN, PARTS, ROUNDED, SCALES, SHIFT, TURNED
from eval.studies.reader.model import Reader

Held = dict[str, NDArray[Any]]


def load_weights(at: Path, dropout: float = 0.0) -> Reader:
    """The reader of a folder that training wrote, or of an exported file.

    Raises ValueError where there is none.
    """
    return _exported(at, dropout) if at.is_file() else _trained(at, dropout)


def _trained(folder: Path, dropout: float = 0.0) -> Reader:
    stored = {
        name: torch.from_numpy(value.astype(np.float32))
        for file in sorted(folder.glob("reader-*.npz"))
        for name, value in np.load(file).items()
    }
    if not stored:
        raise ValueError(f"{folder} has no reader-0.npz that training wrote.")
    layers = 1 + max(int(name.split(".")[1]) for name in stored if name.startswith("layers."))
    model = Reader(layers, dropout)
    model.load_state_dict(stored)
    return model.eval()


def _exported(file: Path, dropout: float = 0.0) -> Reader:
    graph = onnx.load(file).graph
    held = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    layers = 1 + max(int(n.split(".")[1]) for n in held if n.startswith("layers."))
    model = Reader(layers, dropout)
    names = model.state_dict().keys()
    found = {name: value for name, value in held.items() if name in names}
    try:
        for number in range(layers):
            found.update(_layer(f"layers.{number}.", held))
    except KeyError as error:
        raise ValueError(f"{file} is no reader of ours: {error} is not there.") from None
    if missing := sorted(names ^ found.keys()):
        raise ValueError(f"{file} is no reader of ours: {', '.join(missing[:5])} are not as there.")
    model.load_state_dict({
        name: torch.from_numpy(np.array(value, dtype=np.float32)) for name, value in found.items()
    })  # fmt: skip
    return model


def _layer(name: str, held: Held) -> Held:
    """The matrices and biases of a layer as they were before :mod:`eval.studies.reader.graph`."""
    found = {}
    biases = np.split(held[name + "qkv.bias"], 3)
    for part, bias in zip("qkv", biases, strict=True):
        found[f"{name}{part}.bias"] = bias
    shared = {"q": "qkv", "k": "qkv", "v": "qkv", "ao": "ao", "fi": "fi"}
    if f"{name}q{TURNED}" in held:
        for part in (*shared, "fo"):
            found[f"{name}{part}.weight"] = held[name + part + TURNED].T
        return found
    for part, into in shared.items():
        found[f"{name}{part}.weight"] = _matrix(name + part, held, held[name + into + EVEN])
    evens = np.split(held[f"{name}fo{EVEN}"], PARTS)
    parts = [_matrix(f"{name}fo.{place}", held, even) for place, even in enumerate(evens)]
    whole = np.concatenate(parts, axis=1)
    found[name + "fo.weight"] = whole
    found[name + "fo.bias"] = held[name + "fo.bias"] + SHIFT * whole.sum(axis=1)
    return found


def _matrix(name: str, held: Held, even: NDArray[Any]) -> NDArray[Any]:
    """A matrix (out, in)."""
    exact: NDArray[Any] = held[name + ROUNDED] * held[name + SCALES] * even[:, None]
    return exact.T
