// What the demo has by itself: every page opens, and people get from what is wrong to its cause.
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, page as opened, paged, real } from "./shop.mjs";

test("every page, in both languages, wide and narrow", real, async (t) => {
  await paged();
  const { traces } = await api("/api/v1/traces?last=1d&limit=1");
  const { slos } = await api("/api/v1/slos");
  const { incidents } = await api("/api/v1/incidents");
  const { services } = await api("/api/v1/services?last=1d");
  assert.ok(services.length >= 8, "the shop has eight services or more");
  const pages = {
    today: "/",
    services: "/services",
    service: `/services/${services[0].service}`,
    requests: "/requests",
    trace: `/traces/${traces[0].trace_id}`,
    logs: "/logs",
    sql: "/sql",
    metrics: "/explore/metrics",
    metric: "/explore/metrics?metric=http.server.request.duration&by=http.route",
    slos: "/slos",
    slo: `/slos/${slos[0].name}`,
    spend: `/slos/${slos[0].name}?by=endpoint`,
    policies: "/slos/-/policies",
    journeys: "/slos/-/journeys",
    slas: "/slos/-/slas",
    suggest: `/slos/-/new?service=${services[0].service}`,
    again: `/slos/-/new?slo=${slos[0].name}`,
    rules: "/incidents/-/rules",
    incidents: "/incidents",
    incident: `/incidents/${incidents[0].id}`,
    setup: "/setup",
    store: "/store",
  };
  for (const [lang, width] of [
    ["en", 1440],
    ["ja", 390],
  ]) {
    const page = await opened({ lang, width });
    for (const [name, path] of Object.entries(pages)) {
      await t.test(`${name} in ${lang} at ${width} px`, async () => {
        await page.visit(path);
        assert.deepEqual(await page.faults(), []);
      });
    }
    await page.context().close();
  }
});

test("from Today to a broken request in three clicks", real, async () => {
  await paged();
  const page = await opened();
  await page.visit("/");
  await page.click("main a[href*='/slos/']");
  await page.waitForURL(/\/slos\//);
  await page.settled();
  await page.click("main td a[href*='/traces/']");
  await page.waitForURL(/\/traces\//);
  await page.waitForSelector("[role=treeitem][aria-selected=true]");
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("what the shop measures is found, charted and told apart", real, async () => {
  const page = await opened();
  await page.visit("/explore/metrics?range=6h");
  await page.click("main td a:text-is('shop.orders')");
  await page.waitForURL(/metric=shop.orders/);
  await page.settled();
  await page.waitForSelector("main canvas");
  assert.match(await page.innerText("main table"), /\/s/, "a counter is shown as a rate");
  const { lines } = await api("/api/v1/metrics/shop.orders/chart?last=6h&aggregate=increase&step_secs=1800");
  const known = lines[0].values.filter((value) => value !== null);
  assert.ok(known.length > 0 && known.some((value) => value > 0), "orders were counted");
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("an incident is acknowledged at 390 px, in Japanese", real, async () => {
  await paged();
  const { incidents } = await api("/api/v1/incidents?state=open");
  const page = await opened({ width: 390, lang: "ja", touch: true });
  await page.visit(`/incidents/${incidents[0].id}`);
  await page.getByRole("button", { name: "対応開始" }).tap();
  await page.waitForFunction(() => /対応中/.test(document.querySelector("main").innerText));
  const told = await api(`/api/v1/incidents/${incidents[0].id}`);
  assert.equal(told.state, "acknowledged");
  await page.context().close();
});
