// The first journey of an empty page is one that is applied: this is held to a file that the reader of definitions is tried on.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import en from "@/locales/en.json";
import { firstJourney } from "./first";

const GOOD = join(process.cwd(), "../crates/domain/tests/definition/good/first.yaml");

test("the first journey is one that ippo reads", () => {
  const [journey] = readFileSync(GOOD, "utf8").split("---\n");
  expect(firstJourney("checkout", "o'brien", en.journey.exampleHarm)).toBe(journey);
});
