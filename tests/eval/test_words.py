from __future__ import annotations

import pytest

from eval.compare import COSTS
from eval.metrics import METRICS
from eval.words import FIRST, step_text, value_text, words_of


def test_every_metric_has_words_that_no_other_has() -> None:
    names = [metric.name for metric in (*METRICS, *COSTS)]
    labels = [words_of(name).label for name in names]
    assert set(FIRST) <= set(names)
    assert len(set(labels)) == len(names)
    for name, label in zip(names, labels, strict=True):
        assert label != name
        assert "{" not in label + words_of(name).meaning
        # What the cards show on one line at the narrowest.
        assert len(label) <= 24


def test_the_words_are_translated_before_the_number_is_put_in() -> None:
    words = words_of(
        "recall@5", lambda text: text.replace("Found in the first {k}", "前{k}段中找到")
    )
    assert words.label == "前5段中找到"


def test_a_name_that_is_not_known_is_its_own_label() -> None:
    assert words_of("{odd}@<b>") == ("{odd}@<b>", "")


@pytest.mark.parametrize(
    ("name", "value", "said", "step"),
    [
        ("nugget_recall", 0.632, "63%", "+63.2"),
        ("aurc", 0.2381, "0.238", "+0.238"),
        ("latency_total_ms_p50", 480.4, "480 ms", "+480 ms"),
        ("latency_total_ms_p50", 12_340, "12.3 s", "+12.3 s"),
        ("tokens_input_mean", 7.2, "7", "+7"),
        ("nugget_recall", -0.05, "-5%", "−5.0"),
    ],
)
def test_values_and_steps_are_told_in_their_unit(
    name: str, value: float, said: str, step: str
) -> None:
    assert value_text(name, value) == said
    assert step_text(name, value) == step
