"""Chat models as decision models: the real client against a scripted server, and a small model."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from langchain_core.decisions import Choice, Noul, Score

from rag.local_model import ServedModel
from rag.reader.build import open_reader
from rag.reader.chat import ChatDecisions
from rag.reader.failure import ReaderFailure
from rag.reader.layout import ReadText, describe
from rag.settings import Settings

ABOUT = describe("Chen Tao", "official", "Briefing on the harbour", "2024-03-01")
TEXT = ReadText(ABOUT, "", ("It opens in May.", "It cost 3 billion yuan."))


class Said:
    """A message whose first word could have been each of these, with its probability."""

    def __init__(self, **alternatives: float) -> None:
        top = [{"token": k, "logprob": math.log(v)} for k, v in alternatives.items()]
        self.response_metadata = {"logprobs": {"content": [{"top_logprobs": top}] if top else []}}


class Chat:
    """Says the next of what it is given, the last one ever after; logs what it is told."""

    def __init__(self, *says: Any) -> None:
        self.says = list(says)
        self.told: list[str] = []
        self.bound: dict[str, Any] = {}

    def bind(self, **bound: Any) -> Chat:
        self.bound = bound
        return self

    def invoke(self, messages: list[tuple[str, str]]) -> Any:
        self.told.append(messages[-1][1])
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, Exception):
            raise said
        return said


def decide(chat: Chat, question: Any) -> Any:
    model = ChatDecisions(model="m", timeout_seconds=5, chat=chat)
    return model.invoke({"state": {"a": "河套"}, "questions": {"q": question}}).answers["q"]


WHICH = Choice(instructions="Which?", criteria={"1": "May", "2": "June", "3": None})


def test_a_noul_is_the_share_of_yes() -> None:
    chat = Chat(Said(Yes=0.6, No=0.2, Perhaps=0.2))
    assert decide(chat, Noul(instructions="So?")).noul == pytest.approx(0.75)
    assert "河套" in chat.told[0]
    assert "So?" in chat.told[0]
    assert chat.bound == {"logprobs": True, "top_logprobs": 20, "max_tokens": 1}


def test_a_choice_is_the_share_of_each_number() -> None:
    chat = Chat(Said(**{"1": 0.3, " 1": 0.1, "2": 0.1, "The": 0.5}))
    found = decide(chat, WHICH)
    assert found.probabilities == pytest.approx({"1": 0.8, "2": 0.2, "3": 0.0})
    assert (found.choice, found.confidence) == ("1", pytest.approx(0.8))
    assert len(chat.told) == 1


def test_a_choice_without_a_number_is_asked_for_one_by_one() -> None:
    yes, no = Said(Yes=0.9, No=0.1), Said(Yes=0.1, No=0.9)
    chat = Chat(Said(The=1.0), yes, no, no)
    assert decide(chat, WHICH).probabilities == pytest.approx(
        {"1": 9 / 11, "2": 1 / 11, "3": 1 / 11}
    )
    assert len(chat.told) == 4


def test_more_than_nine_sentences_are_asked_for_one_by_one() -> None:
    many = Choice(instructions="Which?", criteria={str(n): "May" for n in range(1, 12)})
    chat = Chat(Said(No=1.0))
    assert decide(chat, many).probabilities["11"] == pytest.approx(1 / 11)
    assert len(chat.told) == 11


@pytest.mark.parametrize(
    ("says", "what"),
    [
        (Said(), "no log-probabilities, without which it cannot read"),
        (Said(Maybe=1.0), "neither Yes nor No"),
        (type("APITimeoutError", (Exception,), {})("河套"), "did not answer in time"),
        (type("APIStatusError", (Exception,), {"status_code": 401})("河套"), "refused the key"),
    ],
)
def test_what_cannot_be_read_is_a_failure(says: Any, what: str) -> None:
    with pytest.raises(ReaderFailure, match=what) as failure:
        decide(Chat(says), Noul(instructions="So?"))
    assert "河套" not in str(failure.value)


def test_another_kind_of_question_is_not_guessed_at() -> None:
    with pytest.raises(ReaderFailure, match="no score question"):
        decide(Chat(Said()), Score(instructions="How?", criteria=["a", "b"]))


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **{"reader_timeout_seconds": 5, **given})


def test_a_chat_model_behind_an_address_is_asked_by_its_client(obeying_model: Any) -> None:
    address = f"http://127.0.0.1:{obeying_model.server_address[1]}/v1"
    obeying_model.prompts.clear()
    found = open_reader(settings(reader_model="chat:m", reader_base_url=address))
    assert found.id == "chat:m"
    (sentences,) = found.answers("When does it open?", [TEXT])
    # It says Yes to all: no number among its words, and each sentence as likely.
    assert sentences == pytest.approx([0.5, 0.5])
    assert any("It opens in May." in prompt for prompt in obeying_model.prompts)


@pytest.mark.model
def test_a_small_served_chat_model_reads(local_model: ServedModel) -> None:
    reader = open_reader(
        settings(
            reader_model=f"chat:{local_model.model}", reader_base_url=local_model.base_url,
            reader_api_key=local_model.api_key, reader_timeout_seconds=300,
        )
    )  # fmt: skip
    (sentences,) = reader.answers("When does the harbour open?", [TEXT])
    assert sentences.shape == (2,)
    assert 0 < sentences.sum() <= 1
    (claim,) = reader.bears_out([("The harbour opens in May.", TEXT)])
    assert 0 < claim < 1


@pytest.mark.model
def test_a_wrong_key_is_told_without_it(local_model: ServedModel) -> None:
    reader = open_reader(
        settings(
            reader_model="chat:m", reader_base_url=local_model.base_url,
            reader_api_key="sk-wrong-1234567890",
        )
    )  # fmt: skip
    with pytest.raises(ReaderFailure, match="check HETAO_READER_API_KEY") as failure:
        reader.answers("When?", [TEXT])
    assert "sk-wrong" not in json.dumps(str(failure.value))
