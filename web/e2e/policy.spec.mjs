// Error budget policies in the browser: what is agreed, what stands, and the way there from an SLO. Fixtures only.
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
    ways: "Error budget policies",
    lead: "Something is asked of one SLO's team now.",
    told: "(checkout-oncall is told)",
    due: "1 November 2026 due",
    freeze: /shop, freeze since .*-62\.2 % of the error budget is left/,
    none: "Nothing follows from a spent budget yet.",
  },
  ja: {
    ways: "エラーバジェットポリシー",
    lead: "1 件の SLO でルールが適用されています。",
    told: "（通知先: checkout-oncall）",
    due: "2026年11月1日",
    freeze: /shop \/ freeze .*から: エラーバジェットの残りは -62\.2 % /,
    none: "まだ決まっていません",
  },
};

for (const lang of ["en", "ja"]) {
  for (const width of [1440, 390]) {
    test(`what stands is said of an SLO and of its policy, ${lang} at ${width}`, fixtures, async () => {
      const words = SAID[lang];
      const page = await e2e.page({ lang, width });
      await page.visit("/slos/checkout-succeeds");
      const lead = page.locator("main p[data-freeze=block]");
      assert.match(await lead.innerText(), words.freeze);
      assert.equal((await page.locator("main a[href='/incidents/41']").count()) > 0, true);
      await lead.locator("a").click();
      await page.waitForURL((url) => url.pathname === "/slos/-/policies");
      await page.waitForSelector("main ol li");
      const text = await page.innerText("main");
      for (const said of [words.lead, words.told, words.due])
        assert.ok(text.includes(said), `${said}: ${text}`);
      const rules = await page.locator("main ol > li").allInnerTexts();
      assert.deepEqual(
        rules.map((rule) => rule.split(/\s/)[0]),
        ["freeze", "slow-down", "learn"],
      );
      assert.equal(
        await page.locator("main ol > li").nth(1).locator("[data-freeze]").count(),
        0,
        "it does not stand",
      );
      if (process.env.SHOTS)
        await page.screenshot({ path: `${process.env.SHOTS}/policies-${lang}-${width}.png`, fullPage: true });
      assert.deepEqual(await page.faults(), []);
      await page.context().close();
    });
  }

  test(`with no policy yet it says what one is for, and has a first one, ${lang}`, fixtures, async () => {
    const page = await e2e.page({ lang, fixture: "empty" });
    await page.visit("/slos/-/policies");
    assert.ok((await page.innerText("main")).includes(SAID[lang].none));
    assert.equal(await page.locator("main a[href='/slos/-/new']").count(), 1, "policies are about SLOs");
    await page.context().close();
  });

  test(`the list of SLOs and the palette lead to them, ${lang}`, fixtures, async () => {
    const page = await e2e.page({ lang });
    await page.visit("/slos");
    await page.getByRole("link", { name: SAID[lang].ways }).click();
    await page.waitForURL((url) => url.pathname === "/slos/-/policies");
    assert.equal(await page.getAttribute("nav a[href^='/slos']", "aria-current"), "page");
    await page.visit("/");
    await page.palette("policies");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname === "/slos/-/policies");
    await page.context().close();
  });
}
