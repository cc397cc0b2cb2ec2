// Which sentence says whom an incident met.
import { expect, it } from "vitest";
import { metSentence } from "./met";

it("makes no number of people of whom nothing is known", () => {
  expect(metSentence({ users: 4, users_exact: true })).toBe("incident.sentence.met");
  expect(metSentence({ users: 0, users_exact: true })).toBe("incident.sentence.met");
  expect(metSentence({ users: 4, users_exact: false })).toBe("incident.sentence.metAbout");
  expect(metSentence({ users: 0, users_exact: false })).toBe("incident.sentence.metUnknown");
});
