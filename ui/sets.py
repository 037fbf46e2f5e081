"""What the sets of questions are called on the Evaluation page."""

from __future__ import annotations

from eval.catalogue import known_sets
from rag.settings import Settings
from ui.language import N_, _

_NAMED_LABELS = {
    "qmsum": N_("QMSum · questions on 35 meetings (public)"),
    "xquad": N_("XQuAD · questions in English (public)"),
    "xquad-zh": N_("XQuAD · questions in Chinese (public)"),
}


def offered_sets(settings: Settings) -> dict[str, str]:
    """The path or name of each set, and its label: one's own first, then the bundled."""
    return {
        path: _(_NAMED_LABELS[called]) if called in _NAMED_LABELS else called
        for path, called in known_sets(settings).items()
    }
