"""Spans, as the SDK's own exporter in memory sees them: names and ids, no texts of errors."""

import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from engine.clock import TestClock
from engine.errors import ValueRefused
from engine.handling import Call
from engine.store import Database
from engine.watching import points, tracing
from engine.web.application import create_app
from handlers.registries import transport
from handlers.registries.base import RegistryFault
from tests.concurrency.jobs_diagrams import ASKING
from tests.concurrency.jobs_world import Answer, Question, World
from tests.conftest import NOW
from tests.sample_office import furnish
from tests.watching import listening


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What was traced."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with listening(tracer=tracing.tracer_of(provider)):
        yield exporter
    provider.shutdown()


def named(exporter: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [one for one in exporter.get_finished_spans() if one.name == f"zholdama.{name}"]


def test_a_step_a_job_a_handler_and_an_outside_call(
    sqlite: Database, clock: TestClock, spans: InMemorySpanExporter
) -> None:
    world = World(sqlite, clock)

    def ask(query: Question, call: Call) -> Answer:
        with pytest.raises(RegistryFault):
            transport.post("http://127.0.0.1:9/q?iin=860502304418", b"860502304418", {}, 1.0)
        return Answer()

    world.handler(ask)
    world.deploy(ASKING)
    with points.following(points.Trail(request="req-click-1")):
        case = world.start("asking", "K-1")
    world.executor().run_due()
    [handler], [job], [call] = named(spans, "handler"), named(spans, "job"), named(spans, "call")
    started, answered = named(spans, "step")
    assert call.parent is not None
    assert call.parent.span_id == handler.context.span_id
    assert answered.parent is not None
    assert answered.parent.span_id == job.context.span_id
    for one in (handler, job, answered, started):
        assert one.attributes is not None
        assert one.attributes["zholdama.request"] == "req-click-1"
    assert job.attributes is not None
    assert job.attributes["zholdama.instance"] == case
    assert dict(call.attributes or {})["zholdama.host"] == "127.0.0.1"
    assert call.status.status_code is StatusCode.ERROR
    everything = "".join(one.to_json() for one in spans.get_finished_spans())
    assert "860502304418" not in everything


def test_a_request_is_a_span_under_its_id(sqlite: Database, spans: InMemorySpanExporter) -> None:
    client = create_app(furnish(sqlite, TestClock(NOW), cases=0)).test_client()
    client.get("/sign-in?iin=860502304418", headers={"X-Request-ID": "req-span-1"})
    [request] = named(spans, "request")
    wanted = {
        "zholdama.request": "req-span-1",
        "zholdama.route": "/sign-in",
        "zholdama.method": "GET",
        "zholdama.status": 200,
    }
    assert dict(request.attributes or {}) == wanted
    assert "860502304418" not in request.to_json()


def test_an_error_leaves_its_class_not_its_text(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="Seitova"), points.span("step", process="p"):
        raise ValueError("Seitova")
    [found] = named(spans, "step")
    assert dict(found.attributes or {})["error.type"] == "ValueError"
    assert found.events == ()
    assert "Seitova" not in found.to_json()


def test_nobody_traces_by_default() -> None:
    assert points.span("step", process="p") is points.span("job", job="j")


def test_without_the_extra_the_setting_is_refused_with_the_cure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ValueRefused, match=r"pip install 'zholdama\[otel\]'"):
        tracing.exporting()


def test_with_the_extra_spans_have_somewhere_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    provider = tracing.exporting()
    assert provider.resource.attributes["service.name"] == "zholdama"
    provider.shutdown()
