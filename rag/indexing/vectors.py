"""The vector store: Chroma, embedded in a folder or behind a server's address.

A collection holds each passage's vector with its words and what it is about, so that whatever
reads Chroma reads it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import chromadb
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError, NotFoundError
from httpx import HTTPError

from rag.embedding.embedder import Vector
from rag.errors import IndexMismatch, SettingsError, StorageError
from rag.indexing.metadata import Metadata

# The default search breadth (100) missed neighbours in collections of some thousand vectors. Of a
# million's ten nearest 400 found .93, 1,200 .97, 1,600 .99, in 2.9, 3.5 and 3.5 ms (p50, n 60).
_CONFIGURATION: Any = {"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 1600}}


class VectorStore:
    """The vectors of one generation of the index, a collection of its own.

    It carries the generation's fingerprint, which must equal the header's.
    """

    def __init__(self, client: Any, generation: str, place: _Place) -> None:
        # Typed Any: the declared ClientAPI lacks the close() that both clients have.
        self._client = client
        self._name = _collection_name(generation)
        self._place = place
        self._opened: Any = None

    @classmethod
    def connect(cls, folder: Path, generation: str, chroma_url: str = "") -> VectorStore:
        """The store in ``folder`` or, where an address is given, on that Chroma server.

        Raises SettingsError for an address that is none, StorageError when nothing answers
        or the folder cannot be opened.
        """
        place = _Server(chroma_url) if chroma_url else _Folder(folder)
        with _store_errors(place):
            try:
                return cls(place.open(), generation, place)
            except ValueError as error:
                # What Chroma says of a server that cannot be reached, and of a damaged folder.
                raise StorageError(place.failed(error)) from error

    @property
    def whereabouts(self) -> str:
        """Where another program finds the collection, in words."""
        return f"{self._place.named}, collection {self._name}"

    def create(self, fingerprint: str, embedder: str = "", owner: str = "") -> None:
        """Make the empty collection. Raises StorageError when that is refused.

        Args:
            fingerprint: that of the index.
            embedder: the model's id, without which nobody else can search the collection.
            owner: whose it is, where a server has collections of several; see :meth:`generations`.
        """
        with _store_errors(self._place):
            self._opened = self._client.create_collection(
                self._name,
                configuration=_CONFIGURATION,
                metadata={"fingerprint": fingerprint, "embedder": embedder, "owner": owner},
                embedding_function=None,
            )

    def add(
        self,
        ids: Sequence[str],
        vectors: Vector,
        texts: Sequence[str],
        metadatas: Sequence[Metadata] | None = None,
    ) -> None:
        """Add vectors of shape (len(ids), dimension), each with its text, in batches.

        Raises StorageError when the store refuses, as on a full disk.
        """
        collection = self._collection()
        size = self._client.get_max_batch_size()
        for first in range(0, len(ids), size):
            part = slice(first, first + size)
            with _store_errors(self._place):
                collection.add(
                    ids=list(ids[part]),
                    embeddings=vectors[part],
                    documents=list(texts[part]),
                    metadatas=list(metadatas[part]) if metadatas else None,
                )

    def check(self, fingerprint: str, count: int) -> None:
        """Raises IndexMismatch unless the collection is that of the header's index."""
        collection = self._collection()
        found = (collection.metadata or {}).get("fingerprint")
        with _store_errors(self._place):
            stored = collection.count()
        if found != fingerprint or stored != count:
            raise IndexMismatch(
                "The vectors do not belong to this index: run `hetao ingest` to build it anew "
                "from the corpus."
            )

    def nearest(
        self, vector: Vector, count: int, where: Mapping[str, Any] | None = None
    ) -> dict[str, float]:
        """Ids of the nearest vectors, best first, with their cosines (-1 to 1).

        ``where`` is a filter on the metadata, in Chroma's terms.
        Raises StorageError when the store does not answer.
        """
        collection = self._collection()
        with _store_errors(self._place):
            found = collection.query(
                query_embeddings=[vector],
                n_results=count,
                where=where or None,
                include=["distances"],
            )
        return {
            id_: 1.0 - float(distance)
            for id_, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        }

    def generations(self, owner: str) -> set[str]:
        """The generations of an owner that have a collection here.

        Raises StorageError when the store does not answer.
        """
        with _store_errors(self._place):
            return {
                collection.name.removeprefix(_collection_name(""))
                for collection in self._client.list_collections()
                if (collection.metadata or {}).get("owner") == owner
            }

    def drop(self, generations: Set[str]) -> None:
        """Delete the collections of generations that nobody can have open.

        Raises StorageError when the store does not answer.
        """
        for generation in generations:
            # One that never was, or is gone meanwhile, is none the worse.
            with _store_errors(self._place), contextlib.suppress(NotFoundError, ValueError):
                self._client.delete_collection(_collection_name(generation))

    def close(self) -> None:
        """Let go of the files or the connection."""
        self._client.close()

    def _collection(self) -> Any:
        if self._opened is None:
            try:
                with _store_errors(self._place):
                    self._opened = self._client.get_collection(self._name, embedding_function=None)
            except (NotFoundError, ValueError) as error:
                raise IndexMismatch(
                    "The vectors of this index are missing from the vector store: run `hetao "
                    "ingest` to build it anew from the corpus."
                ) from error
        return self._opened


class _Folder:
    """The embedded store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.named = f"Chroma folder {folder}"

    def open(self) -> Any:
        """The client of the folder."""
        try:
            return chromadb.PersistentClient(str(self._folder), settings=_quiet())
        except AttributeError:
            # Chroma keeps what an opening that failed left half made, and lets go of it so.
            return chromadb.PersistentClient(str(self._folder), settings=_quiet())

    def failed(self, error: Exception) -> str:
        """What happened, and what to do."""
        return (
            f"The vector store in {self._folder} cannot be read or written ({error}). Make room on "
            "the disk, or see that the folder is there and may be written to; `hetao doctor` "
            "tests it."
        )


class _Server:
    """A Chroma server. Raises SettingsError for an address that is none."""

    def __init__(self, chroma_url: str) -> None:
        try:
            address = urlsplit(chroma_url)
            self._secure = address.scheme == "https"
            self._port = address.port or (443 if self._secure else 8000)
        except ValueError:
            address = urlsplit("")
        if address.scheme not in ("http", "https") or not address.hostname:
            raise SettingsError(
                f"HETAO_CHROMA_URL is {chroma_url!r}; it takes an address such as "
                "http://localhost:8000, or nothing for the embedded store."
            )
        self._host = address.hostname
        self.named = f"Chroma server at {self._host}:{self._port}"

    def open(self) -> Any:
        """A client of the server."""
        return chromadb.HttpClient(self._host, self._port, ssl=self._secure, settings=_quiet())

    def failed(self, error: Exception) -> str:
        """What happened, and what to do."""
        return (
            f"The {self.named}, which HETAO_CHROMA_URL names, does not answer as it should "
            f"({error}). Start it, or set the address right, and try again; `hetao doctor` tests "
            "it."
        )


_Place = _Folder | _Server


def _quiet() -> ChromaSettings:
    return ChromaSettings(anonymized_telemetry=False)


@contextlib.contextmanager
def _store_errors(place: _Place) -> Iterator[None]:
    """What the store refuses, as a sentence; that something is not there passes through."""
    try:
        yield
    except NotFoundError:
        raise
    except (ChromaError, HTTPError, OSError) as error:
        raise StorageError(place.failed(error)) from error


def _collection_name(generation: str) -> str:
    return f"hetao-{generation}"
