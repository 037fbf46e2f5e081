"""``manifest.json``: what a folder of transcripts says about its files."""

from __future__ import annotations

import datetime
import json
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from rag.errors import CorpusError
from rag.transcripts.labels.speakers import name_key
from rag.types import Role

MANIFEST_NAME = "manifest.json"
_MAX_QUESTIONS = 20
_WebAddress = Annotated[str, Field(pattern=r"^(https?://\S+)?$", max_length=2000)]


def _one_line(question: str) -> str:
    line = " ".join(question.split())
    if not any(map(str.isalnum, line)):
        raise ValueError("a question must have a word in it")
    return line


# As long as fits a button.
_Question = Annotated[str, Field(max_length=160), AfterValidator(_one_line)]


class ManifestPage(BaseModel):
    """One file: its name in the folder, page number, address, SHA-256 in hexadecimal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(min_length=1)
    page: int = Field(default=1, ge=1, le=9999)
    url: _WebAddress = ""
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")

    @field_validator("file")
    @classmethod
    def _stays_in_folder(cls, name: str) -> str:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\x00" in name:
            raise ValueError("must be a path inside the manifest's folder")
        return name


class ManifestSpeaker(BaseModel):
    """Someone who speaks: the name to show, and what the pages call them (``aliases``).

    ``role`` None and ``title`` "" leave them to the page.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=200)
    title: str = ""
    role: Role | None = None
    aliases: tuple[str, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """The :func:`~rag.transcripts.labels.speakers.name_key` of the name and its aliases."""
        return frozenset(map(name_key, (self.name, *self.aliases)))


class ManifestTranscript(BaseModel):
    """One transcript. What is given here wins over what its pages say.

    ``date`` is the day of the event, ``published`` that of its transcript. ``event`` is the same
    for transcripts of one event, as in two languages: any name, or the id of one of them.
    ``not_speakers`` are words before a colon that look like a label and are none; ``questions``
    are good ones to ask this event.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=200)
    title: str = ""
    date: datetime.date | None = None
    published: datetime.date | None = None
    publisher: str = ""
    url: _WebAddress = ""
    event: str = Field(default="", max_length=200)
    speakers: tuple[ManifestSpeaker, ...] = ()
    not_speakers: tuple[str, ...] = ()
    questions: tuple[_Question, ...] = Field(default=(), max_length=_MAX_QUESTIONS)
    pages: tuple[ManifestPage, ...] = Field(min_length=1)


class Manifest(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    transcripts: tuple[ManifestTranscript, ...]

    @model_validator(mode="after")
    def _ids_differ(self) -> Manifest:
        ids = [transcript.id for transcript in self.transcripts]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"the id {twice[0]!r} is given twice; list its pages together")
        return self


def check_entry(entry: object) -> None:
    """Raise CorpusError for what a manifest may not say of a transcript."""
    try:
        ManifestTranscript.model_validate(entry)
    except ValidationError as error:
        raise CorpusError(f"That cannot be said of a transcript: {_problem(error)}.") from error


def read_manifest(path: Path) -> Manifest:
    """The manifest in ``path``. Raises CorpusError that names the file and the place."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        json.dumps(content, ensure_ascii=False).encode()  # raises for half a surrogate pair
        return Manifest.model_validate(content)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
    except ValidationError as error:
        place = _problem(error)
    except (OSError, UnicodeError, RecursionError) as error:
        place = str(error)
    raise CorpusError(
        f"The manifest {path} cannot be used: {place}. Mend it there (corpus/README.md shows "
        "its form), or remove it to have the pages speak for themselves."
    )


def _problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(map(str, problem["loc"])) or "the whole file"
    return f"{place}: {problem['msg']}"
