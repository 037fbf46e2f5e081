"""The reader that the settings name, built."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from rag.errors import SettingsError
from rag.reader.bundled import FILE, BundledModel
from rag.reader.chat import ChatDecisions, open_chat
from rag.reader.decisions import BundledDecisions, DecisionReader
from rag.reader.fallback import EscalatingReader, FallbackReader
from rag.reader.named import BUNDLED, is_decision_model, reader_destination
from rag.reader.reader import Reader
from rag.reader.systemone import SystemOne
from rag.settings import Settings

_TYPESAFE = "https://api.typesafe.ai"
_WEIGHTS = Path(__file__).with_name(FILE)


def build_reader(settings: Settings) -> Reader:
    """The reader that the settings name.

    One that is not the bundled one never fails: see :mod:`rag.reader.fallback`. Raises
    SettingsError or ModelError when what is set cannot be used; no server is spoken to yet.
    """
    bundled = bundled_reader(settings)
    if settings.reader_model == BUNDLED:
        return bundled
    model = open_reader(settings)
    if is_decision_model(settings):
        return FallbackReader(model, bundled)
    return EscalatingReader(model, bundled)


def bundled_reader(settings: Settings) -> DecisionReader:
    """The bundled reader. Its file is read at the first reading, which raises ModelError."""
    model = BundledDecisions(model=FILE, reads=_bundled_model(settings.threads))
    return DecisionReader(model, f"bundled@{_version(_WEIGHTS)}")


def open_reader(settings: Settings) -> DecisionReader:
    """The reader that ``HETAO_READER_MODEL`` names, with nothing to stand in for it."""
    provider, _, name = settings.reader_model.partition(":")
    if not provider or not name:
        raise SettingsError(
            f"HETAO_READER_MODEL cannot be used: {settings.reader_model!r} is not provider:model, "
            "as in systemone:julia-1 or ollama:qwen3:8b, nor bundled."
        )
    address = settings.reader_base_url
    if not address and provider in ("systemone", "chat"):
        raise SettingsError(
            f"The reader {settings.reader_model} needs the address of its server: set "
            "HETAO_READER_BASE_URL, as in http://127.0.0.1:8080."
        )
    _check_address(address)
    host = reader_destination(settings)
    seconds = settings.reader_timeout_seconds
    model: SystemOne | ChatDecisions
    if is_decision_model(settings):
        model = SystemOne(
            model=name, host=host, timeout_seconds=seconds, base_url=address or _TYPESAFE,
            api_key=settings.reader_api_key,
        )  # fmt: skip
    else:
        chat = open_chat(settings)
        model = ChatDecisions(model=name, host=host, timeout_seconds=seconds, chat=chat)
    return DecisionReader(model, settings.reader_model, model.named)


def _check_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if address and not is_web:
        raise SettingsError(
            "HETAO_READER_BASE_URL cannot be used: it is no address as http://127.0.0.1:8080."
        )


@lru_cache(maxsize=1)
def _bundled_model(threads: int) -> BundledModel:
    # It takes some 700 MB: one serves a whole process, however many assistants are opened.
    return BundledModel(threads)


def _version(weights: Path) -> str:
    if not weights.is_file():
        return "missing"
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
