"""Reading transcripts, indexing them, and answering from them with citations.

As a library: ``from rag import Hetao``. What is named here is loaded when it is first used, for
the command line imports this package before it knows what is wanted.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.library import Hetao
    from rag.settings import Settings, load_settings
    from rag.types import Answer, Filters, Message

# Or onnxruntime tells its maker which program runs it, under a number of this machine that it keeps
# in the home directory. It looks as it is first imported, by whatever library.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__all__ = ["Answer", "Filters", "Hetao", "Message", "Settings", "load_settings"]

_HOMES = {
    "Hetao": "rag.library",
    "Settings": "rag.settings",
    "load_settings": "rag.settings",
    "Answer": "rag.types",
    "Filters": "rag.types",
    "Message": "rag.types",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
