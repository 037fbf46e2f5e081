"""The bundled model as a decision model, and readers over any of LangChain's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from langchain_core.decisions import (
    BaseDecisionModel,
    ChoiceAnswer,
    ClassifierResponse,
    NoulAnswer,
)
from onnx import TensorProto, helper, numpy_helper

from rag.errors import ModelError
from rag.reader.bundled import BundledModel
from rag.reader.decisions import BundledDecisions, DecisionReader
from rag.reader.failure import ReaderFailure
from rag.reader.layout import ReadText, describe

ABOUT = describe("Chen Tao", "official", "Briefing on the harbour", "2024-03-01")
TEXT = ReadText(ABOUT, "", ("It opens in May.", "It cost 3 billion yuan.", "Thank you."))


class ByLength:
    """A bundled model by which a sentence's logit is its words less four; logs its passes."""

    def __init__(self) -> None:
        self.passes: list[Any] = []

    def sentences(self, question: str, texts: Sequence[ReadText]) -> list[Any]:
        self.passes.append((question, list(texts)))
        return [np.array([len(s.split()) - 4 for s in t.sentences], np.float32) for t in texts]

    def claims(self, claims: Sequence[tuple[str, ReadText]]) -> Any:
        self.passes.append(list(claims))
        return np.array([[len(claim.split()), 0, 0] for claim, _ in claims], np.float32)


@pytest.fixture
def by_length() -> ByLength:
    return ByLength()


@pytest.fixture
def reader(by_length: ByLength) -> DecisionReader:
    return DecisionReader(BundledDecisions(model="words", reads=by_length), "words")


def test_a_passage_is_answered_by_its_sentences_together(reader: DecisionReader) -> None:
    ((first, second, third),) = reader.answers("When?", [TEXT])
    odds = np.exp([0.0, 1.0, -2.0])
    assert first + second + third == pytest.approx(odds.sum() / (1 + odds.sum()))
    assert [second / first, third / first] == pytest.approx([np.e, np.exp(-2)])


def test_a_claim_is_borne_out_by_the_first_of_three_shares(reader: DecisionReader) -> None:
    found = reader.bears_out([("It opens in May.", TEXT), ("So.", TEXT)])
    assert found == pytest.approx([np.exp(4) / (np.exp(4) + 2), np.e / (np.e + 2)])


def test_all_passages_are_read_in_one_pass_as_they_were_given(
    reader: DecisionReader, by_length: ByLength
) -> None:
    texts = [TEXT, ReadText(ABOUT, "Before.", ("港口五月启用。",))] * 3
    reader.answers("When?", texts)
    assert [each for each in by_length.passes if each] == [("When?", texts)]


def test_a_sentence_that_was_not_read_states_nothing() -> None:
    class Cut(ByLength):
        def sentences(self, question: str, texts: Sequence[ReadText]) -> list[Any]:
            return [np.array([2.0, -np.inf], np.float32), np.full(2, -np.inf, np.float32)]

    reader = DecisionReader(BundledDecisions(model="cut", reads=Cut()), "cut")
    two = ReadText(ABOUT, "", ("a", "b"))
    read, unread = reader.answers("When?", [two, two])
    assert read == pytest.approx([1 / (1 + np.exp(-2)), 0.0])
    assert unread == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize("logit", [-1e4, 1e4, 80.0])
def test_extreme_logits_are_probabilities_still(logit: float) -> None:
    class Sure(ByLength):
        def sentences(self, question: str, texts: Sequence[ReadText]) -> list[Any]:
            return [np.array([logit, logit - 1, 0], np.float32)]

    found = DecisionReader(BundledDecisions(model="sure", reads=Sure()), "sure")
    (read,) = found.answers("When?", [TEXT])
    assert ((read >= 0) & (read <= 1)).all()


class OfAnotherHouse(BaseDecisionModel):
    """A provider's decision model: it gives what a test says, or raises it."""

    gives: Any

    @property
    def _provider(self) -> str:
        return "house"

    def _classify(self, state: Any, questions: Any) -> ClassifierResponse:
        if isinstance(self.gives, Exception):
            raise self.gives
        return ClassifierResponse(model=self.model, answers=self.gives)


def test_any_decision_model_of_langchain_will_do() -> None:
    shares = {"1": 0.5, "2": 0.25, "3": 0.25}
    choice = ChoiceAnswer(type="choice", choice="1", probabilities=shares, confidence=0.5)
    gives = {"answered": NoulAnswer(type="noul", noul=0.8), "sentence": choice}
    reader = DecisionReader(OfAnotherHouse(model="m", gives=gives), "house:m")
    assert reader.answers("When?", [TEXT, TEXT])[1] == pytest.approx([0.4, 0.2, 0.2])
    with pytest.raises(ReaderFailure, match=r"house:m .* no probability for 'borne_out'"):
        reader.bears_out([("So.", TEXT)])


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (type("APITimeoutError", (Exception,), {})("It cost 3"), "did not answer in time"),
        (type("APIConnectionError", (Exception,), {})("It cost 3"), "cannot be reached"),
        (type("APIStatusError", (Exception,), {"status_code": 503})("It"), r"own \(503\)"),
        (KeyError("It cost 3"), r"failed \(KeyError\)"),
    ],
)
def test_whatever_a_model_raises_is_a_failure_without_its_words(
    error: Exception, says: str
) -> None:
    reader = DecisionReader(OfAnotherHouse(model="m", gives=error), "house:m")
    with pytest.raises(ReaderFailure, match=says) as failure:
        reader.answers("When?", [TEXT])
    assert "It cost" not in str(failure.value)


def test_an_error_of_ours_stays_as_it_is() -> None:
    reader = DecisionReader(OfAnotherHouse(model="m", gives=ModelError("Reinstall.")), "house:m")
    with pytest.raises(ModelError, match=r"^Reinstall"):
        reader.answers("When?", [TEXT])


def save_reader(path: Path) -> Path:
    """A reader that has learnt nothing: sums and means of the words' first numbers."""

    def floats(name: str, *shape: Any) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    start, end, axis, one = (
        numpy_helper.from_array(np.array([value], np.int64), name)
        for name, value in (("start", 0), ("end", 3), ("axis", 1), ("one", 0))
    )
    nodes = [
        helper.make_node("ReduceSum", ["words", "axis"], ["pieces"], keepdims=0),
        helper.make_node("ReduceSum", ["pieces", "one"], ["passage"], keepdims=1),
        helper.make_node("ReduceSum", ["words", "one"], ["summed"], keepdims=0),
        helper.make_node("Slice", ["summed", "start", "end", "one"], ["claim"]),
    ]
    outputs = [floats("pieces", "n"), floats("passage", 1), floats("claim", 3)]
    graph = helper.make_graph(
        nodes, "untrained", [floats("words", "n", 384)], outputs,
        [start, end, axis, one],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, path)
    return path


@pytest.mark.model
def test_the_bundled_model_reads_through_the_same_interface(tmp_path: Path) -> None:
    model = BundledModel(1, save_reader(tmp_path / "reader.onnx"))
    reader = DecisionReader(BundledDecisions(model="untrained", reads=model), "untrained")
    one, two = reader.answers("When does it open?", [TEXT, ReadText(ABOUT, "", ("谢谢。",))])
    (logits,) = model.sentences("When does it open?", [TEXT])
    odds = np.exp(logits.astype(np.float64))
    assert one == pytest.approx(odds / (1 + odds.sum()), rel=1e-4)
    assert two.shape == (1,)
    claims = model.claims([("It opens.", TEXT)])[0]
    shares = np.exp(claims - claims.max())
    assert reader.bears_out([("It opens.", TEXT)]) == pytest.approx(shares[:1] / shares.sum())


def test_a_bundled_model_whose_file_is_missing_says_what_to_do(tmp_path: Path) -> None:
    model = BundledModel(1, tmp_path / "nowhere.onnx")
    reader = DecisionReader(BundledDecisions(model="m", reads=model), "m")
    with pytest.raises(ModelError, match=r"nowhere.onnx: .* Reinstall hetao-rag"):
        reader.answers("When?", [TEXT])
