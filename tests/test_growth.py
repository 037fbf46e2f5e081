"""Nothing stalls: no step takes much more than four times as long for four times as much.

Times are of the process, the least of several, so that a busy machine lengthens none: the longer
text is read again only where it took too long. A step that grows with the square of its input takes
16 times as long; the bound lies between.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rag.answering.differences import disagreeing
from rag.answering.outline import Outliner
from rag.indexing.copies import same_wording
from rag.indexing.passages import cut_passages
from rag.indexing.table import Passages
from rag.indexing.vocabulary import learn
from rag.questions.question import understand
from rag.questions.romanise import romanised_names
from rag.questions.unknown_names import unknown_names
from rag.questions.when import time_note
from rag.text.dictionary import glosses
from rag.text.figures import figure_asked_for, figures_given
from rag.text.language import terms
from rag.text.sentences import split_sentences
from rag.transcripts.corpus import read_corpus
from rag.types import Draft, Filters, Message, Passage, Range, ScoredSentence, Transcript
from rag.verification.claims import Cited, Claim, is_restated
from rag.verification.reported import Speaker
from rag.verification.rules import RULES
from rag.verification.verify import Verifier
from tests.conftest import WordEmbedder, make_transcript
from ui.markup import text_html, text_markdown

MOST = 9.0
# What takes less than this is not measured: the clock and the caches would be.
LEAST_SECONDS = 0.004
HOSTILE = {
    "negations": "不", "denials": "not ", "denied clauses": "不开放，", "digits": "1",
    "figures": "12 ", "capitals": "A", "names": "Alpha ", "commas": ",", "brackets": "(",
    "open quotes": "“", "quotes": '"a" ', "clauses": "and it opens, ", "that": "that ",
    "conditions": "if ", "numerals": "三十五亿", "labels": "x: ", "years": "last year ",
    "months": "in May ", "semicolons": "; it is", "tags": "<b ", "addresses": "http://",
    "amounts": "3.5 billion yuan ", "sentences": "It is open. ", "characters": "港口",
}  # fmt: skip
Step = Callable[[str], object]


def seconds(step: Step, text: str) -> float:
    started = time.process_time()
    step(text)
    return time.process_time() - started


def grows_no_faster(step: Step, unit: str, size: int) -> None:
    """Fails when four times as much of a text takes more than MOST times as long."""
    times = max(2, size // len(unit)) // 2 * 2
    step(unit * times)
    once = min(seconds(step, unit * times) for _ in range(3))
    most = MOST * max(once, LEAST_SECONDS)
    four = [seconds(step, unit * (4 * times))]
    while min(four) > most and len(four) < 3:
        four.append(seconds(step, unit * (4 * times)))
    assert min(four) <= most, f"{once:.4f} s, then {min(four):.4f} s"


def claim(text: str, said: str) -> Claim:
    chen = Speaker("Chen Tao", "", "official")
    return Claim(text, [Cited((said,), (), chen, datetime.date(2024, 3, 1))], "said")


def verify(said: str, text: str = "The harbour opens in May and is not closed.") -> None:
    read = claim(text, said)
    for rule in RULES.values():
        list(rule(read))
    is_restated(read)


def look_up(question: str) -> None:
    unknown_names(question, lambda _: False, {})


def ask(question: str) -> None:
    figure_asked_for(question), list(figures_given("number", question, question))


STEPS: dict[str, tuple[Step, int]] = {
    "verify against it": (verify, 500),
    "verify it": (lambda text: verify(text, text), 250),
    "cut sentences": (lambda text: split_sentences(text, 0, len(text)), 2000),
    "explain times": (lambda text: time_note(text, datetime.date(2024, 3, 1), "en"), 1000),
    "understand": (lambda text: understand(f"what {text[:1990]}"), 480),
    "look names up": (look_up, 490),
    "tell what is asked": (ask, 490),
    "translate words": (glosses, 1000),
    "find terms": (terms, 2000),
    "read names in Latin letters": (lambda text: list(romanised_names(text, {})), 490),
    "draw": (lambda text: (text_markdown(text), text_html(text)), 2000),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_step_takes_time_in_proportion_to_a_hostile_sentence(name: str, kind: str) -> None:
    step, size = STEPS[name]
    grows_no_faster(step, HOSTILE[kind], size)


def passages_of(transcript: Transcript) -> tuple[Passage, ...]:
    return tuple(cut_passages(transcript, max_tokens=60, count_tokens=WordEmbedder().count_tokens))


def briefing(words: str) -> Transcript:
    return make_transcript(("Chen Tao", "official", words))


@pytest.mark.parametrize("kind", HOSTILE)
def test_cutting_passages_takes_time_in_proportion_to_a_turn(kind: str) -> None:
    grows_no_faster(lambda text: passages_of(briefing(f"It {text}")), HOSTILE[kind], 1000)


def test_the_verifier_takes_time_in_proportion_to_the_turn_around_a_sentence() -> None:
    def check(text: str) -> None:
        transcript = briefing(f"{text} The budget is 3.5 billion yuan.")
        passage = passages_of(transcript)[-1]
        sentence = ScoredSentence(passage, len(passage.sentences) - 1, 1.0)
        Verifier({transcript.id: transcript}.__getitem__, None).check(
            Draft("The budget is 3.5 billion yuan.", (sentence,))
        )

    grows_no_faster(check, "It is not open. ", 1500)


def test_learning_a_corpus_takes_time_in_proportion_to_its_passages() -> None:
    def learnt(text: str) -> None:
        passage = Passage(
            "p", "t", "Briefing", None, 1, 1, None, "Chen Tao", "official", 0, 40,
            "The Port Authority (PA) opens in May.", "", (Range(0, 37),),
        )  # fmt: skip
        learn([passage] * len(text))

    grows_no_faster(learnt, "x", 400)


def test_finding_copies_takes_time_in_proportion_to_passages_that_are_all_copies() -> None:
    page = passages_of(briefing("The harbour opens in May. The budget is 3.5 billion yuan. " * 3))

    def find(text: str) -> None:
        same_wording([replace(p, id=f"{p.id}-{n}") for n in range(len(text)) for p in page])

    grows_no_faster(find, "x", 400)


def test_reading_a_corpus_takes_time_in_proportion_to_its_files(tmp_path: Path) -> None:
    page = "Briefing on the harbour\n\n2024-03-01\n\nChen Tao:\n\nThe harbour opens in May.\n"

    def read(text: str) -> None:
        folder = tmp_path / str(len(text))
        if not folder.exists():
            folder.mkdir()
            for number in range(len(text)):
                # Half of the files are copies of one another.
                own = f"It has {number} berths.\n" if number % 2 else ""
                (folder / f"page-{number}.txt").write_text(page + own, encoding="utf-8")
        assert len(read_corpus([folder]).transcripts) == len(text) // 2 + 1

    grows_no_faster(read, "x", 40)


def test_outlining_takes_time_in_proportion_to_the_transcripts() -> None:
    made = [replace(briefing("The harbour opens in May."), id=f"t{n}") for n in range(640)]
    outlined = {}
    for count in (160, 640):
        chosen = made[:count]
        passages = Passages.of([p for each in chosen for p in passages_of(each)], chosen)
        index: Any = SimpleNamespace(passages=passages)
        nothing: Any = None  # no sentence is weighed
        outlined[count] = partial(Outliner(index, nothing).turns, chosen, Filters())

    def outline(text: str) -> None:
        assert len(outlined[len(text)]()) == len(text)

    grows_no_faster(outline, "x", 160)


def test_finding_differences_takes_time_in_proportion_to_the_sentences_read() -> None:
    question = "How much is the budget?"
    chosen, said = (
        [
            ScoredSentence(replace(p, id=f"{p.id}-{n}", transcript_id=f"t{n}"), 0, 1.0)
            for n in range(count)
            for p in passages_of(briefing(f"The budget is {n + 1}.5 billion yuan."))
        ]
        for count in (3, 320)
    )
    grows_no_faster(lambda text: disagreeing(question, chosen, said[: len(text)]), "x", 80)


def test_a_follow_up_takes_time_in_proportion_to_the_conversation() -> None:
    def ask_after(text: str) -> None:
        history = [
            Message("user" if n % 2 else "assistant", f"What of berth {n}? It opens in May.")
            for n in range(len(text))
        ]
        understand("And when will it close?", history)

    grows_no_faster(ask_after, "x", 400)
