"""API keys: who may use the service, and for what. Only the hash of a key is kept."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from filelock import FileLock
from pydantic import BaseModel, TypeAdapter, ValidationError

from rag.errors import SettingsError, StorageError

Scope = Literal["ask", "ingest", "eval", "metrics"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
_PREFIX = "hetao_"
_FILE = "keys.json"


class Key(BaseModel):
    """A key as it is kept: ``sha256`` is in hexadecimal, ``created`` in UTC."""

    name: str
    sha256: str
    scopes: tuple[Scope, ...]
    created: datetime


_KEYS = TypeAdapter(tuple[Key, ...])


class Keys:
    """The keys of a data folder; read anew whenever their file was changed."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / _FILE
        self._stamp = 0
        self._known: tuple[Key, ...] = ()

    def all(self) -> tuple[Key, ...]:
        """The keys there are. Raises StorageError where their file cannot be used."""
        try:
            stamp = self._file.stat().st_mtime_ns
            if stamp != self._stamp:
                self._known = _KEYS.validate_json(self._file.read_bytes())
                self._stamp = stamp
        except FileNotFoundError:
            self._known, self._stamp = (), 0
        except (OSError, ValidationError) as error:
            raise StorageError(
                f"The keys in {self._file} cannot be used. Restore the file, or delete it and make "
                "new keys: hetao keys add NAME"
            ) from error
        return self._known

    def find(self, secret: str) -> Key | None:
        """The key that a caller gave, if it is one.

        A key has 192 random bits, so that a plain hash is enough: there is nothing to guess.
        """
        digest = hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
        return next((key for key in self.all() if secrets.compare_digest(key.sha256, digest)), None)

    def add(self, name: str, scopes: Sequence[Scope]) -> str:
        """Make a key; returns its secret, which is not kept.

        Raises SettingsError for a name that is empty or taken, StorageError.
        """
        name = " ".join(name.split())
        secret = _PREFIX + secrets.token_urlsafe(24)
        digest = hashlib.sha256(secret.encode()).hexdigest()
        with self._locked():
            if not name or any(key.name == name for key in self.all()):
                raise SettingsError(f"A key needs a name of its own: {name!r} is none or is taken.")
            made = Key(name=name, sha256=digest, scopes=tuple(scopes), created=datetime.now(UTC))
            self._write((*self.all(), made))
        return secret

    def revoke(self, name: str) -> None:
        """Take a key away. Raises SettingsError for a name that is not there, StorageError."""
        with self._locked():
            left = tuple(key for key in self.all() if key.name != name)
            if len(left) == len(self.all()):
                raise SettingsError(f"No key is called {name!r}: hetao keys list shows all.")
            self._write(left)

    def _locked(self) -> FileLock:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(self._file.with_suffix(".lock"))

    def _write(self, keys: tuple[Key, ...]) -> None:
        pending = self._file.with_suffix(".new")
        document = json.loads(_KEYS.dump_json(keys))
        try:
            with open(os.open(pending, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123 - Path.open knows no mode of access
                json.dump(document, file, indent=2)
            pending.replace(self._file)
        except OSError as error:
            raise StorageError(
                f"The keys cannot be written to {self._file}: {error.strerror}."
            ) from error
