// Every view in every state: loading, empty, partial, error, no permission, signed out. Fixtures only: a real server
// cannot be asked to fail.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, PAGES, REAL } from "./browser.mjs";

let e2e;
before(async () => {
  e2e = await open();
});
after(() => e2e.close());

const fixtures = { skip: REAL ? "needs the fixtures" : false };
/** Pages about one thing, which is there or not, but never empty. */
const ONE = new Set(["slo", "spend", "journey", "sla", "incident", "trace", "log"]);

for (const [fixture, view] of [
  ["error", "error"],
  ["forbidden", "forbidden"],
  ["partial", "partial"],
  ["empty", "empty"],
]) {
  test(`views when the server answers: ${fixture}`, fixtures, async (t) => {
    const page = await e2e.page({ fixture, lang: fixture === "empty" ? "ja" : "en" });
    for (const [name, path] of Object.entries(PAGES)) {
      if (fixture === "empty" && (ONE.has(name) || name === "setup")) continue;
      if (fixture !== "empty" && fixture !== "partial" && name === "setup") continue;
      await t.test(name, async () => {
        await page.goto(e2e.base + path);
        await page.waitForSelector(`[data-view=${view}]`);
        if (fixture === "empty") {
          const text = await page.innerText("main");
          assert.doesNotMatch(text, /\b(NaN|0 ?%|100 ?%)/, "no data is never a number");
        }
        assert.deepEqual(await page.axe(), []);
        assert.deepEqual(await page.troubles(), []);
      });
    }
    await page.context().close();
  });
}

test("a view that waits says so", fixtures, async () => {
  const page = await e2e.page({ fixture: "slow" });
  await page.goto(`${e2e.base}/slos`);
  await page.waitForSelector("[data-view=loading]");
  assert.deepEqual(await page.axe(), []);
  await page.context().close();
});

test("set-up waits for the first data and says so", fixtures, async () => {
  const page = await e2e.page({ fixture: "empty" });
  await page.goto(`${e2e.base}/setup`);
  await page.waitForSelector("[data-view=waiting]");
  await page.context().clearCookies();
  await page.reload();
  await page.waitForSelector("[data-view=arrived] a[href^='/services/']");
  await page.context().close();
});

test("set-up says that senders need a token, and leads to where one is made", fixtures, async () => {
  for (const lang of ["en", "ja"]) {
    const page = await e2e.page({ fixture: "remote", lang });
    await page.visit("/setup");
    assert.match(await page.innerText("main pre >> nth=0"), /Bearer%20<token>/);
    assert.deepEqual(await page.axe(), []);
    await page.click("[data-view=token] a");
    await page.waitForURL(/tab=tokens/);
    await page.context().close();
  }
});

test("signed out, the browser goes to the server's login and knows the way back", fixtures, async () => {
  const page = await e2e.page({ fixture: "signed-out" });
  await page.goto(`${e2e.base}/slos?range=7d`);
  await page.waitForURL(/\/login\?next=/);
  assert.equal(new URL(page.url()).searchParams.get("next"), "/slos?range=7d");
  await page.context().close();
});

test("a wrong condition is told with its place in the page's language, and once", fixtures, async () => {
  for (const [lang, words] of [
    ["en", /The condition is wrong at character 1\..*Details: there is no column nonsense/s],
    ["ja", /条件式の 1 文字目に誤りがあります。.*詳細: there is no column nonsense/s],
  ]) {
    const page = await e2e.page({ lang });
    for (const path of ["/requests", "/logs", "/services/frontend"]) {
      await page.goto(`${e2e.base}${path}?where=nonsense`);
      await page.waitForSelector("[data-view=error]");
      await page.settled();
      assert.match(await page.innerText("[data-view=error]"), words);
      assert.equal(await page.locator("[data-view=error]").count(), 1, path);
      assert.equal(await page.locator("[data-view=error] button").count(), 0, "it stays wrong");
    }
    assert.deepEqual(await page.axe(), []);
    await page.context().close();
  }
});

test("a trace in a segment that cannot be read says so, and not that it has no spans", fixtures, async () => {
  for (const [lang, partial, unread, empty] of [
    [
      "en",
      /not complete.*Details: segments\/spans-.* is in quarantine/s,
      /No span of this trace could be read/,
      /has no spans/,
    ],
    [
      "ja",
      /不完全な結果.*詳細: segments\/spans-.* is in quarantine/s,
      /スパンを読み取れませんでした/,
      /スパンがありません/,
    ],
  ]) {
    const page = await e2e.page({ lang });
    await page.visit(`/traces/${"e".repeat(32)}`);
    assert.match(await page.innerText("[data-view=partial]"), partial);
    assert.match(await page.innerText("[data-view=empty]"), unread);
    assert.doesNotMatch(await page.innerText("main"), empty);
    assert.equal(await page.locator("main [role=tree]").count(), 0);
    assert.deepEqual(await page.axe(), []);
    await page.click("[data-view=partial] a");
    await page.waitForURL(/\/store/);
    await page.context().close();
  }
});

test("an address that leads nowhere says so", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/no/such/page");
  assert.match(await page.innerText("main"), /no such page/);
  await page.context().close();
});

test("a trace without spans leads to its log lines", fixtures, async () => {
  const id = "d".repeat(32);
  const page = await e2e.page({ lang: "ja", width: 390 });
  await page.visit(`/traces/${id}`);
  await page.click("[data-view=missing] a:text-is('このトレースのログを探す')");
  await page.waitForURL(/\/logs\?/);
  await page.settled();
  const asked = new URL(page.url()).searchParams;
  assert.deepEqual([asked.get("where"), asked.get("range")], [`trace_id = '${id}'`, "30d"]);
  assert.deepEqual(await page.faults(), []);
  await page.context().close();
});

test(
  "a page about a thing that is not there says which, and leads to all of its kind",
  fixtures,
  async () => {
    for (const [path, lang, title, list] of [
      ["/slos/none", "en", "There is no SLO none", "/slos"],
      ["/slos/none", "ja", "SLO none はありません", "/slos"],
      ["/incidents/999", "en", "There is no incident INC-999", "/incidents?state=all"],
      ["/incidents/abc", "ja", "インシデント abc はありません", "/incidents?state=all"],
      ["/traces/abc", "en", "There is no trace abc", "/requests"],
    ]) {
      const page = await e2e.page({ lang });
      await page.visit(path);
      await page.waitForSelector("[data-view=missing]");
      assert.equal(await page.innerText("main h1"), title);
      assert.equal(await page.getAttribute("[data-view=missing] a", "href"), list);
      assert.equal(await page.locator("[data-view=missing] a").count(), 1);
      assert.match(await page.title(), new RegExp(`^${title}`));
      assert.deepEqual(await page.axe(), []);
      await page.context().close();
    }
  },
);
