"""The passages of an index as columns: each is made as it was cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.indexing.passages import cut_passages
from rag.indexing.table import Passages, save_passages
from rag.transcripts.corpus import read_corpus
from rag.types import Passage, Transcript

PRACTICE = Path(__file__).parents[3] / "eval" / "sets" / "practice"


@pytest.fixture(scope="module")
def held() -> tuple[Transcript, ...]:
    return read_corpus([PRACTICE]).transcripts


def cut(held: tuple[Transcript, ...], *, question_context: bool) -> tuple[Passage, ...]:
    return tuple(
        passage
        for transcript in held
        for passage in cut_passages(
            transcript, max_tokens=60, count_tokens=len, question_context=question_context
        )
    )


@pytest.mark.parametrize("question_context", [True, False])
def test_each_passage_is_as_it_was_cut(
    held: tuple[Transcript, ...], tmp_path: Path, question_context: bool
) -> None:
    passages = cut(held, question_context=question_context)
    save_passages(tmp_path, passages, held)
    table = Passages.open(tmp_path, held, question_context=question_context)
    assert tuple(table) == passages
    assert [table[row] for row in range(len(table))] == list(passages)
    assert [table.row(passage.id) for passage in passages] == list(range(len(passages)))
    for unknown in ("", "none", passages[0].id[:-1], passages[0].id + "0", "港"):
        with pytest.raises(KeyError):
            table.row(unknown)
    for row in (-1, len(table)):
        with pytest.raises(IndexError):
            table[row]


def test_the_columns_tell_what_the_passages_say(held: tuple[Transcript, ...]) -> None:
    passages = cut(held, question_context=True)
    table = Passages.of(passages, held)
    for column, values in (
        (table.speakers, [passage.speaker for passage in passages]),
        (table.roles, [passage.role for passage in passages]),
        (table.transcripts, [passage.transcript_id for passage in passages]),
    ):
        assert [column.values[code] for code in column.codes] == values
        wanted = {values[0], values[-1], "nobody"}
        assert column.among(wanted).tolist() == [value in wanted for value in values]
    days = [passage.date.toordinal() if passage.date else 0 for passage in passages]
    assert table.days.tolist() == days
    officials = {passage.speaker for passage in passages if passage.role == "official"}
    assert table.speakers_as(["official"]) == officials
    rows = [n for n, passage in enumerate(passages) if passage.transcript_id == held[1].id]
    assert table.rows_of(held[1].id).tolist() == rows


def test_columns_of_other_lengths_are_refused(held: tuple[Transcript, ...], tmp_path: Path) -> None:
    save_passages(tmp_path, cut(held, question_context=True), held)
    file = tmp_path / "passages.npz"
    with np.load(file) as columns:
        other = dict(columns)
    for name in ("turns", "counts", "sentences"):
        np.savez(file, allow_pickle=False, **{**other, name: other[name][:-1]})
        with pytest.raises(ValueError, match="another's"):
            Passages.open(tmp_path, held, question_context=True)
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(ValueError, match="damaged"):
        Passages.open(tmp_path, held, question_context=True)
