"""The bundled reader as it ships: real weights, real engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ModelError
from rag.reader.build import bundled_reader
from rag.reader.bundled import BundledModel
from rag.reader.decisions import DecisionReader
from rag.reader.layout import ReadText
from rag.settings import Settings

pytestmark = pytest.mark.model

PIER = ReadText(
    "passage: Chen Tao (official), Briefing on the harbour, 2024-03-01",
    "When will the ferry run again, and who pays for the pier?",
    (
        "Thank you for coming out in this weather.",
        "The ferry will resume on April 15.",
        "The new pier is paid for by the two islands in equal parts.",
    ),
)
PARK = ReadText(
    "passage: 吴兰 (official), 园区发布会, 2024-03-02", "",
    ("园区面积为三点零二平方公里。", "医院将在明年开业。"),
)  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> DecisionReader:
    return bundled_reader(Settings(_env_file=None))


@pytest.mark.parametrize(
    ("question", "text", "place"),
    [
        ("On what day do the boats start going again?", PIER, 1),
        ("渡轮什么时候恢复？", PIER, 1),
        ("Who bears the cost of the new landing?", PIER, 2),
        ("How big is the park?", PARK, 0),
        ("医院什么时候开门？", PARK, 1),
    ],
)
def test_the_sentence_that_states_what_is_asked_comes_first(
    reader: DecisionReader, question: str, text: ReadText, place: int
) -> None:
    (found,) = reader.answers(question, [text])
    assert found.shape == (len(text.sentences),)
    assert int(found.argmax()) == place


def test_a_passage_of_something_else_is_less_likely_to_answer(reader: DecisionReader) -> None:
    here, elsewhere = reader.answers("When does the ferry resume?", [PIER, PARK])
    assert 0 <= elsewhere.sum() < here.sum() <= 1


def test_a_passage_is_read_alike_alone_and_among_others() -> None:
    # Each by a model of its own: what was read is kept.
    (alone,) = BundledModel(1).sentences("When does the ferry resume?", [PIER])
    among = BundledModel(1).sentences("When does the ferry resume?", [PARK, PIER, PARK])[1]
    assert np.abs(alone - among).max() < 1e-4


def test_the_same_is_read_twice_alike(reader: DecisionReader) -> None:
    once, again = (reader.answers("Who pays?", [PIER, PARK]) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))


def test_a_claim_is_told_from_its_contrary(reader: DecisionReader) -> None:
    said = ReadText(PIER.about, "", (PIER.sentences[1],))
    true, false = reader.bears_out([
        ("The ferry starts again in the middle of April.", said),
        ("The ferry was shut down for good in April.", said),
    ])  # fmt: skip
    assert 0 <= false < true <= 1


def test_nothing_to_read_and_sentences_beyond_the_window_are_no_fault(
    reader: DecisionReader,
) -> None:
    long = ReadText("passage: narrator", "", ("The pier is long. " * 200, "It is new."))
    assert reader.answers("When?", []) == []
    (found,) = reader.answers("How long is the pier?", [long])
    assert np.isfinite(found).all()
    assert found[1] == 0
    assert reader.bears_out([]).shape == (0,)


def test_damaged_weights_are_told_with_what_to_do(tmp_path: Path) -> None:
    damaged = tmp_path / "reader.onnx"
    damaged.write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"cannot be loaded.*Reinstall"):
        BundledModel(2, damaged).sentences("When?", [PIER])


def test_the_engine_numbers_no_machine_and_keeps_nothing_to_send(tmp_path: Path) -> None:
    code = "from rag.reader.bundled import BundledModel; BundledModel(threads=1)._session"
    told = {name: value for name, value in os.environ.items() if not name.startswith("ORT_")}
    subprocess.run(
        [sys.executable, "-c", code], env={**told, "HOME": str(tmp_path), "CI": ""}, check=True
    )
    assert not list(tmp_path.rglob("*"))
