"""Who hears of our steps: callbacks that are handed over, and no tracer that nobody handed over."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableGenerator, RunnableLambda
from langsmith import tracing_context
from langsmith.utils import tracing_is_enabled

from rag.reader.chat import ChatDecisions
from rag.reader.decisions import DecisionReader
from rag.reader.layout import ReadText
from rag.settings import Settings
from rag.tracing import Private, private


class Recorder(BaseCallbackHandler):
    """Keeps the names of the runs that it is told of."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        self.begun.append(kwargs["name"])


@pytest.fixture
def traced() -> Iterator[None]:
    """A program that has its own steps traced."""
    with tracing_context(enabled=True):
        yield


class Tracing(ThreadingHTTPServer):
    """A tracing service that keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Posted)
        self.sent = b""


class _Posted(BaseHTTPRequestHandler):
    server: Tracing

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                self.server.sent += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            self.server.sent += self.rfile.read(int(self.headers["Content-Length"]))
        self._reply(202)

    def do_GET(self) -> None:
        self._reply(404)

    def _reply(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Nothing is logged."""


PROGRAM = """
import asyncio
from langchain_core.runnables import RunnableLambda
from langchain_core.tracers.langchain import LangChainTracer, wait_for_all_tracers
from rag import Hetao

hetao = Hetao()
question = "What is kept about the park?"
hetao.ask(question)
hetao.chain.invoke(question)
list(hetao.chain.stream(question))
hetao.chain.batch([question, question])
hetao.retriever().invoke(question)

async def wait():
    await hetao.chain.ainvoke(question)
    await hetao.retriever().ainvoke(question)
    return [answer async for answer in hetao.chain.astream(question)]

asyncio.run(wait())
hetao.chain.invoke("What is handed over about the park?", {"callbacks": [LangChainTracer()]})
RunnableLambda(lambda words: words).invoke("the other part of the program")
wait_for_all_tracers()
"""


@pytest.mark.model
def test_a_variable_of_another_program_sends_nothing_of_ours_away_and_its_own_steps_as_before(
    real_settings: Settings,
) -> None:
    with Tracing() as service:
        Thread(target=service.serve_forever, daemon=True).start()
        environment = {
            **os.environ,
            "HETAO_DATA_DIR": str(real_settings.data_dir),
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_API_KEY": "x",
            "LANGSMITH_ENDPOINT": f"http://127.0.0.1:{service.server_address[1]}",
            "LANGSMITH_DISABLE_RUN_COMPRESSION": "true",
            "NO_PROXY": "127.0.0.1",
        }
        finished = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        service.shutdown()
    assert finished.returncode == 0, finished.stderr
    assert b"the other part of the program" in service.sent
    assert b"handed over about the park" in service.sent
    assert b"kept about the park" not in service.sent


def test_the_block_is_private_and_what_comes_after_it_is_as_before(traced: None) -> None:
    with private():
        assert not tracing_is_enabled()
    assert tracing_is_enabled()


def test_between_two_outputs_the_program_is_traced_as_before(traced: None) -> None:
    def count(_given: Iterator[Any]) -> Iterator[bool]:
        for _ in range(2):
            yield bool(tracing_is_enabled())

    counting = Private(RunnableGenerator(count))

    async def wait() -> list[tuple[bool, Any]]:
        return [(inside, tracing_is_enabled()) async for inside in counting.astream(None)]

    heard = [(inside, tracing_is_enabled()) for inside in counting.stream(None)]
    assert heard == asyncio.run(wait()) == [(False, True)] * 2


def test_callbacks_that_are_handed_over_hear_of_each_step() -> None:
    recorder = Recorder()
    inner = Private(RunnableLambda(len, name="inner"))
    Private(RunnableLambda(inner.invoke, name="outer")).invoke("ab", {"callbacks": [recorder]})
    assert recorder.begun == ["outer", "inner"]


def test_a_reader_of_another_thread_is_private_too(traced: None) -> None:
    heard: list[bool] = []

    def listen(_messages: Any, **_bound: Any) -> Any:
        heard.append(bool(tracing_is_enabled()))
        raise OSError

    model = ChatDecisions(model="m", timeout_seconds=5, chat=RunnableLambda(listen))
    with pytest.raises(Exception, match="m on this machine"):
        DecisionReader(model, "m").answers("What?", [ReadText("", "", ("It opens.", "It grows."))])
    assert set(heard) == {False}
