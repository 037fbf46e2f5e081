"""Proposing evaluation records from the corpus itself, for a person to accept, edit or reject.

Two kinds: an official's sentence that carries a figure, a name or a date, and a reporter's
question with the sentences that answer it. The evidence is filled in from the transcript, so
an accepted record is always found again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.errors import SetError
from eval.records import EvidenceLine, Record, read_records
from rag.text.language import detect_language, terms
from rag.text.sentences import split_sentences
from rag.types import Range, Transcript, Turn

_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(
    rf"\b(?:{_MONTH})\b(?: \d{{1,2}}\b)?(?:,? \d{{4}}\b)?|\b(?:19|20)\d\d\b"
    r"|\d{2,4}年(?:\d{1,2}月)?(?:\d{1,2}日)?"
)
_FIGURE = re.compile(
    r"\d[\d,.]*(?<=\d)(?:\s?(?:%|percent|million|billion|trillion|[万萬]?[亿億]|[万萬]))?"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|hundreds?|thousands?)\b"
    r"|[二三四五六七八九十百千万萬亿億]{2,}|[二三四五六七八九十](?=[个個所家项項期年])"
)
_NAME = re.compile(
    r"[A-Z][\w&’'-]*(?:\s(?:(?:of|and|for|the|on)\s){0,2}[A-Z][\w&’'-]*)+|《[^》\n]{2,60}》"
)
# A reporter's question is answered by the sentences that share most of its words.
_REPLY_SENTENCES = 3
# Characters; nobody asks about a "sentence" that is longer, it was not split rightly.
_MAX_SENTENCE = 1_000


def propose(transcripts: Sequence[Transcript]) -> Iterator[Record]:
    """Records drafted from transcripts, in the order of the text."""
    for transcript in transcripts:
        for turn in transcript.turns:
            if turn.role == "official":
                yield from _from_statement(transcript, turn)
            elif turn.role == "reporter":
                yield from _from_question(transcript, turn)


def accepted_ids(path: Path) -> set[str]:
    """The ids that a set already holds; none where there is no file yet.

    Raises SetError when the file has lines that cannot be used: nothing is added to those.
    """
    if not path.exists() or not path.read_bytes().strip():
        return set()
    records, problems, _ = read_records(path)
    if problems:
        first = problems[0]
        raise SetError(f"{path}, line {first.line}: {first.text}. Mend it before adding to it.")
    return {record.id for _, record in records}


def append_record(path: Path, record: Record) -> None:
    """Add a record to a set as a new line. Raises SetError when it cannot be written."""
    line = record.model_dump_json(exclude_defaults=True, exclude_none=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            # Whoever edits by hand may have left the last line without its end.
            if file.seek(0, 2) and (file.seek(-1, 2), file.read(1))[1] != b"\n":
                file.write(b"\n")
            file.write(line.encode() + b"\n")
    except OSError as error:
        raise SetError(f"{path} cannot be written ({error.strerror or error}).") from error


def _from_statement(transcript: Transcript, turn: Turn) -> Iterator[Record]:
    for sentence in _sentences(transcript, turn):
        text = transcript.text[sentence.start : sentence.end]
        facts = _facts(text)
        if facts:
            subject = max(_NAME.findall(text) or facts, key=len)
            question = f"What did {turn.speaker} say about {' '.join(subject.split())}?"
            if detect_language(text) != "en":
                question = f"关于{subject}，{turn.speaker}怎么说？"
            yield _record(transcript, turn, question, "factual", text, facts, [(turn, sentence)])


def _from_question(transcript: Transcript, turn: Turn) -> Iterator[Record]:
    asked = [
        text
        for start, end in _sentences(transcript, turn)
        if (text := " ".join(transcript.text[start:end].split())).endswith(("?", "？"))
    ]
    replies = [
        (reply, sentence)
        for reply in transcript.turns
        if reply.role == "official" and reply.exchange == turn.number
        for sentence in _sentences(transcript, reply)
    ]
    for question in asked:
        words = set(terms(question))
        shared = [
            len(words & set(terms(transcript.text[start:end]))) for _, (start, end) in replies
        ]
        best = sorted(range(len(replies)), key=lambda i: (-shared[i], i))[:_REPLY_SENTENCES]
        evidence = [replies[i] for i in sorted(best) if shared[i] > 0]
        if evidence:
            yield _record(transcript, turn, question, "reported_question", "", (), evidence)


def _record(
    transcript: Transcript, turn: Turn, question: str, kind: str, answer: str,
    facts: Sequence[str], evidence: Sequence[tuple[Turn, Range]],
) -> Record:  # fmt: skip
    key = f"{transcript.id}\x1f{turn.number}\x1f{question}\x1f{evidence[0][1]}"
    return Record(
        id=f"draft-{hashlib.sha256(key.encode()).hexdigest()[:10]}",
        question=question,
        language=detect_language(question),
        type=kind,
        answer=" ".join(answer.split()),
        must_include=tuple((fact,) for fact in facts),
        evidence=tuple(
            EvidenceLine(
                quote=transcript.text[start:end],
                speaker=speaker.speaker,
                transcript=transcript.id,
                page=transcript.page_at(start),
            )
            for speaker, (start, end) in evidence
        ),
    )


def _sentences(transcript: Transcript, turn: Turn) -> Iterator[Range]:
    for block in turn.blocks:
        for sentence in split_sentences(transcript.text, block.start, block.end):
            if sentence.end - sentence.start <= _MAX_SENTENCE:
                yield sentence


def _facts(sentence: str) -> tuple[str, ...]:
    """Dates and figures; names only where there are neither. In order, without repeats."""
    dates = _DATE.findall(sentence)
    figures = _FIGURE.findall(_DATE.sub(" ", sentence))
    return tuple(dict.fromkeys((*dates, *figures) or _NAME.findall(sentence)))
