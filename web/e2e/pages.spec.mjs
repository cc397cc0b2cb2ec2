// Every page in both languages, wide and narrow: accessible, within the policy, nothing from the outside, no sideways
// scrolling, and no number that nobody measured.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, PAGES } from "./browser.mjs";

let e2e;
before(async () => {
  e2e = await open();
});
after(() => e2e.close());

for (const lang of ["en", "ja"]) {
  for (const width of [1440, 390]) {
    for (const theme of ["light", "dark"]) {
      test(`pages in ${lang} at ${width} px, ${theme}`, async (t) => {
        const page = await e2e.page({ lang, width, theme });
        for (const [name, path] of Object.entries(PAGES)) {
          await t.test(name, async () => {
            await page.visit(path);
            assert.equal(await page.getAttribute("html", "lang"), lang);
            assert.deepEqual(await page.faults(), []);
          });
        }
        await page.context().close();
      });
    }
  }
}
