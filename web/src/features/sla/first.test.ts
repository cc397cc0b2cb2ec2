// The first agreement of an empty page is one that is applied: this is held to a file that the reader of definitions is tried on.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import en from "@/locales/en.json";
import { firstSla } from "./first";

const GOOD = join(process.cwd(), "../crates/domain/tests/definition/good/first.yaml");

test("the first agreement is one that ippo reads", () => {
  const [, sla] = readFileSync(GOOD, "utf8").split("---\n");
  const words = { customers: en.sla.exampleCustomers, credit: en.sla.exampleCredit };
  expect(firstSla("checkout", "promised", words)).toBe(sla);
  expect(firstSla("checkout", undefined, words)).not.toContain("objective");
});
