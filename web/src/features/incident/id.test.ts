import { expect, it } from "vitest";
import { incidentId } from "./id";

it.each([
  ["41", 41],
  ["INC-41", 41],
  ["inc-41", 41],
])("%s is incident %d", (text, id) => expect(incidentId(text)).toBe(id));

it.each(["abc", "", "0", "-1", "4.1", "4e1", "0x29", "INC-", "99999999999999999999"])("%s is none", (text) =>
  expect(incidentId(text)).toBeNull(),
);
