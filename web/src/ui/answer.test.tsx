import { render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { SampledSpans } from "@/api/model";
import { ApiError } from "@/api/problem";
import { startLocale } from "@/lib/locale";
import { Answer, Empty } from "./answer";

// Times are told in the zone that the address names; here it names none.
vi.mock("@tanstack/react-router", async (original) => ({
  ...(await original<object>()),
  useSearch: () => ({}),
  Link: ({ to, children }: { to: string; children: ReactNode }) => <a href={to}>{children}</a>,
}));

beforeAll(() => startLocale("en"));

function show(query: {
  data?: { names: string[]; partial?: boolean; warnings?: string[]; sampled?: SampledSpans | null };
  error?: unknown;
}) {
  const refetch = vi.fn();
  const full = {
    data: query.data,
    error: query.error ?? null,
    isPending: !query.data && !query.error,
    refetch,
  };
  const view = render(
    <Answer query={full} isEmpty={(data) => data.names.length === 0} empty={<Empty title="none yet" />}>
      {(data) => <p>{data.names.join()}</p>}
    </Answer>,
  );
  return { refetch, state: () => view.container.querySelector("[data-view]")?.getAttribute("data-view") };
}

describe("the states of a view", () => {
  it("waits", () => expect(show({}).state()).toBe("loading"));

  it("is empty and leads on", () => {
    expect(show({ data: { names: [] } }).state()).toBe("empty");
    expect(screen.getByText("none yet")).toBeTruthy();
  });

  it("says what is missing, and shows what came", () => {
    const torn = "segment c is damaged: torn; its rows are missing here";
    expect(show({ data: { names: ["a"], partial: true, warnings: [torn] } }).state()).toBe("partial");
    expect(screen.getByText(`Details: ${torn}`)).toBeTruthy();
    expect(screen.getByRole("link", { name: /telemetry store/ }).getAttribute("href")).toBe("/store");
    expect(screen.getByText("a")).toBeTruthy();
  });

  it("says that reading ended early, and sends nobody to the store for it", () => {
    const late =
      "reading ended after 20 s, the most that it may take; 3 of 9 segments; choose a shorter range";
    expect(show({ data: { names: ["a"], partial: true, warnings: [late] } }).state()).toBe("partial");
    expect(screen.getByText(/reading ended early\. Narrow the range/)).toBeTruthy();
    expect(screen.queryByRole("link")).toBeNull();
  });

  it("says which hours are sampled, and how much of them is stored", () => {
    const hour = { from: "2026-11-20T10:00:00Z", to: "2026-11-20T11:00:00Z", kept: 1_200, of: 40_000 };
    expect(show({ data: { names: ["a"], sampled: hour } }).state()).toBe("warning");
    expect(screen.getByText(/spans are sampled: 1,200 of 40,000 are stored/)).toBeTruthy();
    expect(show({ data: { names: ["b"], sampled: null } }).state()).toBeUndefined();
  });

  it("shows the server's words and tries again when asked", () => {
    const { state, refetch } = show({ error: new ApiError(500, "Internal error", "segment 42 is gone") });
    expect(state()).toBe("error");
    expect(screen.getByText("Details: segment 42 is gone")).toBeTruthy();
    screen.getByRole("button", { name: "Try again" }).click();
    expect(refetch).toHaveBeenCalledOnce();
  });

  it("offers no second try of what is wrong in itself, and says where that is", () => {
    const wrong = [{ field: "where", column: 17, message: "there is no column nonsense" }];
    show({ error: new ApiError(400, "A parameter is wrong", "Parameter `where` …", wrong, "bad-parameter") });
    expect(screen.getByText("The condition is wrong at character 17.")).toBeTruthy();
    expect(screen.getByText("Details: there is no column nonsense")).toBeTruthy();
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("offers no second try where permission is missing", () => {
    expect(show({ error: new ApiError(403, "Forbidden", "read scope needed") }).state()).toBe("forbidden");
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("keeps what it has when a refresh fails, and says so", () => {
    expect(show({ data: { names: ["a"] }, error: new ApiError(503, "Busy", "later") }).state()).toBe("stale");
    expect(screen.getByText("Details: later")).toBeTruthy();
    expect(screen.getByText("a")).toBeTruthy();
  });
});
