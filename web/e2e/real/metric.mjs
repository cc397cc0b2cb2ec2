// Metrics as people look at them: found by name, told apart by a label, and drawn with the numbers that were sent.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loaves, MINUTES, RANGE, sendMetrics, warmth } from "./bakery.mjs";
import { api, page as opened, real } from "./shop.mjs";

before(async () => {
  if (!real.skip) await sendMetrics();
});

/** The cells of the table beside the chart, by row, without their time. */
async function charted(page) {
  await page.waitForSelector("main canvas");
  await page.locator("main figure summary").click();
  await page.locator("main figure tbody tr").first().waitFor();
  return page.$$eval("main figure tbody tr", (rows) =>
    rows.map((row) => [...row.querySelectorAll("td:not(:first-child)")].map((cell) => cell.innerText)),
  );
}

test(
  "a metric is found by name, grouped by a label, and drawn with the points that were sent",
  real,
  async () => {
    const page = await opened();
    await page.visit(`/explore/metrics?${RANGE}`);
    await page.getByLabel("name contains").fill("oven");
    await page.keyboard.press("Enter");
    await page.waitForURL(/contains=oven/);
    await page.waitForFunction(() => document.querySelectorAll("main tbody tr").length === 1);
    await page.click("main td a:text-is('oven.temperature')");
    await page.waitForURL(/metric=oven.temperature/);
    await page.getByLabel(/^one line for each/).selectOption("oven");
    await page.waitForURL(/by=oven/);
    await page.getByRole("link", { name: "oven-2" }).waitFor();
    const query = `${RANGE}&group_by=oven&aggregate=avg`;
    const chart = await api(`/api/v1/metrics/oven.temperature/chart?${query}`);
    assert.equal(chart.step_secs, 60, "a point is a step");
    assert.deepEqual(
      chart.lines.map((line) => [line.labels, line.values]).toSorted(),
      [1, 2].map((oven) => [
        [`oven-${oven}`],
        Array.from({ length: MINUTES }, (_, minute) => warmth(oven, minute)),
      ]),
    );
    const shown = (value) => (value === null ? "–" : `${value} °C`);
    const steps = chart.lines[0].values.map((_, step) => chart.lines.map((line) => shown(line.values[step])));
    const rows = await charted(page);
    assert.deepEqual(
      rows.map((row) => row.map((cell) => cell.replaceAll("\u00a0", " "))),
      steps,
    );
    await page.getByRole("link", { name: "oven-2" }).click();
    await page.waitForURL(/labels=oven/);
    await page.waitForFunction(
      () => document.querySelectorAll("main section table[class] tbody tr").length === 1,
    );
    assert.match(await page.innerText("main"), /oven = oven-2/);
    assert.deepEqual(await page.troubles(), []);
    await page.context().close();
  },
);

test("a counter's increases add up to what was counted, in Japanese at 390 px too", real, async () => {
  const page = await opened({ lang: "ja", width: 390 });
  await page.visit(`/explore/metrics?${RANGE}&metric=loaves.baked`);
  await page.getByLabel(/^集計/).selectOption("increase");
  await page.waitForURL(/aggregate=increase/);
  await page.getByText("カウンター · 区間ごとの増加").waitFor();
  const chart = await api(`/api/v1/metrics/loaves.baked/chart?${RANGE}&aggregate=increase`);
  const rows = (await charted(page)).map(([cell]) => Number(cell));
  assert.deepEqual(rows, chart.lines[0].values);
  assert.equal(
    rows.reduce((sum, value) => sum + value, 0),
    loaves(MINUTES - 1),
  );
  assert.equal(await page.over(), 0);
  assert.deepEqual(await page.axe(), []);
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("of a metric without points nothing is offered that cannot be chosen", real, async () => {
  const page = await opened({ lang: "ja", width: 390 });
  await page.visit(`/explore/metrics?${RANGE}&metric=loaves.burnt`);
  await page.getByText("この期間にこのメトリクスのデータはありません。").waitFor();
  const chosen = await page.$$eval("main form select", (all) =>
    all.map((each) => each.selectedOptions[0]?.text),
  );
  assert.deepEqual(chosen, ["すべてのサービス", "分けない"]);
  await page.getByRole("link", { name: "メトリクス一覧" }).click();
  await page.getByRole("link", { name: "loaves.baked" }).waitFor();
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});
