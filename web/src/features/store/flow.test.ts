import { describe, expect, it } from "vitest";
import type { StoreReport, StoreSignal } from "@/api/model";
import { isEmpty, lastReceived, perMinute, verdict } from "./flow";
import { readSort, sorted } from "./sort";

function signal(items: readonly number[], more: Partial<StoreSignal> = {}): StoreSignal {
  const minutes = items.map((count, at) => ({
    from: `2026-11-24T02:${10 + at}:00Z`,
    items: count,
    bytes: count * 10,
  }));
  return { minutes, rejected: [], last_received_at: null, newest_event_at: null, ...more } as StoreSignal;
}

function report(signals: readonly StoreSignal[], segment_bytes = 0): StoreReport {
  return { signals, refused: [], disk: { segment_bytes } } as unknown as StoreReport;
}

describe("whether telemetry comes in", () => {
  it("counts the last five minutes that are over", () => {
    const long = "2026-11-20T00:00:00Z";
    expect(perMinute(signal([1000, 1, 2, 3, 4, 5, 999]), "items", long)).toBe(3);
    expect(perMinute(signal([1000, 1, 2, 3, 4, 5, 999]), "bytes", long)).toBe(30);
    expect(perMinute(signal([7]), "items", long)).toBeNull();
  });

  it("does not count minutes in which ippo did not run", () => {
    const since = "2026-11-24T02:12:30Z";
    expect(perMinute(signal([0, 0, 5, 8, 6, 1]), "items", since)).toBe(7);
    expect(perMinute(signal([0, 0, 5, 1]), "items", since)).toBeNull();
  });

  it("tells nothing yet from nothing any more", () => {
    expect(verdict(report([signal([0, 0])]))).toBe("none");
    expect(verdict(report([signal([0, 3])]))).toBe("flowing");
    expect(verdict(report([signal([0, 0])], 12))).toBe("silent");
    expect(verdict(report([signal([0], { newest_event_at: "2026-11-24T02:00:00Z" })]))).toBe("silent");
  });

  it("is not empty where everything was refused", () => {
    expect(isEmpty(report([signal([0])]))).toBe(true);
    expect(isEmpty(report([signal([0], { rejected: [{ reason: "too_old", items: 2 }] })]))).toBe(false);
  });

  it("knows when something came last", () => {
    const times = ["2026-11-24T02:00:00Z", "2026-11-24T02:05:00Z"];
    const signals = times.map((at) => signal([0], { last_received_at: at }));
    expect(lastReceived(report(signals))).toBe(times[1]);
    expect(lastReceived(report([signal([0])]))).toBeNull();
  });
});

describe("the order of services", () => {
  const of = (service: string, bytes: number, spans: number, logs: number, metrics: number) =>
    ({
      service,
      total: { rows: spans + logs + metrics, bytes },
      spans: { rows: spans },
      logs: { rows: logs },
      metrics: { rows: metrics },
    }) as ReturnType<typeof sorted>[number];
  const services = [of("b", 30, 1, 2, 900), of("a", 10, 3, 1, 0), of("c", 20, 2, 3, 5)];
  const names = (by: Parameters<typeof sorted>[1]) => sorted(services, by).map((each) => each.service);

  it("is by bytes, the rows of one signal, or name", () => {
    expect(names("bytes")).toEqual(["b", "c", "a"]);
    expect(names("spans")).toEqual(["a", "c", "b"]);
    expect(names("logs")).toEqual(["c", "b", "a"]);
    expect(names("metrics")).toEqual(["b", "c", "a"]);
    expect(names("name")).toEqual(["a", "b", "c"]);
  });

  it("is never by rows of all signals together", () => {
    expect(readSort("rows")).toBeUndefined();
    expect(readSort("metrics")).toBe("metrics");
  });
});
