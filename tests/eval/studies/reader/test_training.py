"""The way from examples to the file that ships, with a model of one layer and random weights."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from eval.studies.reader.export import export
from eval.studies.reader.model import WIDTH, Reader
from eval.studies.reader.pack import Pack, Row, batches, load, renumber, save
from eval.studies.reader.restore import load_weights
from eval.studies.reader.train import (
    auroc,
    choice_loss,
    collate,
    grouped,
    keep_share,
    loss_of,
    measure,
    sentence_logits,
)
from eval.studies.reader.train import save as save_weights

ROWS = [
    Row(0, 1, 2, (3, 4), (0, 1), -1, True, 1.0, 0, 0),
    Row(0, 1, 2, (3, 4), (0, 0), -1, False, 1.0, 0, 1),
    Row(0, 1, 2, (3, 4), (-1, -1), -1, True, 1.0, 0, 2),
    Row(0, 1, 2, (4,), (-1,), 2, False, 1.0, 1, -1),
]
TEXTS = [[10, 11], [12], [], [13, 14, 15], [16]]


@pytest.fixture
def pack() -> Pack:
    return Pack(TEXTS, ROWS, ["train/own", "dev/own-en"])


def test_a_pack_is_the_same_after_it_was_stored(pack: Pack, tmp_path: Path) -> None:
    save(pack, np.array([0, 1, 2, 3, 700]), tmp_path / "pack.npz")
    stored, vocabulary = load(tmp_path / "pack.npz")
    assert stored == pack
    assert vocabulary.tolist() == [0, 1, 2, 3, 700]
    assert stored.of("dev/") == [3]


def test_pieces_are_numbered_anew_and_the_special_ones_keep_their_numbers() -> None:
    texts, vocabulary = renumber([[900, 0, 2], [5, 900]])
    assert [[int(vocabulary[piece]) for piece in text] for text in texts] == [[900, 0, 2], [5, 900]]
    assert vocabulary[:4].tolist() == [0, 1, 2, 3]


def test_batches_hold_every_row_once_and_no_more_pieces_than_they_may() -> None:
    lengths = [5, 100, 7, 30, 30, 8]
    found = list(batches(lengths, 100))
    assert sorted(place for batch in found for place in batch) == list(range(6))
    assert all(len(b) == 1 or max(lengths[i] for i in b) * len(b) <= 100 for b in found)


def test_passages_of_one_question_stand_in_one_batch() -> None:
    asked = [1, 2, 3] * 9
    found = list(batches([10, 50, 90] * 9, 400, asked))
    assert sorted(place for batch in found for place in batch) == list(range(27))
    for number in (1, 2, 3):
        held = [sum(asked[place] == number for place in batch) for batch in found]
        assert max(held) >= 8


def test_a_sentence_s_logit_is_the_mean_of_its_pieces_and_the_passage_s(pack: Pack) -> None:
    batch = collate(ROWS[:1], [pack.laid(ROWS[0])])
    pieces = torch.arange(batch.pieces.shape[1], dtype=torch.float32)[None]
    found = sentence_logits(pieces, torch.tensor([100.0]), batch.spans, 2)
    (first, second) = pack.laid(ROWS[0]).spans
    expected = [sum(range(*span)) / (span[1] - span[0]) + 100 for span in (first, second)]
    assert found[0].tolist() == pytest.approx(expected)


def test_the_loss_falls_as_the_right_sentence_is_preferred(pack: Pack) -> None:
    batch = collate(ROWS[:2], [pack.laid(row) for row in ROWS[:2]])

    def loss(right: float, wrong: float) -> float:
        pieces = torch.full(batch.pieces.shape, wrong)
        pieces[0][batch.spans[0] == 1] = right
        return float(loss_of((pieces, torch.zeros(2), torch.zeros(2, 3)), batch))

    assert loss(4.0, -4.0) < loss(0.0, 0.0) < loss(-4.0, 4.0)


def test_of_a_passage_whose_sentence_is_not_known_only_the_whole_is_learnt(pack: Pack) -> None:
    batch = collate([ROWS[2]], [pack.laid(ROWS[2])])
    low, high = (
        float(
            loss_of((torch.full(batch.pieces.shape, v), torch.zeros(1), torch.zeros(1, 3)), batch)
        )
        for v in (-4.0, 4.0)
    )
    assert high < 0.1 < low


def test_the_right_sentence_is_chosen_among_all_passages_of_its_question(pack: Pack) -> None:
    def loss(of_another: float, asked: int, row: int) -> float:
        rows = [ROWS[0], replace(ROWS[row], asked=asked)]
        batch = collate(rows, [pack.laid(one) for one in rows])
        whole, right = torch.tensor([2.0, of_another]), torch.tensor([2.0, -1e4])
        return float(choice_loss(whole, right, batch.asked)[0])

    assert loss(9.0, asked=3, row=1) == pytest.approx(0)
    assert loss(2.0, asked=0, row=1) == pytest.approx(math.log(2))
    assert loss(9.0, asked=0, row=1) > 5


def test_a_passage_that_answers_somewhere_is_no_rival(pack: Pack) -> None:
    """Which of its sentences does is not known: it is not pushed below the right one."""

    def loss(of_another: float) -> float:
        batch = collate([ROWS[0], ROWS[2]], [pack.laid(ROWS[0]), pack.laid(ROWS[2])])
        pieces = torch.zeros(batch.pieces.shape)
        pieces[1] = of_another
        return float(loss_of((pieces, torch.zeros(2), torch.zeros(2, 3)), batch))

    assert loss(9.0) < loss(0.0)


def test_what_was_trained_may_keep_a_share_of_what_it_began_with() -> None:
    trained, begun = Reader(layers=1, dropout=0.0), Reader(layers=1, dropout=0.0)
    expected = [
        0.75 * a + 0.25 * b for a, b in zip(trained.parameters(), begun.parameters(), strict=True)
    ]
    keep_share(trained, begun, 0.25)
    for found, wanted in zip(trained.parameters(), expected, strict=True):
        assert torch.allclose(found, wanted, atol=1e-6)


def test_a_part_of_a_passage_states_only_what_stands_in_it() -> None:
    assert not ROWS[0].within(0, 1).stated
    assert ROWS[0].within(1, 2).stated


def test_the_figures_count_first_sentences_and_order() -> None:
    answered, near_miss, *_ = ROWS
    pack = Pack(TEXTS, [answered, near_miss], ["dev/own-en"])
    found = measure(pack, [0, 1], [[-1.0, 2.0], [-2.0, -3.0]], np.zeros((2, 3), np.float32))
    assert found == {"first": 1.0, "auroc": 1.0}
    assert grouped(pack, [0, 1], [[3.0, 2.0], [-2.0, -3.0]]) == {"first": 0.0, "auroc": 1.0}
    assert auroc(np.array([1.0, 1.0]), np.array([True, False])) == 0.5
    assert math.isnan(auroc(np.array([1.0]), np.array([True])))


def test_what_ships_gives_what_was_trained(tmp_path: Path) -> None:
    import onnxruntime

    torch.manual_seed(3)
    model = Reader(layers=2, dropout=0.0).eval()
    save_weights(model, tmp_path)
    words = torch.randn(40, WIDTH)
    words[:, 7] *= 30  # some channels are far larger than the others
    with torch.no_grad():
        expected = model(words[None], torch.ones(1, 40, dtype=torch.bool))
    for quantised, near in ((False, 0.002), (True, 0.05)):
        file = tmp_path / f"{quantised}.onnx"
        sample = [words[:20].numpy()]
        export(load_weights(tmp_path), file, sample, quantised=quantised)
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        given = session.run(None, {"words": words.numpy()})
        for found, wanted in zip(given, expected, strict=True):
            assert np.abs(found - wanted[0].numpy()).max() < near


@pytest.mark.parametrize("quantised", [True, False])
def test_training_goes_on_from_what_shipped(tmp_path: Path, quantised: bool) -> None:
    torch.manual_seed(3)
    model = Reader(layers=2, dropout=0.0).eval()
    for weights in model.parameters():
        torch.nn.init.normal_(weights, std=0.1)
    sample = [np.random.default_rng(3).standard_normal((30, WIDTH), dtype=np.float32)]
    export(model, tmp_path / "reader.onnx", sample, quantised=quantised)
    restored = dict(load_weights(tmp_path / "reader.onnx").named_parameters())
    for name, weights in model.named_parameters():
        assert (restored[name] - weights).abs().max() <= 0.05 * weights.abs().max(), name


def test_rows_of_a_claim_teach_the_claim_alone(pack: Pack) -> None:
    batch = collate([ROWS[3]], [pack.laid(ROWS[3])])
    outputs = torch.zeros(batch.pieces.shape), torch.zeros(1), torch.tensor([[0.0, 0.0, 9.0]])
    assert float(loss_of(outputs, batch)) < 0.01
    wrong = replace(ROWS[3], label=0)
    assert float(loss_of(outputs, collate([wrong], [pack.laid(wrong)]))) > 5
