"""What Chroma holds, read as another program reads it: by its own client, with nothing of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import chromadb
import pytest
from chromadb.config import Settings as ChromaSettings

from rag.indexing.index import Index, open_index
from rag.indexing.ingest import ingest
from rag.indexing.metadata import passage_metadata
from rag.settings import Settings
from rag.transcripts.corpus import Corpus
from rag.types import Transcript


@pytest.fixture
def index(briefing: Transcript, settings: Settings, word_embedder: Any) -> Iterator[Index]:
    ingest(Corpus((briefing,), {"event.txt": "1"}, (), ()), settings, word_embedder)
    index = open_index(settings, word_embedder.id)
    yield index
    index.close()


@pytest.fixture
def collection(index: Index) -> Any:
    """The collection as the integration of LangChain opens it: by name, without an embedder."""
    client = chromadb.PersistentClient(
        str(index.folder / "chroma"), settings=ChromaSettings(anonymized_telemetry=False)
    )
    (name,) = [collection.name for collection in client.list_collections()]
    assert name == f"hetao-{index.generation}"
    return client.get_or_create_collection(name, embedding_function=None)


def test_every_passage_stands_there_with_its_words_and_what_it_is_about(
    collection: Any, index: Index
) -> None:
    found = collection.get(include=["documents", "metadatas"])
    assert len(found["ids"]) == len(index.passages) > 4
    for id_, text, about in zip(found["ids"], found["documents"], found["metadatas"], strict=True):
        passage = index.passages[index.passages.row(id_)]
        transcript = index.transcripts[passage.transcript_id]
        assert text == passage.text == transcript.text[about["start"] : about["end"]]
        assert about == passage_metadata(passage, transcript)


def test_the_nearest_are_found_with_a_filter_on_who_speaks_when(
    collection: Any, word_embedder: Any
) -> None:
    found = collection.query(
        query_embeddings=[word_embedder.embed_question("When is the harbour opening?").tolist()],
        where={"$and": [{"role": "official"}, {"day": {"$gte": 20240101}}]},
        n_results=1,
    )
    assert found["documents"][0][0].startswith("The harbour opening is in May.")
    assert found["metadatas"][0][0] == {
        "transcript_id": "event",
        "title": "Briefing on the harbour",
        "publisher": "Example Press",
        "url": "https://example.org/briefing/1",
        "date": "2024-03-01",
        "day": 20240301,
        "page": 1,
        "turn": 3,
        "exchange": 2,
        "speaker": "Chen Tao",
        "role": "official",
        "start": found["metadatas"][0][0]["start"],
        "end": found["metadatas"][0][0]["end"],
    }


def test_a_collection_names_the_model_by_which_it_can_be_searched(
    collection: Any, index: Index, word_embedder: Any
) -> None:
    assert collection.metadata == {
        "fingerprint": index.header.fingerprint,
        "embedder": word_embedder.id,
        "owner": "",
    }


def test_what_there_is_none_of_is_an_empty_text_or_left_out(index: Index) -> None:
    passage = replace(index.passages[0], date=None, exchange=None, speaker="")
    transcript = replace(index.transcripts["event"], url="", publisher="", pages=())
    about = passage_metadata(passage, transcript)
    assert {about[name] for name in ("date", "speaker", "url", "publisher")} == {""}
    assert not {"day", "exchange"} & about.keys()
