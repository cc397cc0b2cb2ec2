// Alert rules in the browser: how they stand and why, what to do, and the way there and from there. Fixtures only.
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
    title: "Alert rules",
    lead: "One rule fires now. Of one rule nobody can say how it stands.",
    why: '"gateway timeout" was found 14 times in 5m',
    told: "(page, checkout-oncall is told)",
    trouble: "Nothing of this rule ends meanwhile.",
    muted: "by aoki",
    none: "There are no alert rules yet.",
    action: "switch the fallback on",
  },
  ja: {
    title: "アラートルール",
    lead: "1 件のルールが発報中です。1 件のルールは状態が分かりません。",
    why: "「gateway timeout」が 5 分間に 14 回ログに出ました",
    told: "（呼び出し、通知先: checkout-oncall）",
    trouble: "このルールのアラートは解決済みになりません。",
    muted: "aoki が",
    none: "アラートルールはまだありません。",
    action: "代替の経路に切り替える",
  },
};

for (const lang of ["en", "ja"]) {
  const words = SAID[lang];
  for (const width of [1440, 390]) {
    test(`rules are told with what they say and what to do, ${lang} at ${width}`, fixtures, async () => {
      const page = await e2e.page({ lang, width });
      await page.visit("/incidents/-/rules");
      const text = await page.innerText("main");
      for (const said of [words.lead, words.why, words.told, words.trouble, words.muted, words.action])
        assert.ok(text.includes(said), `${said}: ${text}`);
      const headings = await page.locator("main h2").allInnerTexts();
      assert.equal(headings.length, 4);
      assert.deepEqual(
        headings.slice(1).map((heading) => heading.trim()),
        ["queue", "backup-missing", "payment-errors"],
        "what needs someone comes first",
      );
      if (process.env.SHOTS)
        await page.screenshot({ path: `${process.env.SHOTS}/rules-${lang}-${width}.png`, fullPage: true });
      await page.locator("main a[href='/incidents/39']").click();
      await page.waitForURL((url) => url.pathname === "/incidents/39");
      await page.waitForSelector("main a[href^='/logs?record=']");
      const incident = await page.innerText("main");
      assert.ok(incident.includes(words.action), incident);
      assert.equal(await page.locator("main a[href='/incidents/-/rules#gateway-timeouts']").count(), 1);
      assert.equal(await page.locator("main a[href^='/traces/4bf9']").count(), 1);
      if (process.env.SHOTS)
        await page.screenshot({
          path: `${process.env.SHOTS}/rule-incident-${lang}-${width}.png`,
          fullPage: true,
        });
      assert.deepEqual(await page.faults(), []);
      await page.context().close();
    });
  }

  test(`with no rule yet it says what they are for, and has a first one, ${lang}`, fixtures, async () => {
    const page = await e2e.page({ lang, fixture: "empty" });
    await page.visit("/incidents/-/rules");
    const text = await page.innerText("main");
    assert.ok(text.includes(words.none) && text.includes("kind: AlertRule"), text);
    await page.context().close();
  });

  test(`the list of incidents and the palette lead to them, ${lang}`, fixtures, async () => {
    const page = await e2e.page({ lang });
    await page.visit("/incidents");
    await page.getByRole("link", { name: words.title }).click();
    await page.waitForURL((url) => url.pathname === "/incidents/-/rules");
    assert.equal(await page.getAttribute("nav a[href^='/incidents']", "aria-current"), "page");
    await page.visit("/");
    await page.palette("alert rules");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname === "/incidents/-/rules");
    await page.context().close();
  });
}
