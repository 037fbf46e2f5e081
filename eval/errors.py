"""What can go wrong with an evaluation, as sentences for the person who runs it."""

from __future__ import annotations

from rag.errors import HetaoError


class SetError(HetaoError):
    """An evaluation set cannot be read, or does not fit the corpus or another run."""


class RunError(HetaoError):
    """A run folder is missing, half written, damaged, or holds something else."""
