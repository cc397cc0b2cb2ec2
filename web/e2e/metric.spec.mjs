// Metrics: found by name and service, charted by choices that all stand in the address, told honestly.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, REAL } from "./browser.mjs";
import { now } from "./clock.mjs";

let e2e;
before(async () => {
  e2e = await open();
});
after(() => e2e.close());

const fixtures = { skip: REAL ? "needs the fixtures" : false };
const ONE = "/explore/metrics?metric=http.server.request.duration&by=http.route";

test("a metric is found and opened, and a name of two kinds says which", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/explore/metrics");
  const hrefs = await page.$$eval("main td a", (links) => links.map((link) => link.getAttribute("href")));
  assert.ok(
    hrefs.some((href) => href.endsWith("metric=size&kind=up_down_counter&unit=By")),
    hrefs.join(),
  );
  assert.match(
    await page.innerText("[data-view=refused]"),
    /Some series are missing.*1,200 points were refused.*requests\.by\.user 1,200 points.*What to do: leave out/s,
  );
  await page.getByLabel("name contains").fill("memory");
  await page.keyboard.press("Enter");
  await page.waitForURL(/contains=memory/);
  await page.waitForFunction(() => document.querySelectorAll("main tbody tr").length === 1);
  await page.click("main td a");
  await page.waitForURL(/metric=process.memory.usage/);
  await page.settled();
  assert.match(await page.innerText("main"), /MiB/);
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("it is reached by the rail, by its keys, by the palette and from a service", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/services/frontend");
  await page.click("main a[href*='/explore/metrics?service=frontend']");
  await page.waitForURL(/explore\/metrics\?service=frontend/);
  await page.visit("/");
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await page.waitForURL(/explore\/metrics/);
  await page.visit("/");
  await page.palette("metrics");
  await page.keyboard.press("Enter");
  await page.waitForURL(/explore\/metrics/);
  await page.visit("/");
  await page.getByRole("navigation").getByRole("link", { name: "Metrics" }).click();
  await page.waitForURL(/explore\/metrics/);
  assert.equal(await page.innerText("#rail a[aria-current=page]"), "Metrics");
  await page.context().close();
});

test("every choice is in the address, and a reload restores it", fixtures, async () => {
  const page = await e2e.page();
  await page.visit(ONE);
  await page.getByLabel(/^show/).selectOption("quantile");
  await page.getByLabel(/^quantile/).selectOption("0.99");
  await page.waitForURL(/quantile=0.99/);
  await page.getByLabel("filter by label").selectOption("http.route");
  await page.getByLabel("value of http.route").fill("/api/search");
  await page.waitForURL(/labels=http.route/);
  await page.waitForFunction(() => document.querySelectorAll("main section table tbody tr").length === 1);
  await page.reload();
  await page.settled();
  assert.match(await page.innerText("main"), /http\.route = \/api\/search/);
  assert.equal(await page.getByLabel(/^quantile/).inputValue(), "0.99");
  await page.getByRole("button", { name: "no longer filter by http.route = /api/search" }).click();
  await page.waitForFunction(() => !location.search.includes("labels="));
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("bounds, missing labels and lines beyond the limit are told, in both languages", fixtures, async () => {
  for (const [lang, more, without] of [
    ["en", /4 more lines \(9 series\) are not shown.*Filter by a label/s, "(without)"],
    ["ja", /4 本の線\(9 系列\).*ラベルで絞り込む/s, "(なし)"],
  ]) {
    const page = await e2e.page({ lang });
    await page.visit(ONE);
    const text = await page.innerText("main");
    assert.match(text, /250\s(ms|ミリ秒) – 500\s(ms|ミリ秒)/);
    assert.match(text, /> 500\s(ms|ミリ秒)/, "nothing bounds it from above");
    const chart = await page.getAttribute("main figure [role=img]", "aria-label");
    assert.match(chart, /3 \((without|なし)\) (upper|上限) > 500\s(ms|ミリ秒)/, "the chart says so too");
    await page.click("main figure summary");
    assert.match(await page.innerText("main figure td:nth-child(6)"), /^> 500/, "and its table");
    assert.match(await page.innerText("[data-view=overflow]"), more);
    assert.ok(text.includes(without));
    await page.click("main td a:has-text('/api/checkout')");
    await page.waitForURL(/labels=http.route/);
    assert.ok(!page.url().includes("by="), "one line alone is not told apart any more");
    await page.context().close();
  }
});

test("a bound is drawn to the end of its step, before a gap and in the last step too", fixtures, async () => {
  const page = await e2e.page();
  await page.visit(ONE);
  const answered = page.waitForResponse(/\/chart\?.*label=/);
  await page.click("main td a:has-text('/api/checkout')");
  const { lines, step_secs: step, from, to } = await (await answered).json();
  await page.waitForFunction(() => document.querySelectorAll("main section table tbody tr").length === 1);
  await page.waitForSelector("main figure .u-over");
  const { upper } = lines[0].bounds;
  const isOver = (at) => Date.parse(from) + (at + 1) * step * 1000 <= now();
  const last = upper.findLastIndex((value, at) => value !== null && isOver(at));
  const times = Math.round((Date.parse(to) - Date.parse(from)) / 1000 / step);
  const isDrawn = (share) =>
    page.evaluate((share) => {
      const over = document.querySelector("main figure .u-over");
      const canvas = over.parentElement.querySelector("canvas");
      const px = canvas.width / canvas.clientWidth;
      const [x, y] = [over.offsetLeft + over.clientWidth * share, over.offsetTop].map((at) =>
        Math.round(at * px),
      );
      const { data } = canvas.getContext("2d").getImageData(x, y, 1, Math.round(over.clientHeight * px));
      // The rules across are grey; the lines have a colour.
      return Array.from({ length: data.length / 4 }, (_, at) => data.subarray(at * 4, at * 4 + 3)).some(
        (colour) => Math.max(...colour) - Math.min(...colour) > 60,
      );
    }, share);
  const span = last === times - 1 ? times : times - 1;
  const gap = upper.indexOf(null);
  assert.ok(await isDrawn((gap - 0.5) / span), "the step before the gap");
  assert.ok(!(await isDrawn((gap + 0.5) / span)), "the gap");
  assert.ok(await isDrawn((last + 0.5) / span), "the last step");
  await page.context().close();
});

test("a share waits for its threshold, and what does not fit is said with its reason", fixtures, async () => {
  const page = await e2e.page();
  await page.visit(ONE);
  await page.getByLabel(/^show/).selectOption("share");
  await page.waitForSelector("[data-view=empty]");
  const input = page.getByLabel("at most (s)");
  await input.fill("fast");
  assert.match(await page.innerText("main"), /not a number/);
  await input.fill("0.3");
  await page.keyboard.press("Enter");
  await page.waitForURL(/threshold=0.3/);
  await page.goto(`${e2e.base}/explore/metrics?metric=process.memory.usage&aggregate=rate`);
  await page.waitForSelector("[data-view=error]");
  assert.match(
    await page.innerText("main"),
    /This metric cannot be shown that way\..*Details: .*does not fit/s,
  );
  await page.getByLabel(/^show/).selectOption("avg");
  await page.waitForSelector("main canvas");
  await page.context().close();
});

test("without any metric the page leads on to sending some", fixtures, async () => {
  const page = await e2e.page({ fixture: "empty", lang: "ja" });
  await page.visit("/explore/metrics");
  await page.waitForSelector("[data-view=empty] a[href^='/setup']");
  assert.match(await page.innerText("main pre"), /remote_write:\s+- url: http\S+\/api\/v1\/write/);
  await page.context().close();
});
