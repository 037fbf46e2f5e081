"""What made the answers of a run: models, settings and code. Nothing secret is told."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eval.results import Result
from rag.answering.extractive import NAME as EXTRACTIVE
from rag.answering.prompts import version as prompts_version
from rag.answering.provider import destination
from rag.reader.named import BUNDLED, reader_destination
from rag.settings import Settings

# What says nothing about the answers, and may say who runs it: where things lie on a machine, who
# may use them, what is logged. Of the models' addresses only the hosts are kept (among the models):
# the rest may hold a key.
_UNTOLD = {
    "data_dir",
    "corpus_dir",
    "eval_data_dir",
    "index_url",
    "ray_address",
    "port",
    "log_detail",
    "trace",
    "trace_texts",
    "users",
    "admins",
    "chat_base_url",
    "chat_api_key",
    "reader_base_url",
    "reader_api_key",
}
# How transcripts are fetched and how the service is offered.
_UNTOLD_GROUPS = ("fetch_", "serve_")
_NO_ANSWER = ("refused", "errors")


def models_of(settings: Settings) -> dict[str, str]:
    """What has a say in the answers, the generator first, and by which prompts it is told."""
    models = {"generator": settings.chat_model or EXTRACTIVE}
    if settings.chat_model:
        models["chat host"] = destination(settings) or "this machine"
        models["prompts"] = prompts_version()
    models["embedding"] = settings.embedding_model
    models["reranker"] = settings.reranker_model or "none"
    models["reader"] = settings.reader_model
    if settings.reader_model != BUNDLED:
        models["reader host"] = reader_destination(settings) or "this machine"
    return models


def outcomes(results: Iterable[Result]) -> dict[str, int]:
    """How many questions each generator answered, and how many were refused or failed.

    Quotes answer in the place of a chat model that fails. No tokens are counted where the same
    had been written before and was kept, or where a provider does not count them.
    """
    counts = Counter(map(_outcome, results)).most_common()
    return dict(sorted(counts, key=lambda count: count[0] in _NO_ANSWER))


def tell_outcomes(results: Iterable[Result]) -> str:
    """The same in words: "3 answered by openai:m, 2 refused"."""
    return ", ".join(
        f"{count} {who}" if who in _NO_ANSWER else f"{count} answered by {who}"
        for who, count in outcomes(results).items()
    )


def public_settings(settings: Settings) -> dict[str, Any]:
    """The settings that can change an answer or a figure."""
    values = settings.model_dump(mode="json")
    return {name: _without_password(value) for name, value in values.items() if is_told(name)}


def is_told(setting: str) -> bool:
    """Whether a setting can change an answer or a figure; runs from before told others, too."""
    return setting not in _UNTOLD and not setting.startswith(_UNTOLD_GROUPS)


def code_version() -> str:
    """The commit of a working copy, "-dirty" where it was changed; else the installed version."""
    git, root = shutil.which("git"), Path(__file__).parent.parent
    if git and (root / ".git").exists():
        command = [git, "-C", str(root), "describe", "--always", "--dirty", "--tags"]
        # A fixed command; nothing of it comes from a user.
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode == 0:
            return done.stdout.strip()
    return version("hetao-rag")


def _outcome(result: Result) -> str:
    if result.answer is None:
        return "errors"
    if result.refused:
        return "refused"
    generator = str(result.answer["generator"])
    counted = (result.answer.get("usage") or {}).get("output_tokens")
    return generator if generator == EXTRACTIVE or counted else f"{generator} (no tokens counted)"


def _without_password(value: object) -> object:
    return re.sub(r"//[^/@\s]*@", "//", value) if isinstance(value, str) else value
