import { afterEach, expect, test, vi } from "vitest";
import type { Log, LogProgress } from "./model";
import { type Searching, search } from "./search";

const log = (n: number) => ({ id: String(n) }) as Log;
const BOUNDS = { from: "2026-11-24T02:00:00Z", to: "2026-11-24T03:00:00Z" };
const progress = (looked: number, logs: Log[]): LogProgress => ({
  rows: 100,
  looked,
  back_to: "2026-11-24T02:30:00Z",
  logs,
  next_cursor: `from-${looked}`,
});
const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** A server that says this, and then keeps the connection until the caller leaves, or ends it. */
function serve(text: string, then: "end" | "wait", status = 200) {
  const served = vi.fn((_: string, { signal }: { signal: AbortSignal }) => {
    const body = new ReadableStream<Uint8Array>({
      start(stream) {
        stream.enqueue(new TextEncoder().encode(text));
        if (then === "end") stream.close();
        else signal.addEventListener("abort", () => stream.error(signal.reason));
      },
    });
    return Promise.resolve({ ok: status < 400, status, body, json: async () => JSON.parse(text) });
  });
  vi.stubGlobal("fetch", served);
  return served;
}
afterEach(() => vi.unstubAllGlobals());

function run(leave = new AbortController(), tell: (now: Searching) => void = () => undefined) {
  return search(new URLSearchParams({ contains: "a" }), BOUNDS, leave.signal, tell);
}

test("a search tells how far it has got and ends with its page", async () => {
  const page = { ...BOUNDS, logs: [log(1), log(2)], next_cursor: null, warnings: [], partial: false };
  const said = [
    event("progress", progress(20, [log(1)])),
    event("progress", progress(60, [])),
    event("page", page),
  ];
  const served = serve(said.join(""), "end");
  const told: Searching[] = [];
  expect(await run(undefined, (now) => told.push(now))).toEqual({ ...page, stopped: null });
  expect(served.mock.calls[0]?.[0]).toBe("/api/v1/logs/search?contains=a");
  expect(told.map((now) => [now.progress.looked, now.found.map((each) => each.id)])).toEqual([
    [20, ["1"]],
    [60, ["1"]],
  ]);
});

test("a reader who stops it keeps what was found and where to go on", async () => {
  serve(event("progress", progress(20, [log(1)])) + event("progress", progress(38, [log(2)])), "wait");
  const leave = new AbortController();
  const page = await run(leave, (now) => now.progress.looked === 38 && leave.abort("stopped"));
  expect(page.logs.map((each) => each.id)).toEqual(["1", "2"]);
  expect(page).toMatchObject({ ...BOUNDS, next_cursor: "from-38", partial: false });
  expect(page.stopped?.looked).toBe(38);
});

test("one that is left for another reason has no page", async () => {
  serve(event("progress", progress(20, [log(1)])), "wait");
  const leave = new AbortController();
  await expect(run(leave, () => leave.abort("another search"))).rejects.toBe("another search");
});

test("what fails, before or on the way, is an error and no empty page", async () => {
  const problem = { status: 503, title: "Busy", detail: "Not now." };
  serve(event("problem", problem), "end");
  await expect(run()).rejects.toMatchObject({ status: 503, detail: "Not now." });
  serve(JSON.stringify({ ...problem, status: 400 }), "end", 400);
  await expect(run()).rejects.toMatchObject({ status: 400 });
  serve(event("progress", progress(20, [])), "end");
  await expect(run()).rejects.toThrow("the connection was closed");
});
