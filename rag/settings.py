"""Every setting, one flat class: values only, nothing is built here.

Values come from the environment or from ``.env`` in the working directory, prefix
``HETAO_``. ``.env.example`` documents each; a test holds the two against each other.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import SettingsError

PREFIX = "HETAO_"
BUNDLED_MODEL = "multilingual-e5-small"


class Settings(BaseSettings):
    """What a user can set. See ``.env.example`` for the words a user reads."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    data_dir: Path = Path(".hetao")
    corpus_dir: Path = Path("corpus")
    eval_data_dir: Path = Path("../shared/data")
    chroma_url: str = ""
    index_url: str = ""
    ray_address: str = ""
    embedding_model: str = BUNDLED_MODEL
    embedding_batch_size: Annotated[int, Field(ge=1, le=1024)] = 16
    threads: Annotated[int, Field(ge=1, le=64)] = 2
    passage_tokens: Annotated[int, Field(ge=32, le=400)] = 200
    question_context: bool = True
    dense_weight: Annotated[float, Field(ge=0, le=1)] = 0.6
    answer_sentences: Annotated[int, Field(ge=1, le=8)] = 3
    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.52
    reranker_model: str = ""
    chat_model: str = ""
    chat_base_url: str = ""
    chat_api_key: SecretStr = SecretStr("")
    chat_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
    chat_context_tokens: Annotated[int, Field(ge=1024, le=1_000_000)] = 4096
    reader_model: str = "bundled"
    reader_base_url: str = ""
    reader_api_key: SecretStr = SecretStr("")
    reader_timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 10.0
    fetch_allowed_hosts: str = ""
    fetch_delay_seconds: Annotated[float, Field(ge=0, le=60)] = 1.0
    port: Annotated[int, Field(ge=1024, le=65535)] = 8501
    serve_port: Annotated[int, Field(ge=1024, le=65535)] = 8600
    serve_at_once: Annotated[int, Field(ge=1, le=64)] = 2
    serve_waiting: Annotated[int, Field(ge=0, le=10_000)] = 64
    serve_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 120
    serve_request_kb: Annotated[int, Field(ge=1, le=100_000)] = 256
    serve_client_seconds: Annotated[float, Field(gt=0, le=3600)] = 20.0
    serve_upload_kb: Annotated[int, Field(ge=1, le=10_000_000)] = 51_200
    serve_audit: Literal["off", "on", "texts"] = "off"
    log_detail: bool = False
    trace: str = ""
    trace_texts: bool = False
    users: Annotated[str, Field(pattern=r"^(off|oidc|header:[A-Za-z0-9-]+)$")] = "off"
    admins: str = ""

    @field_validator("admins")
    @classmethod
    def _admins_are_people(cls, named: str, info: ValidationInfo) -> str:
        # Whoever sets it expects that others are kept out.
        if named and info.data.get("users") == "off":
            raise ValueError("HETAO_USERS is off, so that nobody has a name")
        return named

    @property
    def models_dir(self) -> Path:
        """Where unpacked weights and vectors that are always wanted again lie."""
        return self.data_dir / "models"

    def handed_on(self) -> Settings:
        """The same for a process elsewhere, without a key."""
        keys = {name: SecretStr("") for name, value in self if isinstance(value, SecretStr)}
        return self.model_copy(update={**keys, "data_dir": self.data_dir.absolute()})


def load_settings(**overrides: object) -> Settings:
    """The settings in force, ``overrides`` first, then the environment, then ``.env``.

    Raises SettingsError for a value that cannot be used and for a name that is no setting
    (pydantic-settings passes over a misspelt variable in silence).
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    given = {name for name in (*os.environ, *_env_file_names()) if name.startswith(PREFIX)}
    for name in sorted(given - known):
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {close[0]}?" if close else " .env.example lists all settings."
        raise SettingsError(f"{name} is no setting of Hetao.{hint}")
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        problem = error.errors()[0]
        name = PREFIX + str(problem["loc"][0]).upper()
        raise SettingsError(
            f"{name} cannot be used: {problem['msg']}. See .env.example for what it takes."
        ) from error


def _env_file_names() -> list[str]:
    try:
        return list(dotenv_values(".env", encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file .env cannot be read: {error}") from error
