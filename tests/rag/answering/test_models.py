"""The real client of a provider against a server on this machine that does what a test says."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from rag.answering.answer_cache import AnswerCache
from rag.answering.models import ChatModel, Meter, open_chat_model, output_tokens
from rag.answering.prompts import Prompt
from rag.answering.provider import ChatFailure
from rag.errors import ModelError, SettingsError
from rag.local_model import ServedModel
from rag.settings import Settings
from rag.types import Usage

KEY = "sk-secret-1234567890"
PROMPT = Prompt("You answer.", "How many?")
Reply = Callable[[Any], None]


class Server(ThreadingHTTPServer):
    """Answers each request by the next of ``replies``, the last one ever after; logs requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies: list[Reply] = []
        self.requests: list[dict[str, Any]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append({**body, "key": self.headers["Authorization"]})
        replies = self.server.replies
        (replies.pop(0) if len(replies) > 1 else replies[0])(self)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Nothing is logged."""


def status(status: int, **error: str) -> Reply:
    def reply(handler: _Handler) -> None:
        body = json.dumps({"error": {"message": f"{KEY} is wrong", **error}}).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def streamed(*pieces: str, end: str = "stop", whole: bool = True) -> Reply:
    """A stream of these pieces; not ``whole`` means that the connection ends in the middle."""

    def reply(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        if not whole:
            handler.send_header("Content-Length", "100000")
        handler.end_headers()
        parts: list[dict[str, Any]] = [{"delta": {"content": piece}} for piece in pieces]
        parts.append({"delta": {}, "finish_reason": end})
        for part in parts[: None if whole else -1]:
            _event(handler, choices=[{"index": 0, **part}])
        if whole:
            used = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}
            _event(handler, choices=[], usage=used)
            handler.wfile.write(b"data: [DONE]\n\n")
        handler.close_connection = True

    return reply


def _event(handler: _Handler, **chunk: Any) -> None:
    head = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    handler.wfile.write(f"data: {json.dumps({**head, **chunk})}\n\n".encode())
    handler.wfile.flush()


def complete(content: str, **choice: Any) -> Reply:
    def reply(handler: _Handler) -> None:
        message = {"role": "assistant", "content": content}
        one = {"index": 0, "finish_reason": "stop", "message": message, **choice}
        used = {"prompt_tokens": 11, "completion_tokens": 1, "total_tokens": 12}
        head = {"id": "1", "object": "chat.completion", "created": 0, "model": "m"}
        body = json.dumps({**head, "choices": [one], "usage": used}).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def slow(handler: _Handler) -> None:
    time.sleep(2)


def hang_up(handler: _Handler) -> None:
    handler.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def _quick_and_direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # The client's own back-off between retries, without the waiting.
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.01)


def settings(**given: Any) -> Settings:
    known = {"chat_model": "openai:m", "chat_api_key": KEY, "chat_timeout_seconds": 1}
    return Settings(_env_file=None, **{**known, **given})


@pytest.fixture
def chosen(server: Server) -> Settings:
    return settings(chat_base_url=f"http://127.0.0.1:{server.server_address[1]}/v1")


@pytest.fixture
def model(chosen: Settings) -> ChatModel:
    return ChatModel(open_chat_model(chosen), chosen)


def test_a_text_comes_in_pieces_with_the_tokens_it_took(server: Server, model: ChatModel) -> None:
    server.replies = [streamed("Fi", "ve ", "of them.")]
    meter = Meter()
    assert list(model.write(PROMPT, meter)) == ["Fi", "ve ", "of them."]
    assert meter.usage == Usage(11, 3)
    assert not meter.cut


def test_the_instructions_go_first_the_question_last_and_the_key_along(
    server: Server, model: ChatModel, chosen: Settings
) -> None:
    server.replies = [streamed("Five.")]
    model.reply(PROMPT, Meter())
    (request,) = server.requests
    assert [m["role"] for m in request["messages"]] == ["system", "user"]
    assert [m["content"] for m in request["messages"]] == list(PROMPT)
    assert request["key"] == f"Bearer {KEY}"
    assert request["temperature"] == 0
    assert request["max_completion_tokens"] == output_tokens(chosen) == 700


def test_a_text_cut_at_the_bound_is_known_to_be(server: Server, model: ChatModel) -> None:
    server.replies = [streamed("Five of", end="length")]
    meter = Meter()
    assert model.reply(PROMPT, meter) == "Five of"
    assert meter.cut


@pytest.mark.parametrize(
    ("reply", "says", "tries"),
    [
        (status(401), r"refused \(401\): check HETAO_CHAT_API_KEY", 1),
        (status(403), r"refused \(403\)", 1),
        (status(404), "There is no model openai:m on this machine", 1),
        (status(429), r"quota is used up \(429\)", 3),
        (status(503), r"fault of its own \(503\)", 3),
        (status(400, message="the request exceeds the available context size"),
         "HETAO_CHAT_CONTEXT_TOKENS", 1),
        (status(400, message="This model's maximum context length is 8192 tokens."),
         "HETAO_CHAT_CONTEXT_TOKENS", 1),
        (status(400, message="no such option"), r"refused the request \(400\): .*no such", 1),
        (hang_up, "was cut before its answer was complete", 3),
        (streamed("Five ", "of", whole=False), "was cut before its answer was complete", 1),
        (streamed(), "ended without writing anything", 1),
        (streamed(" ", "\n"), "ended without writing anything", 1),
    ],
)  # fmt: skip
def test_each_failure_is_a_sentence_and_only_what_may_pass_is_tried_again(
    server: Server, model: ChatModel, reply: Reply, says: str, tries: int,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    server.replies = [reply]
    with caplog.at_level(logging.DEBUG), pytest.raises(ChatFailure, match=says) as failure:
        model.reply(PROMPT, Meter())
    assert len(server.requests) == tries
    assert KEY not in str(failure.value) + repr(failure.value) + caplog.text
    assert failure.value.__cause__ is None


def test_a_server_that_does_not_run_is_told(server: Server, model: ChatModel) -> None:
    server.server_close()
    with pytest.raises(ChatFailure, match="cannot be reached on this machine"):
        model.reply(PROMPT, Meter())


def test_a_text_that_never_ends_is_given_up_when_the_time_is_up(
    server: Server, model: ChatModel
) -> None:
    def trickle(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        with suppress(OSError):  # until the client has had enough
            while True:
                _event(handler, choices=[{"index": 0, "delta": {"content": "five "}}])
                time.sleep(0.05)

    server.replies = [trickle]
    started = time.monotonic()
    with pytest.raises(ChatFailure, match="did not answer within 1 seconds"):
        model.reply(PROMPT, Meter())
    assert time.monotonic() - started < 5


def test_the_try_that_answers_has_all_of_the_time(server: Server, model: ChatModel) -> None:
    def hesitant(handler: _Handler) -> None:
        time.sleep(0.4)
        streamed("Five ", "of ", "them.")(handler)

    server.replies = [slow, slow, hesitant]
    assert model.reply(PROMPT, Meter()) == "Five of them."
    assert len(server.requests) == 3


def test_a_server_that_does_not_answer_is_waited_for_once_an_answer(
    server: Server, chosen: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    hasty = chosen.model_copy(update={"chat_timeout_seconds": 0.3})
    model, meter = ChatModel(open_chat_model(hasty), hasty), Meter()
    server.replies = [slow]
    caplog.set_level(logging.DEBUG)
    for ask in (
        lambda: model.reply(PROMPT, meter),
        lambda: model.probability_of_yes(PROMPT, meter),
        lambda: model.fill(PROMPT, Form, meter),
    ):
        within = r"did not answer within 0\.3 seconds \(of each try, at most three\)"
        with pytest.raises(ChatFailure, match=within) as failure:
            ask()
        assert KEY not in str(failure.value) + repr(failure.value) + caplog.text
        assert failure.value.__cause__ is None
    assert len(server.requests) == 3


def test_after_a_request_that_was_itself_at_fault_the_next_is_sent(
    server: Server, model: ChatModel
) -> None:
    server.replies = [status(400, message="no such option"), streamed(), streamed("Five.")]
    meter = Meter()
    for _ in range(2):
        with pytest.raises(ChatFailure):
            model.reply(PROMPT, meter)
    assert model.reply(PROMPT, meter) == "Five."


def test_a_text_that_is_broken_off_is_counted_by_its_pieces(
    server: Server, model: ChatModel
) -> None:
    server.replies = [streamed("Five ", "of ", "them ", "all.")]
    meter = Meter()
    pieces = model.write(PROMPT, meter)
    assert [next(pieces), next(pieces)] == ["Five ", "of "]
    pieces.close()
    assert meter.usage.output_tokens == 2


def logprobs(**of: float) -> dict[str, Any]:
    top = [{"token": token, "logprob": value, "bytes": None} for token, value in of.items()]
    return {"content": [{**top[0], "top_logprobs": top}]}


def test_the_probability_of_yes_is_read_from_the_first_word(
    server: Server, model: ChatModel
) -> None:
    found = logprobs(Yes=-0.7, **{" No": -1.4, "yes": -2.3, "Maybe": -3.0})
    server.replies = [complete("Yes", logprobs=found)]
    meter = Meter()
    # (e^-.7 + e^-2.3) / (e^-.7 + e^-2.3 + e^-1.4)
    assert model.probability_of_yes(PROMPT, meter) == pytest.approx(0.7076, abs=1e-4)
    assert server.requests[0]["max_completion_tokens"] == 1
    assert meter.usage == Usage(11, 1)


REFUSED = [status(code, message="Unknown field: top_logprobs") for code in (400, 422)]


@pytest.mark.parametrize("reply", [complete("Yes"), *REFUSED])
def test_a_server_without_log_probabilities_is_asked_for_them_once(
    server: Server, model: ChatModel, reply: Reply
) -> None:
    server.replies = [reply]
    assert model.probability_of_yes(PROMPT, Meter()) is None
    assert model.probability_of_yes(PROMPT, Meter()) is None
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", [400, 422])
def test_a_request_at_fault_leaves_the_next_its_log_probabilities(
    server: Server, model: ChatModel, code: int
) -> None:
    server.replies = [status(code), complete("Yes", logprobs=logprobs(Yes=0.0))]
    assert model.probability_of_yes(PROMPT, Meter()) is None
    assert model.probability_of_yes(PROMPT, Meter()) == 1.0


def test_a_gate_that_fails_for_another_reason_is_a_failure(
    server: Server, model: ChatModel
) -> None:
    server.replies = [status(401)]
    with pytest.raises(ChatFailure, match="401"):
        model.probability_of_yes(PROMPT, Meter())


class Form(BaseModel):
    """What a model is to fill in."""

    words: list[str]


def test_a_form_is_filled_by_the_schema(server: Server, model: ChatModel) -> None:
    server.replies = [complete('{"words": ["河套"]}')]
    meter = Meter()
    assert model.fill(PROMPT, Form, meter).words == ["河套"]
    assert server.requests[0]["response_format"]["type"] == "json_schema"
    assert meter.usage == Usage(11, 1)


@pytest.mark.parametrize("content", ["", "{", '{"words": 3}', "null"])
def test_a_form_that_is_not_filled_is_a_failure(
    server: Server, model: ChatModel, content: str
) -> None:
    server.replies = [complete(content)]
    with pytest.raises(ChatFailure):
        model.fill(PROMPT, Form, Meter())


def test_what_was_asked_before_costs_nothing(
    server: Server, chosen: Settings, tmp_path: Path
) -> None:
    cache = AnswerCache(tmp_path / "answers.sqlite3")
    model = ChatModel(open_chat_model(chosen), chosen, cache)
    server.replies = [streamed("Five ", "of them."), complete('{"words": []}')]
    first, again = Meter(), Meter()
    assert model.reply(PROMPT, first) == model.reply(PROMPT, again) == "Five of them."
    assert (first.usage, again.usage) == (Usage(11, 3), Usage())
    form = Prompt("Fill in.", "Words")
    assert model.fill(form, Form, first) == model.fill(form, Form, again)
    assert len(server.requests) == 2
    server.replies = [streamed("Six.")]
    assert model.reply(Prompt(PROMPT.system, "How many now?"), again) == "Six."
    assert KEY.encode() not in (tmp_path / "answers.sqlite3").read_bytes()


@pytest.mark.parametrize("reply", [streamed("Five", end="length"), streamed("Five", whole=False)])
def test_half_a_text_is_not_kept(
    server: Server, chosen: Settings, tmp_path: Path, reply: Reply
) -> None:
    cache = AnswerCache(tmp_path / "answers.sqlite3")
    model = ChatModel(open_chat_model(chosen), chosen, cache)
    server.replies = [reply, streamed("Five of them.")]
    with suppress(ChatFailure):
        model.reply(PROMPT, Meter())
    assert model.reply(PROMPT, Meter()) == "Five of them."


def test_a_form_in_the_cache_that_no_longer_fits_is_filled_anew(
    server: Server, chosen: Settings, tmp_path: Path
) -> None:
    cache = AnswerCache(tmp_path / "answers.sqlite3")
    model = ChatModel(open_chat_model(chosen), chosen, cache)
    server.replies = [streamed("no form"), complete('{"words": ["a"]}')]
    model.reply(PROMPT, Meter())
    assert model.fill(PROMPT, Form, Meter()).words == ["a"]


def test_the_test_of_a_model_asks_for_a_word(server: Server, model: ChatModel) -> None:
    server.replies = [complete("Hello")]
    model.test()
    assert server.requests[0]["max_completion_tokens"] == 16
    server.replies = [status(401)]
    with pytest.raises(ChatFailure, match="401"):
        model.test()


@pytest.mark.parametrize("name", ["gpt-4.1", "openai:", ":m", ":"])
def test_a_name_without_provider_or_model_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=r"HETAO_CHAT_MODEL cannot be used: .*provider:model"):
        open_chat_model(settings(chat_model=name))


def test_a_provider_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SettingsError, match="nobody:m cannot be set up"):
        open_chat_model(settings(chat_model="nobody:m"))


@pytest.mark.parametrize(
    ("name", "package", "command"),
    [
        ("anthropic:m", "langchain_anthropic", r"pip install 'hetao-rag\[anthropic\]'"),
        ("ollama:m", "langchain_ollama", r"pip install 'hetao-rag\[ollama\]'"),
        ("groq:m", "langchain_groq", "pip install langchain-groq"),
    ],
)
def test_a_package_that_is_missing_is_told_with_its_command(
    name: str, package: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModelError, match=f"run {command}$"):
        open_chat_model(settings(chat_model=name))


def test_no_key_is_told_with_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError, match="HETAO_CHAT_API_KEY"):
        open_chat_model(settings(chat_api_key=""))


def test_the_providers_key_is_not_sent_to_a_server_of_ones_own(
    server: Server, chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    keyless = chosen.model_copy(update={"chat_api_key": type(chosen.chat_api_key)("")})
    server.replies = [streamed("Five.")]
    ChatModel(open_chat_model(keyless), keyless).reply(PROMPT, Meter())
    assert KEY not in server.requests[0]["key"]


def test_the_settings_reach_the_client(chosen: Settings) -> None:
    client = open_chat_model(chosen)
    assert isinstance(client, ChatOpenAI)
    assert (client.request_timeout, client.max_retries) == (1, 2)
    assert KEY not in repr(client)


def test_a_small_context_leaves_room_for_reading() -> None:
    assert output_tokens(settings(chat_context_tokens=1024)) == 256


def test_any_chat_model_of_langchain_will_do() -> None:
    fake = GenericFakeChatModel(messages=iter([AIMessage("Five of them.")]))
    model = ChatModel(fake, settings(chat_model="test:fake"))
    assert model.reply(PROMPT, Meter()) == "Five of them."
    assert model.probability_of_yes(PROMPT, Meter()) is None
    with pytest.raises(ChatFailure, match="test:fake failed"):
        model.fill(PROMPT, Form, Meter())


@pytest.mark.model
def test_a_real_model_writes_says_yes_or_no_and_fills_a_form(local_model: ServedModel) -> None:
    chosen = settings(
        chat_model=f"openai:{local_model.model}", chat_base_url=local_model.base_url,
        chat_api_key=local_model.api_key, chat_timeout_seconds=300,
    )  # fmt: skip
    model = ChatModel(open_chat_model(chosen), chosen)
    meter = Meter()
    assert len(list(model.write(Prompt("Be brief.", "Say hello."), meter))) > 1
    assert meter.usage.input_tokens > 10
    assert meter.usage.output_tokens > 0
    gate = Prompt("Be brief.", "Is water wet? Reply with one word, Yes or No.")
    probability = model.probability_of_yes(gate, meter)
    assert probability is not None
    assert 0 <= probability <= 1
    assert model.fill(Prompt("Fill in.", "Two words for water."), Form, meter)
