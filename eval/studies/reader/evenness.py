"""How large the channels of a reader's activations grow, by which they are evened out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from eval.studies.reader.examples import read_rounds
from eval.studies.reader.model import Layer, Reader
from rag.reader.bundled import BundledModel
from rag.reader.layout import QUESTION

Array = NDArray[np.float32]
_SAMPLE = 48


@dataclass(frozen=True, slots=True)
class Channels:
    """Of one layer, the largest absolute value of each channel that goes into its matrices."""

    qkv: Array
    ao: Array
    fi: Array
    fo: Array


def largest_channels(model: Reader, words: Sequence[Array]) -> list[Channels]:
    """The channels of each layer over sequences of embeddings, each of shape (length, width)."""
    found: dict[nn.Module, Array] = {}

    def note(module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        largest = inputs[0].abs().flatten(0, -2).amax(0).numpy()
        found[module] = np.maximum(found.get(module, largest), largest)

    layers = cast(list[Layer], list(model.layers))
    inputs = [(one.q, one.ao, one.fi, one.fo) for one in layers]
    hooks = [module.register_forward_pre_hook(note) for four in inputs for module in four]
    with torch.no_grad():
        for one in words:
            given = torch.from_numpy(one)[None]
            model(given, torch.ones(given.shape[:2], dtype=torch.bool))
    for hook in hooks:
        hook.remove()
    return [Channels(*(found[module] for module in four)) for four in inputs]


def sample_words() -> list[Array]:
    """Questions over passages of our own training briefings, as a reader is given them."""
    asked = read_rounds("train").asked
    laid = BundledModel(1)
    step = max(1, len(asked) // _SAMPLE)
    return [laid.words(laid.lay(QUESTION + one.question, one.text)) for one in asked[::step]]
