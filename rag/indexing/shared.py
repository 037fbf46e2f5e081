"""The index that machines share: generations in a folder or an object store, and who follows them.

::

    <url>/CURRENT               which generation is in force, its SHA-256 and its recipe
    <url>/<generation>.zip      what lies in its folder
    <url>/<generation>.<since>  until it is in force: when it was begun (seconds of the epoch)

Every machine copies the generation in force into its own data folder and answers with that. None
is ever changed and each has a name of its own, so two ingests at once on two machines mix nothing:
both lie here whole, and the CURRENT that is written later is in force. What only the other had
read comes back when its machine ingests again.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
import shutil
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Set
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Annotated, Any
from zipfile import ZipFile

from pydantic import Field, TypeAdapter

from rag.errors import HetaoError, IndexMismatch, SettingsError, StorageError
from rag.hosts import place_of
from rag.indexing.current import current_generation, index_folder, locked, publish, remove_folders
from rag.indexing.header import Recipe
from rag.settings import Settings

_log = logging.getLogger(__name__)
_LOOK_SECONDS, _LOOK_AFTER_FAILURE_SECONDS = 5.0, 20.0
# The first opening on a machine waits so long for another process that fetches the same.
_WAIT_SECONDS = 600.0
# What was begun so long ago and never came into force was given up.
_GIVEN_UP_SECONDS = 86_400.0
_BLOCK_BYTES = 1 << 24
_NAME = "[0-9a-f]{12}-[0-9a-f]{6}"
_FILE = re.compile(rf"({_NAME})\.(?:zip|new|(\d+))")
# obstore serves them all, and what it writes is there at once and whole.
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "azure", "adl"}


@dataclass(frozen=True, slots=True)
class InForce:
    """What CURRENT says: a generation, the hash of its file, what it was made by."""

    generation: Annotated[str, Field(pattern=f"^{_NAME}$")]
    sha256: str
    recipe: Mapping[str, Any]


_IN_FORCE = TypeAdapter(InForce)


class SharedIndex:
    """The generations at an address; all methods raise StorageError when it fails.

    Raises SettingsError for an address that is none, or whose package is not installed.
    """

    def __init__(self, url: str) -> None:
        self.shown = place_of(url)
        scheme, _, there = url.partition("://")
        self._object_store = scheme in _OBJECT_STORES
        options: dict[str, Any] = {}
        try:
            # Of others that fsspec knows some cannot be written, or belong to this process alone.
            if not there or not (self._object_store or scheme == "file"):
                raise ValueError
            import fsspec

            if self._object_store:
                from obstore.fsspec import register

                register(scheme)
                # Its own patience, three minutes, is longer than whoever asks a question has.
                patience = {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}
                options["retry_config"] = patience
            # Credentials are the environment's, as each store reads them.
            self._files, root = fsspec.url_to_fs(url, **options)
            self._root = root.rstrip("/")
            if not self._root:
                raise ValueError
        except (ImportError, ValueError) as error:
            raise SettingsError(
                "What HETAO_INDEX_URL says cannot be opened. It takes an address such as "
                "file:///mnt/hetao, or s3://bucket/hetao after pip install 'hetao-rag[s3]', or "
                "nothing for an index of this machine alone."
            ) from error

    def current(self) -> InForce | None:
        """The generation in force; None before the first. Raises IndexMismatch if damaged."""
        with self._errors():
            try:
                said = self._files.cat_file(f"{self._root}/CURRENT")
            except FileNotFoundError:
                return None
        try:
            return _IN_FORCE.validate_json(said)
        except ValueError as error:
            raise self._damaged("CURRENT") from error

    def begin(self, generation: str) -> None:
        """Announce a generation: nobody removes what is made of it from now on."""
        with self._errors():
            self._files.makedirs(self._root, exist_ok=True)
            self._files.pipe_file(f"{self._root}/{generation}.{int(time.time())}", b"0")

    def share(self, folder: Path, recipe: Recipe) -> str | None:
        """Put a complete generation there and in force; returns the one that was before."""
        generation, before = folder.name, None
        archive = folder.with_suffix(".zip")
        try:
            # Uncompressed: vectors hardly become smaller.
            with ZipFile(archive, "w") as files:
                for part in sorted(folder.rglob("*")):
                    files.write(part, part.relative_to(folder))
            with archive.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            with self._errors():
                self._files.put_file(str(archive), f"{self._root}/{archive.name}")
        finally:
            archive.unlink(missing_ok=True)
        with contextlib.suppress(IndexMismatch):
            before = self.current()
        said = _IN_FORCE.dump_json(InForce(generation, sha256, asdict(recipe)))
        with self._errors():
            # One request replaces an object, one renaming a file.
            if self._object_store:
                self._files.pipe_file(f"{self._root}/CURRENT", said)
            else:
                self._files.pipe_file(f"{self._root}/{generation}.new", said)
                self._files.mv(f"{self._root}/{generation}.new", f"{self._root}/CURRENT")
            for path, named, begun in self._found():
                if begun and named == generation:
                    self._files.rm_file(path)
        return before.generation if before else None

    def fetch(self, wanted: InForce, folder: Path) -> None:
        """Write a generation into a new folder. Raises IndexMismatch for a damaged one."""
        archive, found = folder.with_suffix(".zip"), hashlib.sha256()
        try:
            with archive.open("wb") as file:
                for block in self._blocks(f"{self._root}/{wanted.generation}.zip"):
                    found.update(block)
                    file.write(block)
            if found.hexdigest() != wanted.sha256:
                raise self._damaged(f"{wanted.generation}.zip")
            with ZipFile(archive) as files:
                files.extractall(folder)
        finally:
            archive.unlink(missing_ok=True)

    def dead(self, keep: Set[str], made: Set[str]) -> set[str]:
        """The generations that nobody can want any more.

        Args:
            keep: some that are wanted; the one in force always is.
            made: some that are known of otherwise, looked up before this is called.
        """
        found = list(self._found())
        since = time.time() - _GIVEN_UP_SECONDS
        building = {generation for _, generation, begun in found if begun > since}
        # Asked last: what is no longer being built is or was in force by now.
        current = self.current()
        wanted = keep | building | {current.generation if current else ""}
        return ({generation for _, generation, _ in found} | made) - wanted

    def remove(self, generations: Set[str]) -> None:
        """Remove what lies here of generations."""
        for path, generation, _ in self._found():
            if generation in generations:
                with self._errors(), contextlib.suppress(FileNotFoundError):
                    self._files.rm_file(path)

    def _found(self) -> Iterator[tuple[str, str, int]]:
        """Every file of a generation, the generation, and when it was begun if it says that."""
        with self._errors():
            for path in self._files.find(self._root, maxdepth=1):
                if named := _FILE.fullmatch(PurePosixPath(path).name):
                    yield path, named[1], int(named[2] or 0)

    def _blocks(self, path: str) -> Iterator[bytes]:
        # Of an object store each block is a request: 100 MB took 14 s by 1 MB, and 3 s by 16.
        options = {"buffer_size": _BLOCK_BYTES} if self._object_store else {}
        with self._errors(), self._files.open(path, "rb", **options) as file:
            while block := file.read(_BLOCK_BYTES):
                yield block

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Whatever a store raises, each with errors of its own, as a sentence."""
        try:
            yield
        except Exception as error:
            # Its words are not shown: they may hold what signs a request.
            raise StorageError(
                f"The shared index at {self.shown}, which HETAO_INDEX_URL names, cannot be read or "
                f"written ({type(error).__name__}). See that the place is there and that its "
                "credentials stand in the environment, and try again; `hetao doctor` tests it."
            ) from error

    def _damaged(self, file: str) -> IndexMismatch:
        return IndexMismatch(
            f"The shared index at {self.shown} is damaged ({file} is not what was put there): it "
            "is fetched anew at the next look. Where that does not help, run `hetao ingest "
            "--rebuild`."
        )


def shared_index(settings: Settings) -> SharedIndex | None:
    """The index that the settings share with other machines, if any."""
    return SharedIndex(settings.index_url) if settings.index_url else None


def bring(settings: Settings, shared: SharedIndex) -> bool:
    """Put in force here what is in force there; False where nothing is. The caller holds the lock.

    Raises StorageError, IndexMismatch or OSError; what was in force here then still is.
    """
    wanted, before = shared.current(), current_generation(settings.data_dir)
    if wanted is None or wanted.generation == before:
        return wanted is not None
    if wanted.recipe != asdict(Recipe.of(settings, str(wanted.recipe.get("embedder")))):
        raise IndexMismatch(
            f"The shared index at {shared.shown} was built with other settings or by another "
            "version of Hetao: give all machines the same, and run `hetao ingest` on one of them."
        )
    folder = index_folder(settings.data_dir) / wanted.generation
    if not folder.exists():
        pending = folder.with_name("fetching")
        shutil.rmtree(pending, ignore_errors=True)
        shared.fetch(wanted, pending)
        pending.rename(folder)
    publish(settings.data_dir, wanted.generation)
    # A reader on this machine may still have the one before open.
    remove_folders(settings.data_dir, {wanted.generation, before or ""})
    return True


def look(settings: Settings, told: str = "") -> str:
    """Bring the shared index here, if there is one; "", or what went wrong.

    That is logged unless it was ``told`` before: there is an index here to go on with. Where there
    is none it is raised: StorageError, IndexMismatch or OSError.
    """
    here = current_generation(settings.data_dir)
    try:
        shared = shared_index(settings)
        wanted = shared.current() if shared else None
        if shared and wanted and wanted.generation != here:
            with locked(settings.data_dir, 0 if here else _WAIT_SECONDS):
                bring(settings, shared)
    except (StorageError, IndexMismatch, OSError) as error:
        if not here:
            raise
        if str(error) != told:
            _log.warning("%s Meanwhile questions are answered from the copy here.", error)
        return str(error)
    return ""


def follow(settings: Settings, reader: object) -> None:
    """Look every few seconds, in the background, for as long as a reader lives."""
    if settings.index_url:
        over = threading.Event()
        weakref.finalize(reader, over.set)
        threading.Thread(target=_follow, args=(settings, over), daemon=True).start()


def _follow(settings: Settings, over: threading.Event) -> None:
    told = ""
    while not over.wait(_LOOK_AFTER_FAILURE_SECONDS if told else _LOOK_SECONDS):
        try:
            told = look(settings, told)
        except (HetaoError, OSError) as error:
            told = str(error)  # nothing is here either, as while a disk is away: who asks is told
