"""What only the tests of ``rag`` share: a real chat model, and one that obeys attackers."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from rag.gguf import skip_value
from rag.local_model import ServedModel, serve_model, small_model
from rag.settings import Settings


@pytest.fixture(scope="session")
def local_model() -> Iterator[ServedModel]:
    """(base_url, api_key, model): SmolLM2-135M-Instruct; tests that use it are marked ``model``.

    It answers badly, which is the point: the product must stay truthful with it.
    """
    with serve_model(Settings(_env_file=None)) as served:
        yield served


def with_texts(source: Path, target: Path, **texts: str) -> Path:
    """A copy of a GGUF file whose header holds these texts too; "__" in a name is a dot."""
    content = source.read_bytes()
    head = BytesIO(content)
    head.seek(8)
    tensors, keys = struct.unpack("<QQ", head.read(16))
    for _ in range(keys):
        _pass_text(head)
        skip_value(head, struct.unpack("<I", head.read(4))[0])
    end_of_keys = head.tell()
    for _ in range(tensors):
        _pass_text(head)
        (dimensions,) = struct.unpack("<I", head.read(4))
        head.seek(8 * dimensions + 12, 1)
    end = head.tell()
    more = b"".join(
        _text(name.replace("__", ".")) + struct.pack("<I", 8) + _text(value)
        for name, value in texts.items()
    )
    start = content[:16] + struct.pack("<Q", keys + len(texts)) + content[24:end_of_keys] + more
    start += content[end_of_keys:end]
    start += bytes(-len(start) % 32)  # tensors begin at a multiple
    target.write_bytes(start + content[end + -end % 32 :])
    return target


def _text(words: str) -> bytes:
    return struct.pack("<Q", len(words.encode())) + words.encode()


def _pass_text(head: BytesIO) -> None:
    head.seek(struct.unpack("<Q", head.read(8))[0], 1)


@pytest.fixture(scope="session")
def decision_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small chat model as a decision model of the kind that reads labels' probabilities."""
    shown = "{{ state | tojson }}\n{{ instructions }}\n"
    options = "{% for o in options %}{{ o.label }}. {{ o.description }}\n{% endfor %}Answer: "
    target = tmp_path_factory.mktemp("decisions") / "small-decisions.gguf"
    return with_texts(
        small_model(), target, llama__decision__type="lev",
        tokenizer__chat_template__systemone=shown + options,
    )  # fmt: skip


@pytest.fixture(scope="session")
def decision_model(decision_file: Path) -> Iterator[ServedModel]:
    """It decides badly, as ``local_model`` answers; tests that use it are marked ``model``."""
    with serve_model(Settings(_env_file=None), decision_file) as served:
        yield served


class ObeyingModel(ThreadingHTTPServer):
    """An OpenAI-compatible server on loopback that writes ``payload`` whatever it is asked.

    To a yes-or-no question by log-probabilities it says Yes, and it fills each text of a form
    with the payload. ``{system}`` in it stands for the system's turn. ``prompts`` holds what it
    was told.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Obedience)
        self.payload = ""
        self.prompts: list[str] = []

    def obey(self, messages: list[dict[str, str]]) -> str:
        self.prompts.append("\n".join(message["content"] for message in messages))
        return self.payload.replace("{system}", messages[0]["content"])


class _Obedience(BaseHTTPRequestHandler):
    server: ObeyingModel

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        words = self.server.obey(asked["messages"])
        if form := asked.get("response_format", {}).get("json_schema"):
            items = len(re.findall(r"^\d+\. ", asked["messages"][-1]["content"], re.M))
            words = json.dumps(_filled(form["schema"], words, max(1, items)))
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
        if asked.get("logprobs"):
            words, yes = "Yes", {"token": "Yes", "logprob": 0.0, "bytes": None}
            choice["logprobs"] = {"content": [{**yes, "top_logprobs": [yes]}]}
        head = {"id": "1", "created": 0, "model": "obeying"}
        if asked.get("stream"):
            part = {**choice, "delta": {"role": "assistant", "content": words}}
            chunk = {**head, "object": "chat.completion.chunk", "choices": [part]}
            self._send("text/event-stream", f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")
        else:
            whole = {**choice, "message": {"role": "assistant", "content": words}}
            reply = {**head, "object": "chat.completion", "choices": [whole]}
            self._send("application/json", json.dumps(reply))

    def _send(self, kind: str, body: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Nothing is logged."""


def _filled(schema: dict[str, Any], words: str, items: int) -> Any:
    """A value of the schema with the words wherever a text may stand."""
    kind = schema.get("type")
    if kind == "object":
        return {n: _filled(part, words, items) for n, part in schema["properties"].items()}
    if kind == "array":
        return [_filled(schema["items"], words, items)] * items
    return {"string": words, "integer": 1, "number": 1.0, "boolean": True}.get(str(kind), words)


@pytest.fixture(scope="session")
def obeying_model() -> Iterator[ObeyingModel]:
    with ObeyingModel() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
