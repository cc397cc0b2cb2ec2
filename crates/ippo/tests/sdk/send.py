"""Sends spans, logs and metrics with the OpenTelemetry SDK for Python and prints what it sent, a JSON object a line.

send.py grpc|http-protobuf <endpoint> none|gzip <service>
"""
import json
import math
import sys
from concurrent.futures import ThreadPoolExecutor

from opentelemetry._logs import SeverityNumber
from opentelemetry.metrics import Observation
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import (
    ExplicitBucketHistogramAggregation,
    ExponentialBucketHistogramAggregation,
    View,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

protocol, endpoint, compression, service = sys.argv[1:]
if protocol == "grpc":
    from grpc import Compression
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter


def options(signal):
    kind = Compression.Gzip if compression == "gzip" else Compression.NoCompression
    if protocol == "grpc":
        return {"endpoint": endpoint, "insecure": True, "compression": kind}
    return {"endpoint": f"{endpoint}/v1/{signal}", "compression": kind}


def tell(signal, **what):
    print(json.dumps({"signal": signal, **what}))


def known(number):
    return number if number is not None and math.isfinite(number) else None


class Told(OTLPMetricExporter):
    """Prints each point, as ippo should have it, before it is sent."""

    def export(self, metrics_data, *args, **kwargs):
        for resource in metrics_data.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        self.tell(metric, point)
        return super().export(metrics_data, *args, **kwargs)

    @staticmethod
    def tell(metric, point):
        temporality = getattr(metric.data, "aggregation_temporality", None)
        row = {
            "metric": metric.name,
            "type": type(metric.data).__name__.replace("ExponentialHistogram", "exponential_histogram").lower(),
            "unit": metric.unit,
            "temporality": {None: None, 1: "delta", 2: "cumulative"}[temporality],
            "monotonic": getattr(metric.data, "is_monotonic", None),
            "value": getattr(point, "value", None),
            "count": getattr(point, "count", None),
            "sum": getattr(point, "sum", None),
            "min": known(getattr(point, "min", None)),
            "max": known(getattr(point, "max", None)),
            "distribution": None,
            "attrs": dict(point.attributes),
            "time": str(point.time_unix_nano),
        }
        if row["type"] == "histogram":
            row["distribution"] = {"bounds": list(point.explicit_bounds), "counts": list(point.bucket_counts)}
        if row["type"] == "exponential_histogram":
            buckets = [
                {"offset": side.offset, "counts": list(side.bucket_counts)} for side in (point.positive, point.negative)
            ]
            row["distribution"] = {
                "scale": point.scale,
                "zero_threshold": 0,
                "zero_count": point.zero_count,
                "positive": buckets[0],
                "negative": buckets[1],
            }
        tell("metrics", **row)


def attributes(n):
    return {
        "text": f"注文 {n} “quoted” \\ \n end",
        "whole": n * 1_000_003,
        "negative": -n,
        "share": n / 8,
        "flag": n % 2 == 0,
        "texts": ["a", "ü", ""],
        "numbers": [1, 2, n],
    }


resource = Resource.create({"service.name": service})
tracers = TracerProvider(resource=resource)
tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(**options("traces"))))
loggers = LoggerProvider(resource=resource)
loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(**options("logs"))))
# Sent once, at the end.
reader = PeriodicExportingMetricReader(Told(**options("metrics")), export_interval_millis=3_600_000)
views = [
    View(instrument_name="duration", aggregation=ExplicitBucketHistogramAggregation([0.1, 1, 10])),
    View(instrument_name="size", aggregation=ExponentialBucketHistogramAggregation(max_size=20)),
]
meters = MeterProvider(resource=resource, metric_readers=[reader], views=views)

tracer, logger, meter = tracers.get_tracer("fixture"), loggers.get_logger("fixture"), meters.get_meter("fixture")
orders = meter.create_counter("orders", unit="{order}")
waiting = meter.create_up_down_counter("waiting", unit="{order}")
level = meter.create_gauge("level", unit="1")
duration = meter.create_histogram("duration", unit="s")
size = meter.create_histogram("size", unit="By")
meter.create_observable_gauge("heat", [lambda _: [Observation(36.5, {"where": "左"}), Observation(-40, {"where": "右"})]])

severities = [SeverityNumber.TRACE, SeverityNumber.DEBUG2, SeverityNumber.INFO, SeverityNumber.WARN4, SeverityNumber.ERROR]
for n in range(100):
    with tracer.start_as_current_span(f"request {n % 7}", kind=SpanKind.SERVER) as span:
        span.set_attributes(attributes(n))
        if n % 10 == 0:
            span.record_exception(ValueError(f"broken {n}"))
            span.set_status(Status(StatusCode.ERROR, "broken"))
        context = span.get_span_context()
        ids = {"trace_id": format(context.trace_id, "032x"), "span_id": format(context.span_id, "016x")}
        status = "error" if n % 10 == 0 else "unset"
        tell("spans", **ids, name=span.name, status=status, attributes=attributes(n))
        if n % 5 == 0:
            severity = severities[n // 5 % 5]
            time = 1_000_000_000 * (span.start_time // 1_000_000_000) + 123_456_789 - n
            body = {"order": n, "items": ["蜜柑", 1.5]} if n % 2 else f"order {n} is “late”"
            logger.emit(
                timestamp=time,
                severity_number=severity,
                severity_text=severity.name,
                body=body,
                attributes=attributes(n),
            )
            tell(
                "logs",
                **ids,
                time=str(time),
                severity=severity.name.rstrip("234"),
                severity_number=severity.value,
                body=body,
                attributes=attributes(n),
            )
        route = {"route": f"/orders/{n % 2}"}
        orders.add(n % 3, route)
        waiting.add(5 - n % 7, route)
        level.set(n / 4, route)
        duration.record(n / 9, route)
        size.record(n * n, route)
# All at once, as a server that refuses should be asked by all of them.
with ThreadPoolExecutor() as pool:
    list(pool.map(lambda provider: provider.shutdown(), [tracers, loggers, meters]))
