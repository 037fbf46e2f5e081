"""The client of decision models against a System One server on loopback that does as told."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import numpy as np
import pytest
from langchain_core.decisions import Choice, Noul

from rag.reader.build import build_reader, open_reader
from rag.reader.decisions import DecisionReader
from rag.reader.failure import ReaderFailure
from rag.reader.fallback import FallbackReader, notices
from rag.reader.layout import ReadText, describe
from rag.reader.systemone import SystemOne
from rag.settings import Settings

KEY = "sk-secret-1234567890"
ABOUT = describe("Chen Tao", "official", "Briefing on the harbour", "2024-03-01")
TEXT = ReadText(ABOUT, "We turn to the harbour.", ("It opens in May.", "It cost 3 billion yuan."))
SHORT = ReadText(ABOUT, "", ("港口五月启用。",))
QUESTION = "When does the harbour open?"
Reply = Callable[["_Handler"], None]


class Server(ThreadingHTTPServer):
    """Answers each request by the next of ``replies``, the last one ever after; logs requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies: list[Reply] = [good]
        self.requests: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    body: dict[str, Any]

    def do_POST(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        seen = {"path": self.path, "key": self.headers["Authorization"]}
        self.server.requests.append({**self.body, **seen})
        replies = self.server.replies
        with suppress(OSError):  # the client may have had enough
            (replies.pop(0) if len(replies) > 1 else replies[0])(self)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Nothing is logged."""


def send(status: int, content: bytes, **headers: str) -> Reply:
    def reply(handler: _Handler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return reply


def answer(**answers: Any) -> Reply:
    """What the server says of each question, by its id."""
    return send(200, json.dumps({"model": "m", "answers": answers}).encode())


def noul(value: Any) -> dict[str, Any]:
    return {"type": "noul", "noul": value}


def choice(**probabilities: Any) -> dict[str, Any]:
    given = {name.removeprefix("n"): value for name, value in probabilities.items()}
    return {"type": "choice", "choice": "1", "probabilities": given, "confidence": 0.5}


def good(handler: _Handler) -> None:
    """0.8 that it is stated, 0.75 of it by the first sentence; claims 0.6."""
    answers: dict[str, Any] = {}
    for name, question in handler.body["questions"].items():
        if question["type"] == "choice":
            first, *rest = question["criteria"]
            shares = {first: 0.75, **{label: 0.25 / len(rest) for label in rest}}
            answers[name] = choice(**shares)
        else:
            answers[name] = noul(0.6 if name == "borne_out" else 0.8)
    answer(**answers)(handler)


def slow(handler: _Handler) -> None:
    time.sleep(2)


def trickle(handler: _Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def endless(handler: _Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" " * 100_000)


def hang_up(handler: _Handler) -> None:
    handler.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def settings(server: Server, **given: Any) -> Settings:
    known = {
        "reader_model": "systemone:m", "reader_api_key": KEY, "reader_timeout_seconds": 1,
        "reader_base_url": server.address,
    }  # fmt: skip
    return Settings(_env_file=None, **{**known, **given})


@pytest.fixture
def reader(server: Server) -> DecisionReader:
    return open_reader(settings(server))


def test_a_sentence_has_its_share_of_what_the_passage_has(reader: DecisionReader) -> None:
    two, none, one = reader.answers(QUESTION, [TEXT, ReadText(ABOUT, "", ()), SHORT])
    assert two == pytest.approx([0.6, 0.2])
    assert none.shape == (0,)
    assert one == pytest.approx([0.8])


def test_a_claim_has_the_probability_that_is_given(server: Server, reader: DecisionReader) -> None:
    found = reader.bears_out([("It opens in May.", TEXT), ("没有。", ReadText(ABOUT, "", ()))])
    assert found == pytest.approx([0.6, 0.0])
    assert len(server.requests) == 1


def test_nothing_to_read_is_not_asked(server: Server, reader: DecisionReader) -> None:
    assert reader.answers(QUESTION, []) == []
    assert reader.bears_out([]).shape == (0,)
    assert server.requests == []


def test_a_passage_is_one_request_with_its_numbered_sentences(
    server: Server, reader: DecisionReader
) -> None:
    reader.answers(QUESTION, [TEXT])
    (request,) = server.requests
    assert request["path"] == "/v1/systemone"
    assert request["key"] == f"Bearer {KEY}"
    assert request["model"] == "m"
    assert request["state"] == {
        "question": QUESTION,
        "who, where and when": "Chen Tao (official), Briefing on the harbour, 2024-03-01",
        "said before": "We turn to the harbour.",
        "sentences": {"1": "It opens in May.", "2": "It cost 3 billion yuan."},
    }
    asked = request["questions"]
    assert {name: each["type"] for name, each in asked.items()} == {
        "answered": "noul", "sentence": "choice",
    }  # fmt: skip
    assert asked["sentence"]["criteria"] == request["state"]["sentences"]


def test_a_passage_of_one_sentence_leaves_no_choice(server: Server, reader: DecisionReader) -> None:
    reader.answers("何时启用？", [SHORT])
    (request,) = server.requests
    assert list(request["questions"]) == ["answered"]


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
def test_an_address_may_end_as_that_of_a_chat_model_does(server: Server, ending: str) -> None:
    reader = open_reader(settings(server, reader_base_url=server.address + ending))
    reader.answers(QUESTION, [SHORT])
    assert server.requests[0]["path"] == "/v1/systemone"


def test_without_a_key_none_is_sent(server: Server) -> None:
    open_reader(settings(server, reader_api_key="")).answers(QUESTION, [SHORT])
    assert server.requests[0]["key"] is None


ODD = json.dumps({"error": {"message": f"{KEY} asked for\n too much"}}).encode()


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (send(500, ODD), r"m on this machine has a fault of its own \(500\)"),
        (send(401, ODD), r"refused the key \(401\): check HETAO_READER_API_KEY"),
        (send(404, b""), r"serves no such model \(404\)"),
        (send(501, ODD), r"serves no such model \(501\): check HETAO_READER_MODEL"),
        (send(429, b""), r"too many requests"),
        (send(400, ODD), r"refused the request \(400\): \[key\] asked for too much"),
        (send(400, b"no"), r"refused the request \(400\)\."),
        (send(307, b"", Location="http://127.0.0.1:9/"), r"\(307\)"),
        (slow, "did not answer in time: raise HETAO_READER_TIMEOUT_SECONDS"),
        (trickle, "did not answer in time"),
        (endless, "more than 1,000,000 bytes"),
        (hang_up, "broke off before its answer was complete"),
        (send(200, b"<html>"), "no JSON object with answers"),
        (send(200, b"[" * 100_000), "no JSON object with answers"),
        (send(200, b"[]"), "no JSON object with answers"),
        (send(200, b'{"answers": null}'), "another form than asked for"),
        (answer(), "no probability for 'answered'"),
        (answer(answered=noul(0.5)), "no probabilities for 'sentence'"),
        (answer(sentence=choice(n1=0.5, n2=0.5)), "no probability for 'answered'"),
        (answer(answered=choice(n1=1.0), sentence=noul(0.5)), "no probability for 'answered'"),
        (answer(answered=noul(float("nan")), sentence=choice(n1=0.5, n2=0.5)), "another form"),
        (answer(answered=noul(1.5), sentence=choice(n1=0.5, n2=0.5)), "another form"),
        (answer(answered=noul("x" * 999), sentence=choice(n1=1)), "float_parsing at answers"),
        (answer(answered=noul(0.5), sentence=choice(n1=float("nan"), n2=0.5)), "nan as a prob"),
        (answer(answered=noul(0.5), sentence=choice(n1=2.0, n2=-1.0)), "2.0 as a probability"),
        (answer(answered=noul(0.5), sentence=choice(n1=1.0)), "1 of the labels .* missing"),
        (answer(answered=noul(0.5), sentence=choice(n1=0.5, n2=0.3, n3=0.2)), "missing or unkn"),
        (answer(answered=noul(0.5), sentence=choice(n1=0.1, n2=0.1)), r"sum to 0\.20"),
        (answer(answered={"type": "essay"}, sentence=choice(n1=1)), "another form"),
    ],
)
def test_each_failure_is_a_sentence_without_key_or_passage(
    server: Server, reader: DecisionReader, reply: Reply, says: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    server.replies = [reply]
    with caplog.at_level(logging.DEBUG), pytest.raises(ReaderFailure, match=says) as failure:
        reader.answers(QUESTION, [TEXT])
    told = str(failure.value) + repr(failure.value) + caplog.text
    assert KEY not in told
    assert "3 billion" not in told
    assert len(str(failure.value)) < 400
    assert failure.value.__cause__ is None


def test_a_server_that_does_not_run_is_told(server: Server, reader: DecisionReader) -> None:
    server.server_close()
    with pytest.raises(ReaderFailure, match="cannot be reached: see that its server runs"):
        reader.answers(QUESTION, [TEXT])


def test_the_time_is_that_of_all_passages_together(server: Server, reader: DecisionReader) -> None:
    server.replies = [slow]
    started = time.monotonic()
    with pytest.raises(ReaderFailure, match="in time"):
        reader.answers(QUESTION, [TEXT] * 40)
    assert time.monotonic() - started < 1.8
    time.sleep(1)
    assert len(server.requests) <= 8


def test_what_is_rounded_is_made_whole_again(server: Server, reader: DecisionReader) -> None:
    server.replies = [answer(answered=noul(1.0), sentence=choice(n1=0.7, n2=0.29))]
    (found,) = reader.answers(QUESTION, [TEXT])
    assert found.sum() == pytest.approx(1.0)


def test_a_model_does_not_show_its_key(server: Server) -> None:
    model = SystemOne(model="m", timeout_seconds=1, base_url=server.address, api_key=KEY)
    assert KEY not in repr(model) + str(model)
    question = Choice(instructions="Which?", criteria={"a": None, "b": "B"})
    model.invoke({"state": "s", "questions": {"which": question, "yes": Noul(instructions="?")}})
    asked = server.requests[0]["questions"]
    assert asked["which"]["criteria"] == {"a": None, "b": "B"}
    assert asked["yes"] == {"type": "noul", "instructions": "?"}


class Bundled:
    """Stands in for the bundled reader: 0.1 for every sentence."""

    id = "bundled"

    def answers(self, question: str, texts: Any) -> Any:
        return [np.full(len(text.sentences), 0.1) for text in texts]


@pytest.mark.parametrize("reply", [send(500, b""), answer(answered=noul(0.5)), send(200, b"{")])
def test_where_it_fails_the_bundled_reader_answers_and_a_notice_says_so(
    server: Server, reader: DecisionReader, reply: Reply
) -> None:
    server.replies = [reply]
    both = FallbackReader(reader, Bundled())
    with notices() as heard:
        assert both.answers(QUESTION, [TEXT, SHORT])[0] == pytest.approx([0.1, 0.1])
    assert all(notice.endswith("The bundled reader read instead.") for notice in heard)
    assert "The reader m on this machine" in heard[0]
    server.replies = [good]
    with notices() as heard:
        assert both.answers(QUESTION, [TEXT])[0] == pytest.approx([0.6, 0.2])
    assert heard == []


def test_half_of_the_passages_are_not_mixed_with_the_bundled_readers(
    server: Server, reader: DecisionReader
) -> None:
    server.replies = [good, send(500, b""), good]
    found = FallbackReader(reader, Bundled()).answers(QUESTION, [TEXT, TEXT, TEXT])
    assert np.array(found) == pytest.approx(np.full((3, 2), 0.1))


def test_the_reader_of_the_settings_has_the_bundled_one_behind_it(server: Server) -> None:
    reader = build_reader(settings(server))
    assert isinstance(reader, FallbackReader)
    assert reader.id == "systemone:m"
    assert reader.answers(QUESTION, [TEXT])[0] == pytest.approx([0.6, 0.2])
