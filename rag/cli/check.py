"""``hetao ingest --check``: what a file would become, with nothing indexed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rag.cli.terminal import print_json, say, tell
from rag.transcripts.corpus import Corpus, read_corpus
from rag.types import Page, Transcript, shown_speaker


def check_files(paths: Sequence[Path], *, as_json: bool) -> None:
    """Print the turns and notes of files, as text or as the JSON of DESIGN's ``--check``.

    Raises CorpusError for a path that does not exist and a manifest that cannot be used.
    """
    corpus = read_corpus(paths)
    files = [
        _file_json(corpus, transcript, page)
        for transcript in corpus.transcripts
        for page in transcript.pages
    ]
    skipped = [asdict(skip) for skip in corpus.skipped]
    if as_json:
        print_json({"files": files, "skipped": skipped})
        return
    for skip in corpus.skipped:
        tell(f"Skipped {skip.path}: {skip.reason}")
    for file in files:
        _say_file(file)


def _file_json(corpus: Corpus, transcript: Transcript, page: Page) -> dict[str, Any]:
    return {
        "path": page.file,
        "transcript_id": transcript.id,
        "turns": [
            {
                "turn": turn.number,
                "speaker": turn.speaker,
                "role": turn.role,
                "start": turn.start,
                "end": turn.end,
                "text": transcript.turn_text(turn),
            }
            for turn in transcript.turns
            if turn.page == page.number
        ],
        "notes": [asdict(note) for note in corpus.notes if note.path == page.file],
    }


def _say_file(file: Mapping[str, Any]) -> None:
    say(f"{file['path']} ({file['transcript_id']}): {len(file['turns'])} turns")
    for turn in file["turns"]:
        words = " ".join(turn["text"].split())
        cut = words if len(words) <= 100 else f"{words[:70]} ... {words[-25:]}"
        say(f"{turn['turn']:>4}. {shown_speaker(turn['speaker'])} ({turn['role']}): {cut}")
    for note in file["notes"]:
        say(f"Note, line {note['line']}: {note['text']}")
    say("")
