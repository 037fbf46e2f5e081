"""Filters: whom and what they name, in the index's own spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from rag.errors import QuestionError
from rag.indexing.index import Index, open_index
from rag.indexing.ingest import ingest
from rag.search.filters import check_filters
from rag.settings import Settings
from rag.transcripts.corpus import Corpus
from rag.types import Filters, Transcript


@pytest.fixture
def index(briefing: Transcript, settings: Settings, word_embedder: Any) -> Iterator[Index]:
    ingest(Corpus((briefing,), {"a.txt": "1"}, (), ()), settings, word_embedder)
    index = open_index(settings, word_embedder.id)
    yield index
    index.close()


def test_a_speaker_is_found_by_any_part_of_the_name(index: Index) -> None:
    assert check_filters(index, Filters(speakers=("wu",))).speakers == ("Wu Lan",)
    assert check_filters(index, Filters(speakers=("chen tao", "CHEN"))).speakers == ("Chen Tao",)


def test_a_speaker_named_in_full_is_not_another_whose_name_begins_so(
    make: Any, settings: Settings, word_embedder: Any
) -> None:
    event = make(("Li Wei", "official", "The park."), ("Li Weiming", "official", "The harbour."))
    ingest(Corpus((event,), {"a.txt": "1"}, (), ()), settings, word_embedder)
    index = open_index(settings, word_embedder.id)
    assert check_filters(index, Filters(speakers=("li wei",))).speakers == ("Li Wei",)
    assert check_filters(index, Filters(speakers=("li",))).speakers == ("Li Wei", "Li Weiming")


@pytest.mark.parametrize("name", ["Nobody", "", "  ", "%", "\x00"])
def test_an_unknown_speaker_is_refused_with_those_there_are(index: Index, name: str) -> None:
    with pytest.raises(QuestionError, match=r"No speaker is called .*Wu Lan"):
        check_filters(index, Filters(speakers=(name,)))


def test_those_without_a_name_are_not_offered(
    make: Any, settings: Settings, word_embedder: Any
) -> None:
    event = make(("", "official", "The park."), ("Li Wei", "official", "The harbour."))
    ingest(Corpus((event,), {"a.txt": "1"}, (), ()), settings, word_embedder)
    with pytest.raises(QuestionError, match=r"There are: Li Wei\."):
        check_filters(open_index(settings, word_embedder.id), Filters(speakers=("Nobody",)))


def test_an_unknown_transcript_is_refused_with_the_command_that_lists_them(index: Index) -> None:
    expected = re.escape("'../event'; `hetao list` shows")
    with pytest.raises(QuestionError, match=expected):
        check_filters(index, Filters(transcripts=("../event",)))
