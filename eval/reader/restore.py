"""The weights of a reader that was exported, in single precision, so that training can go on.

Matrices come back as they were rounded to eight bits; a few hundred steps even that out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from eval.reader.model import Reader

_ROUNDED = "MatMulNBits"
_BIAS, _WEIGHT = ".bias", ".weight"
# The middle of eight bits stands for zero.
_ZERO = 128.0


def load_exported(file: Path, dropout: float = 0.0) -> Reader:
    """The reader of an ONNX file that :mod:`eval.reader.export` wrote.

    Raises ValueError where the file is no such reader.
    """
    graph = onnx.load(file).graph
    held = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    layers = 1 + max(int(n.split(".")[1]) for n in held if n.startswith("layers."))
    model = Reader(layers, dropout)
    names = model.state_dict().keys()
    found = {name: value for name, value in held.items() if name in names}
    # A matrix has lost its name; the bias that is added to its product has not.
    biases = {
        given: bias for node in graph.node for bias in node.input if bias.endswith(_BIAS)
        for given in node.input
    }  # fmt: skip
    for node in graph.node:
        bias = biases.get(node.output[0])
        if node.op_type == _ROUNDED and bias:
            found[bias.removesuffix(_BIAS) + _WEIGHT] = _matrix(node, held)
        elif node.op_type == "MatMul" and bias and node.input[1] in held:
            found[bias.removesuffix(_BIAS) + _WEIGHT] = held[node.input[1]].T
    if missing := sorted(names ^ found.keys()):
        raise ValueError(f"{file} is no reader of ours: {', '.join(missing[:5])} are not as there.")
    model.load_state_dict({
        name: torch.from_numpy(np.array(value, dtype=np.float32)) for name, value in found.items()
    })  # fmt: skip
    return model


def _matrix(node: Any, held: dict[str, NDArray[Any]]) -> NDArray[Any]:
    """The matrix (out, in) of a product whose weights are rounded, block by block."""
    _, rounded, scales = node.input[:3]
    blocks = held[rounded].astype(np.float32) - _ZERO  # (out, blocks, of a block)
    exact: NDArray[Any] = blocks * held[scales].reshape(blocks.shape[:2])[..., None]
    return exact.reshape(len(blocks), -1)
