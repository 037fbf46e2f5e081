"""What callers send to the service, with its bounds."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rag.errors import QuestionError
from rag.questions.question import MAX_CHARACTERS
from rag.types import Filters, Message, Role

_MOST = 50
MOST_MESSAGES = 200


def _whole(text: str) -> str:
    """Half of a character cannot be written down again: a question mark takes its place."""
    return text.encode("utf-8", "replace").decode("utf-8")


Text = Annotated[str, AfterValidator(_whole)]
# Described alone: what is empty or too long is refused in a sentence by the assistant itself.
Question = Annotated[
    Text, Field(json_schema_extra={"minLength": 1, "maxLength": MAX_CHARACTERS, "pattern": r"\S"})
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FiltersIn(_Strict):
    """Which passages may be used; empty means all."""

    speakers: list[Text] = Field(default=[], max_length=_MOST)
    roles: list[Role] = Field(default=[], max_length=_MOST)
    transcripts: list[Text] = Field(default=[], max_length=_MOST)
    since: datetime.date | None = None
    until: datetime.date | None = None

    def filters(self) -> Filters:
        """The same as the assistant takes it."""
        return Filters(
            tuple(self.speakers), tuple(self.roles), tuple(self.transcripts), self.since, self.until
        )


class MessageIn(_Strict):
    """One line of the conversation so far."""

    role: Literal["user", "assistant"]
    content: Text


class AskIn(_Strict):
    """A question. With ``stream`` the answer comes as server-sent events, claim by claim."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"question": "How many of the world's top 100 universities does Hong Kong have?"}
            ]
        },
    )

    question: Question
    history: list[MessageIn] = Field(default=[], max_length=MOST_MESSAGES)
    filters: FiltersIn = FiltersIn()
    stream: bool = False

    def messages(self) -> tuple[Message, ...]:
        """The conversation as the assistant takes it."""
        return tuple(Message(each.role, each.content) for each in self.history)


class SearchIn(_Strict):
    """What to look for, and how many passages, 1 to 200."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"question": "research personnel", "k": 5, "filters": {"roles": ["official"]}}
            ]
        },
    )

    question: Question
    k: int = Field(default=10, ge=1, le=200)
    filters: FiltersIn = FiltersIn()


class ChatMessageIn(BaseModel):
    """One message as OpenAI's interface has it; ``content`` is text or a list of text parts."""

    role: str
    content: str | list[dict[str, Any]] | None = None

    def text(self) -> str:
        """Its words."""
        if isinstance(self.content, list):
            return _whole("\n".join(str(part.get("text") or "") for part in self.content))
        return _whole(self.content or "")


class ChatIn(BaseModel):
    """What OpenAI's clients send; what has no meaning here (temperature and the like) is passed
    over."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {"model": "hetao", "messages": [{"role": "user", "content": "Who took part?"}]}
            ]
        },
    )

    messages: list[ChatMessageIn] = Field(min_length=1, max_length=MOST_MESSAGES)
    model: str = ""
    stream: bool = False

    def question(self) -> tuple[str, tuple[Message, ...]]:
        """The last message of the user, and those of user and assistant before it.

        Raises QuestionError where there is none.
        """
        said = [
            Message("user" if each.role == "user" else "assistant", each.text())
            for each in self.messages
            if each.role in ("user", "assistant")
        ]
        asked = [number for number, message in enumerate(said) if message.role == "user"]
        if not asked:
            raise QuestionError("None of the messages is a user's: there is nothing to answer.")
        return said[asked[-1]].content, tuple(said[: asked[-1]])
