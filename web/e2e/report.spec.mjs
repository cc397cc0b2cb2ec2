// The monthly report: to read, for one team or all, and as a file. Fixtures only.
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
  en: {
    report: "Monthly report",
    month: "Month",
    team: "Team",
    file: "Markdown file",
    empty: /no SLO, no incident/,
  },
  ja: {
    report: "月次レポート",
    month: "月",
    team: "チーム",
    file: "Markdown ファイル",
    empty: /記録はありません/,
  },
};

for (const [lang, width, theme] of [
  ["en", 1440, "light"],
  ["en", 390, "dark"],
  ["ja", 1440, "dark"],
  ["ja", 390, "light"],
]) {
  test(
    `a month is read, narrowed to a team and taken along, in ${lang} at ${width} px`,
    fixtures,
    async () => {
      const page = await e2e.page({ lang, width, theme });
      const said = SAID[lang];
      await page.visit("/slos");
      await page.getByRole("link", { name: said.report, exact: true }).click();
      await page.waitForURL(/\/slos\/-\/report$/);
      assert.match(await page.innerText("main h1"), /2026/);
      assert.equal(
        await page.getByRole("combobox", { name: said.month, exact: true }).inputValue(),
        "2026-10",
      );
      assert.deepEqual(await page.locator("main h2").allInnerTexts(), ["payments", "search"]);
      assert.deepEqual(await page.faults(), []);
      if (process.env.SHOTS)
        await page.screenshot({ path: `${process.env.SHOTS}/report-${lang}-${width}.png`, fullPage: true });
      await page.getByRole("combobox", { name: said.team, exact: true }).selectOption("search");
      await page.waitForURL(/owner=search/);
      assert.deepEqual(await page.locator("main h2").allInnerTexts(), ["search"]);
      const file = await page.getByRole("link", { name: said.file }).getAttribute("href");
      const asked = new URL(file, "http://ippo.example").searchParams;
      assert.deepEqual(Object.fromEntries(asked), {
        lang,
        month: "2026-10",
        owner: "search",
        format: "markdown",
      });
      await page.getByRole("combobox", { name: said.month, exact: true }).selectOption("2026-08");
      await page.waitForURL(/month=2026-08/);
      assert.match(await page.innerText("main"), said.empty);
      await page.goBack();
      await page.settled();
      await page.locator("main td a", { hasText: "INC-41" }).click();
      await page.waitForURL(/\/incidents\/41$/);
      await page.context().close();
    },
  );
}
