// Journeys and agreements in the browser: what users meet, what is lost, how sessions went on, what customers are owed. Fixtures
// only.
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
    journeys: "Journeys",
    slas: "SLAs",
    lead: "1 of 2 journeys go well.",
    overdue: "One journey was due for a review.",
    due: "Its review was due on 1 November 2026",
    hour: "Of 1,000 attempts in the last hour, 3 failed and 12 took longer than 800 ms.",
    harm: "An order is lost.",
    drop: "At Cart, 30 % went on after a failed request, and 91 % after a good one.",
    few: "too few of 14",
    nobody: "None of 5,120 requests says of which session it is",
    none: "Nobody has said yet what users come for.",
    standing:
      "Kept so far: 99.64 % attained, 99.5 % promised. 1,158 more failures in a row would still keep it.",
    owed: "10 % of the month's fee",
    broken: "broken",
    maintenance: "Database maintenance",
    stricter: "Its SLO gives no early warning",
    noSla: "Nothing is promised to customers yet.",
    month: "November 2026",
  },
  ja: {
    journeys: "ジャーニー",
    slas: "SLA",
    lead: "2 件のジャーニーのうち 1 件が正常です。",
    overdue: "1 件のジャーニーがレビュー期限を過ぎています。",
    due: "2026年11月1日 のレビュー期限を過ぎています",
    hour: "直近 1 時間の 1,000 回のうち、失敗 3 回、800 ms 超過 12 回。",
    harm: "注文が失われます。",
    drop: "カートでは、失敗のあとに先へ進んだのは 30 %、正常のあとは 91 % でした。",
    few: "少なすぎます / 14 件",
    nobody: "5,120 件のリクエストのどれからもセッションが分かりません",
    none: "利用者が何をしに来るのかが、まだ書かれていません。",
    standing:
      "現時点で達成しています。実績 99.64 %、目標 99.5 % です。あと 1,158 回続けて失敗しても達成できます。",
    owed: "月額料金の 10 %",
    broken: "未達",
    maintenance: "データベースのメンテナンス",
    stricter: "SLO が早めの警告になりません",
    noSla: "お客様への約束はまだありません。",
    month: "2026年11月",
  },
};

/** Figures and units as they are read: the spaces of `Intl` are no matter here. */
const plain = (text) => text.replace(/[\s\u00a0\u202f]+/g, " ").replace(/ %/g, "%");

async function says(page, ...texts) {
  const text = plain(await page.innerText("main"));
  for (const said of texts) assert.ok(text.includes(plain(said)), `${said}: ${text}`);
}

async function shot(page, name) {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}

for (const lang of ["en", "ja"]) {
  const words = SAID[lang];
  for (const width of [1440, 390]) {
    test(
      `a journey says what users meet, what is lost and how they went on, ${lang} at ${width}`,
      fixtures,
      async () => {
        const page = await e2e.page({ lang, width });
        await page.visit("/slos/-/journeys");
        await says(page, words.lead, words.overdue, words.hour);
        await shot(page, `journeys-${lang}-${width}`);
        assert.deepEqual(await page.faults(), []);
        await page.click("main [data-row='journey/checkout']");
        await page.waitForURL((url) => url.pathname === "/slos/-/journeys/checkout");
        await page.settled();
        await says(page, words.hour, words.harm, words.due, words.drop, words.few);
        assert.ok((await page.innerText("main blockquote")).startsWith(words.harm));
        assert.equal(await page.locator("main a[data-row='slo/checkout-succeeds']").count(), 1);
        await shot(page, `journey-${lang}-${width}`);
        assert.deepEqual(await page.faults(), []);
        await page.context().close();
      },
    );

    test(`an agreement says how it stands and what is owed, ${lang} at ${width}`, fixtures, async () => {
      const page = await e2e.page({ lang, width });
      await page.visit("/slos/-/slas");
      await shot(page, `slas-${lang}-${width}`);
      assert.deepEqual(await page.faults(), []);
      await page.click("main [data-row='sla/shop-api']");
      await page.waitForURL((url) => url.pathname === "/slos/-/slas/shop-api");
      await page.settled();
      await says(page, words.standing, words.owed, words.broken, words.maintenance, words.month);
      await shot(page, `sla-${lang}-${width}`);
      assert.deepEqual(await page.faults(), []);
      if (width === 1440) {
        const link = page.locator("main a[download]").nth(1);
        assert.equal(await link.getAttribute("download"), "shop-api-2026-10.md");
        const asked = new URL(await link.getAttribute("href"), e2e.base).searchParams;
        assert.deepEqual(Object.fromEntries(asked), { period: "2026-10", format: "markdown", lang });
      }
      await page.visit("/slos/-/slas/old");
      await says(page, words.stricter);
      assert.deepEqual(await page.faults(), []);
      await page.context().close();
    });
  }

  test(`where no session is named, it says which attribute to send, ${lang}`, fixtures, async () => {
    const page = await e2e.page({ lang });
    await page.visit("/slos/-/journeys/anonymous");
    await says(page, words.nobody);
    assert.ok((await page.innerText("main")).includes('setAttribute("session.id"'));
    await page.visit("/slos/-/journeys/nothing");
    assert.equal(await page.locator("main [data-view=missing] a[href='/slos/-/journeys']").count(), 1);
    await page.context().close();
  });

  test(`with none yet they say what they are for, ${lang}`, fixtures, async () => {
    const page = await e2e.page({ lang, fixture: "empty" });
    await page.visit("/slos/-/journeys");
    await says(page, words.none);
    await page.visit("/slos/-/slas");
    await says(page, words.noSla);
    assert.equal(await page.locator("main a[href='/slos/-/new']").count(), 1, "both are about SLOs");
    await page.context().close();
  });

  test(`the list of SLOs, an SLO and the palette lead to them, ${lang}`, fixtures, async () => {
    const page = await e2e.page({ lang });
    await page.visit("/slos");
    await page.getByRole("link", { name: words.journeys, exact: true }).click();
    await page.waitForURL((url) => url.pathname === "/slos/-/journeys");
    assert.equal(await page.getAttribute("nav a[href^='/slos']", "aria-current"), "page");
    await page.visit("/slos");
    await page.locator("main").getByRole("link", { name: words.slas, exact: true }).click();
    await page.waitForURL((url) => url.pathname === "/slos/-/slas");
    await page.visit("/slos/checkout-succeeds");
    await page.click("main a[href='/slos/-/journeys/checkout']");
    await page.waitForURL((url) => url.pathname === "/slos/-/journeys/checkout");
    for (const noun of ["journeys", "slas"]) {
      await page.visit("/");
      await page.palette(noun);
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.pathname === `/slos/-/${noun}`);
    }
    await page.context().close();
  });
}
