import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import type { LogProgress } from "./model";
import { useLogSearch } from "./search";

const EARLIER = { from: "2026-11-24T02:00:00Z", to: "2026-11-24T03:00:00Z" };
const LATER = { from: "2026-11-24T02:01:00Z", to: "2026-11-24T03:01:00Z" };
const PROGRESS: LogProgress = {
  rows: 100,
  looked: 20,
  back_to: "2026-11-24T02:30:00Z",
  logs: [],
  next_cursor: "from-20",
};
const event = (name: string, data: unknown) =>
  new TextEncoder().encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
const PAGE = { ...EARLIER, logs: [], next_cursor: null, warnings: [], partial: false };

/** Searches that were begun: where from, how to say something, and whether they were left. */
function serve() {
  const begun: { from: string | null; say: (bytes: Uint8Array) => void; left: () => boolean }[] = [];
  vi.stubGlobal("fetch", (path: string, { signal }: { signal: AbortSignal }) => {
    const from = new URL(path, "http://localhost").searchParams.get("from");
    const body = new ReadableStream<Uint8Array>({
      start(stream) {
        signal.addEventListener("abort", () => stream.error(signal.reason));
        begun.push({ from, say: (bytes) => stream.enqueue(bytes), left: () => signal.aborted });
      },
    });
    return Promise.resolve({ ok: true, status: 200, body });
  });
  return begun;
}
afterEach(() => vi.unstubAllGlobals());

function show() {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  return renderHook(
    ({ contains, bounds }) => useLogSearch({ contains }, "1h", bounds, { environment: undefined }),
    { wrapper, initialProps: { contains: "a", bounds: EARLIER } },
  );
}

test("a search that takes long is not begun anew because time goes by, and is when it is done", async () => {
  const begun = serve();
  const hook = show();
  await waitFor(() => expect(begun).toHaveLength(1));
  act(() => begun[0]?.say(event("progress", PROGRESS)));
  await waitFor(() => expect(hook.result.current.searching?.progress.looked).toBe(20));
  hook.rerender({ contains: "a", bounds: LATER });
  expect(begun[0]?.left()).toBe(false);
  act(() => begun[0]?.say(event("page", PAGE)));
  await waitFor(() => expect(begun).toHaveLength(2));
  expect([begun[0]?.from, begun[1]?.from]).toEqual([EARLIER.from, LATER.from]);
  expect(hook.result.current.searching).toBeNull();
});

test("a search that was stopped stays so until another is asked for", async () => {
  const begun = serve();
  const hook = show();
  await waitFor(() => expect(begun).toHaveLength(1));
  act(() => begun[0]?.say(event("progress", PROGRESS)));
  await waitFor(() => expect(hook.result.current.searching).not.toBeNull());
  act(() => hook.result.current.stop());
  await waitFor(() => expect(hook.result.current.data?.pages[0]?.stopped?.looked).toBe(20));
  expect(begun[0]?.left()).toBe(true);
  hook.rerender({ contains: "a", bounds: LATER });
  expect(begun).toHaveLength(1);
  expect(hook.result.current.hasNextPage).toBe(true);
  hook.rerender({ contains: "b", bounds: LATER });
  await waitFor(() => expect(begun).toHaveLength(2));
  expect(begun[1]?.from).toBe(LATER.from);
});

test("another search leaves the one before", async () => {
  const begun = serve();
  const hook = show();
  await waitFor(() => expect(begun).toHaveLength(1));
  act(() => begun[0]?.say(event("progress", PROGRESS)));
  await waitFor(() => expect(hook.result.current.searching).not.toBeNull());
  hook.rerender({ contains: "b", bounds: EARLIER });
  await waitFor(() => expect(begun[0]?.left()).toBe(true));
  await waitFor(() => expect(hook.result.current.searching).toBeNull());
});
