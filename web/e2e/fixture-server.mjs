// Serves web/dist under the real content security policy and answers the API from fixtures, so that every state of a
// view can be shown without a server. It must never be part of the product.
//
// A page under test picks a behaviour for all reads with the cookie `fixture`: empty, error, forbidden, partial, slow,
// signed-out, reader (whose token may only read), remote (an ippo that other machines reach), filling (SLOs whose stored data is being counted), bucket (one that fails); without it the shop is there.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { alertRules, ruleIncident } from "./alert-rule-fixtures.mjs";
import { inCalendar, wayOfBudget } from "./calendar-fixtures.mjs";
import { changes } from "./change-fixtures.mjs";
import { FIXTURE_NOW, now } from "./clock.mjs";
import { composite } from "./composite-fixtures.mjs";
import { forecast } from "./forecast-fixtures.mjs";
import { history } from "./history-fixtures.mjs";
import { journey, journeySessions, journeys, sla, slas } from "./journey-fixtures.mjs";
import { exclude, ledger, resetBudget, withdraw, withExclusions } from "./ledger-fixtures.mjs";
import { budgetPolicies, standingOf } from "./policy-fixtures.mjs";
import { answer, around, counts, search, tables, tail, withIds } from "./query-fixtures.mjs";
import { report } from "./report-fixtures.mjs";
import { deploys, spend, spendBy } from "./spend-fixtures.mjs";
import { apply, draft, isMade, suggestions } from "./suggest-fixtures.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DIST = join(HERE, "../dist");
export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
const TIME = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z"/g;

/** A fixture with all its times moved to the present, keeping nanoseconds. */
function fixture(name) {
  const shiftSecs = Math.floor((now() - FIXTURE_NOW) / 1000);
  const text = readFileSync(join(HERE, "fixtures", `${name}.json`), "utf8");
  const moved = text.replace(TIME, (_, secs, part) => {
    const at = new Date(Date.parse(`${secs}Z`) + shiftSecs * 1000).toISOString().slice(0, 19);
    return `"${at}${part ?? ""}Z"`;
  });
  return JSON.parse(moved);
}

const LISTS = [
  "candidates",
  "metrics",
  "lines",
  "labels",
  "deploys",
  "hours",
  "values",
  "services",
  "endpoints",
  "traces",
  "logs",
  "slos",
  "teams",
  "policies",
  "alert_rules",
  "journeys",
  "slas",
  "failures",
  "points",
  "incidents",
  "timeline",
  "targets",
  "tokens",
  "entries",
];

function emptied(answer) {
  for (const list of LISTS) if (Array.isArray(answer[list])) answer[list] = [];
  if ("total" in answer) answer.total = 0;
  if ("signals" in answer) Object.assign(answer, emptyStore(answer));
  if ("last_received_at" in answer) Object.assign(answer, { last_received_at: null, services_seen: 0 });
  return answer;
}

/** A store that nothing came to. */
function emptyStore(store) {
  const none = { segments: 0, rows: 0, bytes: 0 };
  const signals = store.signals.map((each) => ({
    ...each,
    ...{ items: 0, bytes: 0, requests: 0, duplicates: 0, ack_ms: null, rejected: [], stored: none },
    ...{ last_received_at: null, newest_event_at: null, lag_secs: null },
    minutes: each.minutes.map((minute) => ({ ...minute, items: 0, bytes: 0 })),
  }));
  const disk = { ...store.disk, wal_bytes: 0, segment_bytes: 0, days: [] };
  return { signals, disk, refused: [], quarantined: [], services: [] };
}

function problem(status, title, detail) {
  return { status, body: { type: "about:blank", title, status, detail } };
}

/** What the server says of a condition that names a column which is not there. */
function wrongCondition() {
  const message = "there is no column nonsense in spans";
  const detail = `Parameter \`where\` is wrong at character 1: ${message}.`;
  const wrong = problem(400, "A parameter is wrong", detail);
  Object.assign(wrong.body, {
    type: "/problems/bad-parameter",
    errors: [{ field: "where", column: 1, message }],
  });
  return wrong;
}

function wrongAggregate() {
  const message =
    "does not fit: rate makes no sense of a metric of kind gauge; these do: avg, min, max, last, sum";
  const wrong = problem(400, "A parameter is wrong", `Parameter \`aggregate\` ${message}.`);
  Object.assign(wrong.body, { type: "/problems/bad-parameter", errors: [{ field: "aggregate", message }] });
  return wrong;
}

const state = new Map();

/** What a person changed in this run, by incident. */
function incident(id) {
  const found = fixture("incidents").incidents.find((each) => each.id === id);
  return found === undefined ? undefined : { ...found, ...state.get(id) };
}

const ROUTES = [
  [/^\/session$/, () => fixture("session")],
  [/^\/status$/, () => fixture("status")],
  [/^\/store$/, () => fixture("store")],
  [/^\/services$/, () => fixture("services")],
  [/^\/services\/[^/]+\/endpoints$/, (_, query) => narrowed(query, "endpoints")],
  [/^\/services\/[^/]+\/series$/, (_, query) => narrowed(query, "series")],
  [/^\/endpoints\/changes$/, () => fixture("changes")],
  [/^\/traces$/, (_, query) => filteredTraces(query)],
  [/^\/traces\/f{32}$/, () => longTrace()],
  [/^\/traces\/e{32}$/, () => unreadTrace()],
  [/^\/traces\/d{32}$/, () => undefined],
  [/^\/traces\/([0-9a-f]{32})$/, ([id]) => ({ ...fixture("trace"), trace_id: id })],
  [
    /^\/traces\/f{32}\/explanation$/,
    () => ({ trace_id: "f".repeat(32), verdict: "no_error", text: "", facts: [], cause: null, logs: [] }),
  ],
  [
    /^\/traces\/[^/]+\/explanation$/,
    (_, query) => fixture(`explanation-${query.get("lang") === "ja" ? "ja" : "en"}`),
  ],
  [/^\/logs$/, (_, query) => filteredLogs(query)],
  [/^\/metrics$/, (_, query) => filteredMetrics(query)],
  [/^\/metrics\/[^/]+\/labels$/, () => fixture("metric-labels")],
  [/^\/metrics\/([^/]+)\/chart$/, ([name], query) => metricChart(name, query)],
  [/^\/logs\/counts$/, (_, query) => isNonsense(query) ?? counts(query)],
  [/^\/logs\/([^/]+)\/around$/, ([id]) => around(filteredLogs(new URLSearchParams()).logs, recent(id))],
  [/^\/query\/tables$/, (_, query) => tables(query)],
  [/^\/slos$/, (_, _query, lang) => withStanding(inCalendar(fixture("slos")), lang)],
  [/^\/alert-rules$/, (_, _query, lang) => alertRules(lang)],
  [/^\/budget-policies$/, (_, _query, lang) => budgetPolicies(fixture("slos").slos, lang)],
  [/^\/reports\/monthly$/, (_, query) => report(query)],
  [/^\/journeys$/, (_, query, lang) => journeys(fixture("slos").slos, query, lang)],
  [/^\/journeys\/([^/]+)$/, ([name], _, lang) => journey(fixture("slos").slos, name, lang)],
  [/^\/journeys\/([^/]+)\/sessions$/, ([name], _, lang) => journeySessions(name, lang)],
  [/^\/slas$/, (_, _query, lang) => slas(lang)],
  [/^\/slas\/([^/]+)$/, ([name], _, lang) => sla(name, lang)],
  [/^\/slo-suggestions$/, (_, query) => suggestions(query, sloOf)],
  [/^\/slo-suggestions\/definition$/, (_, query) => draft(query)],
  [/^\/slos\/([^/]+)$/, ([name], _, lang) => sloOf(name, lang)],
  [/^\/slos\/([^/]+)\/ledger$/, ([name], query, lang) => ledger(name, query, lang)],
  [/^\/slos\/(checkout-month|partner-feed|buying)\/series$/, ([name]) => seriesOf(name)],
  [
    /^\/slos\/([^/]+)\/series$/,
    ([name], query) => withExclusions(fixture(days(query) > 2 ? "slo-series" : "slo-day"), name),
  ],
  [/^\/slos\/([^/]+)\/forecast$/, ([name], query) => forecast(sloOf(name), query)],
  [/^\/slos\/([^/]+)\/history$/, ([name], query) => history(sloOf(name), query)],
  [/^\/slos\/([^/]+)\/spend$/, ([name], query, lang) => spend(sloOf(name), query, lang)],
  [/^\/slos\/([^/]+)\/spend\/by$/, ([name], query) => spendBy(sloOf(name), query)],
  [/^\/deploys$/, (_, query) => deploys(query)],
  [/^\/slos\/[^/]+\/failures$/, () => fixture("failures")],
  [/^\/incidents$/, (_, query) => incidents(query.get("state"))],
  [/^\/incidents\/39$/, (_, _query, lang) => ruleIncident(lang)],
  [/^\/incidents\/(\d+)$/, ([id]) => incident(Number(id))],
  [/^\/incidents\/(\d+)\/changes$/, ([id], _, lang) => changes(Number(id), lang)],
  [/^\/incidents\/\d+\/timeline$/, () => fixture("timeline")],
  [/^\/targets$/, () => fixture("targets")],
  [/^\/tokens$/, () => fixture("tokens")],
  [/^\/audit$/, () => fixture("audit")],
];

function withStanding(answer, lang) {
  for (const slo of answer.slos) slo.standing = standingOf(slo.name, lang);
  return answer;
}

function sloOf(name, lang = "en") {
  // An SLO may have any name, also one that could be taken for the page on which SLOs are made.
  if (name === "buying") return composite(sloOf("checkout-succeeds", lang));
  if (isMade(name) || name === "new") return { ...sloOf("checkout-succeeds", lang), name, display_name: "" };
  return withStanding(inCalendar(fixture("slos")), lang).slos.find((slo) => slo.name === name);
}

function seriesOf(name) {
  return wayOfBudget(fixture("slo-series"), sloOf(name));
}

function days(query) {
  return (Date.parse(query.get("to")) - Date.parse(query.get("from"))) / 86_400_000;
}

function incidents(which) {
  const answer = fixture("incidents");
  answer.incidents = answer.incidents.map((each) => ({ ...each, ...state.get(each.id) }));
  if (which) answer.incidents = answer.incidents.filter((each) => which.split(",").includes(each.state));
  return answer;
}

function filteredMetrics(query) {
  const answer = fixture("metrics");
  const contains = (query.get("contains") ?? "").toLowerCase();
  const service = query.get("service");
  answer.metrics = answer.metrics.filter(
    (each) => each.metric.includes(contains) && (!service || each.services.includes(service)),
  );
  return answer;
}

/** A histogram is told apart by route until another grouping is chosen; anything else is a gauge. */
function metricChart(name, query) {
  if (query.get("aggregate") === "rate" && name === "process.memory.usage")
    return { problem: wrongAggregate() };
  if (name !== "http.server.request.duration") return { ...fixture("metric-gauge"), metric: name };
  const answer = fixture("metric-chart");
  const chosen = query.getAll("label").find((each) => each.startsWith("http.route="));
  if (chosen === undefined) return answer;
  const route = chosen.slice("http.route=".length);
  answer.lines = answer.lines.filter((line) => (line.labels[0] ?? "") === route);
  return Object.assign(answer, { more_lines: 0, more_series: 0, series: answer.lines.length });
}

function isNonsense(query) {
  if (!(query.get("where") ?? "").includes("nonsense")) return null;
  return { problem: wrongCondition() };
}

/** What a service's requests are, of a condition those of one endpoint, or of none where it says nobody. */
function narrowed(query, name) {
  const answer = fixture(name);
  const where = query.get("where");
  if (where === null) return answer;
  const none = where.includes("nobody");
  answer.endpoints = answer.endpoints?.slice(0, none ? 0 : 1);
  if (none) answer.points = answer.points?.map((each) => ({ ...each, requests: 0, errors: 0 }));
  return isNonsense(query) ?? answer;
}

function filteredTraces(query) {
  const answer = fixture("traces");
  const nonsense = isNonsense(query);
  if (nonsense !== null) return nonsense;
  const error = query.get("error") === "true";
  answer.traces = answer.traces.filter(
    (each) =>
      (!error || each.errors > 0) && (!query.get("service") || each.services.includes(query.get("service"))),
  );
  return answer;
}

function filteredLogs(query) {
  const answer = isNonsense(query) ?? fixture("logs");
  if (answer.problem) return answer;
  const span = query.get("span_id");
  const words = query.get("contains");
  answer.logs.sort((a, b) => b.time.localeCompare(a.time));
  withIds(answer.logs);
  answer.logs = answer.logs.filter(
    (each) => (!span || each.span_id === span) && (!words || each.body.includes(words)),
  );
  return answer;
}

/** The list that a search ends with. */
function listOf(search) {
  const list = new URL(search);
  list.pathname = "/api/v1/logs";
  if (list.searchParams.get("contains") === "deep") list.searchParams.delete("contains");
  return list;
}

/** The newest line by a name that does not move with the present. */
function recent(id) {
  return id === "newest" ? filteredLogs(new URLSearchParams()).logs[0].id : id;
}

/** All of its spans are in a segment that cannot be read. */
function unreadTrace() {
  const file = "segments/spans-0029916060-0000000412-0.parquet";
  const warnings = [`${file} is in quarantine; its rows are missing here`];
  return { ...fixture("trace"), trace_id: "e".repeat(32), spans: [], partial: true, warnings };
}

/** 10,000 spans, nested up to 120 deep, for the speed of the waterfall. */
function longTrace() {
  const base = fixture("trace");
  const root = base.spans[0];
  const id = (n) => n.toString(16).padStart(16, "0");
  const start = Date.parse(root.start);
  base.spans = Array.from({ length: 10_000 }, (_, n) => ({
    ...root,
    span_id: id(n + 1),
    parent_span_id: n === 0 ? null : id(n % 120 === 0 ? 1 : n),
    name: `step ${n} of a very long name that goes on and on`,
    start: new Date(start + n / 10).toISOString(),
    duration_ns: 2_000_000 + ((n * 7919) % 900) * 1_000_000,
    status: n % 997 === 0 ? "error" : "unset",
    events: [],
  }));
  return base;
}

function langOf(request) {
  return request.headers["accept-language"]?.startsWith("ja") ? "ja" : "en";
}

async function change(method, path, request) {
  let text = "";
  for await (const part of request) text += part;
  const body = text === "" ? {} : JSON.parse(text);
  if (request.headers["x-ippo-csrf"] !== "c5f1")
    return problem(403, "Forbidden", "the x-ippo-csrf header is missing or wrong");
  if (path === "/query") return answer(request, body);
  if (path === "/apply") return apply(body);
  const act = /^\/incidents\/(\d+)\/(\w+)$/.exec(path);
  if (act !== null) return { status: 200, body: changeIncident(Number(act[1]), act[2], body) };
  if (path === "/incidents") return { status: 200, body: { ...incident(41), title: body.title } };
  if (path === "/tokens" && method === "POST") {
    return {
      status: 200,
      body: { id: "t9", expires_at: null, ...body, token: "ippo_example_only_shown_once" },
    };
  }
  const begun = /^\/slos\/([^/]+)\/resets$/.exec(path);
  if (begun !== null) return resetBudget(sloOf(begun[1]), body, langOf(request));
  const excluded = /^\/slos\/([^/]+)\/exclusions(?:\/([^/]+)\/withdraw)?$/.exec(path);
  if (excluded !== null) {
    const [, name, id] = excluded;
    if (id !== undefined) return withdraw(name, id, body, langOf(request));
    return exclude(sloOf(name), body, langOf(request));
  }
  if (path === "/store/verify") return { status: 200, body: { released: 1, held: 1 } };
  if (path.endsWith("/test"))
    return { status: 200, body: { delivered: !path.includes("webhook"), error: "connection refused" } };
  return { status: 200, body: {} };
}

function changeIncident(id, act, body) {
  const time = new Date(now()).toISOString();
  const change = {
    ack: { state: "acknowledged", acknowledged_at: time, acknowledged_by: "aoki" },
    resolve: { state: "resolved", resolved_at: time, resolved_by: "aoki" },
    reopen: { state: "open", resolved_at: null, resolved_by: null, acknowledged_at: null },
    severity: { severity: body.severity },
    owner: { owner: body.owner },
  }[act];
  state.set(id, { ...state.get(id), ...change });
  return incident(id);
}

async function answerFor(request, url) {
  const mode = /(?:^|;\s*)fixture=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
  const path = decodeURIComponent(url.pathname.slice("/api/v1".length));
  if (request.method !== "GET") return change(request.method, path, request);
  if (mode === "signed-out") return problem(401, "Unauthorized", "sign in first");
  const open = path === "/session" || path === "/status";
  if (mode === "slow" && !open) return new Promise(() => {});
  if (mode === "error" && !open)
    return problem(500, "Internal error", "the segment 0042.parquet could not be read");
  if (mode === "forbidden" && !open) return problem(403, "Forbidden", "this token may not read");
  for (const [pattern, make] of ROUTES) {
    const match = pattern.exec(path);
    if (match === null) continue;
    const body = make(match.slice(1), url.searchParams, langOf(request));
    if (body === undefined) return problem(404, "Not found", `there is nothing at ${path}`);
    if (body.problem) return body.problem;
    if (mode === "empty" && path !== "/session") return { status: 200, body: emptied(body) };
    if (mode === "reader" && path === "/session")
      Object.assign(body, { account: null, token: { name: "ci", scope: "read" }, csrf: null });
    if (mode === "remote" && path === "/status")
      Object.assign(body, { otlp_http: "http://ippo.example:4318", otlp_needs_token: true });
    if (mode === "filling" && "backfilling" in body) body.backfilling = true;
    if (mode === "filling" && body.slos) for (const slo of body.slos) slo.backfilling = true;
    if (mode === "bucket" && path === "/store") {
      const since = new Date(now() - 180_000).toISOString();
      Object.assign(body.bucket, { error: "tcp connect error (os error 111)", failing_since: since });
    }
    if (mode === "partial")
      Object.assign(body, {
        partial: true,
        warnings: ["segment c is damaged: torn; its rows are missing here"],
      });
    return { status: 200, body };
  }
  return problem(404, "Not found", `there is nothing at ${path}`);
}

function file(path) {
  const name = normalize(path).replace(/^(\.\.[/\\])+/, "");
  const read = (each) => ({
    body: readFileSync(join(DIST, each)),
    type: TYPES[extname(each)] ?? "application/octet-stream",
  });
  try {
    return read(name === "/" ? "index.html" : name);
  } catch {
    return read("index.html");
  }
}

export function makeServer(reports = []) {
  return createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    if (url.pathname === "/login") {
      response
        .writeHead(200, { "content-type": TYPES[".html"] })
        .end("<!doctype html><title>login</title><h1>login</h1>");
      return;
    }
    if (url.pathname.startsWith("/api/v1/")) {
      if (url.pathname === "/api/v1/logs/tail")
        return tail(request, response, filteredLogs(url.searchParams).logs.slice(0, 2));
      const streamed = url.pathname === "/api/v1/logs/search";
      const asked = streamed ? listOf(url) : url;
      const { status, body, file: kept, headers } = await answerFor(request, asked);
      if (streamed && status === 200) return search(response, url.searchParams, body);
      if (kept !== undefined) {
        response.writeHead(status, headers).end(kept);
        return;
      }
      const type = status < 400 ? "application/json" : "application/problem+json";
      response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
      return;
    }
    const { body, type } = file(url.pathname);
    response
      .writeHead(200, {
        "content-type": type,
        "content-security-policy": CSP,
        "x-content-type-options": "nosniff",
      })
      .end(body);
  }).on("clientError", (error) => reports.push(String(error)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 4390);
  makeServer().listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/`));
}
