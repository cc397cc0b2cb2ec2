// Telemetry of known content beside the shop's: a bakery and a mill, twenty minutes ago, a line every ten seconds.
import assert from "node:assert/strict";
import { send } from "./shop.mjs";

const MINUTE_MS = 60_000;
const STEP_MS = 10_000;
/** When its first line was written. */
const BEGAN_MS = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 20 * MINUTE_MS;
const LINES = 60;
/** The range that has all of it. */
export const [FROM, TO] = [iso(BEGAN_MS), iso(BEGAN_MS + LINES * STEP_MS)];
export const RANGE = `from=${FROM}&to=${TO}`;
/** A request through both. */
export const TRACE = hex(32, BEGAN_MS);
const SPANS = { bakery: hex(16, BEGAN_MS + 1), mill: hex(16, BEGAN_MS + 2) };
const SEVERITIES = { INFO: 9, WARN: 13, ERROR: 17 };

function iso(ms) {
  return new Date(ms).toISOString();
}

function hex(digits, seed) {
  return seed.toString(16).padStart(digits, "b");
}

/** All lines, the oldest first. */
export const LOGS = Array.from({ length: LINES }, (_, at) => {
  const service = at % 3 === 2 ? "mill" : "bakery";
  const severity = at % 10 === 9 ? "ERROR" : at % 5 === 3 ? "WARN" : "INFO";
  const traced = at >= 40 && at < 43;
  return {
    at,
    timeMs: BEGAN_MS + at * STEP_MS,
    service,
    severity,
    body:
      at % 7 === 0
        ? JSON.stringify({ loaf: { id: `L-${at}`, kind: "食パン" }, grams: 400 + at })
        : severity === "INFO"
          ? `batch ${at} is proofing`
          : `batch ${at}: thermocouple drifts, 窯の温度が高い`,
    trace: traced ? TRACE : undefined,
  };
});

/** An id of 64 bits: two that follow each other are one and the same number to JavaScript. */
export const ticket = (line) => String(2n ** 53n + BigInt(line.at));

export const newestFirst = (lines) => lines.toReversed().map((line) => line.body);

const resource = (service) => ({ attributes: [{ key: "service.name", value: { stringValue: service } }] });

function record(line) {
  return {
    timeUnixNano: `${line.timeMs}000000`,
    severityNumber: SEVERITIES[line.severity],
    severityText: line.severity,
    body: { stringValue: line.body },
    attributes: [
      { key: "batch", value: { intValue: String(line.at) } },
      { key: "ticket", value: { intValue: ticket(line) } },
    ],
    ...(line.trace ? { traceId: line.trace, spanId: SPANS[line.service] } : {}),
  };
}

const byService = (lines, service) => lines.filter((line) => line.service === service);

let sent;
/** Sends the log lines of known content, once for all walks. */
export const logsAreSent = () => {
  sent ??= sendLogs(LOGS);
  return sent;
};

export async function sendLogs(lines) {
  const services = [...new Set(lines.map((line) => line.service))];
  await send("logs", {
    resourceLogs: services.map((service) => ({
      resource: resource(service),
      scopeLogs: [{ logRecords: byService(lines, service).map(record) }],
    })),
  });
}

/** Sends the request whose lines are among them. */
export async function sendTrace() {
  const first = LOGS.find((line) => line.trace).timeMs;
  const span = (service, name, kind, parent) => ({
    resource: resource(service),
    scopeSpans: [
      {
        spans: [
          {
            traceId: TRACE,
            spanId: SPANS[service],
            ...(parent ? { parentSpanId: SPANS[parent] } : {}),
            name,
            kind,
            startTimeUnixNano: `${first - 1000}000000`,
            endTimeUnixNano: `${first + 3 * STEP_MS}000000`,
          },
        ],
      },
    ],
  });
  await send("traces", {
    resourceSpans: [span("bakery", "POST /loaves", 2), span("mill", "Grind", 2, "bakery")],
  });
}

/** What the ovens measured, a point each minute: two that stay warm, and loaves that are counted. */
export const MINUTES = LINES / 6;
export const warmth = (oven, minute) => 180 + 10 * oven + minute;
export const loaves = (minute) => minute * minute;

export async function sendMetrics() {
  const points = (of) => Array.from({ length: MINUTES }, (_, minute) => of(minute));
  const at = (minute) => `${BEGAN_MS + minute * MINUTE_MS}000000`;
  const oven = (number) => [{ key: "oven", value: { stringValue: `oven-${number}` } }];
  const warm = (number) =>
    points((minute) => ({
      timeUnixNano: at(minute),
      asDouble: warmth(number, minute),
      attributes: oven(number),
    }));
  const counted = points((minute) => ({
    startTimeUnixNano: at(-1),
    timeUnixNano: at(minute),
    asInt: String(loaves(minute)),
  }));
  const metrics = [
    { name: "oven.temperature", unit: "Cel", gauge: { dataPoints: [...warm(1), ...warm(2)] } },
    {
      name: "loaves.baked",
      unit: "{loaf}",
      sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: counted },
    },
  ];
  await send("metrics", { resourceMetrics: [{ resource: resource("bakery"), scopeMetrics: [{ metrics }] }] });
}

/** The bodies of the lines that a page lists, as they stand. */
export const listed = (page) => page.locator("main li summary > span:last-child").allInnerTexts();

/** Waits until a page lists these lines, and says how it differs if it never does. */
export async function shows(page, bodies) {
  const isThere = (wanted) => {
    const lines = [...document.querySelectorAll("main li summary > span:last-child")];
    return JSON.stringify(lines.map((line) => line.innerText)) === JSON.stringify(wanted);
  };
  await page.waitForFunction(isThere, bodies, { timeout: 10_000 }).catch(() => undefined);
  assert.deepEqual(await listed(page), bodies);
}
