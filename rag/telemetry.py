"""The steps of a question as spans: how long each took and what came of it.

A step says what it does by :func:`span`; whether that is recorded is up to the root that it is
under, which :mod:`rag.collector` opens where HETAO_TRACE says so. A span holds numbers, the names
of models and the kinds of errors. What was asked, found and answered is in it only where
HETAO_TRACE_TEXTS says so. What LangChain traces is another matter: :mod:`rag.tracing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeVar

Value = bool | int | float | str
Item = TypeVar("Item")

# What OpenTelemetry has a name for; all else is called "hetao." and its own name.
# https://opentelemetry.io/docs/specs/semconv/registry/attributes/
_CONVENTIONS = {
    "operation": "gen_ai.operation.name",
    "provider": "gen_ai.provider.name",
    "model": "gen_ai.request.model",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "dimension": "gen_ai.embeddings.dimension.count",
    "method": "http.request.method",
    "route": "http.route",
    "status_code": "http.response.status_code",
    "error_type": "error.type",
}


class Span:
    """A step; of this one nothing is recorded, as where tracing is off."""

    __slots__ = ()

    def note(self, **values: Value) -> None:
        """Record numbers, names and kinds: nothing that anybody wrote."""

    def quote(self, **texts: str | Iterable[str]) -> None:
        """Record what was written, where HETAO_TRACE_TEXTS says so."""

    def rename(self, name: str) -> None:
        """Give it the name that is known only at its end."""

    def fail(self, kind: str) -> None:
        """Record that it failed, and of what kind the failure is."""

    def __enter__(self) -> Span:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """End the step, as failed where it is left by an error."""


NOT_RECORDED = Span()
_current: ContextVar[RecordedSpan | None] = ContextVar("span", default=None)


def span(name: str, **values: Value) -> Span:
    """A step of the one that goes on, to be entered by ``with``; not recorded outside of a root.

    The block must not be left by a ``yield``: :func:`during` is for what is made bit by bit.
    """
    parent = _current.get()
    return NOT_RECORDED if parent is None else parent.child(name, values)


def current() -> Span:
    """The step that goes on."""
    return _current.get() or NOT_RECORDED


def during(step: Span, items: Iterator[Item]) -> Iterator[Item]:
    """The items, each made inside the step, which ends with the last or when no more are wanted.

    Between two items it is not the one that goes on: what the caller does then is the caller's.
    """
    return step.around(items) if isinstance(step, RecordedSpan) else items


class RecordedSpan(Span):
    """A step that is recorded from now on.

    Args:
        tracer: OpenTelemetry's.
        texts: whether texts are recorded.
        name: one of few, so that the same steps can be compared.
        values: as of :meth:`Span.note`.
        more: what else OpenTelemetry's ``start_span`` takes.
    """

    __slots__ = ("_entered", "_span", "_texts", "_tracer")

    def __init__(
        self, tracer: Any, texts: bool, name: str, values: Mapping[str, Value], **more: Any
    ) -> None:
        self._tracer = tracer
        self._texts = texts
        self._span = tracer.start_span(name, **more)
        self._entered = ExitStack()
        self.note(**values)

    def child(self, name: str, values: Mapping[str, Value]) -> RecordedSpan:
        """A step of this one, which goes on."""
        return RecordedSpan(self._tracer, self._texts, name, values)

    def note(self, **values: Value) -> None:
        """See :class:`Span`."""
        for name, value in values.items():
            self._span.set_attribute(_CONVENTIONS.get(name, f"hetao.{name}"), value)

    def quote(self, **texts: str | Iterable[str]) -> None:
        """See :class:`Span`."""
        for name, text in texts.items() if self._texts else ():
            self._span.set_attribute(f"hetao.{name}", text if isinstance(text, str) else [*text])

    def rename(self, name: str) -> None:
        """See :class:`Span`."""
        self._span.update_name(name)

    def fail(self, kind: str) -> None:
        """See :class:`Span`."""
        from opentelemetry.trace import StatusCode

        self._span.set_status(StatusCode.ERROR)
        self.note(error_type=kind)

    def __enter__(self) -> RecordedSpan:
        self._entered.enter_context(self._going_on())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._entered.close()
        self._end(error)

    def around(self, items: Iterator[Item]) -> Iterator[Item]:
        """See :func:`during`."""
        end, failed = object(), None
        try:
            while True:
                with self._going_on():
                    item: Any = next(items, end)
                if item is end:
                    return
                yield item
        except Exception as error:
            failed = error
            raise
        finally:
            self._end(failed)

    @contextmanager
    def _going_on(self) -> Iterator[None]:
        # As OpenTelemetry's own current span, too: what another library records is under it.
        token = _current.set(self)
        try:
            with _as_current(self._span):
                yield
        finally:
            _current.reset(token)

    def _end(self, error: BaseException | None) -> None:
        if error is not None:
            self.fail(type(error).__qualname__)
            # The message of an error may repeat what was asked or said, and so may its traceback.
            if self._texts:
                self._span.record_exception(error)
        self._span.end()


def _as_current(otel_span: Any) -> AbstractContextManager[Any]:
    from opentelemetry.trace import use_span

    chosen: AbstractContextManager[Any] = use_span(
        otel_span, end_on_exit=False, record_exception=False, set_status_on_exception=False
    )
    return chosen
