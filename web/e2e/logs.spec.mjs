// Log lines: chosen, counted, narrowed, followed, linked and saved.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, REAL, TRACE } from "./browser.mjs";
import { finishSearches, open as held } from "./query-fixtures.mjs";

let e2e;
before(async () => {
  e2e = await open();
});
after(() => e2e.close());

const fixtures = { skip: REAL ? "needs the fixtures" : false };
const param = (page, name) => new URL(page.url()).searchParams.get(name);

test("an attribute is chosen from a line or typed, and can be dropped", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/logs");
  await page.locator("main li summary").first().click();
  await page.locator("main details[open] dl button").first().click();
  await page.waitForURL((url) => /=/.test(url.searchParams.get("attr") ?? ""));
  await page.getByLabel("attribute = value").fill("order.id=4711");
  await page.getByRole("button", { name: "Show" }).click();
  await page.waitForURL((url) => url.searchParams.get("attr")?.split("\n").length === 2);
  await page.settled();
  assert.deepEqual(await page.axe(), []);
  await page.getByRole("button", { name: "No longer ask for order.id=4711" }).click();
  await page.waitForURL((url) => url.searchParams.get("attr")?.split("\n").length === 1);
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test(
  "times tell lines of one second apart; a trace's lines are read from the oldest on",
  fixtures,
  async () => {
    const page = await e2e.page();
    await page.visit("/logs");
    for (const time of await page.locator("main li time").allInnerTexts())
      assert.match(time, /^\d+ \w+ \d\d:\d\d:\d\d\.\d{3}$/);
    await page.visit(`/traces/${TRACE}?span=00f067aa0ba90209`);
    await page.locator("aside li time").nth(1).waitFor();
    const times = await page.$$eval("aside li time", (all) => all.map((each) => each.dateTime));
    assert.deepEqual(times, times.toSorted());
    for (const time of await page.locator("aside li time").allInnerTexts())
      assert.match(time, /^\d\d:\d\d:\d\d\.\d{3}$/);
    await page.context().close();
  },
);

test(
  "where no log line ever came, the page leads on; where none fits, it offers wider choices",
  fixtures,
  async () => {
    for (const [lang, title, wider] of [
      ["en", /No log line has ever come in/, "Look at the last 24 h"],
      ["ja", /ログはまだ一度も届いていません/, "直近 24 時間を見る"],
    ]) {
      const fresh = await e2e.page({ lang, fixture: "empty" });
      await fresh.visit("/logs");
      await fresh.locator("[data-view=empty]").waitFor();
      assert.match(await fresh.innerText("[data-view=empty]"), title);
      assert.match(await fresh.innerText("main pre"), /\/v1\/logs/);
      assert.equal(await fresh.getByRole("button", { name: wider }).count(), 0, "no choice would find any");
      assert.equal(await fresh.locator("main form").count(), 0);
      assert.deepEqual(await fresh.axe(), []);
      await fresh.click("[data-view=empty] a[href^='/setup']");
      await fresh.waitForURL(/\/setup/);
      await fresh.context().close();
      const page = await e2e.page({ lang });
      await page.visit("/logs?contains=nothing-says-this");
      await page.getByRole("button", { name: wider }).waitFor();
      assert.doesNotMatch(await page.innerText("main"), title);
      await page.context().close();
    }
  },
);

test(
  "a request has the lines of all its spans, each with its service, and leads to them",
  fixtures,
  async () => {
    for (const [lang, title, way] of [
      ["en", "Logs of this request", "Find them in Logs"],
      ["ja", "このリクエストのログ", "ログ画面で見る"],
    ]) {
      const page = await e2e.page({ lang });
      const asked = page.waitForRequest((request) => {
        const { pathname, searchParams } = new URL(request.url());
        return pathname === "/api/v1/logs" && !searchParams.has("span_id");
      });
      await page.visit(`/traces/${TRACE}`);
      assert.equal(new URL((await asked).url()).searchParams.get("trace_id"), TRACE);
      const lines = page.locator("section", { hasText: title }).locator("li summary");
      await lines.first().waitFor();
      const services = await lines.evaluateAll((all) => all.map((line) => line.children[2].innerText));
      assert.ok(new Set(services).size > 1, services.join());
      await page.getByRole("link", { name: way }).click();
      await page.waitForURL((url) => url.searchParams.get("where") === `trace_id = '${TRACE}'`);
      assert.ok(param(page, "from") < param(page, "to"));
      assert.deepEqual(await page.troubles(), []);
      await page.context().close();
    }
  },
);

test(
  "at 390 px a long name of a service is whole, and no field makes a phone zoom in",
  fixtures,
  async () => {
    const page = await e2e.page({ lang: "ja", width: 390 });
    await page.visit("/logs");
    const sizes = await page.$$eval("main form input, main form select", (fields) =>
      fields.map((field) => Number.parseFloat(getComputedStyle(field).fontSize)),
    );
    assert.ok(sizes.length > 4 && Math.min(...sizes) >= 16, sizes.join());
    const service = page.locator("main li summary span:nth-of-type(2)").first();
    const isCut = await service.evaluate((span) => {
      span.textContent = "checkout-backend-of-the-east";
      return span.scrollWidth > span.clientWidth;
    });
    assert.ok(!isCut);
    await page.context().close();
  },
);

test("a drag over the bars, or a row of their table, narrows the range", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/logs");
  const bars = page.locator("main figure .u-over");
  const box = await bars.boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.25, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, y, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL((url) => url.searchParams.has("from"));
  const wide = Date.parse(param(page, "to")) - Date.parse(param(page, "from"));
  assert.ok(wide > 13 * 60_000 && wide < 19 * 60_000, `a quarter of the hour: ${wide / 60_000} min`);
  await page.settled();
  await page.locator("main figure summary").click();
  await page.locator("main figure tbody button").first().click();
  await page.waitForURL(
    (url) => Date.parse(url.searchParams.get("to")) - Date.parse(url.searchParams.get("from")) < wide,
  );
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("lines are followed, paused and left; nobody is followed for who has gone", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/logs?from=2026-11-24T01:00:00Z&to=2026-11-24T02:00:00Z");
  await page.getByRole("button", { name: "Follow live" }).click();
  await page.waitForURL((url) => url.searchParams.get("live") === "1" && !url.searchParams.has("from"));
  await page.getByText("following", { exact: true }).waitFor();
  await page.getByText("3 lines came faster").waitFor();
  assert.equal(await page.locator("main section[aria-label=Live] li").count(), 2);
  assert.equal(held().tails, 1);
  assert.deepEqual(await page.axe(), []);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("paused", { exact: true }).waitFor();
  assert.equal(await page.locator("main section[aria-label=Live] li").count(), 2, "what came stays");
  const left = async () => {
    for (let turn = 0; held().tails > 0 && turn < 200; turn += 1) await page.evaluate(() => 0);
    assert.equal(held().tails, 0);
  };
  await left();
  await page.getByRole("button", { name: "Go on following" }).click();
  await page.getByText("following", { exact: true }).waitFor();
  await page.click("#rail a[href^='/slos']");
  await page.waitForURL(/\/slos/);
  await left();
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("a line has a link that opens it among its neighbours, also after a reload", fixtures, async () => {
  const page = await e2e.page({ lang: "ja" });
  await page.visit("/logs");
  await page.locator("main li summary").nth(1).click();
  const body = await page.locator("main details[open] pre").innerText();
  await page.getByRole("link", { name: "この行へのリンクと前後の行" }).click();
  await page.waitForURL((url) => url.searchParams.has("record"));
  await page.reload();
  await page.settled();
  assert.equal(await page.locator("main li[aria-current=true] details[open] pre").innerText(), body);
  assert.deepEqual(await page.axe(), []);
  await page.getByRole("link", { name: "ログを検索" }).click();
  await page.waitForURL((url) => !url.searchParams.has("record"));
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("what is found can be saved, and it is said when not all of it fits", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/logs?service=payment&attr=a%3Db%0Ac%3Dd");
  const href = await page.getByRole("link", { name: "Save as CSV" }).getAttribute("href");
  const params = new URL(href, e2e.base).searchParams;
  assert.deepEqual(params.getAll("attr"), ["a=b", "c=d"]);
  assert.equal(params.get("service"), "payment");
  assert.ok(params.get("from") < params.get("to") && params.get("format") === "csv");
  assert.match(await page.innerText("main"), /A file has the newest 1,000 of them/);
  const sql = await page.getByRole("link", { name: "This search in SQL" }).getAttribute("href");
  assert.match(new URL(sql, e2e.base).searchParams.get("q"), /service = 'payment'/);
  await page.context().close();
});

test("a long search says how far it has got; stopped, it keeps that and goes on", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/logs");
  assert.equal(await page.getByRole("progressbar").count(), 0, "a quick search shows none");
  const all = await page.locator("main li summary").count();
  await page.arrive("/logs?contains=deep");
  const bar = page.getByRole("progressbar", { name: "Searching" });
  await bar.waitFor();
  assert.equal(await bar.getAttribute("value"), "38");
  assert.match(
    await page.innerText("main [data-view=progress] p"),
    /^Looked back to .*\d\d:\d\d, 38\s%\sof\s12,000,000 records, 1 found so far$/,
  );
  assert.equal(await page.locator("main li summary").count(), 1, "what is found is shown at once");
  assert.equal(held().searches, 1);
  assert.deepEqual(await page.axe(), []);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.locator("[data-view=stopped]").waitFor();
  assert.equal(await bar.count(), 0);
  for (let turn = 0; held().searches > 0 && turn < 200; turn += 1) await page.evaluate(() => 0);
  assert.equal(held().searches, 0, "the server is told");
  assert.equal(await page.locator("main li summary").count(), 1);
  assert.match(await page.innerText("[data-view=stopped]"), /not complete/);
  assert.deepEqual(await page.axe(), []);
  await page.getByRole("button", { name: "Show more" }).click();
  await page.locator("[data-view=stopped]").waitFor({ state: "detached" });
  assert.equal(await page.locator("main li summary").count(), all);
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("a long search that is waited for ends with its page, and one that is left ends", fixtures, async () => {
  const page = await e2e.page({ lang: "ja", theme: "dark", width: 390 });
  await page.arrive("/logs?contains=deep");
  await page.getByRole("progressbar", { name: "検索中" }).waitFor();
  assert.match(await page.innerText("main [data-view=progress] p"), /12,000,000 件中 38/);
  assert.deepEqual(await page.axe(), []);
  finishSearches();
  await page.getByRole("progressbar").waitFor({ state: "detached" });
  assert.ok((await page.locator("main li summary").count()) > 1);
  assert.equal(await page.locator("[data-view=stopped]").count(), 0);
  await page.reload();
  await page.getByRole("progressbar").waitFor();
  await page.visit("/slos");
  for (let turn = 0; held().searches > 0 && turn < 200; turn += 1) await page.evaluate(() => 0);
  assert.equal(held().searches, 0);
  await page.context().close();
});
