from __future__ import annotations

import sys
from typing import Any

import pytest

from rag.errors import ModelError, SettingsError
from rag.reader.build import build_reader, open_reader
from rag.reader.decisions import DecisionReader
from rag.reader.fallback import EscalatingReader, FallbackReader
from rag.reader.named import describe_reader, reader_destination
from rag.settings import Settings

KEY = "sk-secret-1234567890"
HERE = "http://127.0.0.1:8080"


def settings(model: str, base_url: str = "", key: str = "") -> Settings:
    return Settings(
        _env_file=None, reader_model=model, reader_base_url=base_url, reader_api_key=key
    )


@pytest.fixture(autouse=True)
def _no_addresses_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_BASE", "OPENAI_BASE_URL", "OLLAMA_HOST", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("model", "base_url", "kind", "id_"),
    [
        ("bundled", "", DecisionReader, "bundled@"),
        ("systemone:julia-1", HERE, FallbackReader, "systemone:julia-1"),
        ("typesafe:jev-latest", "", FallbackReader, "typesafe:jev-latest"),
        ("chat:qwen3", f"{HERE}/v1", EscalatingReader, "chat:qwen3"),
        ("ollama:qwen3:8b", "", EscalatingReader, "ollama:qwen3:8b"),
        ("openai:gpt-4.1-mini", "", EscalatingReader, "openai:gpt-4.1-mini"),
    ],
)
def test_the_settings_name_the_reader(model: str, base_url: str, kind: type, id_: str) -> None:
    reader = build_reader(settings(model, base_url, KEY))
    assert type(reader) is kind
    assert reader.id.startswith(id_)


@pytest.mark.parametrize(
    ("model", "base_url", "says"),
    [
        ("julia-1", "", "is not provider:model"),
        ("none", "", "is not provider:model"),
        ("systemone:", HERE, "is not provider:model"),
        (":m", HERE, "is not provider:model"),
        ("systemone:m", "", "needs the address of its server: set HETAO_READER_BASE_URL"),
        ("chat:m", "", "needs the address of its server"),
        ("systemone:m", "127.0.0.1:8080", "is no address"),
        ("systemone:m", "file:///etc/passwd", "is no address"),
        ("systemone:m", "http://[", "is no address"),
        ("nobody:m", "", "nobody:m cannot be set up"),
        ("openai:m", "", "Check HETAO_READER_MODEL, .* and HETAO_READER_API_KEY"),
    ],
)
def test_what_cannot_be_a_reader_is_told_with_the_setting(
    model: str, base_url: str, says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        build_reader(settings(model, base_url))


def test_a_package_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_groq", None)
    with pytest.raises(ModelError, match="pip install langchain-groq"):
        open_reader(settings("groq:m"))


@pytest.mark.parametrize(
    ("model", "base_url", "host", "says"),
    [
        ("bundled", "", "", "The bundled reader reads the passages, on this machine."),
        ("systemone:m", HERE, "", "systemone:m reads the passages, on this machine."),
        ("systemone:m", "https://x.example", "x.example", "passages go to x.example."),
        ("typesafe:jev", "", "api.typesafe.ai", "go to api.typesafe.ai"),
        ("chat:m", "http://10.0.0.7/v1", "10.0.0.7", "what the bundled reader is unsure of"),
        ("ollama:qwen3:8b", "", "", "on this machine"),
        ("openai:gpt-4.1-mini", "", "api.openai.com", "go to api.openai.com"),
    ],
)
def test_it_is_said_who_reads_and_where(model: str, base_url: str, host: str, says: str) -> None:
    chosen = settings(model, base_url, KEY)
    assert reader_destination(chosen) == host
    assert says in describe_reader(chosen)
    assert KEY not in describe_reader(chosen)


@pytest.mark.parametrize(
    ("address", "variable", "expected"),
    [
        ("", "", "http://127.0.0.1:11434/v1"),
        ("", "0.0.0.0:11434", "http://127.0.0.1:11434/v1"),
        ("", "gpu.example:1", "http://gpu.example:1/v1"),
        ("http://10.0.0.7:11434/", "", "http://10.0.0.7:11434/v1"),
        ("http://10.0.0.7:11434/v1", "", "http://10.0.0.7:11434/v1"),
    ],
)
def test_ollama_is_asked_where_it_serves_the_interface_of_openai(
    address: str, variable: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", variable)
    opened: dict[str, Any] = {}
    monkeypatch.setattr(
        "langchain.chat_models.init_chat_model", lambda name, **given: opened.update(given)
    )
    open_reader(settings("ollama:qwen3:8b", address))
    assert (opened["base_url"], opened["model_provider"]) == (expected, "openai")
    assert (opened["api_key"], opened["max_retries"]) == ("none", 0)


def test_the_key_of_openai_is_not_sent_to_a_server_of_ones_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    opened: dict[str, Any] = {}
    monkeypatch.setattr(
        "langchain.chat_models.init_chat_model", lambda name, **given: opened.update(given)
    )
    open_reader(settings("openai:m", HERE))
    assert opened["api_key"] == "none"
