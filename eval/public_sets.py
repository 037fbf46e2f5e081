"""Public data sets as evaluation sets, read where they lie (the setting ``eval_data_dir``).

- ``qmsum``: QMSum (Zhong et al., NAACL 2021), validation split: the specific queries over 35
  meetings, each asked within its own meeting. The gold is turn ranges; as evidence counts
  each sentence of five words or more in them ("Yeah ." in a gold range is no evidence).
- ``xquad``, ``xquad-zh``: XQuAD (Artetxe et al., ACL 2020): 1,190 questions, in English or in
  Chinese, in both cases over the 240 English paragraphs; ``xquad-zh-zh`` asks the Chinese
  questions over the Chinese paragraphs.

Meetings and paragraphs become transcripts whose turns are an official's, since the system
cites nobody else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from eval.errors import SetError
from eval.records import Case, EvaluationSet, GoldEvidence, Record, Span
from rag.settings import Settings
from rag.text.sentences import split_sentences
from rag.transcripts.corpus import Corpus
from rag.types import Language, Page, Range, Transcript, Turn

_QMSUM, _XQUAD_EN, _XQUAD_ZH = "qmsum-val.jsonl", "xquad.en.json", "xquad.zh.json"
_MIN_WORDS = 5


def read_named_set(name: str, settings: Settings) -> tuple[EvaluationSet, Corpus]:
    """The set of that name with the corpus it is about.

    ``name`` must be in NAMED_SETS. Raises SetError when its files are missing or damaged.
    """
    files, build = _SETS[name]
    folder = settings.eval_data_dir
    try:
        contents = [(folder / file).read_bytes() for file in files]
    except OSError as error:
        raise SetError(
            f"The set {name} needs {' and '.join(files)} in {folder}: {error.strerror or error}. "
            "Put them there, or set HETAO_EVAL_DATA_DIR to the folder that has them."
        ) from error
    try:
        cases, transcripts = build(*contents)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise SetError(
            f"{' or '.join(files)} in {folder} is not in the form of {name} ({error!r}). "
            "Get the files again from where they are published."
        ) from error
    sha256 = hashlib.sha256(b"\0".join((name.encode(), *contents))).hexdigest()
    return EvaluationSet(name, sha256, tuple(cases)), _corpus(transcripts)


def _read_qmsum(data: bytes) -> tuple[list[Case], list[Transcript]]:
    cases: list[Case] = []
    transcripts = []
    for number, line in enumerate(data.decode().split("\n"), 1):
        if not line.strip():
            continue
        meeting = json.loads(line)
        transcript_id = f"qmsum-val-{number:02d}"
        said = [(turn["speaker"], turn["content"]) for turn in meeting["meeting_transcripts"]]
        transcript, turn_at = _transcript(transcript_id, f"Meeting {number}", said)
        transcripts.append(transcript)
        for query_number, query in enumerate(meeting["specific_query_list"], 1):
            indices = [
                index
                for first, last in query["relevant_text_span"]
                for index in range(int(first), int(last) + 1)
            ]
            turns = [turn_at[index] for index in dict.fromkeys(indices) if index in turn_at]
            record = Record(
                id=f"{transcript_id}-{query_number:02d}", question=query["query"],
                language="en", type="meeting", answer=query["answer"],
            )  # fmt: skip
            cases.append(Case(record, _sentences(transcript, turns), (transcript_id,)))
    return cases, transcripts


def _sentences(transcript: Transcript, turns: Sequence[Turn]) -> tuple[GoldEvidence, ...]:
    """Each sentence of the turns, short ones left out where there are longer ones."""
    found = [
        (turn, sentence)
        for turn in turns
        for block in turn.blocks
        for sentence in split_sentences(transcript.text, block.start, block.end)
    ]
    texts = [transcript.text[start:end] for _, (start, end) in found]
    enough = [len(text.split()) >= _MIN_WORDS for text in texts]
    return tuple(
        GoldEvidence(text, turn.speaker, (Span(transcript.id, *sentence),))
        for (turn, sentence), text, long in zip(found, texts, enough, strict=True)
        if long or not any(enough)
    )


def _read_xquad(
    language: Language, asked: bytes, english: bytes = b""
) -> tuple[list[Case], list[Transcript]]:
    questions = {
        question["id"]: (question["question"], question["answers"][0]["text"])
        for _, _, question in _xquad_questions(json.loads(asked))
    }
    cases = []
    transcripts: dict[str, Transcript] = {}
    for title, (number, paragraph), question in _xquad_questions(json.loads(english or asked)):
        transcript_id = f"xquad-{title}-{number}"
        if transcript_id not in transcripts:
            spoken = [(title.replace("_", " "), paragraph)]
            transcripts[transcript_id], _ = _transcript(transcript_id, spoken[0][0], spoken)
        answer = question["answers"][0]
        start = int(answer["answer_start"])
        end = start + len(answer["text"])
        text, own_answer = questions[question["id"]]
        record = Record(
            id=question["id"], question=text, language=language, type="factual", answer=own_answer,
            must_include=(tuple(dict.fromkeys((answer["text"], own_answer))),),
        )  # fmt: skip
        evidence = GoldEvidence(answer["text"], "", (Span(transcript_id, start, end),))
        cases.append(Case(record, (evidence,)))
    return cases, list(transcripts.values())


def _xquad_questions(
    data: Mapping[str, Any],
) -> Iterator[tuple[str, tuple[int, str], Mapping[str, Any]]]:
    for article in data["data"]:
        for number, paragraph in enumerate(article["paragraphs"], 1):
            for question in paragraph["qas"]:
                yield article["title"], (number, paragraph["context"]), question


def _transcript(
    transcript_id: str, title: str, said: Sequence[tuple[str, str]]
) -> tuple[Transcript, dict[int, Turn]]:
    """A one-page transcript, and its turns by their place in ``said`` (empty ones have none)."""
    turns: dict[int, Turn] = {}
    position = 0
    for index, (speaker, words) in enumerate(said):
        if words.strip():
            start = position + len(words) - len(words.lstrip())
            block = Range(start, position + len(words.rstrip()))
            turns[index] = Turn(len(turns) + 1, speaker, "official", 1, (block,))
        position += len(words) + 1
    text = "\n".join(words for _, words in said)
    page = Page(1, f"{transcript_id}.txt", "", 0, len(text))
    transcript = Transcript(
        transcript_id, title, None, "", "", text, (page,), tuple(turns.values())
    )
    return transcript, turns


def _corpus(transcripts: Sequence[Transcript]) -> Corpus:
    files = {
        transcript.pages[0].file: hashlib.sha256(transcript.text.encode()).hexdigest()
        for transcript in transcripts
    }
    return Corpus(tuple(transcripts), files, skipped=(), notes=())


_Build = Callable[..., tuple[list[Case], list[Transcript]]]
_SETS: Mapping[str, tuple[tuple[str, ...], _Build]] = {
    "qmsum": ((_QMSUM,), _read_qmsum),
    "xquad": ((_XQUAD_EN,), partial(_read_xquad, "en")),
    "xquad-zh": ((_XQUAD_ZH, _XQUAD_EN), partial(_read_xquad, "zh-Hans")),
    "xquad-zh-zh": ((_XQUAD_ZH,), partial(_read_xquad, "zh-Hans")),
}
NAMED_SETS = tuple(_SETS)
