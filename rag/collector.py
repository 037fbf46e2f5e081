"""Where spans go: a file, or a collector that takes OTLP; nowhere unless HETAO_TRACE says so.

OpenTelemetry is set up for Hetao alone. What the program around it records, and the variables by
which that is switched on, are its own. How a collector is spoken to is up to them all the same: its
key stands in OTEL_EXPORTER_OTLP_HEADERS.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rag.errors import HetaoError, SettingsError
from rag.hosts import host_of, is_here
from rag.settings import Settings
from rag.telemetry import NOT_RECORDED, RecordedSpan, Span, Value

_FILE = "file:"
# So long a collector may take for a batch of spans, with what is tried anew; an answer never waits
# for it, but a command may at its end.
_TIMEOUT_SECONDS = 2.0

_logger = logging.getLogger(__name__)
_handing_on: ContextVar[bool] = ContextVar("handing_on", default=False)


class Collector:
    """Opens the roots of traces; where ``tracer`` is None, none is recorded."""

    def __init__(self, tracer: Any = None, *, texts: bool = False) -> None:
        self._tracer = tracer
        self._texts = texts

    def root(self, name: str, **values: Value) -> Span:
        """The first step of ours, under the span of OpenTelemetry's that goes on, if any."""
        if self._tracer is None:
            return NOT_RECORDED
        return RecordedSpan(self._tracer, self._texts, name, values)

    def request(self, headers: Mapping[str, str], **values: Value) -> Span:
        """The step that answers a request over HTTP, under the caller's where ``traceparent`` tells
        it. https://www.w3.org/TR/trace-context/

        Args:
            headers: by their names in lower case.
            values: as of :meth:`~rag.telemetry.Span.note`.
        """
        if self._tracer is None:
            return NOT_RECORDED
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        caller = TraceContextTextMapPropagator().extract(headers)
        more = {"context": caller, "kind": SpanKind.SERVER}
        return RecordedSpan(self._tracer, self._texts, "HTTP", values, **more)


def open_collector(settings: Settings) -> Collector:
    """The collector that the settings name, one for all who name the same.

    Raises SettingsError for an address or a file that cannot be used, and where a package is
    missing. Nothing is sent yet.
    """
    return _opened(settings.trace, settings.trace_texts) if settings.trace else Collector()


def trace_destination(settings: Settings) -> str:
    """The host that spans are sent to; "" where they stay on this machine."""
    is_web = settings.trace and not settings.trace.startswith(_FILE)
    host = host_of(settings.trace) if is_web else ""
    return "" if is_here(host) else host


def describe_tracing(settings: Settings) -> str:
    """In a sentence: where spans go, and whether they hold texts."""
    if not settings.trace:
        return "off: no step is recorded"
    if settings.trace.startswith(_FILE):
        where = f"written to {Path(settings.trace.removeprefix(_FILE)).resolve()}"
    else:
        where = f"sent to {trace_destination(settings) or 'a collector on this machine'}"
    held = "with" if settings.trace_texts else "without"
    return f"spans are {where}, {held} what was asked, found and answered"


def try_collector(settings: Settings) -> None:
    """Have the collector take no spans, to see that it answers. Raises HetaoError."""
    open_collector(settings)
    if settings.trace and not settings.trace.startswith(_FILE):
        if _Exporter(_otlp(settings.trace), None).hand_on(()):
            return
        raise HetaoError(
            f"The collector on {host_of(settings.trace)} took no spans: see that it runs and that "
            "HETAO_TRACE is its address."
        )


@lru_cache
def _opened(target: str, texts: bool) -> Collector:
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
    except ImportError as error:
        raise _missing() from error
    own = version("hetao-rag")
    named = Resource.create({"service.name": "hetao", "service.version": own})
    provider = TracerProvider(resource=named)
    if target.startswith(_FILE):
        file = _Exporter(_lines(Path(target.removeprefix(_FILE))), target)
        provider.add_span_processor(SimpleSpanProcessor(file))
    else:
        sent = _Exporter(_otlp(target), host_of(target))
        provider.add_span_processor(BatchSpanProcessor(sent))
    return Collector(provider.get_tracer("hetao", own), texts=texts)


def _lines(path: Path) -> Any:
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter

    try:
        out = path.open("a", encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"HETAO_TRACE cannot be used: {path} cannot be written ({error.strerror or error})."
        ) from error
    return ConsoleSpanExporter(out=out, formatter=lambda each: f"{each.to_json(indent=None)}\n")


def _otlp(address: str) -> Any:
    """Raises SettingsError for what is no address and where the package is missing."""
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web:
        raise SettingsError(
            "HETAO_TRACE cannot be used: it is neither a file as file:spans.jsonl nor an address "
            "as http://127.0.0.1:4318."
        )
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise _missing() from error
    # https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
    endpoint = address.rstrip("/").removesuffix("/v1/traces") + "/v1/traces"
    return OTLPSpanExporter(endpoint=endpoint, timeout=_TIMEOUT_SECONDS)


def _missing() -> SettingsError:
    return SettingsError(
        "HETAO_TRACE needs a package that is not installed: run pip install 'hetao-rag[tracing]'"
    )


class _Exporter:
    """Hands spans on. Of what fails there is one warning until it works again, and no error.

    Args:
        exporter: OpenTelemetry's.
        where: what the warning names; None for no warning.
    """

    def __init__(self, exporter: Any, where: str | None) -> None:
        self._exporter = exporter
        self._where = where
        self._lock = threading.Lock()
        self._failed = False
        # The exporter's own messages, several for each batch, would fill the log.
        logging.getLogger(type(exporter).__module__).addFilter(_is_not_ours)

    def export(self, spans: Any) -> Any:
        """As OpenTelemetry's ``SpanExporter``."""
        from opentelemetry.sdk.trace.export import SpanExportResult

        held = self.hand_on(spans)
        if not held and not self._failed and self._where is not None:
            _logger.warning(
                "The spans of HETAO_TRACE cannot be handed to %s; answers go on without.",
                self._where,
            )
        self._failed = not held
        return SpanExportResult.SUCCESS if held else SpanExportResult.FAILURE

    def hand_on(self, spans: Any) -> bool:
        """Whether the spans were taken."""
        token = _handing_on.set(True)
        try:
            with self._lock:
                return bool(self._exporter.export(spans).name == "SUCCESS")
        except Exception:  # whatever it is, no answer may fail for it
            return False
        finally:
            _handing_on.reset(token)

    def shutdown(self) -> None:
        """As OpenTelemetry's ``SpanExporter``."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """As OpenTelemetry's ``SpanExporter``: what holds spans back is the processor."""
        return bool(self._exporter.force_flush(timeout_millis))


def _is_not_ours(_record: logging.LogRecord) -> bool:
    return not _handing_on.get()
