"""The matrices: cosines of passages known by their numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.indexing.matrix import Matrices, Packed, save_matrix

COUNTS = [2, 1, 3]
SEEDED = np.random.default_rng(0)


def unit(rows: int) -> np.ndarray:
    vectors = SEEDED.standard_normal((rows, 8)).astype(np.float32)
    # As they are kept, so that what is computed of both is the same.
    return Packed.of(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))[:]


PASSAGES, SENTENCES = unit(3), unit(6)
QUESTION = unit(1)[0]


@pytest.fixture
def matrices(tmp_path: Path) -> Matrices:
    save_matrix(tmp_path, "passages", PASSAGES)
    save_matrix(tmp_path, "sentences", SENTENCES)
    return Matrices.open(tmp_path, COUNTS)


@pytest.mark.parametrize("rows", [[0], [2, 0], [0, 1, 2], []])
def test_cosines_are_those_of_the_rows_asked_for_in_their_order(
    matrices: Matrices, rows: list[int]
) -> None:
    found = matrices.cosines(np.array(rows, dtype=np.intp), QUESTION)
    np.testing.assert_allclose(found, [PASSAGES[row] @ QUESTION for row in rows], atol=1e-6)


def test_vectors_are_kept_closely_and_packed_again_to_the_same() -> None:
    vectors = SEEDED.standard_normal((200, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    packed = Packed.of(vectors)
    assert packed.rows.nbytes < vectors.nbytes / 3.9
    np.testing.assert_allclose(packed.dot(vectors[0]), vectors @ vectors[0], atol=0.002)
    np.testing.assert_allclose(np.linalg.norm(packed[:], axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(Packed.of(packed[:]).rows, packed.rows)


def test_a_vector_of_zeros_is_one_again() -> None:
    assert not Packed.of(np.zeros((1, 8), dtype=np.float32))[:].any()


def test_few_of_many_rows_give_what_all_of_them_give() -> None:
    many = unit(100)
    packed = Packed.of(many)
    matrices = Matrices(packed, packed, [1] * 100)
    few = np.array([70, 3], dtype=np.intp)
    np.testing.assert_allclose(
        matrices.cosines(few, QUESTION),
        matrices.cosines(np.arange(100), QUESTION)[few],
        atol=1e-6,
    )


def test_a_passage_is_as_near_as_the_nearest_of_its_sentences(matrices: Matrices) -> None:
    cosines = SENTENCES @ QUESTION
    best = [max(cosines[:2]), cosines[2], max(cosines[3:])]
    for rows in ([0, 1, 2], [2], [2, 0]):
        found = matrices.nearest_sentences(np.array(rows, dtype=np.intp), QUESTION)
        np.testing.assert_allclose(found, [best[row] for row in rows], atol=1e-6)


def test_the_sentences_of_a_passage_come_in_their_order(matrices: Matrices) -> None:
    np.testing.assert_allclose(
        matrices.sentence_cosines(2, QUESTION), SENTENCES[3:] @ QUESTION, atol=1e-6
    )


@pytest.mark.parametrize("counts", [[2, 1], [2, 1, 2], [2, 1, 3, 1]])
def test_the_matrices_of_another_index_are_refused(
    tmp_path: Path, matrices: Matrices, counts: list[int]
) -> None:
    with pytest.raises(ValueError, match="another's"):
        Matrices.open(tmp_path, counts)


@pytest.mark.parametrize("content", [b"", b"damage", None])
def test_a_damaged_file_raises_what_the_reader_catches(
    tmp_path: Path, matrices: Matrices, content: bytes | None
) -> None:
    (tmp_path / "sentences.npy").unlink()
    if content is not None:
        (tmp_path / "sentences.npy").write_bytes(content)
    with pytest.raises((OSError, ValueError)):
        Matrices.open(tmp_path, COUNTS)
