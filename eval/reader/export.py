"""From trained weights to the file that ships: ``python -m eval.reader.export WEIGHTS``.

ONNX with the weights of matrices in eight bits, a scale for each column; activations are
quantised as they come. Sums, norms and the heads stay in single precision.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from eval.reader.model import WIDTH, Reader
from rag.reader.bundled import FILE
from rag.terminal import run_script, tell

_HEADS = ("piece", "passage", "claim")


def load_trained(folder: Path) -> Reader:
    """The reader whose weights lie in the files of a folder."""
    stored = {
        name: torch.from_numpy(value.astype(np.float32))
        for file in sorted(folder.glob("reader-*.npz"))
        for name, value in np.load(file).items()
    }
    layers = 1 + max(int(name.split(".")[1]) for name in stored if name.startswith("layers."))
    model = Reader(layers, 0.0)
    model.load_state_dict(stored)
    return model.eval()


def export(model: Reader, to: Path, *, quantised: bool = True) -> None:
    """Write the model as ONNX."""
    words = torch.zeros(2, 16, WIDTH)
    mask = torch.ones(2, 16, dtype=torch.bool)
    with tempfile.TemporaryDirectory() as scratch:
        exact, ready = Path(scratch) / "exact.onnx", Path(scratch) / "ready.onnx"
        torch.onnx.export(
            model, (words, mask), exact,
            input_names=["words", "mask"], output_names=["pieces", "passage", "claim"],
            dynamic_shapes={
                "words": {0: torch.export.Dim("rows"), 1: torch.export.Dim("length", max=512)},
                "mask": {0: torch.export.Dim("rows"), 1: torch.export.Dim("length", max=512)},
            },
            dynamo=True, external_data=False, verbose=False,
        )  # fmt: skip
        if not quantised:
            to.write_bytes(exact.read_bytes())
            return
        quant_pre_process(exact, ready, skip_symbolic_shape=True)
        heads = _named(ready, _HEADS)
        quantize_dynamic(
            ready, to, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True,
            weight_type=QuantType.QInt8, nodes_to_exclude=heads,
            extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip


def _named(file: Path, parts: tuple[str, ...]) -> list[str]:
    import onnx

    graph = onnx.load(file).graph
    return [
        node.name
        for node in graph.node
        if any(part in given for given in node.input for part in parts)
    ]


@click.command(help=__doc__)
@click.argument("weights", type=click.Path(exists=True, path_type=Path))
@click.option("--to", type=click.Path(path_type=Path), default=None)
@click.option("--exact", is_flag=True, help="In single precision, to compare.")
def main(weights: Path, to: Path | None, exact: bool) -> None:
    """Export trained weights."""

    def run() -> None:
        target = to or Path(__file__).parents[2] / "rag" / "reader" / FILE
        export(load_trained(weights), target, quantised=not exact)
        tell(f"{target}: {target.stat().st_size / 1e6:.1f} MB")

    run_script(run)


if __name__ == "__main__":
    main()
