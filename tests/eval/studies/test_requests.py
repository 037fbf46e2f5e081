from __future__ import annotations

from pathlib import Path

import pytest

from eval.studies.requests import HELD_OUT, SETS, held_out, ordinary, tell
from rag.embedding.embedder import Embedder
from rag.embedding.kept import kept_vectors
from rag.questions.requests import KINDS, Requests, prototype_texts, prototypes


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def test_no_held_out_utterance_is_a_prototype() -> None:
    known = {letters(prototype.text) for prototype in prototypes()}
    assert [one.text for one in held_out() if letters(one.text) in known] == []


def test_both_halves_have_each_kind() -> None:
    found = {(one.split, one.kind) for one in held_out()}
    assert found == {(split, kind) for split in ("dev", "test") for kind in KINDS}
    assert HELD_OUT.parent != SETS  # there a record is a question with its evidence


def test_a_set_is_read_with_its_speakers_replaced() -> None:
    asked = ordinary(SETS / "hetao-page10.jsonl")
    named = [one for one in asked if one.names_speaker]
    assert named
    assert not any("Kwok-ki" in one.text for one in named)


@pytest.mark.slow
@pytest.mark.model
def test_requests_are_told_and_questions_left_alone(
    real_embedder: Embedder, tmp_path: Path
) -> None:
    embed = real_embedder.embed_question
    requests = Requests(kept_vectors(tmp_path, real_embedder, prototype_texts()))
    utterances = [one for one in held_out() if one.split == "test"]
    told = tell(utterances, requests, embed)
    right = sum(kind == one.kind for kind, one in zip(told, utterances, strict=True))
    assert right >= 0.85 * len(utterances)
    taken = tell(ordinary(SETS / "hetao-page10.jsonl"), requests, embed)
    assert sum(kind != "question" for kind in taken) <= 1
