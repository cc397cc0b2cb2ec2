// Where sessions were lost: the step after which trouble cost the most of them. Pure: every number comes from the server.
import type { JourneySessions, StepSessions } from "@/api/model";

export interface Drop {
  step: StepSessions;
  /** What the worst of their requests was. */
  outcome: "slow" | "failed";
  /** The share that went on after it. */
  after: number;
  /** The share that went on where all was as it should be. */
  usual: number;
}

function shareOf(step: StepSessions, outcome: "fine" | "slow" | "failed"): number | null {
  return step.outcomes.find((each) => each.outcome === outcome)?.share ?? null;
}

/** The largest difference between sessions that met trouble and those that did not; none where there are too few of either. */
export function worstDrop(sessions: JourneySessions): Drop | undefined {
  const drops = sessions.steps.flatMap((step) =>
    (["failed", "slow"] as const).flatMap((outcome): Drop[] => {
      const [usual, after] = [shareOf(step, "fine"), shareOf(step, outcome)];
      return usual === null || after === null || after >= usual ? [] : [{ step, outcome, after, usual }];
    }),
  );
  return drops.sort((a, b) => b.usual - b.after - (a.usual - a.after))[0];
}
