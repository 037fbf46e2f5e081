"""The sets of questions that the Evaluation page offers, and adding one's own."""

from __future__ import annotations

import re
from pathlib import Path

from eval.errors import SetError
from eval.public_sets import NAMED_SETS
from eval.records import SETS, complain, read_records
from rag.settings import Settings
from ui import users
from ui.language import N_, _

_NAMED_LABELS = {
    "qmsum": N_("QMSum · questions on 35 meetings (public)"),
    "xquad": N_("XQuAD · questions in English (public)"),
    "xquad-zh": N_("XQuAD · questions in Chinese (public)"),
}


def offered_sets(settings: Settings) -> dict[str, str]:
    """The path or name of each set, and its label: one's own first, then the bundled."""
    files = [
        path for folder in (own_sets(settings), SETS) for path in sorted(folder.glob("*.jsonl"))
    ]
    named = NAMED_SETS if settings.eval_data_dir.is_dir() else ()
    return {str(path): path.stem for path in files} | {
        name: _(_NAMED_LABELS[name]) if name in _NAMED_LABELS else name for name in named
    }


def set_named(name: str, settings: Settings) -> str:
    """The path or name of the set that a run names. Raises SetError when it is not offered."""
    for path in offered_sets(settings):
        if Path(path).stem == name:
            return path
    raise SetError(
        _(
            "The set {name} of this run is not among those offered here. Add it, or go on with "
            "the run where it was started from."
        ).format(name=name)
    )


def own_sets(settings: Settings) -> Path:
    """The folder of the sets that were added from the page."""
    return settings.data_dir / "sets"


def add_set(settings: Settings, file_name: str, data: bytes) -> Path:
    """Keep a set under the data directory, once each of its lines has been read.

    Its quotes are looked up in the transcripts when it is run. Raises SetError when a line
    cannot be used, when there is another set of that name, or when it cannot be written,
    AccessError for a user who is no administrator.
    """
    users.ensure_may_change()
    stem = re.sub(r"[^\w-]+", "-", Path(file_name).stem).strip("-")[:80] or "questions"
    path = own_sets(settings) / f"{stem}.jsonl"
    if stem in {Path(known).stem for known in offered_sets(settings)} and not _holds(path, data):
        words = _("There is a set {name} already. Give your file another name.")
        raise SetError(words.format(name=stem))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(data)
    except OSError as error:
        words = _("{path} cannot be written ({reason}).")
        raise SetError(words.format(path=path, reason=error.strerror or error)) from error
    try:
        problems = read_records(part)[1]
        if problems:
            raise complain(Path(file_name), problems)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data
