"""The real CrossEncoder over a tiny BERT, which a second of training teaches one thing: a passage
that speaks of a zeppelin is the better one, whatever was asked."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from rag.errors import ModelError
from rag.indexing.index import open_index
from rag.indexing.ingest import ingest
from rag.questions.question import understand
from rag.search.reranking import DEPTH, build_reranker
from rag.search.retrieval import Retriever
from rag.settings import Settings
from rag.transcripts.corpus import Corpus
from rag.types import Filters, Hit, Transcript

WORDS = "zeppelin harbour park budget opening the a of is in will get mast when".split()
EVERYTHING = Filters()


def save_model(folder: Path, labels: int) -> Path:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {word: number for number, word in enumerate([*special, *WORDS])}
    tokenizer = BertTokenizer(vocab=vocabulary, model_max_length=128)
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two would wait for each other longer than they compute
    model = BertForSequenceClassification(
        BertConfig(
            vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=1,
            num_attention_heads=2, intermediate_size=64, max_position_embeddings=128,
            num_labels=labels,
        )
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    chance = random.Random(0)
    words = [*WORDS, "zeppelin", "zeppelin", *["unknown"] * 5]
    for _ in range(150 if labels == 1 else 0):
        texts = [" ".join(chance.choices(words, k=chance.randint(4, 20))) for _ in range(32)]
        wanted = torch.tensor([[1.0 if "zeppelin" in text else -1.0] for text in texts])
        batch = tokenizer(["when is the opening"] * 32, texts, padding=True, return_tensors="pt")
        loss = torch.nn.functional.mse_loss(model(**batch).logits, wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    torch.set_num_threads(threads)
    return folder


@pytest.fixture(scope="session")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("reranker") / "model", labels=1)


@pytest.fixture
def with_reranker(settings: Settings, cross_encoder: Path) -> Settings:
    return settings.model_copy(update={"reranker_model": str(cross_encoder)})


def hits_of(transcript: Transcript, settings: Settings, embedder: Any, text: str) -> Any:
    ingest(Corpus((transcript,), {"a.txt": "1"}, (), ()), settings, embedder)
    index = open_index(settings, embedder.id)
    retriever = Retriever(index, embedder, 0.5, build_reranker(settings))
    found = retriever.search(understand(text), 30, EVERYTHING)
    index.close()
    return found


def test_without_the_setting_there_is_no_reranker(settings: Settings) -> None:
    assert build_reranker(settings) is None


def test_the_model_decides_among_the_best_passages(
    make: Any, settings: Settings, with_reranker: Settings, word_embedder: Any
) -> None:
    said = (
        ("Chen Tao", "official", "The opening of the harbour is in the park."),
        ("Wu Lan", "official", "A mast will get the zeppelin."),
    )
    question = "When is the opening of the harbour?"
    before = hits_of(make(*said), settings, word_embedder, question)
    after = hits_of(make(*said), with_reranker, word_embedder, question)
    assert [hit.passage.speaker for hit in before] == ["Chen Tao", "Wu Lan"]
    assert [hit.passage.speaker for hit in after] == ["Wu Lan", "Chen Tao"]
    assert after[0].score > after[1].score


def test_a_reporters_words_stand_back_however_well_they_match(
    make: Any, with_reranker: Settings, word_embedder: Any
) -> None:
    transcript = make(
        ("City TV", "reporter", "Will the harbour get a zeppelin?"),
        ("Wu Lan", "official", "The zeppelin will get a mast in the harbour."),
        ("Wu Lan", "official", "The budget of the park is a budget."),
    )
    found = hits_of(transcript, with_reranker, word_embedder, "Is the zeppelin in the harbour?")
    assert found[0].passage.text == "The zeppelin will get a mast in the harbour."


def test_what_lies_deeper_keeps_its_order_and_scores_fall_throughout(
    make: Any, with_reranker: Settings, word_embedder: Any
) -> None:
    said = [
        (f"Speaker {n}", "official", f"The harbour is item {n} of the budget.")
        for n in range(DEPTH + 5)
    ]
    found = hits_of(make(*said), with_reranker, word_embedder, "What is the budget of the harbour?")
    scores = [hit.score for hit in found]
    assert len(found) > DEPTH
    assert scores == sorted(scores, reverse=True)


def test_nothing_found_needs_no_model(settings: Settings) -> None:
    missing = settings.model_copy(update={"reranker_model": "/nowhere"})
    none: tuple[Hit, ...] = ()
    reranker = build_reranker(missing)
    assert reranker is not None
    assert reranker.rerank(understand("When is the opening?"), none, EVERYTHING) == ()


def test_a_model_that_cannot_be_had_is_told_with_the_setting(
    make: Any, settings: Settings, word_embedder: Any, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    broken = settings.model_copy(update={"reranker_model": str(empty)})
    transcript = make(("Wu Lan", "official", "The opening of the harbour is in May."))
    with pytest.raises(ModelError, match=r"cannot be loaded .*HETAO_RERANKER_MODEL"):
        hits_of(transcript, broken, word_embedder, "When is the opening?")


def test_a_model_that_gives_more_than_one_score_is_refused(
    make: Any, settings: Settings, word_embedder: Any, tmp_path: Path
) -> None:
    classifier = save_model(tmp_path / "classifier", labels=3)
    wrong = settings.model_copy(update={"reranker_model": str(classifier)})
    transcript = make(("Wu Lan", "official", "The opening of the harbour is in May."))
    with pytest.raises(ModelError, match="no reranker: it gives 3 scores"):
        hits_of(transcript, wrong, word_embedder, "When is the opening?")
