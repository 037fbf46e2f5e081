from __future__ import annotations

import pytest

from rag.answering.provider import EmptyAnswer, destination, explain, redact
from rag.settings import Settings

KEY = "sk-secret-1234567890"


def settings(**given: object) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _no_addresses_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_BASE", "OPENAI_BASE_URL", "OLLAMA_HOST", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("model", "base_url", "host"),
    [
        ("", "", ""),
        ("openai:gpt-4.1-mini", "", "api.openai.com"),
        ("anthropic:claude-sonnet-4-5", "", "api.anthropic.com"),
        ("mistralai:large", "", "the provider mistralai"),
        ("ollama:qwen3:8b", "", ""),
        ("ollama:gpt-oss:120b-cloud", "", "ollama.com"),
        ("ollama:qwen3:8b", "http://10.0.0.7:11434", "10.0.0.7"),
        ("openai:small", "http://127.0.0.1:8080/v1", ""),
        ("openai:small", "http://localhost:8080/v1", ""),
        ("openai:small", "http://[::1]:8080/v1", ""),
        ("openai:small", "https://llm.example/v1", "llm.example"),
        ("openai:small", "https://127.0.0.1.evil.example/v1", "127.0.0.1.evil.example"),
        ("openai:small", "https://127.0.0.1@evil.example/v1", "evil.example"),
    ],
)
def test_where_passages_go_is_told_by_host(model: str, base_url: str, host: str) -> None:
    assert destination(settings(chat_model=model, chat_base_url=base_url)) == host


def test_an_address_in_the_providers_own_variable_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "gpu.example:11434")
    assert destination(settings(chat_model="ollama:qwen3:8b")) == "gpu.example"
    monkeypatch.setenv("OLLAMA_HOST", "0.0.0.0:11434")
    assert destination(settings(chat_model="ollama:qwen3:8b")) == ""


def fault(name: str, status: int | None = None, text: str = "") -> Exception:
    """An exception as a provider's package raises it: by class name, status and text."""
    error: Exception = type(name, (Exception,), {"status_code": status})(text)
    return error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (TimeoutError(), "did not answer within 60 seconds"),
        (fault("ReadTimeout"), "did not answer within 60 seconds"),
        (fault("APIStatusError", 429, "slow down"), "quota is used up (429)"),
        (fault("ModelRateLimitError"), "quota is used up"),
        (fault("AuthenticationError", 401), "refused (401): check HETAO_CHAT_API_KEY"),
        (fault("PermissionDeniedError", 403), "refused (403)"),
        (fault("ResponseError", 404), "no model openai:m on llm.example (404)"),
        (fault("BadRequestError", 400, "context size exceeded"), "HETAO_CHAT_CONTEXT_TOKENS"),
        (fault("ContextOverflowError"), "HETAO_CHAT_CONTEXT_TOKENS"),
        (fault("BadRequestError", 400, "no temperature"), "request (400): no temperature"),
        (fault("InternalServerError", 503), "fault of its own (503)"),
        (fault("RemoteProtocolError"), "was cut before its answer was complete"),
        (fault("APIConnectionError"), "cannot be reached on llm.example"),
        (ConnectionRefusedError(), "cannot be reached on llm.example"),
        (fault("LengthFinishReasonError"), "came to no end"),
        (EmptyAnswer(), "ended without writing anything"),
        (KeyError("choices"), "openai:m failed (KeyError)"),
    ],
)
def test_each_fault_is_a_sentence_and_what_is_done_about_it(error: Exception, says: str) -> None:
    chosen = settings(chat_model="openai:m", chat_base_url="https://llm.example/v1")
    told = explain(error, chosen)
    assert says in told
    assert "\n" not in told


def test_the_cause_of_a_fault_is_looked_at_too() -> None:
    error = fault("Wrapped")
    error.__cause__ = fault("ReadTimeout")
    assert "did not answer" in explain(error, settings(chat_model="openai:m"))


def test_no_key_is_repeated_from_the_setting_or_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTHER_API_KEY", "other-secret")
    chosen = settings(chat_model="openai:m", chat_api_key=KEY)
    told = explain(fault("BadRequestError", 400, f"{KEY} {{x}} other-secret"), chosen)
    assert "(400): [key] {x} [key]" in told
    assert redact("nothing secret", chosen) == "nothing secret"


def test_a_secret_is_in_no_form_of_the_settings() -> None:
    chosen = settings(chat_model="openai:m", chat_api_key=KEY)
    forms = (str(chosen), repr(chosen), chosen.model_dump_json(), str(chosen.model_dump()))
    assert not any(KEY in form for form in forms)
