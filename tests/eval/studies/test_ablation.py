"""What each step and rule gains, over the real Chroma, BM25 and rules.

Each step has a question here that shows it; a step that none can tell from the whole is no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.errors import RunError, SetError
from eval.records import Case, GoldEvidence, Record, Span
from eval.studies import ablation
from eval.studies.ablation import NUGGETS, WHOLE, draw, main, measure, render, without_each_rule
from eval.studies.claims import CLAIMS, read_claims
from eval.studies.own_sets import PAGE_10
from rag.embedding.embedder import Embedder
from rag.embedding.kept import RememberingEmbedder
from rag.indexing.index import Index, open_index
from rag.indexing.ingest import ingest
from rag.questions.question import understand
from rag.search.retrieval import Retriever
from rag.search.steps import Steps
from rag.settings import Settings
from rag.transcripts.corpus import Corpus
from rag.types import Filters, Message, Transcript
from rag.verification.rules import RULES

CHANGED = {
    "words": "Who pays for the zeppelin mast?",
    "vectors": "Who pays for the zeppelin mast?",
    "sentences": "What is the budget of the harbour?",
    "languages": "大学选在哪里？",
    "dictionary": "预算有多少？",
    "carrying": "What does the harbour pass give?",
    "roles": "When is the harbour opening?",
    "settling": "So does that park host two university laboratories?",
}
HISTORY = (Message("user", "What is the budget of the harbour?"),)


@pytest.fixture
def corpus(make: Any) -> Corpus:
    event = make(
        ("Lin Mei", "moderator", "Welcome. The floor is open for questions on the harbour."),
        ("Daily Times", "reporter",
         "Will the zeppelin get a mast? When is the harbour opening to visitors?"),
        ("Chen Tao", "official",
         "The harbour pass is new. It is for all who work on either bank of the river every day. "
         "The fee is 460 dollars a year, and children go free of any charge with their parents. "
         "The budget is 3.5 billion yuan. We discuss the tariff with the towns along the coast."),
        ("Chan Kwok-ki", "official",
         "The park hosts two university laboratories. The harbour opening is in May."),
        ("Wu Lan", "official",
         "The Harbour Technology Council (HTC) pays for the zeppelin mast. The HTC runs it."),
        ("Wu Lan", "official", "The Harbour Technology Council advises every town on the coast."),
        ("Wu Lan", "official",
         "The port helps two groups of people. The first is sailors and "
         "fishermen from the coast. The second is cooks who work in the towns."),
        ("王兰", "official", "我们将选大学。港口今年开放。"),
    )  # fmt: skip
    return Corpus((event,), {"a.txt": "1"}, (), ())


@pytest.fixture
def index(corpus: Corpus, settings: Settings, word_embedder: Any) -> Iterator[Index]:
    ingest(corpus, settings, word_embedder)
    index = open_index(settings, word_embedder.id)
    yield index
    index.close()


def found(index: Index, embedder: Any, steps: Steps, asked: str) -> Any:
    """The passages and the sentences that are found by some steps, and their scores."""
    retriever = Retriever(index, embedder, 0.6, steps=steps)
    evidence = retriever.gather(understand(asked, HISTORY), Filters())
    return (
        evidence.question.standalone,
        [(hit.passage.id, round(hit.score, 9)) for hit in evidence.hits],
        [(s.range, round(s.score, 9)) for s in evidence.sentences],
    )


@pytest.mark.parametrize("step", [step.name for step in fields(Steps)])
def test_leaving_a_step_out_changes_what_is_found(
    index: Index, word_embedder: Any, step: str
) -> None:
    whole = found(index, word_embedder, Steps(), CHANGED[step])
    assert whole[1]
    without = replace(Steps(), **{step: False})
    assert found(index, word_embedder, without, CHANGED[step]) != whole


def test_each_rule_is_left_out_over_the_same_claims(
    real_embedder: Embedder, real_settings: Settings
) -> None:
    every = read_claims(CLAIMS)
    numbers = [r for r in every if r.kind == "number" and r.split == "dev"][:2]
    true = [r for r in every if r.kind == "true" and r.split == "dev"][:1]
    held = [r for r in every if r.split == "test"]
    some = [*numbers, *true, next(r for r in held if r.kind == "true"),
            next(r for r in held if r.kind != "true")]  # fmt: skip
    embedder = RememberingEmbedder(real_embedder, kept=1000)
    dev = without_each_rule(some, real_settings, embedder)["Claims, dev"]
    assert list(dev) == [WHOLE, *RULES]
    assert all(len(row["caught"]) == 2 and len(row["held back"]) == 1 for row in dev.values())
    assert dev["figures"]["caught"].sum() < dev[WHOLE]["caught"].sum()


def test_a_table_has_the_whole_first_and_marks_what_differs_for_sure() -> None:
    def row(scores: list[float]) -> np.ndarray:
        return np.stack([np.array(scores), np.ones(len(scores))], axis=1)

    ones = row([1.0] * 8)
    table = render(
        "harbour",
        {
            "nothing": {"recall@4": ones, NUGGETS: row([0.5, 1.0])},
            "words": {"recall@4": row([0.0] * 8), NUGGETS: row([0.5, 1.0])},
            "a comma": {"recall@4": row([0.0] + [1.0] * 7), NUGGETS: row([1.0, 1.0])},
            "all else": {"recall@4": ones},
        },
    )
    title, _, heading, _, whole, words, comma, rest = table.split("\n")
    assert title == "## harbour"
    assert heading == f"| without | recall@4 (n 8) | difference | {NUGGETS} (n 2) | difference |"
    assert whole == (
        "| nothing | 1.000 (1.000 to 1.000) | = | 0.750 (0.500 to 1.000) | = |"
    )  # fmt: skip
    assert words.startswith(
        "| words | 0.000 (0.000 to 0.000) | **-1.000 (-1.000 to -1.000)** | 0.750"
    )
    assert "| 0.875 (0.625 to 1.000) | -0.125 (-0.375 to +0.000) | 1.000" in comma
    assert rest.endswith("| = | - | - |")


def case(number: int, question: str, transcript: Transcript, quote: str) -> Case:
    record = Record(id=str(number), question=question, must_include=((quote,),))
    start = transcript.text.index(quote)
    gold = GoldEvidence(quote, "", (Span(transcript.id, start, start + len(quote)),))
    return Case(record, (gold,))


def test_every_row_is_over_the_same_questions_and_each_side_alone_ranks_by_itself(
    corpus: Corpus, index: Index, word_embedder: Any
) -> None:
    (event,) = corpus.transcripts
    cases = [
        case(1, "zeppelin mast", event, "pays for the zeppelin mast"),
        case(2, "港口", event, "港口今年开放"),
    ]
    rows = measure(cases, index, word_embedder, 0.6, 3, None)
    assert len(rows) == len(fields(Steps)) + 5
    assert {scores.shape for row in rows.values() for scores in row.values()} == {(2, 2)}
    ranks = {name: row["mrr@10"][:, 0].tolist() for name, row in rows.items()}
    # The embedder knows no zeppelin.
    by_vectors, by_words = "(vectors of passages alone)", "(BM25 alone)"
    assert ranks[by_vectors][0] < 0.5
    assert ranks[by_vectors][1] == 1.0
    assert ranks[by_words] == [1.0, 1.0]
    assert NUGGETS not in rows[by_words]


def test_of_a_large_set_the_same_three_hundred_are_drawn_in_their_order(
    corpus: Corpus,
) -> None:
    many = [case(n, "zeppelin", corpus.transcripts[0], "zeppelin") for n in range(1000)]
    drawn = [int(one.record.id) for one in draw(many)]
    assert len(drawn) == 300 == len(set(drawn))
    assert drawn == sorted(drawn) == [int(one.record.id) for one in draw(many)]
    assert draw(many[:7]) == many[:7]


@pytest.fixture
def few(tmp_path: Path, real_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four questions of the page-10 set, over the index of the project's own corpus."""
    monkeypatch.setenv("HETAO_DATA_DIR", str(real_settings.data_dir))
    monkeypatch.setenv("HETAO_CORPUS_DIR", str(real_settings.corpus_dir))
    monkeypatch.setenv("HETAO_EVAL_DATA_DIR", str(tmp_path / "none"))
    lines = PAGE_10.read_text(encoding="utf-8").splitlines()
    answered = [line for line in lines if '"answerable": true' in line]
    chosen = [
        line for split in ("dev", "test")
        for line in [line for line in answered if f'"split": "{split}"' in line][:2]
    ]  # fmt: skip
    path = tmp_path / "few.jsonl"
    path.write_text("\n".join(chosen), encoding="utf-8")
    return path


@pytest.mark.model
def test_the_command_prints_a_table_for_each_split_and_writes_what_it_prints(
    few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "gains.md"
    main(["--part", "search", "--out", str(out), str(few)])
    printed = capsys.readouterr().out
    written = out.read_text(encoding="utf-8")
    assert f"`python -m eval.studies.ablation --part search --out {out} {few}`" in written
    assert written.split() == printed.split()
    for part in ("## Search: few, dev", "## Search: few, test"):
        table = written.partition(part)[2].partition("\n## ")[0]
        assert "recall@4 (n 2)" in table
        assert all(f"\n| {step.name} | " in table for step in fields(Steps))


@pytest.mark.model
def test_a_table_that_cannot_be_written_was_printed_and_is_told(
    few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RunError, match=r"cannot be written .* by --out"):
        main(["--part", "search", "--out", str(tmp_path / "none" / "gains.md"), str(few)])
    assert "## Search: few, dev" in capsys.readouterr().out


@pytest.mark.model
def test_a_set_without_data_is_left_out_but_not_where_it_was_asked_for(
    few: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ablation, "SETS", ("xquad",))
    main(["--part", "search"])
    assert "Left out: The set xquad needs" in capsys.readouterr().err
    with pytest.raises(SetError, match="xquad needs"):
        main(["--part", "search", "xquad"])
