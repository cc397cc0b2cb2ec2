// What changed before an incident, on its page. Fixtures only.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./browser.mjs";

let e2e;
before(async () => {
  e2e = await open();
});
after(() => e2e.close());
const fixtures = { skip: process.env.IPPO_E2E_URL ? "fixtures only" : false };

const SAID = {
  en: { title: "What changed before", first: /checkout 2\.3\.1 went out/, none: /No deploy and no change/ },
  ja: { title: "直前の変更", first: /checkout 2\.3\.1 をリリース/, none: /記録されていません/ },
};

for (const [lang, width] of [
  ["en", 1440],
  ["ja", 390],
]) {
  test(`an incident says what changed before, in ${lang} at ${width} px`, fixtures, async () => {
    const page = await e2e.page({ lang, width });
    const said = SAID[lang];
    await page.visit("/incidents/41");
    const section = page
      .locator("main section", { has: page.locator("h2", { hasText: said.title }) })
      .first();
    const rows = await section.locator("tbody tr").allInnerTexts();
    assert.equal(rows.length, 3);
    assert.match(rows[0], said.first);
    assert.equal(await section.locator("a").first().getAttribute("href"), "https://ci.example/deploys/7");
    assert.deepEqual(await page.faults(), []);
    if (process.env.SHOTS)
      await page.screenshot({ path: `${process.env.SHOTS}/changes-${lang}-${width}.png`, fullPage: true });
    await page.visit("/incidents/40");
    assert.match(await page.innerText("main"), said.none);
    await page.context().close();
  });
}
