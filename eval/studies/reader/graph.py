"""The reader as the ONNX graph that ships, of one sequence, written for ``onnxruntime`` on a CPU.

What is multiplied is rounded to eight bits on both sides: matrices with a scale a column, what
they are multiplied with a scale a piece, in unsigned bytes, which the engine multiplies two and a
half times as fast as what it rounds by itself in blocks. So that little is lost, each input is
first evened out (Xiao et al., SmoothQuant, ICML 2023): divided, channel by channel, by what its
matrix is multiplied with instead. The result of the GELU, never below -SHIFT, is rounded from there
up, and in PARTS, each with scales of its own. Over 77 passages found for the page-10 set a piece's
logit differs from single precision by .077 so, on average, by .064 with scales for blocks of 128,
.238 without any of this. The weights themselves were in blocks of 128 before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from eval.studies.reader.evenness import Channels
from eval.studies.reader.model import HEADS, WIDTH

Array = NDArray[np.float32]
# The least value of the GELU is -0.16997.
SHIFT = 0.17
PARTS = 4
# How the initialisers of a matrix are called behind its name; ``restore`` reads them back.
ROUNDED, SCALES, EVEN, TURNED = ".rounded", ".scales", ".even", ".turned"
_ENGINE = "com.microsoft"
_EPSILON = 1e-12
_OPSET, _FORMAT = 18, 9


def build_graph(weights: dict[str, Array], channels: list[Channels] | None) -> onnx.ModelProto:
    """The graph of a reader: words (length, width) in; pieces (length,), passage (1,), claim (3,).

    Args:
        weights: as :class:`eval.studies.reader.model.Reader` names them.
        channels: how large the channels of each layer's inputs are, or None for single precision.
    """
    return _Graph(weights, channels).build()


def rounded(matrix: Array) -> tuple[NDArray[np.int8], Array]:
    """A matrix (in, out) in eight bits, and the scale of each column."""
    scales = np.maximum(np.abs(matrix).max(axis=0), _EPSILON) / 127
    return np.round(matrix / scales).astype(np.int8), scales.astype(np.float32)


class _Graph:
    def __init__(self, weights: dict[str, Array], channels: list[Channels] | None) -> None:
        self._weights = weights
        self._channels = channels
        self._nodes: list[onnx.NodeProto] = []
        self._held: dict[str, onnx.TensorProto] = {}
        self._last = self._hold("last", np.array([-1]))
        self._first = self._hold("first", np.array([0]))
        self._length = self._do("Shape", "words", start=0, end=1)

    def build(self) -> onnx.ModelProto:
        places = self._do("Slice", self._hold("pos.weight"), self._first, self._length, self._first)
        places = self._do("Add", places, self._hold("segment"))
        x = self._normalised("ln", "words", places)
        layers = 1 + max(int(n.split(".")[1]) for n in self._weights if n.startswith("layers."))
        for number in range(layers):
            x = self._layer(number, x)
        self._heads(x)
        outputs: dict[str, list[str | int]] = {"pieces": ["length"], "passage": [1], "claim": [3]}
        graph = helper.make_graph(
            self._nodes, "reader",
            [helper.make_tensor_value_info("words", TensorProto.FLOAT, ["length", WIDTH])],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
            list(self._held.values()),
        )  # fmt: skip
        versions = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_ENGINE, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=_FORMAT)

    def _layer(self, number: int, x: str) -> str:
        name = f"layers.{number}."
        even = self._channels[number] if self._channels else None
        matrices = [name + part for part in "qkv"]
        query, key, value = self._products(matrices, x, name + "qkv", even.qkv if even else None)
        batch = [self._do("Unsqueeze", one, self._first) for one in (query, key, value)]
        bias = np.concatenate([self._weights[matrix + ".bias"] for matrix in matrices])
        seen = self._do(
            "MultiHeadAttention", *batch, self._hold(name + "qkv.bias", bias),
            domain=_ENGINE, num_heads=HEADS,
        )  # fmt: skip
        seen = self._do("Squeeze", seen, self._first)
        (seen,) = self._products([name + "ao"], seen, name + "ao", even.ao if even else None)
        x = self._normalised(name + "aln", seen, x, self._hold(name + "ao.bias"))
        (inner,) = self._products([name + "fi"], x, name + "fi", even.fi if even else None)
        inner = self._do("BiasGelu", inner, self._hold(name + "fi.bias"), domain=_ENGINE)
        if even is None:
            (inner,) = self._products([name + "fo"], inner, name + "fo", None)
            bias_out = self._hold(name + "fo.bias")
        else:
            inner, bias_out = self._product_in_parts(name + "fo", inner, even.fo)
        return self._normalised(name + "oln", inner, x, bias_out)

    def _heads(self, x: str) -> None:
        given = self._do("Gemm", x, *self._linear("piece"), transB=1)
        self._do("Squeeze", given, self._last, output="pieces")
        second = self._hold("second", np.array([1]))
        whole = self._do("Slice", x, self._first, second, self._first)
        for head in ("passage", "claim"):
            given = self._do("Tanh", self._do("Gemm", whole, *self._linear(f"{head}.0"), transB=1))
            given = self._do("Gemm", given, *self._linear(f"{head}.2"), transB=1)
            self._do("Squeeze", given, self._first, output=head)

    def _linear(self, name: str) -> tuple[str, str]:
        return self._hold(name + ".weight"), self._hold(name + ".bias")

    def _normalised(self, name: str, x: str, residual: str, bias: str = "") -> str:
        """The sum's layer normalisation, in steps that the engine does on many values at once: its
        own operator takes twice as long."""
        x = self._do("Add", x, residual)
        if bias:
            x = self._do("Add", x, bias)
        x = self._do("Sub", x, self._do("ReduceMean", x, self._last))
        root = self._do("Sqrt", self._do("ReduceSumSquare", x, self._last))
        width = self._hold("width", np.float32(WIDTH**0.5))
        x = self._do("Mul", x, self._do("Div", width, root))
        weight, bias = self._linear(name)
        return self._do("Add", self._do("Mul", x, weight), bias)

    def _products(self, matrices: list[str], x: str, name: str, largest: Array | None) -> list[str]:
        """What the matrices make of x; ``largest`` are its channels'."""
        weights = [self._weights[matrix + ".weight"].T for matrix in matrices]
        if largest is None:
            return [
                self._do("MatMul", x, self._hold(matrix + TURNED, weight))
                for matrix, weight in zip(matrices, weights, strict=True)
            ]
        even = _even(largest, weights)
        x = self._do("Mul", x, self._hold(name + EVEN, even))
        row = self._rounded(x, self._do("Abs", x), 128)
        return [
            self._product(matrix, weight / even[:, None], *row)[0]
            for matrix, weight in zip(matrices, weights, strict=True)
        ]

    def _product_in_parts(self, name: str, x: str, largest: Array) -> tuple[str, str]:
        """What the matrix behind the GELU makes of x, and the bias that then is to be added."""
        weight = self._weights[name + ".weight"].T
        even = _even(largest + np.float32(SHIFT), [weight])
        x = self._do("Mul", x, self._hold(name + EVEN, even))
        x = self._do("Add", x, self._hold(name + ".shift", SHIFT * even))
        bias = self._weights[name + ".bias"].copy()
        products = []
        parts = self._split(x)
        for place, part in enumerate(parts):
            rows = slice(place * WIDTH, (place + 1) * WIDTH)
            row = self._rounded(part, part, 0)
            product, exact = self._product(f"{name}.{place}", weight[rows] / even[rows, None], *row)
            products.append(product)
            bias -= (SHIFT * even[rows]) @ exact
        x = products[0]
        for product in products[1:]:
            x = self._do("Add", x, product)
        return x, self._hold(name + ".bias", bias)

    def _split(self, x: str) -> list[str]:
        outputs = [f"{x}.{place}" for place in range(PARTS)]
        self._nodes.append(helper.make_node("Split", [x], outputs, axis=1, num_outputs=PARTS))
        return outputs

    def _rounded(self, x: str, sizes: str, zero: int) -> tuple[str, str, str]:
        """x in unsigned bytes, the scale of each row, and the byte that stands for zero."""
        share = self._hold(f"share-{zero}", np.float32(1 / (255 - zero)))
        scales = self._do("Mul", self._do("ReduceMax", sizes, self._last, keepdims=0), share)
        stands = helper.make_tensor("zero", TensorProto.UINT8, [1], [zero])
        zeros = self._do("ConstantOfShape", self._length, value=stands)
        given = self._do("QuantizeLinear", x, scales, zeros, axis=0)
        byte = self._hold(f"zero-{zero}", np.uint8(zero))
        return given, self._do("Unsqueeze", scales, self._last), byte

    def _product(
        self, name: str, weight: Array, x: str, scales: str, zero: str
    ) -> tuple[str, Array]:
        """The product, and the matrix as it was rounded."""
        values, of_columns = rounded(weight)
        matrix = self._hold(name + ROUNDED, values)
        columns = self._hold(name + SCALES, of_columns)
        one = self._hold("one", np.float32(1))  # the rows' scales come after
        given = self._do("MatMulIntegerToFloat", x, matrix, one, columns, zero, domain=_ENGINE)
        return self._do("Mul", given, scales), values * of_columns

    def _hold(self, name: str, value: Any = None) -> str:
        value = np.asarray(self._weights[name] if value is None else value)
        if name not in self._held:
            self._held[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def _do(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"{operator}-{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output


def _even(largest: Array, weights: list[Array]) -> Array:
    """What the channels of an input are multiplied with: half of their spread goes to the weights.

    ``largest``: of each channel the largest value, shape (in,); ``weights`` of shape (in, out).
    """
    of_weights = np.max([np.abs(weight).max(axis=1) for weight in weights], axis=0)
    logarithms = np.log(np.maximum(of_weights, 1e-5)) - np.log(np.maximum(largest, 1e-5))
    even: Array = np.exp((logarithms - logarithms.mean()) / 2).astype(np.float32)
    return even
