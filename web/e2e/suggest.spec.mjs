// From what is stored to an SLO: choosing, the ladder and its words, making one, and looking at a target again. Fixtures only.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, REAL } from "./browser.mjs";

let e2e;
before(async () => {
  e2e = await open();
});
after(() => e2e.close());

const fixtures = { skip: REAL ? "needs the fixtures" : false };
const SAID = {
  en: {
    service: "service",
    requests: "requests",
    find: "Type to find",
    means: "What 99.9 % means",
    outOf: /Of 10,000 requests, 10 may fail\..*40 min of full outage in 28 days/s,
    next: /Of 10,000 requests, 5 may fail\..*20 min of full outage/s,
    broken: /kept, little left.*Less than a quarter of the budget was left/s,
    ladder: /99\.9 % recommended\s+1,239\s+kept with room\s+52\.5 %\s+0\s+0/,
    fact: /may fail\s+1,239 in 28 days.*pages\s+0 in 28 days/s,
    open: "Make this SLO",
    do: "Make it",
    owner: "owner",
    told: "who is told",
    review: /21 February 2127/,
    fast: "Requests are fast",
    chosen: /300 ms 99\.5 % recommended/,
    slow: /500 ms 99\.9 %/,
    may: /Of 10,000 requests that succeed, 10 may take longer than 500 ms/,
    counted: /1,238,608 requests that did not fail were counted, of which 743 took longer than 500 ms/,
    few: [
      /161 requests were counted, of which 1 failed\./,
      /What is stored is 2 days, which is shorter than a window of 28 days/,
      /61\.5 % of this time is measured/,
      /under one\s+too few to tell\s*needs 10,000 for one failure; 2,254 come/,
      /In 28 days, 2,254 come\. At 99\.99 % it takes 10,000 until one may fail/,
      /29,956 without any failure/,
    ],
    inverted: [/86 % of what was counted is bad/, /No target can be recommended/, /4 could not be judged/],
    nothing: /No request of mail was counted in the last 28 days/,
    mayNot: /You may only read here/,
    again: [
      /Another look at Checkout succeeds/,
      /The target is 99\.9 %; 99\.5 % would be recommended/,
      /99\.9 %\s+now/,
      /Instead of 99\.9 %/,
      /180 instead of 36 in 30 days/,
    ],
    same: /This is the target now/,
    objective: "bearable",
    new: "New SLO",
    look: "Look again at the target",
    promise: "Promise something",
    promiseOf: "Promise something of GET /api/search",
    waiting: /Counting 28\sdays of requests/,
  },
  ja: {
    service: "サービス",
    requests: "リクエスト",
    find: "名前で絞り込む",
    means: "99.9 % の意味",
    outOf: /10,000 件のうち 10 件まで失敗してよい.*28 日のうち 40 分の全面停止/s,
    next: /10,000 件のうち 5 件まで失敗してよい.*20 分の全面停止/s,
    broken: /達成\(残りわずか\).*4 分の 1 未満/s,
    ladder: /99\.9 % 推奨\s+1,239\s+達成/,
    fact: /許される失敗\s+28 日に 1,239 件まで.*呼び出し\s+28 日で 0 件/s,
    open: "この SLO を作る",
    do: "作る",
    owner: "担当",
    told: "通知先",
    review: /2127年2月21日/,
    fast: "リクエストが速い",
    chosen: /300 ms 99\.5 % 推奨/,
    slow: /500 ms 99\.9 %/,
    may: /成功したリクエスト 10,000 件のうち 10 件までは 500 ms を超えてよい/,
    counted: /成功したリクエスト 1,238,608 件を集計し、うち 743 件が 500 ms を超えました/,
    few: [
      /リクエスト 161 件を集計し、うち 1 件が失敗/,
      /保存されているのは 2 日分で、目標の期間\(28 日\)より短いため/,
      /この時間の 61\.5 % で/,
      /1 件未満\s+件数不足で判定不能\s*失敗 1 件の許容に 10,000 件必要、実際は 2,254 件/,
      /失敗なしで 29,956 件が必要/,
    ],
    inverted: [/86 % が不良です/, /推奨できる目標がありません/, /4 件は判定できず/],
    nothing: /直近 28 日に mail のリクエストはありません/,
    mayNot: /閲覧の権限しかありません/,
    again: [
      /Checkout succeeds の目標を見直す/,
      /現在の目標は 99\.9 %、推奨は 99\.5 %/,
      /99\.9 %\s+現在/,
      /36 件 → 180 件/,
    ],
    same: /これが現在の目標です/,
    objective: "bearable",
    new: "新しい SLO",
    look: "目標を見直す",
    promise: "SLO を作る",
    promiseOf: "GET /api/search の SLO を作る",
    waiting: /28\s日分のリクエストを集計しています/,
  },
};

/** The text of the page with plain spaces. */
async function said(page, selector = "main") {
  return (await page.innerText(selector)).replace(/[\u202f\u00a0]/g, " ");
}

async function matches(page, ...patterns) {
  const text = await said(page);
  for (const pattern of patterns) assert.match(text, pattern);
}

for (const [lang, width, theme] of [
  ["en", 1440, "light"],
  ["ja", 390, "dark"],
  ["ja", 1440, "light"],
  ["en", 390, "dark"],
]) {
  const words = SAID[lang];
  const wide = width > 800;

  test(`from a service to its SLO by the keyboard, in ${lang} at ${width} px`, fixtures, async () => {
    const page = await e2e.page({ lang, width, theme });
    const applied = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/apply")) applied.push(request.postDataJSON());
    });
    await page.visit("/slos/-/new");
    assert.deepEqual(await page.faults(), []);
    // The service, found by a part of its name.
    await page.getByRole("combobox", { name: words.service }).press("Enter");
    await page.getByPlaceholder(words.find).waitFor();
    assert.deepEqual(await page.faults(), []);
    await page.keyboard.type("front");
    await page.keyboard.press("Enter");
    await page.waitForURL(/service=frontend/);
    await page.settled();
    // One endpoint of it, by the arrow keys: all, GET /, then the second.
    await page.getByRole("combobox", { name: words.requests }).press("Enter");
    await page.getByRole("option", { name: "GET /api/search" }).waitFor();
    await page.keyboard.type("search");
    await page.keyboard.press("Enter");
    await page.waitForURL(/endpoint=GET/);
    await page.settled();
    await matches(page, words.outOf, words.fact);
    if (wide) await matches(page, words.ladder);
    assert.deepEqual(await page.faults(), []);
    // Another target, and back.
    const recommended = page.getByRole("radio", { name: /^99\.9\s%/ });
    assert.ok(await recommended.isChecked());
    await recommended.press("ArrowDown");
    await page.waitForURL(/target=0.9995/);
    await matches(page, words.next, words.broken);
    await page.reload();
    await page.settled();
    await matches(page, words.next);
    assert.equal(new URL(page.url()).searchParams.get("endpoint"), "GET /api/search");
    await page.getByRole("radio", { name: /^99\.95\s%/ }).press("ArrowUp");
    await page.waitForURL(/target=0.999(&|$)/);
    // Made once, however often one clicks.
    await page.getByRole("button", { name: words.open }).press("Enter");
    const dialog = page.getByRole("dialog");
    const name = `frontend-get-api-search-availability${made(lang, width)}`;
    await dialog.getByText(name, { exact: true }).waitFor();
    assert.equal(await dialog.getByLabel(words.owner).inputValue(), "aoki");
    assert.match((await dialog.innerText()).replace(/\u202f/g, " "), words.review);
    assert.doesNotMatch(await dialog.innerText(), /prune/);
    await dialog.getByLabel(words.owner).fill("team-search");
    await dialog.getByLabel(words.told).selectOption("checkout-oncall");
    await dialog.locator("summary").click();
    await dialog.getByText('ippo.dev/owner: "team-search"').waitFor();
    assert.deepEqual(await page.faults(), []);
    await dialog.getByRole("button", { name: words.do, exact: true }).dblclick();
    await page.waitForURL(new RegExp(`/slos/${name}$`));
    await page.settled();
    const real = applied.filter((each) => !each.dry_run);
    assert.equal(real.length, 1);
    assert.match(real[0].files[0].text, /owner: "team-search"\n.*notify: "checkout-oncall"\n/);
    assert.match(real[0].files[0].text, /target: 0.999\n/);
    assert.deepEqual(await page.faults(), []);
    await page.context().close();
  });

  test(`latency by thresholds, in ${lang} at ${width} px`, fixtures, async () => {
    const page = await e2e.page({ lang, width, theme });
    await page.visit("/slos/-/new?service=frontend");
    await page.getByRole("radio", { name: words.fast }).check();
    await page.waitForURL(/kind=latency/);
    const chip = page.getByRole("radio", { name: words.chosen });
    assert.ok(await chip.isChecked());
    await chip.press("ArrowRight");
    await page.waitForURL(/within=500/);
    assert.ok(await page.getByRole("radio", { name: words.slow }).isChecked());
    await matches(page, words.may, words.counted);
    await page.reload();
    await page.settled();
    assert.ok(await page.getByRole("radio", { name: words.slow }).isChecked());
    assert.deepEqual(await page.faults(), []);
    await page.context().close();
  });

  test(`little, bad or nothing stored is said, in ${lang} at ${width} px`, fixtures, async () => {
    const page = await e2e.page({ lang, width, theme });
    await page.visit("/slos/-/new?service=frontend&endpoint=orders%20process&target=0.9999");
    await matches(page, ...words.few);
    assert.deepEqual(await page.faults(), []);
    await page.visit("/slos/-/new?service=payment");
    await page.waitForSelector("[data-view=inverted]");
    await matches(page, ...words.inverted);
    assert.deepEqual(await page.faults(), []);
    await page.visit("/slos/-/new?service=mail");
    await matches(page, words.nothing);
    assert.equal(await page.locator("[data-view=empty] a[href^='/setup']").count(), 1);
    assert.deepEqual(await page.faults(), []);
    await page.context().close();
  });

  test(`a target is looked at again, in ${lang} at ${width} px`, fixtures, async () => {
    const page = await e2e.page({ lang, width, theme });
    await page.visit("/slos/checkout-succeeds");
    await page.getByRole("link", { name: words.look }).click();
    await page.waitForURL(/\/slos\/-\/new\?slo=checkout-succeeds/);
    await page.settled();
    await matches(page, ...words.again);
    assert.equal(await page.innerText("main pre"), "target: 0.995\n");
    assert.equal(await page.getByRole("button", { name: words.open }).count(), 0);
    assert.deepEqual(await page.faults(), []);
    await page.getByRole("radio", { name: /^99\.9\s%/ }).check();
    await matches(page, words.same);
    assert.equal(await page.locator("main pre").count(), 0);
    await page.visit("/slos/-/new?slo=partner-feed");
    await page.getByRole("radio", { name: words.objective }).check();
    await page.waitForURL(/objective=1/);
    assert.deepEqual(await page.faults(), []);
    await page.context().close();
  });
}

const names = [];
/** Each run finds its name taken by those before it. */
function made(lang, width) {
  names.push(`${lang}${width}`);
  return names.length === 1 ? "" : `-${names.length}`;
}

test("whoever may only read sees why nothing can be made", fixtures, async () => {
  for (const lang of ["en", "ja"]) {
    const page = await e2e.page({ lang, fixture: "reader" });
    await page.visit("/slos/-/new?service=frontend");
    const button = page.getByRole("button", { name: SAID[lang].open });
    await matches(page, SAID[lang].mayNot);
    assert.ok(await button.isDisabled());
    assert.deepEqual(await page.faults(), []);
    await page.context().close();
  }
});

test(
  "what is refused is said at its place, and an answer that was lost makes no second SLO",
  fixtures,
  async () => {
    const page = await e2e.page();
    await page.visit("/slos/-/new?service=cart");
    await page.getByRole("button", { name: "Make this SLO" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("cart-availability", { exact: true }).waitFor();
    await dialog.getByLabel("owner").fill("x".repeat(70));
    await dialog.locator("label", { hasText: "owner" }).getByRole("alert").waitFor();
    assert.deepEqual(await page.axe(), []);
    await dialog.getByLabel("owner").fill("");
    await dialog.getByText("cart-availability", { exact: true }).waitFor();
    await page.waitForFunction(() => document.querySelector("[role=dialog] [role=alert]") === null);
    // It is made, and nobody hears of it.
    await page.route("**/api/v1/apply", async (route) => {
      const isDry = route.request().postDataJSON().dry_run === true;
      if (isDry) return route.continue();
      await route.fetch();
      await route.abort();
    });
    await dialog.getByRole("button", { name: "Make it", exact: true }).click();
    await dialog.getByText("The server does not answer.", { exact: false }).waitFor();
    await page.unroute("**/api/v1/apply");
    const applied = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/apply") && !request.postDataJSON().dry_run) applied.push(request.url());
    });
    await dialog.getByRole("button", { name: "Make it", exact: true }).click();
    await dialog.getByText("There is an SLO cart-availability by now", { exact: false }).waitFor();
    assert.deepEqual(applied, []);
    await dialog.getByText("cart-availability-2", { exact: true }).waitFor();
    assert.deepEqual(await page.axe(), []);
    await page.context().close();
  },
);

test("a name that was taken meanwhile is told before anything is made", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/slos/-/new?service=search");
  await page.getByRole("button", { name: "Make this SLO" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("search-availability", { exact: true }).waitFor();
  const other = await e2e.page();
  await other.visit("/slos/-/new?service=search");
  await other.getByRole("button", { name: "Make this SLO" }).click();
  await other.getByRole("dialog").getByText("search-availability", { exact: true }).waitFor();
  await other.getByRole("button", { name: "Make it", exact: true }).click();
  await other.waitForURL(/\/slos\/search-availability$/);
  await dialog.getByRole("button", { name: "Make it", exact: true }).click();
  await dialog.getByText("There is an SLO search-availability by now", { exact: false }).waitFor();
  assert.equal(await dialog.locator("a[href='/slos/search-availability']").count(), 1);
  await dialog.getByText("search-availability-2", { exact: true }).waitFor();
  assert.deepEqual(await page.axe(), []);
  await page.context().close();
  await other.context().close();
});

test("ways lead to it from the list, a service, an endpoint and the palette", fixtures, async () => {
  for (const lang of ["en", "ja"]) {
    const words = SAID[lang];
    const page = await e2e.page({ lang });
    await page.visit("/slos");
    await page.getByRole("link", { name: words.new, exact: true }).click();
    await page.waitForURL(/\/slos\/-\/new$/);
    await page.settled();
    await page.locator("main td a", { hasText: "checkout" }).click();
    await page.waitForURL(/\/slos\/-\/new\?service=checkout/);
    await page.visit("/services/frontend");
    await page.getByRole("link", { name: words.promiseOf, exact: true }).click();
    await page.waitForURL(/service=frontend&endpoint=GET/);
    await page.visit("/services/frontend");
    await page.getByRole("link", { name: words.promise, exact: true }).first().click();
    await page.waitForURL(/\/slos\/-\/new\?service=frontend$/);
    await page.visit("/");
    await page.palette("new slo");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/slos\/-\/new$/);
    assert.deepEqual(await page.troubles(), []);
    await page.context().close();
  }
});

test(
  "while it counts it says so, nothing jumps when it is done, and leaving stops it",
  fixtures,
  async () => {
    for (const [lang, width] of [
      ["en", 1440],
      ["ja", 390],
    ]) {
      const page = await e2e.page({ lang, width });
      await page.addInitScript(() => {
        window.__shift = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
      });
      const counting = "**/api/v1/slo-suggestions?*";
      let go;
      const gate = new Promise((done) => {
        go = done;
      });
      await page.route(counting, async (route) => {
        await gate;
        await route.continue();
      });
      await page.goto(`${e2e.base}/slos/-/new?service=frontend`);
      await page.getByText(SAID[lang].waiting).waitFor();
      assert.deepEqual(await page.axe(), []);
      await page.evaluate(() => {
        window.__shift = 0;
      });
      go();
      await page.settled();
      await page.getByRole("button", { name: SAID[lang].open }).waitFor();
      assert.ok((await page.evaluate(() => window.__shift)) < 0.1, "what was there stays where it was");
      // Another choice is counted anew, until the page is left.
      await page.unroute(counting);
      await page.route(counting, () => {});
      const stopped = page.waitForEvent("requestfailed", (request) => request.url().includes("days=60"));
      await page.locator("select").first().selectOption("60");
      await page.waitForSelector("[data-view=loading]");
      await page.goBack();
      assert.match((await stopped).failure()?.errorText ?? "", /ABORTED/);
      await page.context().close();
    }
  },
);
