"""The bundled reader as a torch model: the e5's encoder over frozen embeddings, and two heads.

It needs torch and numpy and nothing of ours but the layout, so that it trains wherever these are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH, HEADS, INNER, LAYERS, POSITIONS = 384, 12, 1536, 12, 512
LABELS = 3
_BLOCK = np.dtype([("scale", "<f2"), ("values", "u1", 16)])
_EPSILON = 1e-12
_HIDDEN = -1e4


class Layer(nn.Module):
    """One layer of BERT (post-norm), named as the packed file names its tensors."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.q, self.k, self.v, self.ao = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.aln, self.oln = nn.LayerNorm(WIDTH, _EPSILON), nn.LayerNorm(WIDTH, _EPSILON)
        self.fi, self.fo = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.dropout = dropout

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """``x`` (batch, length, width), ``mask`` (batch, 1, 1, length), added to the attention."""
        batch, length, _ = x.shape

        def split(y: Tensor) -> Tensor:
            return y.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)

        # No dropout of its own: attention is not fused with it, and takes most of the time then.
        attended = functional.scaled_dot_product_attention(
            split(self.q(x)), split(self.k(x)), split(self.v(x)), attn_mask=mask
        )
        attended = self.ao(attended.transpose(1, 2).reshape(batch, length, WIDTH))
        x = self.aln(x + functional.dropout(attended, self.dropout, self.training))
        inner = self.fo(functional.gelu(self.fi(x)))
        out: Tensor = self.oln(x + functional.dropout(inner, self.dropout, self.training))
        return out


class Reader(nn.Module):
    """Embeddings of pieces in; a logit a piece, one for the passage, and three for a claim out.

    A sentence's logit is the mean of its pieces' logits and the passage's.
    """

    def __init__(self, layers: int = LAYERS, dropout: float = 0.1) -> None:
        super().__init__()
        self.pos = nn.Embedding(POSITIONS, WIDTH)
        self.segment = nn.Parameter(torch.zeros(WIDTH))
        self.ln = nn.LayerNorm(WIDTH, _EPSILON)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(layers))
        self.piece = nn.Linear(WIDTH, 1)
        self.passage = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 1))
        self.claim = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, LABELS))
        self.dropout = dropout

    def forward(self, words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``words`` (batch, length, width), ``mask`` (batch, length), True for pieces.

        Returns the pieces' logits (batch, length), the passage's (batch,), the claim's (batch, 3).
        """
        places = torch.arange(words.shape[1], device=words.device)
        x = self.ln(words + self.pos(places) + self.segment)
        x = functional.dropout(x, self.dropout, self.training)
        # Added, not chosen by: exported, a boolean mask costs a sixth of the time of reading.
        look = (~mask).to(x.dtype)[:, None, None, :] * _HIDDEN
        for layer in self.layers:
            x = layer(x, look)
        first = x[:, 0]
        return self.piece(x).squeeze(-1), self.passage(first).squeeze(-1), self.claim(first)


def load_base(path: Path, layers: int, dropout: float) -> tuple[Reader, Tensor]:
    """A reader whose encoder is the bundled model's, and the embeddings (pieces, width).

    Of fewer layers than twelve, every so many-th is taken.
    """
    stored = {name: _unpacked(name, raw) for name, raw in np.load(path).items()}
    tensors = {name[3:]: torch.from_numpy(value) for name, value in stored.items()}
    model = Reader(layers, dropout)
    state: dict[str, Any] = dict(model.state_dict())
    state["pos.weight"] = tensors["emb.pos"].view(-1, WIDTH)[:POSITIONS]
    state["segment"] = tensors["emb.type"][:WIDTH]
    state["ln.weight"], state["ln.bias"] = tensors["emb.ln.w"], tensors["emb.ln.b"]
    for place in range(layers):
        source = (place + 1) * LAYERS // layers - 1
        for part in ("q", "k", "v", "ao", "aln", "fi", "fo", "oln"):
            shape = state[f"layers.{place}.{part}.weight"].shape
            weight, bias = (tensors[f"l{source}.{part}.{kind}"] for kind in ("w", "b"))
            state[f"layers.{place}.{part}.weight"] = weight.view(shape)
            state[f"layers.{place}.{part}.bias"] = bias
    model.load_state_dict(state)
    return model, tensors["emb.word"].view(-1, WIDTH)


def _unpacked(name: str, raw: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if name.startswith("f4:"):
        return raw.view("<f4").copy()
    blocks = raw.view(_BLOCK)
    values = np.concatenate([blocks["values"] & 15, blocks["values"] >> 4], axis=1)
    weights: np.ndarray[Any, Any] = (values.astype("<f4") - 8) * blocks["scale"].astype("<f4")[
        :, None
    ]
    return weights.ravel()
