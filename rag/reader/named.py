"""What is said of the reader that the settings name, before and without opening it."""

from __future__ import annotations

from rag.hosts import destination_of
from rag.settings import Settings

# What the setting names where the bundled reader reads.
BUNDLED = "bundled"


def is_decision_model(settings: Settings) -> bool:
    """Whether the model named reads all by itself: a decision model, not a chat model."""
    return settings.reader_model.partition(":")[0] in ("systemone", "typesafe")


def reader_destination(settings: Settings) -> str:
    """The host that questions and passages are sent to be read; "" when they stay here."""
    if settings.reader_model == BUNDLED:
        return ""
    return destination_of(settings.reader_model, settings.reader_base_url)


def describe_reader(settings: Settings) -> str:
    """In a sentence or two: which reader reads, and whether passages leave the machine."""
    name = settings.reader_model
    if name == BUNDLED:
        return "The bundled reader reads the passages, on this machine."
    host = reader_destination(settings)
    what = "the passages" if is_decision_model(settings) else "what the bundled reader is unsure of"
    where = f"questions and passages go to {host}" if host else "on this machine"
    return f"The reader {name} reads {what}, {where}. Where it fails, the bundled one reads."
