"""From trained weights to the file that ships: ``python -m eval.studies.reader.export WEIGHTS``.

ONNX in eight bits, as :mod:`eval.studies.reader.graph` writes it. Weights may also be an exported
file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import onnx
from numpy.typing import NDArray

from eval.studies.reader.evenness import largest_channels, sample_words
from eval.studies.reader.graph import build_graph
from eval.studies.reader.model import Reader
from eval.studies.reader.restore import load_weights
from rag.cli.terminal import run_script, tell
from rag.reader import bundled
from rag.reader.bundled import FILE


def export(
    model: Reader, to: Path, sample: Sequence[NDArray[np.float32]], *, quantised: bool = True
) -> None:
    """Write the model as ONNX; its activations are evened out by those over the sample.

    ``sample`` holds sequences of embeddings, each of shape (length, width).
    """
    weights = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    channels = largest_channels(model, sample) if quantised else None
    onnx.save(build_graph(weights, channels), to)


@click.command(help=__doc__)
@click.argument("weights", type=click.Path(exists=True, path_type=Path))
@click.option("--to", type=click.Path(path_type=Path), default=None)
@click.option("--exact", is_flag=True, help="In single precision, to compare.")
def main(weights: Path, to: Path | None, exact: bool) -> None:
    """Export trained weights."""

    def run() -> None:
        target = to or Path(bundled.__file__).with_name(FILE)
        model = load_weights(weights)
        export(model, target, sample_words(), quantised=not exact)
        tell(f"{target}: {target.stat().st_size / 1e6:.1f} MB")

    run_script(run)


if __name__ == "__main__":
    main()
