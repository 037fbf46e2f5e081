"""What a person does with the transcripts that are there: add, remove, give another title.

The files below the corpus folder and their manifests are the truth; the index follows them. What is
removed is moved to a folder of the data directory, from which it can be added again.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from rag.errors import CorpusError, StorageError, unknown_transcript
from rag.transcripts.corpus import read_corpus
from rag.transcripts.files import ENDINGS, place_by_name
from rag.transcripts.manifest import MANIFEST_NAME, check_entry, read_manifest
from rag.types import Transcript

_REMOVED = "removed"
_REMOVED_AT = "%Y%m%d-%H%M%S"  # behind the name of a folder that remove() made
_STAMP = len("-20240131-235959")


def add_paths(paths: Sequence[Path], corpus_dir: Path, *, renew: bool = False) -> tuple[Path, ...]:
    """Copy transcripts into the corpus: files, and folders with their manifests.

    With ``renew`` they take the place of others of the same names. What :func:`remove` took out is
    put back in its place.

    Returns the files as they stand there now. Nothing is copied unless all can be: raises
    CorpusError for what cannot be read as a transcript, lies there already, or would take the place
    of another file, and StorageError when the folder cannot be written.
    """
    kept = [path for path in paths if _was_removed(path)]
    copies = [pair for path in paths if path not in kept for pair in _copies(path, corpus_dir)]
    taken = {} if renew else _taken({target for _, target in copies})
    given: dict[Path, Path] = {}
    for source, target in copies:
        if given.setdefault(target, source).read_bytes() != source.read_bytes():
            raise CorpusError(f"Two of the files are called {target.name}. Rename one of them.")
        if other := taken.get((target.parent, *place_by_name(target.stem))):
            raise CorpusError(
                f"{source.name} would be the same transcript as {other}, by its name. Rename "
                "yours, or remove that one first."
            )
        if not renew and target.exists() and target.read_bytes() != source.read_bytes():
            raise CorpusError(
                f"There is another file {target}. Rename yours, or add it with --replace in the "
                "place of that one."
            )
    try:
        for source, target in copies:
            target.parent.mkdir(parents=True, exist_ok=True)
            _replace(target, source.read_bytes())
    except OSError as error:
        raise _refused(corpus_dir, error) from error
    restored = [file for folder in kept for file in restore(folder, corpus_dir)]
    return (*(target for _, target in copies if target.name != MANIFEST_NAME), *restored)


def remove(transcript_id: str, corpus_dir: Path, data_dir: Path) -> Path:
    """Take a transcript out of the corpus: its files and what the manifests say of them.

    Returns the folder that they are in now; :func:`restore` brings it back. Raises CorpusError
    for an id that is not there or the only one, StorageError when the files cannot be moved.
    """
    transcript, others = _find(transcript_id, corpus_dir)
    if not others:
        raise CorpusError(f"{transcript_id} is the only transcript. Add another one first.")
    name = re.sub(r"[^\w.-]+", "-", transcript_id)[:80].strip(".-") or "transcript"
    folder = data_dir / _REMOVED / f"{name}-{time.strftime(_REMOVED_AT)}"
    try:
        for page in transcript.pages:
            target = folder / _below(Path(page.file), corpus_dir)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(page.file, target)
        for manifest, entry in _entries(transcript_id, corpus_dir):
            kept = folder / _below(manifest, corpus_dir)
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_manifest(kept, [entry])
            write_manifest(manifest, _others(manifest, {transcript_id}))
    except OSError as error:
        raise _refused(corpus_dir, error) from error
    return folder


def rename(transcript_id: str, title: str, corpus_dir: Path) -> Path:
    """Give a transcript another title, in its manifest; the id, by which it is cited, stays.

    Returns the manifest. Raises CorpusError for an id that is not there or an empty title,
    StorageError when the manifest cannot be written.
    """
    title = " ".join(title.split())
    if not title:
        raise CorpusError("A title must have a word in it.")
    transcript, _ = _find(transcript_id, corpus_dir)
    return describe(transcript, {"title": title}, corpus_dir)


def describe(transcript: Transcript, changes: Mapping[str, Any], corpus_dir: Path) -> Path:
    """Change what the manifest says of a transcript, or write one where it says nothing yet.

    Args:
        transcript: one of the corpus, as it was read.
        changes: fields of :class:`~rag.transcripts.manifest.ManifestTranscript` with their values,
            as JSON has them; one that is empty is taken out.
        corpus_dir: where the manifests are.

    Returns the manifest. Raises CorpusError for a value that it may not have, and StorageError when
    it cannot be written.
    """
    found = next(_entries(transcript.id, corpus_dir), None)
    manifest, entry = found or (corpus_dir / MANIFEST_NAME, {"id": transcript.id})
    others = _others(manifest, {transcript.id})
    if not found:
        entry["pages"] = [
            {"file": _below(Path(page.file), corpus_dir).as_posix(), "page": page.number}
            for page in transcript.pages
        ]
    entry = {name: value for name, value in {**entry, **changes}.items() if value}
    check_entry(entry)
    try:
        write_manifest(manifest, [*others, entry])
    except OSError as error:
        raise _refused(corpus_dir, error) from error
    return manifest


def restore(folder: Path, corpus_dir: Path) -> tuple[Path, ...]:
    """Put what :func:`remove` took out back in its place; returns the files.

    Raises CorpusError for a folder that it did not make and where another file is in that place,
    StorageError when the files cannot be moved.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if not _was_removed(folder) or not files:
        raise CorpusError(f"{folder} holds no transcript that was removed.")
    places = {file: corpus_dir / file.relative_to(folder) for file in files}
    for file, place in places.items():
        if file.name != MANIFEST_NAME and place.exists():
            raise CorpusError(f"There is another file {place}. Remove that one first.")
    try:
        for file, place in places.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            if file.name == MANIFEST_NAME:
                own = read_entries(file)
                others = _others(place, {each["id"] for each in own})
                write_manifest(place, [*others, *own])
            else:
                shutil.move(file, place)
        shutil.rmtree(folder)
    except OSError as error:
        raise _refused(corpus_dir, error) from error
    return tuple(place for place in places.values() if place.name != MANIFEST_NAME)


def _was_removed(folder: Path) -> bool:
    """Whether :func:`remove` made a folder; anybody may have one called ``removed``."""
    try:
        time.strptime(folder.name[-_STAMP:], f"-{_REMOVED_AT}")
    except ValueError:
        return False
    return folder.parent.name == _REMOVED and folder.is_dir()


def read_entry(transcript_id: str, corpus_dir: Path) -> dict[str, Any]:
    """What a manifest says of a transcript, as it is written there; empty where none does."""
    return next((entry for _, entry in _entries(transcript_id, corpus_dir)), {})


def notes_on(transcript: Transcript, corpus_dir: Path) -> tuple[str, ...]:
    """What a reader of a transcript should know, as an ingest tells it; with what mends it."""
    files = {page.file for page in transcript.pages}
    return tuple(note.text for note in read_corpus([corpus_dir], only=files).notes)


def _copies(path: Path, corpus_dir: Path) -> Iterator[tuple[Path, Path]]:
    """Each file of a path with the place that it is to have."""
    if path.resolve().is_relative_to(corpus_dir.resolve()):
        raise CorpusError(f"{path} is in the corpus already: run `hetao ingest`.")
    corpus = read_corpus([path])
    if not corpus.transcripts:
        reasons = " ".join(skip.reason for skip in corpus.skipped[:3])
        raise CorpusError(f"{path} was not added. {reasons or 'There is no file in it.'}")
    files = [Path(name) for name in corpus.files]
    if not path.is_dir():
        if path.name.startswith((".", "README")):
            raise CorpusError(
                f"{path} was not added: a file of such a name is passed over. Rename it."
            )
        yield files[0], corpus_dir / path.name
        return
    manifests = [file for file in path.rglob(MANIFEST_NAME) if file.is_file()]
    for file in [*files, *manifests]:
        yield file, corpus_dir / path.resolve().name / _below(file, path)


def _taken(added: Set[Path]) -> dict[tuple[Path, str, int], Path]:
    """The files beside those that are ``added``, by folder and the page of a transcript that each
    is by its name."""
    beside = (file for folder in {file.parent for file in added} for file in folder.glob("*"))
    return {
        (file.parent, *place_by_name(file.stem)): file
        for file in sorted(beside, reverse=True)
        if file.suffix.lower() in ENDINGS and file.name != MANIFEST_NAME and file not in added
    }


def _find(transcript_id: str, corpus_dir: Path) -> tuple[Transcript, int]:
    """A transcript of the corpus, and how many others there are."""
    transcripts = {each.id: each for each in read_corpus([corpus_dir]).transcripts}
    if transcript_id not in transcripts:
        raise unknown_transcript(transcript_id)
    return transcripts[transcript_id], len(transcripts) - 1


def _entries(transcript_id: str, corpus_dir: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The manifests that tell of a transcript, each with what it says, as it is written there."""
    for manifest in sorted(corpus_dir.rglob(MANIFEST_NAME)):
        for entry in read_entries(manifest):
            if entry["id"] == transcript_id:
                yield manifest, entry


def _others(manifest: Path, ids: Set[str]) -> list[dict[str, Any]]:
    """What a manifest says of all transcripts but these."""
    return [each for each in read_entries(manifest) if each["id"] not in ids]


def read_entries(manifest: Path) -> list[dict[str, Any]]:
    """What a manifest says of each transcript, as it is written there; nothing where there is none.

    Raises CorpusError for one that cannot be used, so that nothing unsound is written anew.
    """
    if not manifest.exists():
        return []
    read_manifest(manifest)
    return list(json.loads(manifest.read_text(encoding="utf-8-sig"))["transcripts"])


def write_manifest(manifest: Path, entries: Sequence[dict[str, Any]]) -> None:
    """Write a manifest of these transcripts; none is left where there are none."""
    if not entries:
        manifest.unlink(missing_ok=True)
        return
    text = json.dumps({"transcripts": list(entries)}, ensure_ascii=False, indent=2)
    _replace(manifest, f"{text}\n".encode())


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    pending = path.with_name(f".{path.name}.new")
    pending.write_bytes(content)
    pending.replace(path)


def _below(file: Path, folder: Path) -> Path:
    return file.resolve().relative_to(folder.resolve())


def _refused(corpus_dir: Path, error: OSError) -> StorageError:
    return StorageError(
        f"The corpus folder {corpus_dir} cannot be written: {error.strerror or error}. See that it "
        "may be written to and that there is room, and try again."
    )
