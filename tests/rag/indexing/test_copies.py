"""What is said once and stands in several places: one passage, one sentence, every place named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.assistant import Assistant, open_assistant
from rag.embedding.embedder import Embedder
from rag.errors import IndexMismatch
from rag.indexing.copies import Copies, same_wording
from rag.indexing.index import Index
from rag.indexing.ingest import IngestReport, ingest
from rag.indexing.passages import cut_passages
from rag.indexing.table import Passages
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from rag.types import Moment, Passage, Range, Role, Transcript

PRACTICE = Path(__file__).parents[3] / "eval" / "sets" / "practice"
DESKTOP, MOBILE = "nio-2024-03-lianhu", "nio-2024-03-lianhu-mobile"
MIRROR, EXCERPT = "estuary-net-2024-03-lianhu-mirror", "excerpt"
PAGES = (DESKTOP, MOBILE, MIRROR, EXCERPT)
VOUCHERS = "How much are the pilot vouchers for small teams worth?"
# Each sentence is as long as the others: shares of a passage are shares of their number.
A, B, C, D, E = (f"The {name} opens." for name in ("alpha", "bravo", "cedar", "delta", "eagle"))

Event = tuple[Transcript, int]


@pytest.fixture
def event(make: Any) -> Callable[..., Event]:
    """An event of one turn, and how many tokens a passage of it may have."""

    def build(name: str, *said: str, speaker: str = "Chen Tao", tokens: int = 60) -> Event:
        role: Role = "official"
        return make((speaker, role, " ".join(said)), id_=name), tokens

    return build


@pytest.fixture
def passages_of(word_embedder: Any) -> Callable[..., tuple[Passage, ...]]:
    def cut(*events: Event) -> tuple[Passage, ...]:
        count = word_embedder.count_tokens
        return tuple(
            passage
            for transcript, tokens in events
            for passage in cut_passages(transcript, max_tokens=tokens, count_tokens=count)
        )

    return cut


@pytest.fixture
def copies_of(passages_of: Callable[..., tuple[Passage, ...]]) -> Callable[..., Copies]:
    def build(*events: Event) -> Copies:
        passages = passages_of(*events)
        transcripts = {transcript.id: transcript for transcript, _ in events}
        table = Passages.of(passages, tuple(transcripts.values()))
        return Copies(table, same_wording(passages), transcripts)

    return build


def place_of(event: Event, quote: str) -> tuple[int, int]:
    start = event[0].text.index(quote)
    return start, start + len(quote)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Chen Tao: The park opens.", "Chen Tao: The  park\u00a0opens.", True),
        ("Chen Tao: It is a “single window”.", "Chen Tao: It is a 'single window'.", True),
        ("Chen Tao: The park – it opens.", "CHEN TAO: the Park - it opens.", True),
        ("陈涛: “一区两园”已经 启用。", "陈涛: 「一区两园」已经启用。", True),
        ("Chen Tao: The park opens.", "Wu Lan: The park opens.", False),
        ("Chen Tao: The park opens.", "Chen Tao: The parks open.", False),
        ("Chen Tao: It cost 3.5 billion.", "Chen Tao: It cost 35 billion.", False),
        ("Chen Tao: It fell to -5 degrees.", "Chen Tao: It fell to 5 degrees.", False),
        ("Chen Tao: It is 5% of all.", "Chen Tao: It is 5 of all.", False),
        ("Chen Tao: ——", "Chen Tao: ——", False),
    ],
)
def test_copies_are_the_same_words_and_figures_of_the_same_speaker(
    event: Any, passages_of: Any, one: str, other: str, same: bool
) -> None:
    events = (
        event(str(number), words, speaker=speaker)
        for number, (speaker, words) in enumerate(line.split(": ") for line in (one, other))
    )
    first, second = same_wording(passages_of(*events))
    assert (first == second >= 0) == same
    assert same or first == second == -1


def test_without_a_passage_no_sentence_has_a_copy() -> None:
    assert same_wording(()).tolist() == []


def test_every_copy_of_a_sentence_has_its_number_and_no_other_sentence_has(
    event: Any, passages_of: Any
) -> None:
    wordings = same_wording(passages_of(event("one", A, B, C), event("two", C, D, A, A)))
    a, _, c = wordings[:3].tolist()
    assert wordings.tolist() == [a, -1, c, c, -1, a, a]
    assert -1 != a != c != -1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ([(A, B), (A, B)], [0]),
        ([(A, B), (B, C)], [0]),
        ([(A, B, C), (C, D, E)], [0, 1]),
        ([(A, B), (C, D)], [0, 1]),
        ([(A, B), (B, C), (C, D)], [0, 2]),
        ([(A, B), (C, D), (A, C, D)], [0, 1]),
    ],
    ids=["identical", "half of it", "a third of it", "nothing", "a copy hides nothing", "of two"],
)
def test_a_passage_half_of_which_stands_in_better_ones_is_a_copy(
    event: Any, copies_of: Any, said: list[tuple[str, ...]], kept: list[int]
) -> None:
    copies = copies_of(*(event(str(number), *words) for number, words in enumerate(said)))
    assert copies.distinct(range(len(said)), 9) == kept


def test_the_first_of_the_distinct_are_told_by_their_place_in_the_ranking(
    event: Any, copies_of: Any
) -> None:
    copies = copies_of(event("one", A), event("two", B), event("three", A), event("four", C))
    assert copies.distinct([2, 0, 3, 1], 9) == [0, 2, 3]
    assert copies.distinct([2, 0, 3, 1], 2) == [0, 2]
    assert copies.distinct([2, 0, 3, 1], 0) == copies.distinct([], 9) == []


def test_a_repeated_sentence_is_first_once_and_a_lone_one_always(
    event: Any, copies_of: Any
) -> None:
    copies, seen = copies_of(event("one", A, B), event("two", B, A)), set[int]()
    places = [(0, 0), (1, 0), (1, 1), (0, 1)]
    assert [copies.is_first(*place, seen) for place in places] == [True, True, False, False]
    alone = copies_of(event("one", A), event("two", B))
    assert alone.is_first(0, 0, seen)
    assert alone.is_first(0, 0, seen)


def test_the_other_places_of_a_run_are_told_and_its_own_is_not(event: Any, copies_of: Any) -> None:
    one, two, three = event("one", A, B, C), event("two", D, A, B), event("three", B, A)
    (copy,) = copies_of(one, two, three).elsewhere(0, *place_of(one, f"{A} {B}"))
    assert (copy.transcript_id, copy.turn, copy.page) == ("two", 1, 1)
    assert (copy.title, copy.date) == (two[0].title, two[0].date)
    assert copy.url == "https://example.org/briefing/1"
    assert copy.quote == f"{A} {B}" == two[0].text[copy.start : copy.end]


def test_a_copy_in_a_recording_is_addressed_at_its_own_second(event: Any, copies_of: Any) -> None:
    one, (transcript, tokens) = event("one", B), event("two", A, B)
    timed = replace(transcript, times=(Moment(0, 0), Moment(transcript.text.index(B), 42)))
    (copy,) = copies_of(one, (timed, tokens)).elsewhere(0, *place_of(one, B))
    assert copy.url.endswith("#t=42")


def test_a_copy_is_quoted_as_it_stands_there(event: Any, copies_of: Any) -> None:
    one = event("one", "“一区两园”今年启用。", C)
    two = event("two", "「一区  两园」今年启用。", C)
    copies, turn = copies_of(one, two), one[0].turns[0]
    (copy,) = copies.elsewhere(0, turn.start, turn.end)
    assert copy.quote == two[0].text[copy.start : copy.end] == f"「一区  两园」今年启用。 {C}"
    (back,) = copies.elsewhere(1, copy.start, copy.end)
    assert back.quote == one[0].text[back.start : back.end] == f"“一区两园”今年启用。 {C}"


def test_a_run_is_found_where_it_stands_over_two_passages_of_a_turn(
    event: Any, copies_of: Any, passages_of: Any
) -> None:
    whole, cut = event("whole", A, B, C, D), event("cut", A, B, C, D, tokens=12)
    assert len(passages_of(cut)) > 1
    (copy,) = copies_of(whole, cut).elsewhere(0, *place_of(whole, f"{B} {C} {D}"))
    assert copy.quote == f"{B} {C} {D}" == cut[0].text[copy.start : copy.end]


def test_a_run_with_a_sentence_that_stands_nowhere_else_has_no_copy(
    event: Any, copies_of: Any
) -> None:
    one = event("one", A, B, C)
    copies = copies_of(one, event("two", A, C), event("three", A, D))
    assert copies.elsewhere(0, *place_of(one, f"{A} {B}")) == ()
    assert [copy.transcript_id for copy in copies.elsewhere(0, *place_of(one, A))] == [
        "two", "three",
    ]  # fmt: skip


def test_words_repeated_at_once_are_a_copy_only_where_they_stand_apart(
    event: Any, copies_of: Any
) -> None:
    one = event("one", A, A, A, A)
    copies = copies_of(one)
    start, end = place_of(one, f"{A} {A}")
    assert [copy.start for copy in copies.elsewhere(0, start, end)] == [end + 1]


def test_less_than_a_sentence_has_no_copy(event: Any, copies_of: Any) -> None:
    one = event("one", A, B)
    copies = copies_of(one, event("two", A, B))
    assert copies.elsewhere(0, *place_of(one, "alpha opens")) == ()
    assert copies.elsewhere(0, 0, 0) == ()


def test_words_with_page_furniture_between_them_are_no_copy(event: Any, copies_of: Any) -> None:
    one = event("one", A, B)
    broken, tokens = event("broken", A, "[Photo by Wu Lan]", B)
    start, end = place_of((broken, tokens), A)
    blocks = (Range(start, end), Range(*place_of((broken, tokens), B)))
    turn = replace(broken.turns[0], blocks=blocks)
    copies = copies_of(one, (replace(broken, turns=(turn,)), tokens))
    assert copies.elsewhere(0, *place_of(one, f"{A} {B}")) == ()
    (copy,) = copies.elsewhere(0, *place_of(one, A))
    assert (copy.transcript_id, copy.start, copy.end) == ("broken", start, end)


def test_words_over_two_turns_are_no_copy(make: Any, event: Any, copies_of: Any) -> None:
    one = event("one", A, B)
    two: Transcript = make(("Chen Tao", "official", A), ("Chen Tao", "official", B), id_="two")
    assert copies_of(one, (two, 60)).elsewhere(0, *place_of(one, f"{A} {B}")) == ()


def test_words_over_two_transcripts_are_no_copy(event: Any, copies_of: Any) -> None:
    one = event("one", A, B)
    copies = copies_of(one, event("two", C, D, A), event("three", B))
    assert copies.elsewhere(0, *place_of(one, f"{A} {B}")) == ()


@pytest.fixture
def ingested(
    settings: Settings,
    page: Any,
    ingest_folder: Callable[[], IngestReport],
    opened: Callable[[], Index],
) -> Callable[[], Index]:
    """Ingests two copies of a page, and opens the index."""
    page(settings.corpus_dir / "a.txt", ("Lin Mei", "Welcome to all."), ("Chen Tao", f"{A} {B}"))
    page(settings.corpus_dir / "b.txt", ("Lin Mei", "Welcome to all."), ("Chen Tao", f"{A}\n{B}"))

    def run() -> Index:
        ingest_folder()
        return opened()

    return run


def test_the_same_corpus_again_changes_nothing(ingested: Callable[[], Index]) -> None:
    first = ingested()
    stored = (first.folder / "copies.npy").read_bytes()
    again = ingested()
    assert again.generation == first.generation
    assert (again.folder / "copies.npy").read_bytes() == stored
    rows = range(len(again.passages))
    assert len(again.copies.distinct(rows, 9)) == len(rows) / 2


@pytest.mark.parametrize("content", [b"", b"damage", None, [0, 0], [[0]] * 6])
def test_a_damaged_list_of_copies_is_told_with_the_command_that_mends_it(
    ingested: Callable[[], Index], content: bytes | list[Any] | None
) -> None:
    index = ingested()
    file = index.folder / "copies.npy"
    file.unlink()
    if isinstance(content, list):
        np.save(file, np.array(content, dtype=np.int32))
    elif content is not None:
        file.write_bytes(content)
    with pytest.raises(IndexMismatch, match=r"is damaged .*hetao ingest --rebuild"):
        _ = index.copies
    assert ingested().copies.distinct([0], 1) == [0]


@pytest.fixture(scope="module")
def practice(
    real_settings: Settings, real_embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Assistant:
    """Page 3 of an invented briefing, its mobile and mirror copies, and a part of it."""
    folder = tmp_path_factory.mktemp("practice")
    listed = json.loads((PRACTICE / "manifest.json").read_text(encoding="utf-8"))["transcripts"]
    kept = [
        {**entry, "pages": [found for found in entry["pages"] if found["page"] == 3]}
        for entry in listed
        if entry["id"] in (DESKTOP, MOBILE, MIRROR)
    ]
    for entry in kept:
        shutil.copy(PRACTICE / entry["pages"][0]["file"], folder)
    # The excerpt starts in the middle of a paragraph, so that its passages are cut differently.
    text = (folder / f"{DESKTOP}-p3.txt").read_text(encoding="utf-8")
    head, _, said = text.partition("As for the cost, users pay for materials, energy and staff. ")
    head = head.partition("Northern Star News Agency:")[0]
    excerpt = f"{head}Fang Weili:\n\n{said.partition('Porthaven Morning Post:')[0]}"
    (folder / "excerpt.txt").write_text(excerpt, encoding="utf-8")
    url = "https://example.org/excerpt.html"
    pages = [{"file": "excerpt.txt", "page": 1, "url": url}]
    kept.append({"id": EXCERPT, "title": "An excerpt", "pages": pages})
    manifest = json.dumps({"transcripts": kept})
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    data = tmp_path_factory.mktemp("data")
    (data / "models").symlink_to(real_settings.data_dir / "models")
    own = real_settings.model_copy(update={"data_dir": data, "corpus_dir": folder})
    ingest(read_corpus((folder,)), own, real_embedder)
    return open_assistant(own)


@pytest.mark.model
def test_what_stands_on_four_pages_is_cited_once_with_all_of_its_places(
    practice: Assistant,
) -> None:
    answer = practice.ask(VOUCHERS)
    assert (answer.status, len(answer.citations)) == ("answered", 1)
    (cited,) = answer.citations
    assert "pilot vouchers worth up to 500,000 yuan" in cited.quote
    places = (cited, *cited.copies)
    assert sorted(place.transcript_id for place in places) == sorted(PAGES)
    for place in places:
        transcript = practice.transcript(place.transcript_id)
        assert place.quote == transcript.text[place.start : place.end]
        assert (place.title, place.date) == (transcript.title, transcript.date)
        assert place.url == transcript.page_url(place.page)
        assert transcript.turn(place.turn).speaker == cited.speaker == "Fang Weili"
    (excerpt,) = (copy for copy in cited.copies if copy.transcript_id == EXCERPT)
    assert (excerpt.title, excerpt.url) == ("An excerpt", "https://example.org/excerpt.html")


@pytest.mark.model
@pytest.mark.parametrize("question", [VOUCHERS, "中试券每年最高多少？", "What is in the register?"])
def test_no_sentence_of_a_speaker_stands_twice_among_the_best_passages(
    practice: Assistant, question: str
) -> None:
    hits = practice.search(question, 5).hits
    said = [
        (hit.passage.speaker, "".join(hit.passage.sentence_text(number).split()))
        for hit in hits
        for number in range(len(hit.passage.sentences))
    ]
    assert len(hits) == 5
    assert len(set(said)) == len(said)
    for hit in hits:
        assert len(hit.copies) >= 2
        for copy in hit.copies:
            text = practice.transcript(copy.transcript_id).text
            assert copy.quote == text[copy.start : copy.end]
