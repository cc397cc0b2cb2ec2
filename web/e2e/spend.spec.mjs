// What spent the budget of an SLO, on its page: hours that add up with the rest, who failed in them, and what is said while
// nobody can say. Fixtures only.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, REAL } from "./browser.mjs";

let e2e;
before(async () => {
  e2e = await open();
});
after(() => e2e.close());

const fixtures = { skip: REAL ? "needs the fixtures" : false };
const plain = (text) => text.replace(/[\u202f\u00a0]/g, " ");
const SAID = {
  en: {
    title: "What spent the budget",
    by: "By whom",
    lead: /10 hours spent 81\.2 % of the budget, and the other 29 days 14 h of the window 81 %: 162\.2 % in all\./,
    incident: /INC-41 Checkout succeeds is burning its budget/,
    deploy: /131 went out at \d\d:12/,
    rest: "the rest of the window",
    all: "all of the window",
    back: "Back to the usual range",
    endpoint: "endpoint",
    other: "another column or attribute",
    show: "Show",
    byLead: /POST \/api\/checkout has 74 % of the failures and 31 % of the traffic\./,
    stored: /do not know of exclusions/,
    unsaid: "not said",
    twenty: /The twenty values/,
    filling: /told once that is done/,
    pace: /At this rate|times as fast|burns at|not at this rate|nobody is paged/,
    held: /A page has gone out, and cannot resolve while stored data is still being counted/,
    none: /Nothing of the budget is spent in this window\./,
    next: "See whether a tighter target would have been kept",
    override: "Release gate overridden",
  },
  ja: {
    title: "バジェットの消費内訳",
    by: "属性別の失敗",
    lead: /消費の多い 10 時間でバジェットの 81\.2 %、残りの 29 日 14 時間で 81 % を消費しました\(合計 162\.2 %\)。/,
    incident: /INC-41 Checkout succeeds: エラーバジェットの消費が速すぎます/,
    deploy: /\d\d:12 に 131 をデプロイ/,
    rest: "期間の残り",
    all: "期間全体",
    back: "通常の範囲に戻す",
    endpoint: "エンドポイント",
    other: "ほかの列・属性",
    show: "表示",
    byLead: /POST \/api\/checkout が失敗の 74 % を占めています\(トラフィックでは 31 %\)。/,
    stored: /除外は反映されない/,
    unsaid: "値なし",
    twenty: /失敗の多い 20 件/,
    filling: /集計中です。終わると/,
    pace: /このペース|いまのバーンレート|呼び出していません|呼び出しません/,
    held: /集計が終わるまで、回復とは判断しません/,
    none: /この期間にバジェットは消費されていません。/,
    next: "より厳しい目標でも守れたかを見る",
    override: "リリースゲートを越えた変更",
  },
};

/** A section of the page by its heading. */
function part(page, title) {
  return page.locator("main section", { has: page.locator("h2", { hasText: title }) });
}

for (const [lang, width, theme] of [
  ["en", 1440, "light"],
  ["en", 390, "dark"],
  ["ja", 1440, "dark"],
  ["ja", 390, "light"],
]) {
  const said = SAID[lang];

  test(`what spent the budget, and by whom, in ${lang} at ${width} px`, fixtures, async () => {
    const page = await e2e.page({ lang, width, theme });
    const asked = [];
    page.on("request", (request) => {
      if (request.url().includes("/spend/by")) asked.push(new URL(request.url()).searchParams);
    });
    await page.visit("/slos/checkout-succeeds");
    const [spent, by] = [part(page, said.title), part(page, said.by)];
    // Deploys come after the hours, and nothing holds the hours back for them.
    await spent.filter({ hasText: said.deploy }).waitFor();
    const text = plain(await spent.innerText());
    for (const words of [said.lead, said.incident, said.deploy]) assert.match(text, words);
    // Two hours of one incident are one row, and the parts are all that is spent.
    const rows = await spent.locator("tbody tr").all();
    const numbers = await Promise.all(
      rows.map(async (row) => Number((await row.locator("td").nth(3).textContent()).replace(",", ""))),
    );
    assert.equal(rows.length, 11);
    assert.equal(
      numbers.slice(0, -1).reduce((sum, each) => sum + each, 0),
      numbers.at(-1),
    );
    assert.equal(numbers.at(-1), 3724);
    assert.match(await rows.at(-2).innerText(), new RegExp(said.rest));
    assert.match(plain(await rows.at(-1).innerText()), new RegExp(`${said.all}.*162\\.2 %`, "s"));

    // Nothing stored is read before somebody asks.
    assert.equal(asked.length, 0);
    await by.getByRole("button", { name: said.endpoint, exact: true }).click();
    await page.waitForURL(/by=endpoint/);
    await page.settled();
    await by.locator("table").waitFor();
    assert.deepEqual(Object.fromEntries(asked[0]), { objective: "0", by: "endpoint", last: "24h" });
    const told = plain(await by.innerText());
    for (const words of [said.byLead, said.stored, new RegExp(said.unsaid)]) assert.match(told, words);
    assert.deepEqual(await page.faults(), []);

    // An hour becomes the range of the page, and stays where it is on the screen.
    const first = spent.locator("tbody a[data-row]").first();
    await first.scrollIntoViewIfNeeded();
    const top = (await first.boundingBox()).y;
    await first.click();
    await page.waitForURL(/from=.*to=/);
    await page.settled();
    await spent.locator("tr[aria-current]").waitFor();
    await by.locator("table").waitFor();
    assert.ok(Math.abs((await first.boundingBox()).y - top) < 2, "the row has moved");
    assert.deepEqual([asked.at(-1).has("last"), asked.at(-1).has("from")], [false, true]);
    assert.deepEqual(await page.faults(), []);
    await page.reload();
    await page.settled();
    await by.locator("table").waitFor();
    await spent.getByRole("button", { name: said.back }).click();
    await page.waitForURL((url) => !url.searchParams.has("from"));

    // Any attribute, and what the server says of one that is none.
    await by.getByRole("textbox", { name: said.other }).fill("attrs['customer.segment']");
    await page.keyboard.press("Enter");
    await by.getByText(said.twenty).waitFor();
    assert.equal(await by.locator("tbody tr").count(), 20);
    assert.deepEqual(await page.faults(), []);
    await by.getByRole("textbox", { name: said.other }).fill("nonsense");
    await by.getByRole("button", { name: said.show, exact: true }).click();
    await by.locator("[data-view=error]").waitFor();
    assert.match(await by.locator("[data-view=error]").innerText(), /"nonsense" is no dimension/);
    assert.deepEqual(await page.axe(), []);
    await page.context().close();
  });

  test(`no word of pace while counts are still made, in ${lang} at ${width} px`, fixtures, async () => {
    const page = await e2e.page({ lang, width, theme, fixture: "filling" });
    let asked = 0;
    page.on("request", (request) => {
      if (request.url().includes("/spend")) asked += 1;
    });
    for (const path of ["/slos", "/slos/partner-feed", "/slos/orders-500ms", "/slos/checkout-succeeds"]) {
      await page.visit(path);
      assert.doesNotMatch(await page.innerText("main"), said.pace, path);
      assert.deepEqual(await page.faults(), []);
    }
    assert.match(await page.innerText("main"), said.held);
    const spent = part(page, said.title);
    assert.match(await spent.innerText(), said.filling);
    assert.equal(await spent.locator("table").count(), 0);
    assert.equal(asked, 0);
    await page.context().close();
  });

  test(`a budget of which nothing is spent leads on, in ${lang} at ${width} px`, fixtures, async () => {
    const page = await e2e.page({ lang, width, theme });
    await page.visit("/slos/cart-writes");
    const spent = part(page, said.title);
    assert.match(await spent.innerText(), said.none);
    assert.deepEqual(await page.faults(), []);
    await spent.getByRole("link", { name: said.next }).click();
    await page.waitForURL(/\/slos\/-\/new\?.*slo=cart-writes/);
    await page.context().close();
  });

  test(
    `a release that went past its gate is marked in the ledger, in ${lang} at ${width} px`,
    fixtures,
    async () => {
      const page = await e2e.page({ lang, width, theme });
      await page.visit("/slos/checkout-succeeds");
      const past = page.locator("main ol > li", { hasText: said.override });
      assert.equal(await past.locator("p[data-kind=override]").innerText(), said.override);
      assert.match(await past.innerText(), /131.*P0/s);
      await page.context().close();
    },
  );
}

test("what cannot be read can be asked for again, and what is missing is told", fixtures, async () => {
  const page = await e2e.page();
  const failing = (url) => url.pathname.endsWith("/spend");
  await page.route(failing, (route) => {
    const body = JSON.stringify({
      type: "about:blank",
      title: "Internal error",
      status: 500,
      detail: "torn",
    });
    return route.fulfill({ status: 500, contentType: "application/problem+json", body });
  });
  await page.visit("/slos/checkout-succeeds");
  const spent = part(page, SAID.en.title);
  await spent.locator("[data-view=error]").waitFor();
  assert.deepEqual(await page.axe(), []);
  await page.unroute(failing);
  await spent.getByRole("button", { name: "Try again" }).click();
  await spent.locator("table").waitFor();
  await page.context().close();

  const partly = await e2e.page({ fixture: "partial" });
  await partly.visit("/slos/checkout-succeeds?by=version");
  for (const title of [SAID.en.title, SAID.en.by])
    await part(partly, title).locator("[data-view=partial]").waitFor();
  await partly.context().close();
});

test("an SLO with several objectives tells of the worst, and of another by choice", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/slos/partner-feed");
  const spent = part(page, SAID.en.title);
  assert.match(plain(await spent.locator("tbody tr").last().innerText()), /180\s+78\.3 %/);
  await spent.getByLabel("objective").selectOption({ label: "bearable" });
  await page.waitForURL(/objective=1/);
  await page.waitForFunction(() => /65\.2/.test(document.querySelector("main").innerText));
  assert.match(plain(await spent.locator("tbody tr").last().innerText()), /30\s+65\.2 %/);
  // Slices are judged whole: single events are no share of their budget.
  await page.visit("/slos/checkout-month?by=version");
  await part(page, SAID.en.by).locator("table").waitFor();
  const by = await part(page, SAID.en.by).innerText();
  assert.match(by, /judges slices of time/);
  assert.doesNotMatch(by, /of the budget/);
  assert.deepEqual(await page.faults(), []);
  await page.context().close();
});
