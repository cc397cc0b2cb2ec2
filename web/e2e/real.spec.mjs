// The pages before a real ippo with the simulated shop, on a folder of its own: what the fixtures cannot show.
// IPPO_BIN names the binary; without it there is nothing to test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const binary = process.env.IPPO_BIN;
const real = { skip: binary ? false : "IPPO_BIN names no binary" };
let folder;
let ippo;
let e2e;
let said = "";

before(async () => {
  if (!binary) return;
  folder = mkdtempSync(join(tmpdir(), "ippo-e2e-"));
  const anywhere = ["--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"];
  ippo = spawn(binary, ["demo", "--dir", join(folder, "demo"), "--history", "2h", ...anywhere]);
  // A paged incident: the demo's pager says so when the history is in.
  const link = await new Promise((done, failed) => {
    ippo.once("exit", (code) => failed(new Error(`ippo ended with ${code}: ${said}`)));
    ippo.stdout.on("data", (bytes) => {
      said += bytes;
      const link = /http:\S+\/enter\/\S+/.exec(said);
      if (link && /☎ {2}opened/.test(said)) done(link[0]);
    });
    ippo.stderr.on("data", (bytes) => {
      said += bytes;
    });
  });
  const entered = await fetch(link, { method: "POST", redirect: "manual" });
  process.env.IPPO_E2E_URL = new URL(link).origin;
  process.env.IPPO_E2E_COOKIE = entered.headers.get("set-cookie").split(";")[0];
  // Read only now: the module looks at the environment when it is loaded.
  e2e = await (await import("./browser.mjs")).open();
});

after(async () => {
  await e2e?.close();
  if (ippo) {
    const ended = new Promise((done) => ippo.once("exit", done));
    ippo.kill("SIGINT");
    assert.equal(await ended, 0, `it stops cleanly: ${said}`);
    rmSync(folder, { recursive: true });
  }
});

async function api(path) {
  const answer = await fetch(process.env.IPPO_E2E_URL + path, {
    headers: { cookie: process.env.IPPO_E2E_COOKIE },
  });
  assert.equal(answer.status, 200, path);
  return answer.json();
}

test("every page, in both languages, wide and narrow", real, async (t) => {
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
    metrics: "/explore/metrics",
    metric: "/explore/metrics?metric=http.server.request.duration&by=http.route",
    slos: "/slos",
    slo: `/slos/${slos[0].name}`,
    incidents: "/incidents",
    incident: `/incidents/${incidents[0].id}`,
    setup: "/setup",
    store: "/store",
  };
  for (const [lang, width] of [
    ["en", 1440],
    ["ja", 390],
  ]) {
    const page = await e2e.page({ lang, width });
    for (const [name, path] of Object.entries(pages)) {
      await t.test(`${name} in ${lang} at ${width} px`, async () => {
        await page.visit(path);
        assert.deepEqual(await page.axe(), []);
        assert.deepEqual(await page.troubles(), []);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(over <= 0, `scrolls sideways by ${over} px`);
        assert.doesNotMatch(await page.innerText("main"), /NaN|undefined|Infinity|Invalid Date/);
      });
    }
    await page.context().close();
  }
});

test("from Today to a broken request in three clicks", real, async () => {
  const page = await e2e.page();
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
  const page = await e2e.page();
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
  const { incidents } = await api("/api/v1/incidents?state=open");
  const page = await e2e.page({ width: 390, lang: "ja", touch: true });
  await page.visit(`/incidents/${incidents[0].id}`);
  await page.getByRole("button", { name: "対応開始" }).tap();
  await page.waitForFunction(() => /対応中/.test(document.querySelector("main").innerText));
  const told = await api(`/api/v1/incidents/${incidents[0].id}`);
  assert.equal(told.state, "acknowledged");
  await page.context().close();
});
