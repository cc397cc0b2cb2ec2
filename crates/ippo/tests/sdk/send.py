"""Sends spans with the OpenTelemetry SDK for Python and prints what it sent, a JSON object a line.

send.py grpc|http-protobuf <endpoint> none|gzip
"""
import json
import sys

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

protocol, endpoint, compression = sys.argv[1:]
if protocol == "grpc":
    from grpc import Compression
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    kind = Compression.Gzip if compression == "gzip" else Compression.NoCompression
    exporter = OTLPSpanExporter(endpoint=endpoint, insecure=True, compression=kind)
else:
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    kind = Compression.Gzip if compression == "gzip" else Compression.NoCompression
    exporter = OTLPSpanExporter(endpoint=endpoint + "/v1/traces", compression=kind)

provider = TracerProvider(resource=Resource.create({"service.name": f"python-{protocol}-{compression}"}))
provider.add_span_processor(BatchSpanProcessor(exporter))
tracer = provider.get_tracer("fixture")
for n in range(100):
    with tracer.start_as_current_span(f"request {n % 7}", kind=SpanKind.SERVER) as span:
        attributes = {
            "text": f"注文 {n} “quoted” \\ \n end",
            "whole": n * 1_000_003,
            "negative": -n,
            "share": n / 8,
            "flag": n % 2 == 0,
            "texts": ["a", "ü", ""],
            "numbers": [1, 2, n],
        }
        span.set_attributes(attributes)
        if n % 10 == 0:
            span.record_exception(ValueError(f"broken {n}"))
            span.set_status(Status(StatusCode.ERROR, "broken"))
        context = span.get_span_context()
        sent = {
            "trace_id": format(context.trace_id, "032x"),
            "span_id": format(context.span_id, "016x"),
            "name": span.name,
            "status": "error" if n % 10 == 0 else "unset",
            "attributes": attributes,
        }
        print(json.dumps(sent))
provider.shutdown()
