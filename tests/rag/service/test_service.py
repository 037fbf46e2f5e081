"""The service on a real port: what it answers is what the commands print, and what it refuses."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from click.testing import CliRunner
from langchain_openai import ChatOpenAI
from openai import OpenAI
from pydantic import SecretStr

from rag.answer_json import answer_to_json
from rag.assistant import Assistant, open_assistant
from rag.cli.main import hetao
from rag.errors import IndexMissing, SettingsError
from rag.service.keys import Keys
from rag.settings import Settings
from rag.types import Answer, Filters, Message

pytestmark = pytest.mark.model

QUESTION = "What will the new bridge cost?"
Serve = Callable[..., AbstractContextManager[str]]


def without_times(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "timings_ms"}


def asked(address: str, **more: Any) -> httpx.Response:
    return httpx.post(f"{address}/v1/ask", json={"question": QUESTION, **more}, timeout=60)


def test_an_answer_is_what_the_command_prints(address: str, assistant: Assistant) -> None:
    got = asked(address, filters={"since": "2024-09-01"}, history=[])
    filters = Filters(since=assistant.transcripts()[0].date)
    assert got.status_code == 200
    assert "1.2 billion yuan" in got.json()["text"]
    plain = asked(address).json()
    assert without_times(plain) == without_times(
        json.loads(json.dumps(answer_to_json(assistant.ask(QUESTION))))
    )
    assert filters.since
    unknown = httpx.post(f"{address}/v1/ask", json={"question": "Who won the football match?"})
    assert unknown.json()["status"] == "not_in_corpus"


def test_a_streamed_answer_comes_claim_by_claim(address: str) -> None:
    body = {"question": QUESTION, "stream": True}
    with httpx.stream("POST", f"{address}/v1/ask", json=body, timeout=60) as got:
        assert got.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in got.iter_lines() if line]
    events = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    told = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert [each["event"] for each in told] == events
    assert (events[0], events[-1]) == ("claim_added", "done")
    assert without_times(told[-1]["answer"]) == without_times(asked(address).json())


def test_passages_and_transcripts_are_searched_and_read(address: str) -> None:
    found = httpx.post(f"{address}/v1/search", json={"question": "library books", "k": 2}).json()
    assert len(found["hits"]) == 2
    listed = httpx.get(f"{address}/v1/transcripts").json()["transcripts"]
    read = httpx.get(f"{address}/v1/transcripts/{listed[0]['transcript_id']}").json()
    assert len(read["turns"]) == listed[0]["turn_count"]
    unknown = httpx.get(f"{address}/v1/transcripts/2024/none")
    assert (unknown.status_code, "'2024/none'" in unknown.text) == (404, True)


def test_what_cannot_be_used_is_refused_in_a_sentence(address: str) -> None:
    for body, status, told in (
        ({"question": "x" * 3000}, 400, "2,000"),
        ({"question": QUESTION, "filters": {"speakers": ["Nobody"]}}, 400, "Nobody"),
        ({"questio": QUESTION}, 422, "question"),
        ({"question": QUESTION, "history": [{"role": "king", "content": ""}]}, 422, "role"),
        ({"question": "y" * 300_000}, 413, "256 KB"),
    ):
        got = httpx.post(f"{address}/v1/ask", json=body)
        assert (got.status_code, told in got.json()["error"]["message"]) == (status, True)
    nobody = {"messages": [{"role": "system", "content": "Be brief."}]}
    got = httpx.post(f"{address}/v1/chat/completions", json=nobody)
    assert (got.status_code, "nothing to answer" in got.text) == (400, True)
    assert httpx.get(f"{address}/nothing").json()["error"]["message"] == "Not Found"
    # A page of the web that has its own name lead here gets nothing.
    assert httpx.get(f"{address}/health", headers={"Host": "evil.example"}).status_code == 400


def test_half_a_character_is_asked_as_a_question_mark_and_no_turn_is_lost(
    address: str, assistant: Assistant
) -> None:
    head = {"Content-Type": "application/json"}
    for stream in (True, False):
        for _ in range(assistant.settings.serve_at_once + 1):
            broken = json.dumps({"question": f"\ud800 {QUESTION}", "stream": stream})
            got = httpx.post(f"{address}/v1/ask", content=broken, headers=head, timeout=60)
            assert (got.status_code, f"? {QUESTION}" in got.text) == (200, True)
    messages = [{"role": "user", "content": [{"type": "text", "text": "\ud800 Who spoke?"}]}]
    chat = json.dumps({"messages": messages})
    got = httpx.post(f"{address}/v1/chat/completions", content=chat, headers=head, timeout=60)
    assert got.status_code == 200


def test_openais_client_has_the_sources_in_the_text_and_structured(address: str) -> None:
    client = OpenAI(base_url=f"{address}/v1", api_key="none")
    assert [model.id for model in client.models.list()] == ["hetao"]
    got = client.chat.completions.create(
        model="hetao",
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": QUESTION},
        ],
    )
    said = got.choices[0].message.content
    assert said
    assert "900 million yuan" in said.split("[^1]")[0] or "1.2 billion yuan" in said
    assert "\n\n[^1]: **" in said
    assert got.model_extra
    assert got.model_extra["hetao"]["status"] == "answered"
    pieces = client.chat.completions.create(
        model="hetao", messages=[{"role": "user", "content": QUESTION}], stream=True
    )
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == said


def test_langchain_uses_it_as_a_model_with_a_conversation(address: str) -> None:
    model = ChatOpenAI(base_url=f"{address}/v1", api_key=SecretStr("none"), model="hetao")
    first = model.invoke(QUESTION)
    then = model.invoke([("user", QUESTION), ("assistant", str(first.content)), ("user", "Why?")])
    assert "bridge" in str(first.content)
    assert then.content


def test_it_says_whether_it_can_answer_and_what_it_has_done(address: str) -> None:
    assert httpx.get(f"{address}/health").json() == {"status": "ok"}
    assert httpx.get(f"{address}/ready").json() == {"status": "ok", "transcripts": 4}
    asked(address)
    figures = httpx.get(f"{address}/metrics").text
    assert 'hetao_requests_total{route="/v1/ask",status="200"}' in figures
    assert "bridge" not in figures


def test_without_an_index_it_says_what_to_do(bridge_settings: Settings, serve: Serve) -> None:
    def missing() -> Assistant:
        raise IndexMissing("There is no index: run `hetao ingest`.")

    with serve(bridge_settings, missing) as address:
        assert httpx.get(f"{address}/health").status_code == 200
        for got in (httpx.get(f"{address}/ready"), asked(address), asked(address, stream=True)):
            assert got.status_code == 503
            assert "hetao ingest" in got.json()["error"]["message"]


def test_keys_let_in_whom_they_are_for(settings: Settings, serve: Serve) -> None:
    keys = Keys(settings.data_dir)
    secret, other = keys.add("desk", ["ask"]), keys.add("monitor", ["metrics"])
    assert secret.encode() not in (settings.data_dir / "keys.json").read_bytes()
    with serve(settings, Slow) as address:

        def status(path: str, key: str) -> int:
            head = {"Authorization": f"Bearer {key}"} if key else {}
            return httpx.get(f"{address}{path}", headers=head).status_code

        assert [status("/v1/models", key) for key in ("", "x", secret, other)] == [
            401,
            401,
            200,
            403,
        ]
        assert [status("/metrics", key) for key in (secret, other)] == [403, 200]
        assert status("/health", "") == 200
        keys.revoke("desk")
        assert status("/v1/models", secret) == 401


def test_with_its_last_key_revoked_only_a_service_of_this_machine_answers_without_one(
    settings: Settings, serve: Serve
) -> None:
    keys = Keys(settings.data_dir)
    keys.add("desk", ["ask"])
    with serve(settings, Slow, "0.0.0.0") as open_to_others, serve(settings, Slow) as here:  # noqa: S104
        keys.revoke("desk")
        assert httpx.get(f"{open_to_others}/v1/models").status_code == 401
        assert httpx.get(f"{here}/v1/models").status_code == 200


class Slow:
    """An assistant that takes its time, so that others must wait."""

    def ask(
        self, question: str, history: Sequence[Message] = (), filters: Filters = Filters()
    ) -> Answer:
        time.sleep(0.6)
        raise IndexMissing("none")

    def stream(self, *_: object) -> Iterator[Answer]:
        raise ValueError("a secret of the machine")
        yield


def test_nobody_waits_in_a_queue_that_only_grows(settings: Settings, serve: Serve) -> None:
    bounds = settings.model_copy(update={"serve_at_once": 1, "serve_waiting": 1})
    with serve(bounds, Slow) as address:
        got: list[httpx.Response] = []
        threads = [threading.Thread(target=lambda: got.append(asked(address))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        waits = [each.headers.get("Retry-After") for each in got]
        assert sorted(filter(None, waits)) == ["2", "2"]
        assert {each.status_code for each in got} == {503}


def test_who_asks_too_often_is_told_when_to_ask_again(settings: Settings, serve: Serve) -> None:
    with serve(settings.model_copy(update={"serve_per_minute": 3}), Slow) as address:
        got = [httpx.get(f"{address}/v1/models") for _ in range(5)]
        assert [each.status_code for each in got] == [200, 200, 200, 429, 429]
        assert 1 <= int(got[-1].headers["Retry-After"]) <= 21


def test_a_bug_shows_nothing_of_the_machine(settings: Settings, serve: Serve) -> None:
    with serve(settings, Slow) as address:
        got = asked(address, stream=True)
        assert got.status_code == 500
        assert "secret" not in got.text
        assert "hetao doctor" in got.json()["error"]["message"]


def test_the_trace_of_a_caller_goes_on_to_the_last_word_of_an_answer(
    assistant: Assistant, serve: Serve, tmp_path: Path
) -> None:
    file = tmp_path / "spans.jsonl"
    settings = assistant.settings.model_copy(update={"trace": f"file:{file}"})
    traced = open_assistant(settings)
    trace, caller = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    headers = {"traceparent": f"00-{trace}-{caller}-01"}
    with serve(settings, lambda: traced) as address:
        for stream in (False, True):
            body = {"question": QUESTION, "stream": stream}
            httpx.post(f"{address}/v1/ask", json=body, headers=headers, timeout=60)
        httpx.get(f"{address}/v1/transcripts/a-secret-name", headers=headers)
        httpx.get(f"{address}/health", headers=headers)
    told = file.read_text(encoding="utf-8")
    spans = [json.loads(line) for line in told.splitlines()]
    assert {each["context"]["trace_id"] for each in spans} == {f"0x{trace}"}
    requests = [each for each in spans if each["parent_id"] == f"0x{caller}"]
    assert [each["name"] for each in requests] == [
        "POST /v1/ask", "POST /v1/ask", "GET /v1/transcripts/{transcript_id}",
    ]  # fmt: skip
    given = [each["attributes"]["http.response.status_code"] for each in requests]
    assert given == [200, 200, 404]
    assert {each["kind"] for each in requests} == {"SpanKind.SERVER"}
    roots = [each for each in spans if each["name"] == "hetao.ask"]
    assert [each["parent_id"] for each in roots] == [r["context"]["span_id"] for r in requests[:2]]
    assert all(r["end_time"] >= each["end_time"] for r, each in zip(requests, roots, strict=False))
    assert "secret" not in told
    assert "bridge" not in told


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])  # noqa: S104
def test_other_machines_are_not_served_without_a_key(
    host: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETAO_DATA_DIR", str(settings.data_dir))
    monkeypatch.setattr(uvicorn, "Server", lambda *_, **__: pytest.fail("It is served."))
    got = CliRunner().invoke(hetao, ["serve", "--host", host])
    assert isinstance(got.exception, SettingsError)
    assert "make a key first" in str(got.exception)


def test_keys_are_made_listed_and_revoked_by_command(run_json: Callable[..., Any]) -> None:
    made = run_json("keys", "add", "desk", "--scope", "ask,metrics")
    assert made["key"].startswith("hetao_")
    (listed,) = run_json("keys", "list")["keys"]
    assert (listed["name"], listed["scopes"]) == ("desk", ["ask", "metrics"])
    assert "sha256" not in listed
    for arguments in (("add", "desk"), ("add", "x", "--scope", "all"), ("revoke", "none")):
        with pytest.raises(SettingsError):
            run_json("keys", *arguments)
    assert run_json("keys", "revoke", "desk") == {"revoked": "desk"}
    assert run_json("keys", "list") == {"keys": []}
