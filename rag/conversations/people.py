"""Where each of several people's conversations lie: in a folder that is only theirs."""

from __future__ import annotations

import hashlib
import string
from pathlib import Path

from rag.errors import StorageError

_FOLDER = "users"
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def plain(name: str) -> str:
    """A name or an e-mail address without what tells no two people apart: case, outer spaces.

    Of ASCII alone: what more Unicode holds to be the same may be two people to who names them.
    """
    return name.strip(" \t").translate(_LOWER)


def folder_of(identity: str, data_dir: Path) -> Path:
    """The folder of a person; no part of its path is made of what the identity says."""
    known_as = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
    return data_dir / _FOLDER / known_as


def make_folder(identity: str, data_dir: Path) -> Path:
    """The same, made so that no other account of the machine can look into it.

    Raises StorageError where it cannot be made.
    """
    folder = folder_of(identity, data_dir)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        for each in (folder.parent, folder):
            each.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be made ({error.strerror}). See that {data_dir} can be "
            "written and that the disk has room."
        ) from error
    return folder
