"""Where a chat model runs, and what its faults mean, without any provider's package."""

from __future__ import annotations

import os
import re

from rag.errors import ModelError, causes
from rag.hosts import destination_of
from rag.settings import Settings

# The providers with an extra of ours.
EXTRAS = ("openai", "anthropic", "ollama")

# Names of exceptions' classes, HTTP statuses, and the sentence for either; the first that fits.
_FAULTS: tuple[tuple[str, frozenset[int], str], ...] = (
    ("EmptyAnswer", frozenset(), "The chat model {model} ended without writing anything."),
    ("LengthFinishReason", frozenset(), "The chat model {model} wrote on and came to no end."),
    (
        "ContextOverflow",
        frozenset({413}),
        "The passages are too long for the chat model {model}: set HETAO_CHAT_CONTEXT_TOKENS to "
        "no more than its server allows.",
    ),
    (
        "AuthenticationError|PermissionDenied",
        frozenset({401, 403}),
        "The key for {model} was refused ({status}): check HETAO_CHAT_API_KEY.",
    ),
    (
        "ModelNotFound",
        frozenset({404}),
        "There is no model {model} on {host} ({status}): check HETAO_CHAT_MODEL and "
        "HETAO_CHAT_BASE_URL.",
    ),
    (
        "RateLimit",
        frozenset({429}),
        "Too many requests to {model}, or its quota is used up ({status}): ask again in a minute, "
        "or see the account with the provider.",
    ),
    (
        "",
        frozenset(range(500, 600)),
        "The server of {model} has a fault of its own ({status}): ask again later.",
    ),
    (
        "",
        frozenset(range(400, 500)),
        "The server of {model} refused the request ({status}): {words}",
    ),
    (
        "Timeout",
        frozenset(),
        "The chat model {model} did not answer within {seconds} seconds (of each try, at most "
        "three): ask again, or raise HETAO_CHAT_TIMEOUT_SECONDS.",
    ),
    (
        "RemoteProtocolError|ReadError|IncompleteRead|ChunkedEncoding",
        frozenset(),
        "The connection to {model} on {host} was cut before its answer was complete.",
    ),
    (
        "Connect",
        frozenset(),
        "The chat model {model} cannot be reached on {host}: see that its server runs and that "
        "HETAO_CHAT_BASE_URL is right.",
    ),
    (".", frozenset(), "The chat model {model} failed ({kind})."),
)
_KEY_NAME = re.compile(r"_(API_KEY|TOKEN|SECRET)$")
# The statuses with which a server finds fault with a request's form or length.
_OF_THE_REQUEST = {400, 413, 422}
# What is shorter is a stand-in ("none"), and would be found in many a word.
_SHORTEST_KEY = 8


class ChatFailure(ModelError):
    """The chat model gave no answer: a sentence that says why. No key and no prompt is in it."""


class EmptyAnswer(Exception):
    """A chat model ended without having written a word."""


def provider_of(settings: Settings) -> str:
    """The provider in ``provider:model``; "" where no chat model is set."""
    return settings.chat_model.partition(":")[0]


def package_of(provider: str, error: ImportError) -> str:
    """What to give to pip for a provider whose package is missing."""
    named = re.search(r"pip install (-U )?([\w-]+)", str(error))
    if provider in EXTRAS:
        return f"'hetao-rag[{provider}]'"
    return named[2] if named else f"langchain-{provider}"


def destination(settings: Settings) -> str:
    """The host that passages and questions are sent to; "" when they stay on this machine."""
    return destination_of(settings.chat_model, settings.chat_base_url)


def explain(error: BaseException, settings: Settings) -> str:
    """What happened, in a sentence or two for the person who asked.

    LangChain's and the providers' exceptions are told apart by the names of their classes and
    by HTTP status, so that no provider's package is needed. Of a provider's own words only
    the complaint about a bad request is repeated, the key taken out.
    """
    chain = list(causes(error))
    kinds = {kind.__name__ for each in chain for kind in type(each).__mro__}
    status = _status(error)
    words = redact(" ".join(str(error).split()), settings)[:200]
    if status in (400, 413, 500) and "context" in words:  # llama.cpp's and vLLM's complaint
        status = 413
    told = {
        "model": settings.chat_model,
        "host": destination(settings) or "this machine",
        "seconds": f"{settings.chat_timeout_seconds:g}",
        "status": status,
        "words": words,
        "kind": type(error).__name__,
    }
    return next(
        sentence.format_map(told)
        for names, statuses, sentence in _FAULTS
        if status in statuses or (names and any(re.search(names, kind) for kind in kinds))
    )


def is_lasting(error: BaseException) -> bool:
    """Whether another request, of a moment later, would fail likewise: no answer, no access.

    Not so where this one request was at fault, or the model wrote nothing.
    """
    return not isinstance(error, EmptyAnswer) and _status(error) not in _OF_THE_REQUEST


def redact(text: str, settings: Settings) -> str:
    """The text without the key of the setting and those of the environment."""
    secrets = {value for name, value in os.environ.items() if _KEY_NAME.search(name)}
    for secret in {settings.chat_api_key.get_secret_value(), *secrets}:
        if len(secret) >= _SHORTEST_KEY:
            text = text.replace(secret, "[key]")
    return text


def _status(error: BaseException) -> int:
    """The HTTP status; 0 where there is none."""
    codes = (getattr(each, "status_code", None) for each in causes(error))
    return next((code for code in codes if isinstance(code, int)), 0)
