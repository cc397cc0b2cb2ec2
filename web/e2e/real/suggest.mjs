// A target from what is stored becomes an SLO: the page and the command line recommend the same, and what is made is counted from
// the same past.
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, ippo, page as opened, real } from "./shop.mjs";

test("a suggested target becomes an SLO with a history", real, async () => {
  const page = await opened();
  await page.visit("/slos/-/new?service=catalog");
  const told = JSON.parse(await ippo("slo", "suggest", "--service", "catalog", "--output", "json"));
  const { targets, recommended } = told.candidates[0].ladder;
  const chosen = await page.$$eval("main [role=radiogroup] input", (radios) =>
    radios.findIndex((radio) => radio.checked),
  );
  assert.equal(chosen, recommended);
  assert.equal(await page.locator("main [role=radiogroup] input").count(), targets.length);
  assert.deepEqual(await page.faults(), []);
  await page.getByRole("button", { name: "Make this SLO" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("catalog-availability", { exact: true }).waitFor();
  await dialog.locator("summary").click();
  const definition = await dialog.locator("pre").innerText();
  assert.deepEqual(await page.faults(), []);
  await dialog.getByRole("button", { name: "Make it", exact: true }).dblclick();
  await page.waitForURL(/\/slos\/catalog-availability$/);
  await page.getByText(/is promised over 28\sdays; .* was kept/).waitFor();
  const slo = await api("/api/v1/slos/catalog-availability");
  assert.equal(slo.definition.trim(), definition.trim());
  assert.equal(slo.objectives[0].target, targets[recommended].target);
  const { slos } = await api("/api/v1/slos");
  assert.equal(slos.filter((each) => each.service === "catalog" && each.review_on !== null).length, 1);
  assert.deepEqual(await page.faults(), []);
  await page.getByRole("link", { name: "Look again at the target" }).click();
  await page.waitForURL(/slo=catalog-availability/);
  await page.settled();
  assert.match(await page.innerText("main"), /now/);
  assert.equal(await page.getByRole("button", { name: "Make this SLO" }).count(), 0);
  assert.deepEqual(await page.faults(), []);
  await page.context().close();
});
