"""From trained weights to the file that ships: ``python -m eval.reader.export WEIGHTS``.

ONNX with the weights of matrices in eight bits, a scale for each BLOCK of a column; what they are
multiplied with is rounded row by row, so that a passage is read the same whatever is read beside
it. Over 256 questions of our dev briefings the most that a logit differs from single precision is
.17 so, on average, and 1.5 with one scale for all that is read at a time, which takes some 30%
less time.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
import numpy as np
import onnx
import torch
from onnxruntime.quantization.matmul_nbits_quantizer import (
    DefaultWeightOnlyQuantConfig,
    MatMulNBitsQuantizer,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from eval.reader.model import WIDTH, Reader
from rag.reader.bundled import FILE
from rag.terminal import run_script, tell

BLOCK = 128
# What onnxruntime calls the level of accuracy at which both sides are multiplied as integers.
_IN_EIGHT_BITS = 4


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
        rounded = MatMulNBitsQuantizer(
            onnx.load(ready),
            algo_config=DefaultWeightOnlyQuantConfig(
                block_size=BLOCK, bits=8, is_symmetric=True, accuracy_level=_IN_EIGHT_BITS
            ),
        )
        rounded.process()
        to.write_bytes(rounded.model.model.SerializeToString())


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
