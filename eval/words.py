"""The metrics in plain words: the one table that pages, cards and reports tell them by.

The texts are English; whoever shows them in another language hands in how to translate one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

# From here on a time is told in seconds.
_LONG_MS = 10_000


class Words(NamedTuple):
    """What a metric is called, and what its value says, as the end of "63% ..."."""

    label: str
    meaning: str


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """``text`` itself, marked for those who collect what is to be translated."""
    return text


# Of a family such as recall@5 the words say {k} for the number. Labels stand in narrow cards.
WORDS = {
    "nugget_recall": Words(N_("Facts given"), N_("of the facts expected of an answer are in it")),
    "nugget_all": Words(
        N_("All facts given"), N_("of the questions got each fact that was expected")
    ),
    "citation_recall": Words(
        N_("Sources found"), N_("of the sentences that hold the answer are cited")
    ),
    "citation_precision": Words(
        N_("Sources to the point"), N_("of the citations hold the answer")
    ),
    "quote_exact": Words(
        N_("Exact quotes"), N_("of the quotes are word for word as in the transcript")
    ),
    "speaker_accuracy": Words(
        N_("Right speakers"), N_("of the quotes name the one who said it")
    ),
    "refusal_recall": Words(
        N_("Honest refusals"),
        N_("of the questions that the transcripts do not answer were refused"),
    ),
    "refusal_precision": Words(
        N_("Refusals in place"), N_("of the refusals were right to be made")
    ),
    "refusal_f1": Words(
        N_("Refusals overall"),
        N_("is the harmonic mean of honest refusals and refusals in place"),
    ),
    "recall@k": Words(
        N_("Found in the first {k}"),
        N_("of the sentences that hold the answer are in the first {k} passages found"),
    ),
    "success@k": Words(
        N_("One in the first {k}"),
        N_("of the questions have such a sentence in the first {k} passages found"),
    ),
    "mrr@k": Words(
        N_("Place of the first"),
        N_("is 100% where the first passage found holds the answer, 50% where the second does"),
    ),
    "ndcg@k": Words(
        N_("Order of search"),
        N_("is how near the order of the first {k} passages found comes to the best order"),
    ),
    "aurc": Words(
        N_("Misplaced confidence"),
        N_("is how often the surest answers are wrong, 0 being best (area under the curve of risk "
           "and coverage)"),
    ),
    "latency_retrieve_ms_p50": Words(
        N_("Typical search time"), N_("to find the passages; half of the questions took less")
    ),
    "latency_retrieve_ms_p95": Words(
        N_("Slow search time"), N_("to find the passages; one question in twenty took longer")
    ),
    "latency_total_ms_p50": Words(
        N_("Typical time"), N_("for one answer; half of them took less")
    ),
    "latency_total_ms_p95": Words(
        N_("Slow time"), N_("for one answer; one in twenty took longer")
    ),
    "latency_first_token_ms_p50": Words(
        N_("Typical wait"), N_("until a chat model began to write")
    ),
    "tokens_input_mean": Words(
        N_("Tokens read"), N_("by a chat model for one answer, on average")
    ),
    "tokens_output_mean": Words(
        N_("Tokens written"), N_("by a chat model for one answer, on average")
    ),
}  # fmt: skip
# The metrics that a person reads first, in this order.
FIRST = (
    "nugget_recall", "citation_recall", "citation_precision", "refusal_recall",
    "refusal_precision", "quote_exact", "speaker_accuracy", "recall@5", "latency_total_ms_p50",
    "latency_first_token_ms_p50", "tokens_input_mean", "tokens_output_mean",
)  # fmt: skip


def words_of(name: str, translate: Callable[[str], str] = str) -> Words:
    """The words of a metric by its field's name; a name that is not known is its own label."""
    family, _, k = name.partition("@")
    words = WORDS.get(name) or WORDS.get(f"{family}@k")
    if words is None:
        return Words(name, "")
    return Words(*(translate(text).format(k=k) for text in words))


def value_text(name: str, value: float) -> str:
    """A metric's value as it is read: "63%", "480 ms", "0.238"."""
    if name.startswith("latency"):
        return f"{value:.0f} ms" if value < _LONG_MS else f"{value / 1000:.1f} s"
    if name.startswith("tokens"):
        return f"{value:.0f}"
    return f"{value:.3f}" if name == "aurc" else f"{value:.0%}"


def step_text(name: str, value: float) -> str:
    """A difference of two values with its sign, of percentages in points: "+5.0"."""
    if name.startswith("latency"):
        step = f"{value:+.0f} ms" if abs(value) < _LONG_MS else f"{value / 1000:+.1f} s"
    elif name.startswith("tokens"):
        step = f"{value:+.0f}"
    else:
        step = f"{value:+.3f}" if name == "aurc" else f"{100 * value:+.1f}"
    return step.replace("-", "−")
