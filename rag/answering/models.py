"""Chat models of any provider, by LangChain; its messages and chunks stay in this module."""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from rag.answering.answer_cache import AnswerCache, cache_key
from rag.answering.prompts import Prompt, version
from rag.answering.provider import (
    ChatFailure,
    EmptyAnswer,
    explain,
    is_lasting,
    package_of,
    provider_of,
    redact,
)
from rag.errors import ModelError, SettingsError
from rag.reader.yes_no import first_words, share_of_yes
from rag.settings import Settings
from rag.tracing import private
from rag.types import Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# What a model may write in one go; of a small context at most a quarter.
MAX_OUTPUT_TOKENS = 700
# The client's own, with back-off: only for what is worth retrying (429, 5xx, no connection).
_RETRIES = 2
# "length", "max_tokens" and their like: the model was stopped in mid-sentence.
_CUT = re.compile("length|max_tokens", re.IGNORECASE)

Filled = TypeVar("Filled", bound=BaseModel)


@dataclass(slots=True)
class Meter:
    """What one answer has cost so far.

    ``first_token`` is the moment, by :func:`time.perf_counter`, at which the first words of the
    answer came; ``cut`` says that the last text ended at the bound on output tokens. ``failure``
    is one that the next request of the same answer would only wait for again.
    """

    usage: Usage = field(default_factory=Usage)
    first_token: float | None = None
    cut: bool = False
    failure: ChatFailure | None = None

    def spend(self, metadata: Any) -> None:
        """Add LangChain's ``usage_metadata`` of a message or chunk; None adds nothing."""
        if metadata:
            self.usage = Usage(
                self.usage.input_tokens + int(metadata.get("input_tokens", 0)),
                self.usage.output_tokens + int(metadata.get("output_tokens", 0)),
            )

    def go_on(self) -> None:
        """Raise the ChatFailure of an earlier request, where it would be met once more."""
        if self.failure:
            raise self.failure


def output_tokens(settings: Settings) -> int:
    """How many tokens a model may write in one go."""
    return min(MAX_OUTPUT_TOKENS, settings.chat_context_tokens // 4)


def open_chat_model(settings: Settings) -> BaseChatModel:
    """The model that ``HETAO_CHAT_MODEL`` names, not yet spoken to.

    Raises SettingsError when the name or another setting cannot be used, and ModelError when
    the provider's package is not installed; each says what to do.
    """
    from langchain.chat_models import init_chat_model

    provider, _, name = settings.chat_model.partition(":")
    if not provider or not name:
        raise SettingsError(
            f"HETAO_CHAT_MODEL cannot be used: {settings.chat_model!r} is not provider:model, "
            "as in openai:gpt-4.1-mini or ollama:qwen3:8b."
        )
    try:
        model = init_chat_model(name, model_provider=provider, **_options(provider, settings))
    except ImportError as error:
        raise ModelError(
            f"The chat model {settings.chat_model} needs a package that is not installed: run "
            f"pip install {package_of(provider, error)}"
        ) from error
    except Exception as error:  # each provider's package has faults of its own
        raise SettingsError(
            f"The chat model {settings.chat_model} cannot be set up: "
            f"{redact(' '.join(str(error).split()), settings)[:200]} "
            "Check HETAO_CHAT_MODEL, HETAO_CHAT_BASE_URL and HETAO_CHAT_API_KEY."
        ) from None
    return cast("BaseChatModel", model)


class ChatModel:
    """A chat model that is asked in text and answers in text. Safe to share between threads.

    Whatever a provider raises becomes a :class:`~rag.answering.provider.ChatFailure`. Each request
    is tried at most three times, each try for ``chat_timeout_seconds``; after a server that did
    not answer, the requests that follow with the same meter fail at once.
    """

    def __init__(
        self, model: BaseChatModel, settings: Settings, cache: AnswerCache | None = None
    ) -> None:
        self.name = settings.chat_model
        self._model = model
        self._settings = settings
        self._cache = cache
        self._provider = provider_of(settings)
        self._gives_logprobs = self._provider == "openai"

    def write(self, prompt: Prompt, meter: Meter) -> Iterator[str]:
        """The answer, piece by piece, or at once where the same was asked before.

        Raises ChatFailure, also when nothing is written or the time is up.
        """
        meter.cut = False
        key = self._key(prompt)
        if self._cache and (known := self._cache.get(key)):
            yield known
            return
        written: list[str] = []
        for piece in self._stream(prompt, meter):
            written.append(piece)
            yield piece
        if self._cache and not meter.cut:
            self._cache.put(key, "".join(written))

    def reply(self, prompt: Prompt, meter: Meter) -> str:
        """The whole answer. Raises as :meth:`write` does."""
        return "".join(self.write(prompt, meter))

    def probability_of_yes(self, prompt: Prompt, meter: Meter) -> float | None:
        """The probability of Yes against No as the first word of the answer, 0 to 1.

        None where the provider gives no log-probabilities, or none for either word. Raises
        ChatFailure.
        """
        if not self._gives_logprobs:
            return None
        key = self._key(prompt)
        if self._cache and (known := self._cache.get(key)):
            with contextlib.suppress(ValueError):
                return float(known)
        meter.go_on()
        asked = self._model.bind(logprobs=True, top_logprobs=10, max_tokens=1)
        try:
            message = asked.invoke(list(_messages(prompt)))
        except Exception as error:
            if getattr(error, "status_code", None) not in (400, 422):
                raise self._failure(error, meter) from None
            # What is wrong with this request alone, as its length, says nothing of the next.
            self._gives_logprobs = "logprobs" not in str(error)
            return None
        meter.spend(message.usage_metadata)
        alternatives = first_words(message.response_metadata)
        self._gives_logprobs = bool(alternatives)
        probability = share_of_yes(alternatives)
        if self._cache and probability is not None:
            self._cache.put(key, str(probability))
        return probability

    def fill(self, prompt: Prompt, form: type[Filled], meter: Meter) -> Filled:
        """The answer in a given form, by the provider's structured output. Raises ChatFailure."""
        key = self._key(prompt)
        if self._cache and (known := self._cache.get(key)):
            with contextlib.suppress(ValidationError):
                return form.model_validate_json(known)
        meter.go_on()
        try:
            structured = self._model.with_structured_output(
                form, method="json_schema", include_raw=True
            )
            outcome: Any = structured.invoke(list(_messages(prompt)))
        except Exception as error:
            raise self._failure(error, meter) from None
        meter.spend(getattr(outcome["raw"], "usage_metadata", None))
        filled = outcome["parsed"]
        if not isinstance(filled, form):
            raise self._failure(EmptyAnswer(), meter)
        if self._cache:
            self._cache.put(key, filled.model_dump_json())
        return filled

    def test(self) -> None:
        """Have a word written, to see that the model answers. Raises ChatFailure."""
        # Fewer tokens than 16 are refused by OpenAI's newer interface.
        bound = {"num_predict" if self._provider == "ollama" else "max_tokens": 16}
        try:
            with private():
                self._model.bind(**bound).invoke("Hello")
        except Exception as error:
            raise self._failure(error, Meter()) from None

    def _key(self, prompt: Prompt) -> str:
        return cache_key(version(), self.name, self._settings.chat_base_url, *prompt)

    def _stream(self, prompt: Prompt, meter: Meter) -> Iterator[str]:
        meter.go_on()
        limit, started = self._settings.chat_timeout_seconds, time.monotonic()
        deadline, any_text, uncounted = 0.0, False, 0
        try:
            for chunk in self._model.stream(list(_messages(prompt))):
                # The try that answers has all of the time, whatever those before it took.
                tries = max(1, math.ceil((time.monotonic() - started) / limit))
                deadline = deadline or started + tries * limit
                meter.spend(chunk.usage_metadata)
                text = str(chunk.text)
                uncounted = 0 if chunk.usage_metadata else uncounted + bool(text)
                meter.cut = meter.cut or _was_cut(chunk.response_metadata)
                if text:
                    any_text = any_text or bool(text.strip())
                    yield text
                if time.monotonic() > deadline:
                    raise TimeoutError
            if not any_text:
                raise EmptyAnswer
        except Exception as error:
            raise self._failure(error, meter) from None
        finally:
            # A text that is broken off comes without its count: a piece is a token or more.
            meter.spend({"output_tokens": uncounted})

    def _failure(self, error: Exception, meter: Meter) -> ChatFailure:
        # Raised "from None": a provider's exception may hold the request with its key.
        failure = ChatFailure(explain(error, self._settings))
        if is_lasting(error):
            meter.failure = failure
        return failure


def _options(provider: str, settings: Settings) -> dict[str, Any]:
    """The settings as the provider's class of LangChain takes them."""
    key = settings.chat_api_key.get_secret_value()
    common: dict[str, Any] = {"temperature": 0}
    if settings.chat_base_url:
        common["base_url"] = settings.chat_base_url
    if provider == "ollama":
        headers = {"headers": {"Authorization": f"Bearer {key}"}} if key else {}
        return common | {
            "num_ctx": settings.chat_context_tokens,
            "num_predict": output_tokens(settings),
            "client_kwargs": {"timeout": settings.chat_timeout_seconds, **headers},
        }
    common |= {
        "timeout": settings.chat_timeout_seconds,
        "max_retries": _RETRIES,
        "max_tokens": output_tokens(settings),
    }
    if provider == "openai":
        common["stream_usage"] = True
        # A server of one's own often asks for no key; the one for api.openai.com is not its
        # business.
        key = key or ("none" if settings.chat_base_url else "")
    return common | ({"api_key": key} if key else {})


def _messages(prompt: Prompt) -> Iterator[tuple[str, str]]:
    yield "system", prompt.system
    yield "human", prompt.user


def _was_cut(metadata: dict[str, Any]) -> bool:
    ends = (metadata.get(name) for name in ("finish_reason", "stop_reason", "done_reason"))
    return any(_CUT.search(str(end)) for end in ends)
