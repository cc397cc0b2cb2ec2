// What the fixture server says about log lines beyond a search, and to SQL. It must never be part of the product.

/** Live tails that are open now. */
let tails = 0;
/** Queries that never end and that somebody still waits for. */
let waiting = 0;

/** Searches that go on until they are left or finished: what finishes each. */
const searches = new Set();

export function open() {
  return { tails, waiting, searches: searches.size };
}

/** Lets every search that goes on find all there is. */
export function finishSearches() {
  for (const finish of searches) finish();
}

/** An id for each line, of the form that the server gives; it does not move with the present. */
export function withIds(logs) {
  logs.forEach((log, index) => {
    log.id = `1795486560000000000-${index.toString(16).padStart(16, "0")}-0`;
  });
  return logs;
}

export function around(logs, id) {
  const at = logs.findIndex((log) => log.id === id);
  if (at === -1) return undefined;
  const page = { next_cursor: null, warnings: [], partial: false };
  const of = logs.filter((log) => log.service === logs[at].service);
  const here = of.indexOf(logs[at]);
  const day = 86_400_000;
  const time = Date.parse(logs[at].time);
  return {
    from: new Date(time - day).toISOString(),
    to: new Date(time + day).toISOString(),
    after: of.slice(0, here),
    log: logs[at],
    before: of.slice(here + 1),
    ...page,
  };
}

export function counts(query) {
  const [from, to] = [Date.parse(query.get("from")), Date.parse(query.get("to"))];
  const step = Math.max(1000, Math.ceil((to - from) / 60 / 1000) * 1000);
  const points = Array.from({ length: Math.ceil((to - from) / step) }, (_, n) => ({
    time: new Date(from + n * step).toISOString(),
    unknown: 0,
    trace: 0,
    debug: 0,
    info: 20 + ((n * 7) % 11),
    warn: n % 9 === 0 ? 6 : 0,
    error: n > 40 && n < 50 ? 12 : 0,
    fatal: 0,
  }));
  const total = points.reduce((sum, point) => sum + point.info + point.warn + point.error, 0);
  const page = { next_cursor: null, warnings: [], partial: false };
  const range = { from: query.get("from"), to: query.get("to") };
  return { ...range, step_secs: step / 1000, total, export_limit: 1000, points, ...page };
}

/** Keeps the connection until the page leaves. */
export function tail(request, response, logs) {
  tails += 1;
  request.socket.once("close", () => {
    tails -= 1;
  });
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(": following\n\n");
  const now = logs.map((log, index) => ({ ...log, id: `live-${index}`, body: `live ${log.body}` }));
  response.write(`event: logs\ndata: ${JSON.stringify({ logs: now, missed: 3 })}\n\n`);
}

/** The page at once; a search for "deep" has only got some way and found one line, until it is finished or gone on with. */
export function search(response, query, page) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const say = (name, data) => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  const finish = (found) => {
    say("page", found);
    response.end();
  };
  if (query.get("cursor") === "from-here") return finish({ ...page, logs: page.logs.slice(1) });
  if (query.get("contains") !== "deep") return finish(page);
  const finishAll = () => finish(page);
  searches.add(finishAll);
  response.once("close", () => searches.delete(finishAll));
  const backTo = new Date(Date.parse(query.get("to")) - 25 * 60_000).toISOString();
  const logs = page.logs.slice(0, 1);
  say("progress", { rows: 12_000_000, looked: 4_600_000, back_to: backTo, logs, next_cursor: "from-here" });
}

const LIMITS = { rows: 5000, file_rows: 100_000, time_secs: 30, memory_bytes: 268_435_456 };

export function tables(query) {
  const column = (name, type, description) => ({ name, type, description });
  return {
    tables: [
      {
        name: "spans",
        description: "A span a row: one operation of one service.",
        columns: [
          column("start", "timestamp", "When it began, UTC"),
          column("duration_ns", "integer", "How long it took, in nanoseconds"),
          column("attrs", "attributes", "Attributes, read as attrs['key']; text"),
        ],
      },
      {
        name: "counters",
        description: "A minute of a counter a row.",
        columns: [column("good", "integer", `Rows that kept the promise${query.get("none") ?? ""}`)],
      },
    ],
    limits: LIMITS,
  };
}

function rows() {
  return {
    columns: [
      { name: "n", type: "Int64" },
      { name: "trace_id", type: "Utf8" },
      { name: "本文", type: "Utf8" },
      { name: "nothing", type: "Null" },
    ],
    rows: Array.from({ length: 5000 }, (_, n) => [
      n,
      "4bf92f3577b34da6a3ce929d0e0e4736",
      `支払い ${n}`,
      null,
    ]),
    plan: false,
    truncated: true,
    elapsed_ms: 41.2,
    limits: LIMITS,
    warnings: [],
  };
}

/** Answers a query; some words in it make it fail, explain or wait. */
export function answer(request, body) {
  const { sql, format = "json" } = body;
  if (sql.includes("sevice")) {
    const message = "there is no column sevice (did you mean service?); DESCRIBE spans shows all columns";
    const detail = `The query is wrong: ${message} at Line: 2, Column: 2`;
    const errors = [{ line: 2, column: 2, field: "sql", message }];
    return { status: 400, body: { type: "about:blank", title: "Bad request", status: 400, detail, errors } };
  }
  if (sql.includes("everything")) {
    const detail =
      "The query needs more memory than the 256 MiB it may use; narrow it by time, or raise --query-memory.";
    const type = "/problems/query-memory";
    return {
      status: 422,
      body: { type, title: "The query needs too much memory", status: 422, detail, errors: [] },
    };
  }
  if (sql.includes("endless")) {
    waiting += 1;
    request.socket.once("close", () => {
      waiting -= 1;
    });
    return new Promise(() => {});
  }
  if (format !== "json") {
    const headers = {
      "content-type": format === "csv" ? "text/csv" : "application/vnd.apache.parquet",
      "content-disposition": `attachment; filename="query-20261124023000.${format}"`,
      "x-ippo-records": "2",
    };
    return { status: 200, headers, file: format === "csv" ? "n,text\r\n1,a\r\n" : "PAR1…PAR1" };
  }
  if (sql.startsWith("EXPLAIN")) {
    const plan = [["logical_plan", "Aggregate\n  TableScan: spans"]];
    return { status: 200, body: { ...rows(), plan: true, truncated: false, rows: plan } };
  }
  return { status: 200, body: rows() };
}
