"""The whole path: a decision model that llama.cpp serves here, and the reader that asks it."""

from __future__ import annotations

import pytest

from rag.local_model import ServedModel, chat_environment
from rag.reader.build import open_reader
from rag.reader.decisions import DecisionReader
from rag.reader.failure import ReaderFailure
from rag.reader.layout import ReadText, describe
from rag.settings import Settings

ABOUT = describe("Chen Tao", "official", "Briefing on the harbour", "2024-03-01")
TEXT = ReadText(ABOUT, "", ("It opens in May.", "It cost 3 billion yuan.", "谢谢。"))

pytestmark = pytest.mark.model


@pytest.fixture
def chosen(decision_model: ServedModel) -> Settings:
    given = chat_environment(decision_model)
    return Settings(
        _env_file=None, reader_timeout_seconds=300, reader_model=given["HETAO_READER_MODEL"],
        reader_base_url=given["HETAO_READER_BASE_URL"],
        reader_api_key=given["HETAO_READER_API_KEY"],
    )  # fmt: skip


@pytest.fixture
def reader(chosen: Settings) -> DecisionReader:
    return open_reader(chosen)


def test_a_served_decision_model_reads_passages_and_claims(reader: DecisionReader) -> None:
    assert reader.id == "systemone:small-decisions"
    found = reader.answers("When does the harbour open?", [TEXT, TEXT])
    assert found[0].shape == (3,)
    assert 0 < found[0].sum() <= 1
    assert found[0] == pytest.approx(found[1], abs=1e-3)
    (claim,) = reader.bears_out([("The harbour opens in May.", TEXT)])
    assert 0 < claim < 1


@pytest.mark.slow
def test_what_is_longer_than_a_usual_batch_is_read_whole(reader: DecisionReader) -> None:
    long = ReadText(
        ABOUT, "", tuple(f"Berth {number} opens in May of 2030." for number in range(45))
    )
    (found,) = reader.answers("When does berth 7 open?", [long])
    assert found.shape == (45,)


def test_its_key_is_wanted(chosen: Settings) -> None:
    other = chosen.model_copy(update={"reader_api_key": type(chosen.reader_api_key)("wrong")})
    with pytest.raises(ReaderFailure, match=r"refused the key \(401\)"):
        open_reader(other).answers("When?", [TEXT])


def test_a_chat_model_is_no_decision_model(local_model: ServedModel) -> None:
    other = Settings(
        _env_file=None, reader_model="systemone:m", reader_base_url=local_model.base_url,
        reader_api_key=local_model.api_key,
    )  # fmt: skip
    with pytest.raises(ReaderFailure, match=r"serves no such model \(501\)"):
        open_reader(other).answers("When?", [TEXT])
