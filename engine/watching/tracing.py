"""Spans for OpenTelemetry: requests, steps, jobs, handlers, outside calls. An extra.

``pip install 'zholdama[otel]'``, ``ZHOLDAMA_TRACES=1``; where the spans go the SDK reads from its
own variables (``OTEL_EXPORTER_OTLP_ENDPOINT``, …). Names and ids only: an exception leaves the name
of its class, not its text, and nothing of a trace is sent to outside systems.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.errors import ValueRefused
from engine.model.text import text
from engine.watching.points import Span, Tracer, trail

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_MISSING = text("ZHOLDAMA_TRACES needs another package; install it with: {command}")


def exporting() -> "TracerProvider":
    """Return a provider that sends spans in batches, from a thread of its own.

    Raises `ValueRefused` if the extra is not installed.
    """
    try:
        # Here, not above: an extra that most installations do not have.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ModuleNotFoundError as error:
        command = "pip install 'zholdama[otel]'"
        raise ValueRefused(text(_MISSING.msgid, command=command)) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "zholdama"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def tracer_of(provider: "TracerProvider") -> Tracer:
    """Return what `points.install` takes."""
    # Here for the same reason.
    from opentelemetry.trace import StatusCode  # noqa: PLC0415

    tracer = provider.get_tracer("zholdama")

    @contextmanager
    def spanned(name: str, attributes: dict[str, str | int]) -> Iterator[Span]:
        found = trail()
        ids = {"request": found.request, "job": found.job, "instance": found.instance}
        whole = {**{key: value for key, value in ids.items() if value}, **attributes}
        with tracer.start_as_current_span(
            f"zholdama.{name}",
            attributes={f"zholdama.{key}": value for key, value in whole.items()},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise

    return spanned
