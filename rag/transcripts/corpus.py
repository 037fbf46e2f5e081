"""Files to transcripts: what is read, what is skipped and why, what a reader should know."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rag.errors import CorpusError
from rag.progress import progress_bar
from rag.telemetry import span
from rag.transcripts.files import ENDINGS, place_by_name, read_bytes
from rag.transcripts.formats.document import Document, Unreadable
from rag.transcripts.labels.speakers import name_key
from rag.transcripts.manifest import MANIFEST_NAME, ManifestPage, ManifestTranscript, read_manifest
from rag.transcripts.parser import ParsedPage, parse_page
from rag.transcripts.turns import assemble_turns
from rag.transcripts.unnamed import Note
from rag.types import Moment, Page, Transcript
from rag.workers import HERE, Workers


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not in the corpus, and a sentence that says why and what to do."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """All transcripts, by id; ``files`` gives the SHA-256 of each file that was read."""

    transcripts: tuple[Transcript, ...]
    files: Mapping[str, str]
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...]


class _Entry(NamedTuple):
    """What a manifest says about a file."""

    transcript: ManifestTranscript
    page: ManifestPage


@dataclass(frozen=True, slots=True)
class _Placed:
    """The name of a file, and where it belongs."""

    name: str
    transcript_id: str
    page: int
    entry: _Entry | None


@dataclass(frozen=True, slots=True)
class _Opened(_Placed):
    content: bytes


@dataclass(frozen=True, slots=True)
class _File(_Placed):
    sha256: str
    document: Document


@dataclass(frozen=True, slots=True)
class _Parsed:
    """What the files of one transcript came to; no transcript where nobody speaks in them."""

    transcript: Transcript | None
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...]


@dataclass(slots=True)
class _Reading:
    """What has been met so far."""

    files: list[_File] = field(default_factory=list)
    entries: dict[Path, _Entry] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read_corpus(
    paths: Sequence[Path], *, only: Container[str] | None = None, progress: bool = False,
    workers: Workers = HERE,
) -> Corpus:  # fmt: skip
    """Read transcripts from files and folders, with their subfolders.

    ``only`` are the names of files (as :class:`~rag.types.Page` has them) to read of all that is
    there. ``progress`` draws how far it is on standard error. ``workers`` make texts of the files'
    bytes, and transcripts of these. A file that cannot be used is skipped with a reason; nothing in
    a file can raise. Raises CorpusError for a path that does not exist and for a manifest that
    cannot be used.
    """
    require_paths(paths)
    with span("read") as step:
        corpus = _read(paths, only, progress, workers)
        step.note(
            files=len(corpus.files), transcripts=len(corpus.transcripts),
            skipped=len(corpus.skipped), notes=len(corpus.notes),
        )  # fmt: skip
    return corpus


def _read(
    paths: Sequence[Path], only: Container[str] | None, progress: bool, workers: Workers
) -> Corpus:
    reading = _Reading()
    found: dict[Path, Path] = {}  # by where a link leads: no file is read twice
    for path in paths:
        for place in _walk(path, reading):
            if only is None or _shown(place) in only:
                found.setdefault(_resolved(place), place)
    opened = (_open(place, reading.entries.get(key)) for key, place in found.items())
    with progress_bar(len(found), "Reading files", shown=progress) as bar:
        for read in workers.map(_read_opened, opened):
            _take(read, reading)
            bar.update()
    files = _without_duplicates(reading)
    grouped: dict[str, list[_File]] = {}
    for file in sorted(files, key=lambda file: (file.transcript_id, file.page)):
        grouped.setdefault(file.transcript_id, []).append(file)
    transcripts = []
    with progress_bar(len(files), "Finding who speaks", shown=progress) as bar:
        made = workers.map(_parse_transcript, grouped.values())
        for pages, parsed in zip(grouped.values(), made, strict=True):
            transcripts += [parsed.transcript] if parsed.transcript else []
            reading.skipped += parsed.skipped
            reading.notes += parsed.notes
            bar.update(len(pages))
    kept = {page.file for transcript in transcripts for page in transcript.pages}
    return Corpus(
        transcripts=tuple(transcripts),
        files={file.name: file.sha256 for file in files if file.name in kept},
        skipped=tuple(reading.skipped),
        notes=tuple(reading.notes),
    )


def require_paths(paths: Sequence[Path]) -> None:
    """Raise CorpusError for a file or folder that is not there."""
    for path in paths:
        if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises where it may not look
            raise CorpusError(
                f"There is no file or folder {path}. Name a folder of transcripts, or "
                "make this one and put them there."
            )


def _walk(path: Path, reading: _Reading) -> Iterator[Path]:
    """The files to read, sorted; manifests are read on the way."""
    if not path.is_dir():
        if (path.parent / MANIFEST_NAME).is_file():
            _take_manifest(path.parent, reading)
        yield path
        return

    def report(error: OSError) -> None:
        reason = f"The folder cannot be opened: {error.strerror}. Check its permissions."
        reading.skipped.append(Skipped(_shown(Path(error.filename)), reason))

    for folder, subfolders, names in os.walk(path, onerror=report):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        here = Path(folder)
        if MANIFEST_NAME in names:
            for named in _take_manifest(here, reading):
                if not named.is_file():
                    reason = f"{here / MANIFEST_NAME} names it, but there is no such file."
                    reading.skipped.append(Skipped(_shown(named), reason))
        for name in sorted(names):
            if not name.startswith((".", "README")) and name != MANIFEST_NAME:
                yield here / name


def _take_manifest(folder: Path, reading: _Reading) -> list[Path]:
    """The files that the folder's manifest names; what it says of them is kept."""
    named = []
    for transcript in read_manifest(folder / MANIFEST_NAME).transcripts:
        for page in transcript.pages:
            named.append(folder / page.file)
            reading.entries[_resolved(named[-1])] = _Entry(transcript, page)
    return named


def _open(path: Path, entry: _Entry | None) -> _Opened | Skipped:
    name = _shown(path)
    try:
        if path.suffix.lower() not in ENDINGS and entry is None:
            raise Unreadable(
                f"Its ending is none of a transcript's ({', '.join(ENDINGS)}). Save the transcript "
                "in one of these formats."
            )
        if not _is_text(name):
            raise Unreadable("Its name, or that of its folder, is not UTF-8 text. Rename it.")
        content = read_bytes(path)
    except Unreadable as reason:
        return Skipped(name, str(reason))
    place = (entry.transcript.id, entry.page.page) if entry else place_by_name(path.stem)
    return _Opened(name, *place, entry, content)


def _read_opened(file: _Opened | Skipped) -> _File | Skipped:
    from rag.transcripts.formats.read import read_document  # its libraries take a second to load

    if isinstance(file, Skipped):
        return file
    try:
        document = read_document(file.content)
    except Unreadable as reason:
        return Skipped(file.name, str(reason))
    digest = hashlib.sha256(file.content).hexdigest()
    return _File(file.name, file.transcript_id, file.page, file.entry, digest, document)


def _take(file: _File | Skipped, reading: _Reading) -> None:
    if isinstance(file, Skipped):
        reading.skipped.append(file)
        return
    if file.entry and file.entry.page.sha256 not in ("", file.sha256):
        told = (
            "The file has changed since the manifest was written. If that is meant, put its "
            f"new sha256 into the manifest: {file.sha256}"
        )
        reading.notes.append(Note(file.name, 1, told))
    if file.document.note:
        reading.notes.append(Note(file.name, 1, file.document.note))
    reading.files.append(file)


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))  # Path.resolve raises at a link that leads to itself


def _is_text(name: str) -> bool:
    """Whether a name can be stored: bytes that are no UTF-8 come as lone surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _shown(path: Path) -> str:
    """The name of a file: from the working directory where it lies below, else in full."""
    full = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    try:
        return full.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return full.as_posix()


def _without_duplicates(reading: _Reading) -> list[_File]:
    by_place: dict[tuple[str, int], str] = {}
    by_content: dict[str, str] = {}
    kept = []
    for file in reading.files:
        place = (file.transcript_id, file.page)
        if twin := by_content.get(file.sha256):
            reason = f"It is the same, byte for byte, as {twin}, which was read."
        elif twin := by_place.get(place):
            reason = (
                f"It is page {file.page} of {file.transcript_id!r}, which was read from {twin}. "
                "Rename one of them, or give it another page in the manifest."
            )
        else:
            by_place[place] = by_content[file.sha256] = file.name
            kept.append(file)
            continue
        reading.skipped.append(Skipped(file.name, reason))
    return kept


def _parse_transcript(pages: Sequence[_File]) -> _Parsed:
    parsed, skipped = [], []
    for file, page in _parse_pages(pages):
        if any(speech.blocks for speech in page.speeches):
            parsed.append((file, page))
        else:
            reason = "No words of a speaker were found in it, only a header or page furniture."
            skipped.append(Skipped(file.name, reason))
    transcript, notes = _build_transcript(parsed) if parsed else (None, ())
    return _Parsed(transcript, tuple(skipped), tuple(notes))


def _parse_pages(files: Sequence[_File]) -> list[tuple[_File, ParsedPage]]:
    """Each page parsed with the speakers of all the pages known, and what the manifest says."""
    entry = _entry_of(files)
    named = (frozenset(map(name_key, file.document.speakers)) for file in files)
    speakers = entry.speakers if entry else ()
    people = frozenset().union(*(each.keys for each in speakers), *named)
    others = frozenset(map(name_key, entry.not_speakers if entry else ()))
    parse = partial(parse_page, people=people, no_speakers=others)
    first = [parse(file.document.text) for file in files]
    known = frozenset().union(*(page.speakers for page in first))
    return [
        (file, page if known <= page.speakers else parse(file.document.text, known=known))
        for file, page in zip(files, first, strict=True)
    ]


def _entry_of(files: Sequence[_File]) -> ManifestTranscript | None:
    return next((file.entry.transcript for file in files if file.entry), None)


def _build_transcript(
    parsed: Sequence[tuple[_File, ParsedPage]],
) -> tuple[Transcript, Iterable[Note]]:
    transcript_id = parsed[0][0].transcript_id
    pages, start = [], 0
    times: list[Moment] = []
    for file, page in parsed:
        url = (file.entry.page.url if file.entry else "") or file.document.url
        pages.append(Page(file.page, file.name, url, start, start + len(page.text)))
        times += (Moment(start + each.start, each.seconds) for each in file.document.times)
        start += len(page.text) + 1
    text = "\n".join(page.text for _, page in parsed)
    entry = _entry_of([file for file, _ in parsed])
    placed = list(zip(pages, (page for _, page in parsed), strict=True))
    turns, notes = assemble_turns(text, placed, entry.speakers if entry else ())
    # What stands at the head of the page comes before what the file says of itself.
    headers = [page for _, page in parsed] + [file.document for file, _ in parsed]
    title = (entry.title if entry else "") or next((h.title for h in headers if h.title), "")
    stamped = next((h.date for h in headers if h.date), None)
    day = (entry.date if entry else None) or next((p.held for _, p in parsed if p.held), stamped)
    published = (entry.published if entry else None) or (stamped if stamped != day else None)
    publisher = next((h.publisher for h in headers if h.publisher), "")
    missing = [
        Note(
            pages[0].file, 1,
            f"No {what} was found at the head of the page; {MANIFEST_NAME} can give it.",
        )
        for what, found in (("title", title), ("date", day))
        if not found
    ]  # fmt: skip
    transcript = Transcript(
        id=transcript_id,
        title=title or transcript_id,
        date=day,
        published=published,
        publisher=(entry.publisher if entry else "") or publisher,
        url=entry.url if entry else "",
        text=text,
        pages=tuple(pages),
        turns=turns,
        questions=tuple(dict.fromkeys(entry.questions)) if entry else (),
        times=tuple(times),
        event=entry.event if entry else "",
    )
    return transcript, [*missing, *notes]
