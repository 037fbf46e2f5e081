"""The versions of the schema of kept conversations; each is a function below the one before."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

versions = Migrations("conversations")


@versions()
def conversations_and_rounds(database: Database) -> None:
    """The first version of the schema; what changes it later is a function below this one."""
    database.table("conversations").create(
        {"id": str, "title": str, "changed": str, "deleted": str},
        pk="id",
        not_null={"title", "changed"},
    )
    database.table("rounds").create(
        {
            "conversation": str, "number": int, "asked": str, "question": str, "filters": str,
            "answer": str, "told": str, "error": str,
        },
        pk=("conversation", "number"),
        not_null={"asked", "question", "filters", "error"},
        foreign_keys=[("conversation", "conversations", "id")],
    )  # fmt: skip
