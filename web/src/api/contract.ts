// The wire types of /api/v1, as agreed; replaced by the generated schema. It must never describe anything
// that the server does not answer.

export type Time = string;
export interface Page {
  next_cursor: string | null;
  warnings: string[];
  partial: boolean;
}
export interface Bounds {
  from: Time;
  to: Time;
}
export interface Service {
  service: string;
  namespaces: string[];
  environments: string[];
  requests: number;
  errors: number;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
  last_seen: Time;
}
export interface Endpoint {
  name: string;
  method: string | null;
  route: string | null;
  kind: string;
  requests: number;
  errors: number;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
}
export interface ServicePoint {
  time: Time;
  requests: number;
  errors: number;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
}
export interface EndpointChange {
  service: string;
  name: string;
  method: string | null;
  route: string | null;
  requests: number;
  errors: number;
  p95_ms: number | null;
  baseline_requests: number;
  baseline_errors: number;
  baseline_p95_ms: number | null;
  users: number;
}
export interface TraceSummary {
  trace_id: string;
  start: Time;
  duration_ms: number;
  service: string;
  name: string;
  services: string[];
  spans: number;
  errors: number;
  status: string;
}
export interface SpanEvent {
  time: Time;
  name: string;
  attributes: Record<string, unknown>;
}
export interface SpanLink {
  trace_id: string;
  span_id: string;
  attributes: Record<string, unknown>;
}
export interface Span {
  span_id: string;
  parent_span_id: string | null;
  service: string;
  namespace: string;
  environment: string;
  scope: string;
  name: string;
  kind: string;
  start: Time;
  duration_ns: number;
  status: string;
  status_message: string;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
  events: SpanEvent[];
  links: SpanLink[];
}
export interface Trace {
  trace_id: string;
  warnings: string[];
  partial: boolean;
  spans: Span[];
}
export interface Log {
  time: Time;
  observed_time: Time;
  severity: string;
  severity_number: number;
  service: string;
  namespace: string;
  environment: string;
  body: string;
  event_name: string;
  trace_id: string | null;
  span_id: string | null;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
}
export interface Fact {
  id: string;
  kind: "span" | "log" | "exception" | "user";
  span_id: string | null;
  text: string;
}
export interface Explanation {
  trace_id: string;
  verdict: "error" | "no_error" | "inconclusive";
  text: string;
  facts: Fact[];
  cause: {
    span_id: string;
    service: string;
    name: string;
    exception: { type: string; message: string; stacktrace: string } | null;
  } | null;
  logs: Log[];
}
export type SloState = "no_data" | "critical" | "rising" | "spent" | "fine";
export interface SloWindow {
  from: Time;
  to: Time;
  good: number;
  bad: number;
  unknown: number;
  attained: number | null;
  budget_remaining: number | null;
  budget_events_allowed: number | null;
  budget_events_remaining: number | null;
  minutes_measured: number;
  minutes_zero_traffic: number;
  minutes_unmeasured: number;
  minutes_excluded: number;
  coverage: number;
  complete: boolean;
}
export interface Burn {
  severity: "page" | "ticket";
  long_secs: number;
  short_secs: number;
  factor: number;
  long_burn: number | null;
  short_burn: number | null;
  firing: boolean;
}
export interface BurnOmitted {
  severity: "page" | "ticket";
  long_secs: number;
  short_secs: number;
  factor: number;
  reason: string;
}
export interface Objective {
  display_name: string;
  target: number;
  threshold: number | null;
  windows: SloWindow[];
  burn: Burn[];
  burn_omitted: BurnOmitted[];
}
export interface Slo {
  name: string;
  display_name: string;
  description: string;
  owner: string;
  notify: string[];
  service: string;
  revision: number;
  sli: {
    kind: "ratio" | "threshold";
    signal: "spans" | "logs" | "metrics";
    total: string;
    good: string | null;
    bad: string | null;
    value: string | null;
    op: string | null;
  };
  budgeting_method: string;
  window_secs: number;
  state: SloState;
  state_rule: string;
  coverage: number;
  backfilling: boolean;
  exhausts_at: Time | null;
  muted_until: Time | null;
  muted_by: string | null;
  open_incident: number | null;
  runbook: string | null;
  objectives: Objective[];
  definition: string;
}
export interface SloPoint {
  time: Time;
  good: number;
  bad: number;
  unknown: number;
  gap: "measured" | "zero_traffic" | "unmeasured" | "excluded";
  budget_remaining: number | null;
}
export interface SloFailure {
  time: Time;
  trace_id: string | null;
  span_id: string | null;
  service: string;
  name: string;
  duration_ms: number | null;
  status: string;
  user_id: string | null;
  message: string | null;
}
export interface Target {
  name: string;
  channel: "webhook" | "email" | "slack";
  description: string;
  last_success_at: Time | null;
  last_failure_at: Time | null;
  last_error: string | null;
}
export type Severity = "sev1" | "sev2" | "sev3" | "sev4";
export interface Delivery {
  id: string | number;
  target: string;
  channel: string;
  state: "pending" | "delivered" | "failed" | "abandoned";
  attempts: number;
  last_error: string | null;
  next_attempt_at: Time | null;
  delivered_at: Time | null;
}
export interface Incident {
  id: number;
  key: string;
  title: string;
  kind: "slo" | "absence" | "ippo" | "manual";
  state: "open" | "acknowledged" | "resolved";
  severity: Severity;
  owner: string | null;
  slo: string | null;
  service: string | null;
  runbook: string | null;
  opened_at: Time;
  acknowledged_at: Time | null;
  acknowledged_by: string | null;
  resolved_at: Time | null;
  resolved_by: string | null;
  muted: boolean;
  impact: {
    from: Time;
    to: Time;
    requests: number;
    users: number;
    users_exact: boolean;
    example_traces: string[];
  } | null;
  deliveries: Delivery[];
}
export interface TimelineEntry {
  id: string | number;
  kind: string;
  event_time: Time;
  recorded_time: Time;
  actor: string;
  text: string;
  data: Record<string, unknown>;
}
export interface Session {
  account: { name: string; role: string } | null;
  token: { name: string; scope: string } | null;
  csrf: string | null;
}
export interface Token {
  id: string | number;
  name: string;
  scope: "admin" | "read" | "ingest";
  created_at?: Time | null;
  expires_at: Time | null;
  last_used_at?: Time | null;
}
export interface AuditEntry {
  id: string | number;
  time: Time;
  actor: string;
  action: string;
  subject: string;
  detail: unknown;
}
export interface Status {
  version: string;
  started_at: Time;
  public_url: string | null;
  otlp_grpc: string;
  otlp_http: string;
  received: { spans: number; logs: number; points: number };
  rejected: { spans: number; logs: number; points: number };
  last_received_at: Time | null;
  services_seen: number;
  problems: { code: string; text: string }[];
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: { file?: string; line?: number; column?: number; field?: string; message: string }[];
}

type Params<Path extends string> = { [K in Path]: string | number };
type Op<Query, Answer, Path extends string = never, Body = never> = {
  parameters: [Path] extends [never] ? { query?: Query } : { query?: Query; path: Params<Path> };
  responses: {
    200: { content: { "application/json": Answer } };
    default: { content: { "application/json": Problem } };
  };
} & ([Body] extends [never]
  ? { requestBody?: never }
  : { requestBody: { content: { "application/json": Body } } });
interface Range {
  from?: string;
  to?: string;
}
interface Narrow {
  namespace?: string;
  environment?: string;
}
interface TraceFilter extends Range, Narrow {
  service?: string;
  name?: string;
  where?: string;
  min_ms?: number;
  error?: boolean;
  limit?: number;
  cursor?: string;
}
interface LogFilter extends Range, Narrow {
  service?: string;
  where?: string;
  contains?: string;
  severity?: string;
  trace_id?: string;
  span_id?: string;
  limit?: number;
  cursor?: string;
}

export interface paths {
  "/api/v1/services": { get: Op<Range & Narrow, Page & Bounds & { services: Service[] }> };
  "/api/v1/services/{service}/endpoints": {
    get: Op<Range & Narrow, Page & Bounds & { endpoints: Endpoint[] }, "service">;
  };
  "/api/v1/services/{service}/series": {
    get: Op<Range & Narrow, Page & Bounds & { step_secs: number; points: ServicePoint[] }, "service">;
  };
  "/api/v1/endpoints/changes": {
    get: Op<
      Range & Narrow,
      Page & Bounds & { baseline_from: Time; baseline_to: Time; endpoints: EndpointChange[] }
    >;
  };
  "/api/v1/traces": { get: Op<TraceFilter, Page & Bounds & { traces: TraceSummary[] }> };
  "/api/v1/traces/{trace_id}": { get: Op<never, Trace, "trace_id"> };
  "/api/v1/traces/{trace_id}/explanation": { get: Op<{ lang?: string }, Explanation, "trace_id"> };
  "/api/v1/logs": { get: Op<LogFilter, Page & Bounds & { logs: Log[] }> };
  "/api/v1/slos": { get: Op<never, Page & { slos: Slo[] }> };
  "/api/v1/slos/{name}": { get: Op<never, Slo, "name"> };
  "/api/v1/slos/{name}/series": {
    get: Op<Range, Page & Bounds & { step_secs: number; points: SloPoint[] }, "name">;
  };
  "/api/v1/slos/{name}/failures": {
    get: Op<Range & { limit?: number }, Page & Bounds & { failures: SloFailure[] }, "name">;
  };
  "/api/v1/slos/{name}/mute": {
    post: Op<never, unknown, "name", { until: Time; reason: string }>;
    delete: Op<never, unknown, "name">;
  };
  "/api/v1/targets": { get: Op<never, Page & { targets: Target[] }> };
  "/api/v1/targets/{name}/test": { post: Op<never, unknown, "name"> };
  "/api/v1/incidents": {
    get: Op<{ state?: string; limit?: number; cursor?: string }, Page & { incidents: Incident[] }>;
    post: Op<
      never,
      Incident,
      never,
      { title: string; severity: Severity; service?: string | null; description?: string | null }
    >;
  };
  "/api/v1/incidents/{id}": { get: Op<never, Incident, "id"> };
  "/api/v1/incidents/{id}/timeline": { get: Op<never, Page & { timeline: TimelineEntry[] }, "id"> };
  "/api/v1/incidents/{id}/ack": { post: Op<never, Incident, "id", { comment?: string | null }> };
  "/api/v1/incidents/{id}/resolve": { post: Op<never, Incident, "id", { comment?: string | null }> };
  "/api/v1/incidents/{id}/reopen": { post: Op<never, Incident, "id", Record<string, never>> };
  "/api/v1/incidents/{id}/comment": { post: Op<never, Incident, "id", { text: string }> };
  "/api/v1/incidents/{id}/severity": { post: Op<never, Incident, "id", { severity: Severity }> };
  "/api/v1/incidents/{id}/owner": { post: Op<never, Incident, "id", { owner: string | null }> };
  "/api/v1/session": { get: Op<never, Session>; delete: Op<never, unknown> };
  "/api/v1/tokens": {
    get: Op<never, Page & { tokens: Token[] }>;
    post: Op<
      never,
      Token & { token: string },
      never,
      { name: string; scope: Token["scope"]; expires_at?: Time | null }
    >;
  };
  "/api/v1/tokens/{id}": { delete: Op<never, unknown, "id"> };
  "/api/v1/audit": { get: Op<{ limit?: number; cursor?: string }, Page & { entries: AuditEntry[] }> };
  "/api/v1/status": { get: Op<never, Status> };
}
