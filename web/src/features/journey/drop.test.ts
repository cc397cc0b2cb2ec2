import { expect, test } from "vitest";
import type { JourneySessions, StepSessions } from "@/api/model";
import { worstDrop } from "./drop";

function step(name: string, shares: [number | null, number | null, number | null]): StepSessions {
  const outcomes = (["fine", "slow", "failed"] as const).map((outcome, at) => ({
    outcome,
    sessions: 100,
    went_on: 50,
    share: shares[at] ?? null,
  }));
  return {
    name,
    display_name: name,
    slow_ms: 800,
    is_last: false,
    sessions: 300,
    went_on: 150,
    share: 0.5,
    open: 0,
    outcomes,
  };
}

function sessions(...steps: StepSessions[]): JourneySessions {
  return { steps } as unknown as JourneySessions;
}

test("the step after which trouble cost the most is told", () => {
  const told = worstDrop(sessions(step("cart", [0.9, 0.8, 0.7]), step("pay", [0.9, 0.3, 0.5])));
  expect(told).toMatchObject({ step: { name: "pay" }, outcome: "slow", after: 0.3, usual: 0.9 });
});

test("nothing is told of too few sessions, nor where trouble cost nothing", () => {
  expect(worstDrop(sessions(step("cart", [null, 0.1, 0.1]), step("pay", [0.9, null, null])))).toBeUndefined();
  expect(worstDrop(sessions(step("cart", [0.5, 0.5, 0.6])))).toBeUndefined();
  expect(worstDrop(sessions())).toBeUndefined();
});
