"""The run record: one folder a run.

::

    run.json        set, settings, code version, corpus hash, models; written first
    results.jsonl   one line a question, appended as each is answered
    summary.json    metrics; written last, so its presence means that the run is whole
    report.html     the same for a reader
    name.txt        what a person calls the run, where it was given a name
    .lock           held by whoever writes, gone once the run is whole
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.errors import RunError
from eval.provenance import code_version, is_told, models_of, public_settings
from eval.records import EvaluationSet, Split
from eval.results import Result
from eval.shelf import read_name
from eval.storage import LOCK, storage_errors, write_whole
from rag.answering.extractive import NAME as EXTRACTIVE
from rag.settings import Settings
from rag.types import Transcript

INFO, RESULTS, SUMMARY, REPORT = "run.json", "results.jsonl", "summary.json", "report.html"
# Settings that stand among the models too.
_NOT_COMPARED = {"chat_model", "embedding_model", "reranker_model", "reader_model"}


class RunInfo(BaseModel):
    """What was run, on what and by which settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    set_name: str
    set_sha256: str
    n: int
    split: Split | None
    limit: int | None
    corpus_sha256: str
    transcripts: int
    settings: dict[str, Any]
    models: dict[str, str]
    code_version: str
    started: str

    @property
    def generator(self) -> str:
        """What was to write the answers: "extractive", or a chat model."""
        return self.models.get("generator") or self.settings.get("chat_model") or EXTRACTIVE

    def changes(self, later: RunInfo) -> list[str]:
        """What ``later`` has otherwise, as "generator: extractive → openai:m", that one first."""
        old, new = self._facts(), later._facts()
        return [
            f"{name}: {old.get(name, 'none')} → {new.get(name, 'none')}"
            for name in old | new
            if old.get(name, "none") != new.get(name, "none")
        ]

    def _facts(self) -> dict[str, str]:
        settings = {k.replace("_", " "): v for k, v in self.settings.items()
                    if k not in _NOT_COMPARED and is_told(k)}  # fmt: skip
        facts = {
            "generator": self.generator,
            **self.models,
            **settings,
            "version of Hetao": self.code_version,
            "set": f"{self.set_name} ({self.set_sha256[:12]})",
            "split": self.split,
            "limit": self.limit,
            "transcripts": f"{self.transcripts} ({self.corpus_sha256[:12]})",
        }
        return {name: str(value) for name, value in facts.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    folder: Path
    info: RunInfo
    results: tuple[Result, ...]
    summary: dict[str, Any]
    name: str = ""


def describe_run(
    chosen: EvaluationSet, split: Split | None, limit: int | None,
    transcripts: Sequence[Transcript], settings: Settings,
) -> RunInfo:  # fmt: skip
    """The description of a run that starts now."""
    return RunInfo(
        set_name=chosen.name,
        set_sha256=chosen.sha256,
        n=len(chosen.cases),
        split=split,
        limit=limit,
        corpus_sha256=corpus_hash(transcripts),
        transcripts=len(transcripts),
        settings=public_settings(settings),
        models=models_of(settings),
        code_version=code_version(),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def corpus_hash(transcripts: Sequence[Transcript]) -> str:
    """One sha256 over the words and who says them, in whatever order the transcripts come."""
    digest = hashlib.sha256()
    for transcript in sorted(transcripts, key=lambda transcript: transcript.id):
        turns = [(turn.speaker, turn.role, turn.blocks) for turn in transcript.turns]
        digest.update(repr((transcript.id, transcript.text, turns)).encode("utf-8", "replace"))
    return digest.hexdigest()


def start_or_resume(folder: Path, info: RunInfo) -> list[Result]:
    """Prepare a run folder, held already; the results that it has are returned, else none.

    A last line cut short by an interrupt is removed, and its question asked again. Raises
    RunError when the folder holds a finished run, or one of another set, corpus, settings or
    code: results of two of these must not be mixed.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / INFO).exists():
            if any(path.name != LOCK for path in folder.iterdir()):
                raise RunError(f"{folder} is not empty and holds no run. Choose another --out.")
            write_whole(folder / INFO, info.model_dump_json(indent=1))
            return []
        if (folder / SUMMARY).exists():
            raise RunError(f"{folder} holds a finished run. Choose another folder by --out.")
        if changed := _read_info(folder).changes(info):
            raise RunError(
                f"The run in {folder} cannot be resumed, because this has changed since it began: "
                f"{'; '.join(changed)}. Start anew in another folder, by --out."
            )
        _cut_half_line(folder / RESULTS)
        return _read_results(folder)


def append_result(folder: Path, result: Result) -> None:
    """Add a result to the folder's lines. Raises RunError when that cannot be written."""
    with storage_errors(folder), (folder / RESULTS).open("a", encoding="utf-8") as file:
        file.write(result.model_dump_json() + "\n")


def read_run(folder: Path) -> Run:
    """A finished run. Raises RunError for anything else, with what to do."""
    if not (folder / INFO).is_file():
        raise RunError(f"{folder} is no run folder: it has no {INFO}.")
    info = _read_info(folder)
    if not (folder / SUMMARY).is_file():
        raise RunError(
            f"The run in {folder} is half written. Finish it first: run the command that began "
            f"it again, with --resume {folder} in the place of --out."
        )
    results = _read_results(folder)
    if len(results) != info.n:
        raise RunError(f"{folder} is damaged: {len(results)} results of {info.n}. Run it again.")
    try:
        summary = json.loads((folder / SUMMARY).read_bytes())
        if not isinstance(summary, dict):
            raise ValueError("it is no object")
    except (OSError, ValueError) as error:
        raise RunError(f"{folder / SUMMARY} cannot be read ({error}). Run it again.") from error
    return Run(folder, info, tuple(results), summary, read_name(folder))


def new_folder(settings: Settings, set_name: str) -> Path:
    """A fresh folder for a run under the data directory, named by the set and the time."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    base = settings.data_dir / "runs" / f"{set_name}-{stamp}"
    folder, number = base, 1
    while folder.exists():
        number += 1
        folder = base.with_name(f"{base.name}-{number}")
    return folder


def _read_info(folder: Path) -> RunInfo:
    try:
        return RunInfo.model_validate_json((folder / INFO).read_bytes())
    except (OSError, ValidationError) as error:
        raise RunError(f"{folder / INFO} cannot be read ({_first_line(error)}).") from error


def _read_results(folder: Path) -> list[Result]:
    path = folder / RESULTS
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else []
    except OSError as error:
        raise RunError(f"{path} cannot be read ({error.strerror or error}).") from error
    results = []
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                results.append(Result.model_validate_json(line))
        except ValidationError as error:
            raise RunError(f"{path}, line {number}: {_first_line(error)}. Run it again.") from error
    return results


def _cut_half_line(path: Path) -> None:
    if path.exists():
        data = path.read_bytes()
        if not data.endswith(b"\n"):
            os.truncate(path, data.rfind(b"\n") + 1)


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
