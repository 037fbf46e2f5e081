"""What a speaker said is told from what only mentions that speaker."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from rag.embedding.embedder import Embedder
from rag.embedding.kept import kept_vectors
from rag.questions.said_about import SaidAbout, example_texts, examples, stand_in
from rag.text.language import to_simplified


@pytest.fixture(scope="module")
def said_about(real_embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> SaidAbout:
    return SaidAbout(kept_vectors(tmp_path_factory.mktemp("kept"), real_embedder, example_texts()))


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("What did the speaker say about ferries?", True),
        ("What does the speaker think about the toll?", True),
        ("What did the speaker promise about cranes?", True),
        ("According to the speaker, when will the tunnel open?", True),
        ("And what did she say about housing?", True),
        ("发言人对码头说了什么？", True),
        ("Who appointed the speaker?", False),
        ("When did the speaker become Chief Secretary?", False),
        ("Did anyone contradict the speaker on ferries?", False),
        ("Which office does the speaker hold?", False),
        ("谁任命了发言人？", False),
        ("發言人是哪個部門的？", False),
    ],
)
def test_a_speakers_words_are_told_from_a_mention(
    said_about: SaidAbout, real_embedder: Embedder, text: str, said: bool
) -> None:
    assert said_about(real_embedder.embed_question(to_simplified(text))) is said


def test_the_line_looks_past_the_matter() -> None:
    # What was said lies in one direction; the matters, a hundred times as far apart, in others.
    rng = np.random.default_rng(7)
    matters = 10 * rng.normal(size=(len(examples()), 8))
    kinds = np.array([[0.1 if e.kind == "said_about" else -0.1] for e in examples()])
    tell = SaidAbout(np.hstack([kinds, matters]).astype(np.float32))
    other = 10 * rng.normal(size=8)
    assert tell(np.array([0.1, *other], dtype=np.float32))
    assert not tell(np.array([-0.1, *other], dtype=np.float32))


def test_both_kinds_have_examples_in_both_languages() -> None:
    counts = Counter((e.kind, e.language) for e in examples())
    assert set(counts) == {
        (kind, lang) for kind in ("said_about", "mentions") for lang in ("en", "zh-Hans")
    }
    assert all(count >= 50 for count in counts.values())
    texts = example_texts()
    assert len(set(texts)) == len(texts)


def test_the_stand_in_is_of_the_questions_language() -> None:
    assert stand_in("What did Wu Lan say?") in example_texts()[0]
    assert any(stand_in("吴岚说了什么？") in text for text in example_texts())
