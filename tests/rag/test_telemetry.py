"""Which spans there are of a question and an ingest, what they hold, and where they go."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from rag.assistant import Assistant
from rag.cli.ingest import ingest_paths
from rag.collector import describe_tracing, open_collector, trace_destination, try_collector
from rag.errors import HetaoError, QuestionError, SettingsError
from rag.runnables import question_chain
from rag.settings import Settings
from rag.telemetry import NOT_RECORDED, during, span
from rag.types import Filters

UNIVERSITIES = "How many of the world's top 100 universities does Hong Kong have?"
WRITTEN = "Hong Kong has five of the world's top 100 universities."


def to_file(settings: Settings, path: Path, **more: Any) -> Settings:
    return settings.model_copy(update={"trace": f"file:{path}", **more})


def spans_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def named(path: Path, name: str) -> dict[str, Any]:
    return next(each for each in spans_in(path) if each["name"] == name)


def tree(path: Path) -> list[str]:
    """The names of all spans, each under its parent's, in the order in which they began."""
    spans = {each["context"]["span_id"]: each for each in spans_in(path)}

    def way(each: dict[str, Any]) -> str:
        parent = spans.get(each["parent_id"])
        return f"{way(parent)}/{each['name']}" if parent else str(each["name"])

    return [way(each) for each in sorted(spans.values(), key=lambda each: each["start_time"])]


def texts_of(path: Path) -> list[str]:
    """All that is written in attributes, events and states, but what has the form of a name."""
    found = []
    for each in spans_in(path):
        values = [*each["attributes"].values(), *each["events"], *each["status"].values()]
        found += [value for value in values if not isinstance(value, int | float)]
    return [text for text in map(str, found) if " " in text]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "spans.jsonl"


@pytest.mark.model
def test_each_step_of_a_question_is_a_span_without_a_word_of_it(
    real_settings: Settings, file: Path
) -> None:
    answer = Assistant(to_file(real_settings, file)).ask(UNIVERSITIES)
    assert answer.claims
    steps = tree(file)
    assert list(dict.fromkeys(steps)) == [
        "hetao.ask", "hetao.ask/understand", "hetao.ask/embed", "hetao.ask/search",
        "hetao.ask/read", "hetao.ask/answer", "hetao.ask/answer/verify",
    ]  # fmt: skip
    assert len({each["context"]["trace_id"] for each in spans_in(file)}) == 1
    root = named(file, "hetao.ask")["attributes"]
    assert root["hetao.status"] == "answered"
    assert root["hetao.confidence"] == answer.confidence
    embed = named(file, "embed")["attributes"]
    assert embed["gen_ai.operation.name"] == "embeddings"
    assert embed["gen_ai.request.model"].startswith("multilingual-e5-small@")
    assert named(file, "search")["attributes"]["hetao.hits"] > 0
    assert named(file, "verify")["attributes"]["hetao.held"] is True
    assert texts_of(file) == []


@pytest.mark.model
def test_of_an_error_only_the_kind_is_recorded_and_its_words_where_texts_are_wanted(
    real_settings: Settings, file: Path, tmp_path: Path
) -> None:
    nobody = Filters(speakers=("Somebody Unheard",))
    for settings in (
        to_file(real_settings, file), to_file(real_settings, tmp_path / "texts", trace_texts=True),
    ):  # fmt: skip
        with pytest.raises(QuestionError, match="Somebody Unheard"):
            Assistant(settings).ask(UNIVERSITIES, filters=nobody)
    (failed,) = spans_in(file)
    assert failed["status"] == {"status_code": "ERROR"}
    assert failed["attributes"]["error.type"] == "QuestionError"
    assert failed["events"] == []
    assert texts_of(file) == []
    (event,) = named(tmp_path / "texts", "hetao.ask")["events"]
    assert "Somebody Unheard" in event["attributes"]["exception.message"]


@pytest.mark.model
def test_texts_are_recorded_where_they_are_wanted(real_settings: Settings, file: Path) -> None:
    assistant = Assistant(to_file(real_settings, file, trace_texts=True))
    answer = assistant.ask(UNIVERSITIES)
    root = named(file, "hetao.ask")["attributes"]
    assert (root["hetao.question"], root["hetao.answer"]) == (UNIVERSITIES, answer.text)
    found = named(file, "search")["attributes"]["hetao.found"]
    assert any("top 100 universities" in passage for passage in found)
    assert named(file, "verify")["attributes"]["hetao.claim"] in answer.text


@pytest.mark.model
def test_what_a_chat_model_wrote_is_told_by_its_name_and_tokens(
    real_copy: Settings, file: Path, obeying_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    obeying_model.payload = WRITTEN
    chat = {
        "chat_model": "openai:small",
        "chat_base_url": f"http://127.0.0.1:{obeying_model.server_address[1]}/v1",
    }
    answer = Assistant(to_file(real_copy, file, **chat)).ask(UNIVERSITIES)
    assert answer.text == f"{WRITTEN} [1]"
    assert set(tree(file)) >= {"hetao.ask/answer", "hetao.ask/answer/verify"}
    told = named(file, "answer")["attributes"]
    assert told["hetao.generator"] == "openai:small"
    assert (told["gen_ai.operation.name"], told["gen_ai.provider.name"]) == ("chat", "openai")
    assert told["gen_ai.request.model"] == "small"
    assert told["gen_ai.usage.output_tokens"] > 0
    assert texts_of(file) == []


class Recorder(BaseCallbackHandler):
    """Keeps the names of the runs that it is told of."""

    def __init__(self) -> None:
        self.begun: set[str] = set()

    def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        self.begun.add(kwargs["name"])


@pytest.mark.model
def test_callbacks_of_langchain_hear_the_same_beside_it_and_a_search_has_its_own_root(
    real_settings: Settings, file: Path
) -> None:
    recorder, assistant = Recorder(), Assistant(to_file(real_settings, file))
    question_chain(assistant).invoke(UNIVERSITIES, {"callbacks": [recorder]})
    assert recorder.begun == {"Hetao", "question", "answer", "evidence", "quotes", "drafts"}
    assistant.search(UNIVERSITIES, 2)
    assert {"hetao.ask/read", "hetao.search/search", "hetao.search/read"} <= set(tree(file))


def test_an_ingest_is_told_step_by_step(
    settings: Settings, file: Path, page: Any, word_embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.embedding.embedder.build_embedder", lambda _settings: word_embedder)
    page(settings.corpus_dir / "a.txt", ("Wu Lan", "The park is new. The harbour is old."))
    ingest_paths((settings.corpus_dir,), to_file(settings, file))
    assert tree(file) == [
        "hetao.ingest", "hetao.ingest/read", "hetao.ingest/passages", "hetao.ingest/embed",
        "hetao.ingest/write",
    ]  # fmt: skip
    assert named(file, "hetao.ingest")["attributes"]["hetao.added"] == 1
    assert named(file, "embed")["attributes"]["hetao.embedded"] == 2
    assert "harbour" not in file.read_text(encoding="utf-8")
    assert texts_of(file) == []


def test_a_step_that_nobody_follows_to_its_end_is_closed_and_is_not_that_of_the_caller(
    settings: Settings, file: Path
) -> None:
    def count() -> Iterator[int]:
        for number in range(3):
            with span("inner"):
                made = number
            yield made

    items = during(open_collector(to_file(settings, file)).root("outer"), count())
    assert next(items) == 0
    assert span("between") is NOT_RECORDED
    items.close()  # type: ignore[attr-defined]  # it is a generator
    assert span("afterwards") is NOT_RECORDED
    assert tree(file) == ["outer", "outer/inner"]


class Collecting(ThreadingHTTPServer):
    """A collector that keeps what it is sent: the path, and the request as it is decoded."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.sent: Queue[tuple[str, ExportTraceServiceRequest]] = Queue()
        self.answers = Event()
        self.answers.set()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


class _Taking(BaseHTTPRequestHandler):
    server: Collecting

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/x-protobuf"
        self.server.sent.put((self.path, ExportTraceServiceRequest.FromString(body)))
        self.server.answers.wait(10)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Nothing is logged."""


@pytest.fixture
def collecting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collecting]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    with Collecting() as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.answers.set()
        server.shutdown()


@pytest.mark.parametrize("path", ["", "/", "/v1/traces"])
def test_a_collector_is_sent_the_spans_over_http(
    settings: Settings, collecting: Collecting, path: str
) -> None:
    chosen = settings.model_copy(update={"trace": collecting.address + path})
    with open_collector(chosen).root("hetao.ask") as step, span("embed", model="m", operation="e"):
        step.quote(question="What?")
    where, request = collecting.sent.get(timeout=10)
    sent = request.resource_spans[0]
    names = {each.key: each.value.string_value for each in sent.resource.attributes}
    assert (where, names["service.name"]) == ("/v1/traces", "hetao")
    inner, outer = sent.scope_spans[0].spans
    assert (inner.name, outer.name) == ("embed", "hetao.ask")
    assert inner.parent_span_id == outer.span_id
    assert {each.key for each in inner.attributes} == {
        "gen_ai.request.model", "gen_ai.operation.name",
    }  # fmt: skip
    assert not outer.attributes


def test_no_step_waits_for_a_collector_that_does_not_answer(
    settings: Settings, collecting: Collecting
) -> None:
    collecting.answers.clear()
    collector = open_collector(settings.model_copy(update={"trace": collecting.address}))
    with collector.root("first"):
        pass
    collecting.sent.get(timeout=10)  # from here on a batch is under way
    started = time.perf_counter()
    for _ in range(100):
        with collector.root("more"), span("inner"):
            pass
    assert time.perf_counter() - started < 1
    assert not collecting.answers.is_set()


def test_a_collector_that_is_not_there_is_one_warning_in_the_log(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    monkeypatch.setattr("rag.collector._TIMEOUT_SECONDS", 0.1)
    collector = open_collector(settings.model_copy(update={"trace": "http://127.0.0.1:9"}))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            with collector.root("hetao.ask"):
                pass
            time.sleep(0.2)  # a batch of its own
    assert [record.name for record in caplog.records] == ["rag.collector"]
    assert "cannot be handed to 127.0.0.1" in caplog.text


def test_a_collector_is_tried_by_the_doctor(settings: Settings, collecting: Collecting) -> None:
    try_collector(settings)
    try_collector(settings.model_copy(update={"trace": collecting.address}))
    with pytest.raises(HetaoError, match=r"The collector on 127\.0\.0\.1 took no spans"):
        try_collector(settings.model_copy(update={"trace": "http://127.0.0.1:9/none"}))


def test_variables_of_opentelemetry_alone_switch_nothing_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with open_collector(settings).root("hetao.ask") as root, span("embed") as step:
        assert root is step is NOT_RECORDED
    code = (
        "import sys; from rag.collector import open_collector; from rag.settings import Settings;"
        "open_collector(Settings(_env_file=None)).root('hetao.ask');"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("trace", "host"),
    [
        ("", ""),
        ("file:/var/log/spans.jsonl", ""),
        ("http://127.0.0.1:4318", ""),
        ("http://localhost:4318", ""),
        ("https://key@collector.example/otlp", "collector.example"),
    ],
)
def test_where_spans_go_is_told(settings: Settings, trace: str, host: str) -> None:
    chosen = settings.model_copy(update={"trace": trace})
    assert trace_destination(chosen) == host
    told = describe_tracing(chosen)
    assert host in told
    assert "key" not in told
    if trace:
        assert "without what was asked" in told
        texts = describe_tracing(chosen.model_copy(update={"trace_texts": True}))
        assert "with what was asked" in texts


@pytest.mark.parametrize("trace", ["spans.jsonl", "grpc://x:4317", "http://", "http://[", "file:"])
def test_what_is_neither_file_nor_address_is_refused_in_a_sentence(
    settings: Settings, trace: str
) -> None:
    with pytest.raises(SettingsError, match="HETAO_TRACE cannot be used"):
        open_collector(settings.model_copy(update={"trace": trace}))


def test_a_missing_package_is_told_with_the_command_that_installs_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsError, match=r"pip install 'hetao-rag\[tracing\]'"):
        open_collector(settings.model_copy(update={"trace": "http://missing.example"}))
