// The page of a composite SLO: one budget, a table of its parts, and the numbers of the part that is chosen. Fixtures only.
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
  en: { parts: "Parts", verdict: /2 parts share one error budget over .*\. / },
  ja: { parts: "パート", verdict: /2 つのパートが、.*のエラーバジェットを共有しています。/ },
};

for (const [lang, width, theme] of [
  ["en", 1440, "light"],
  ["en", 390, "dark"],
  ["ja", 1440, "dark"],
  ["ja", 390, "light"],
]) {
  test(
    `a composite SLO shows its parts and opens one of them, in ${lang} at ${width} px`,
    fixtures,
    async () => {
      const page = await e2e.page({ lang, width, theme });
      const asked = [];
      page.on("request", (request) => {
        const url = new URL(request.url());
        if (/\/(spend|failures|series|history|forecast)$/.test(url.pathname)) asked.push(url);
      });
      await page.visit("/slos/buying");
      const said = SAID[lang];
      assert.match(plain(await page.locator("main").innerText()), said.verdict);
      const parts = page
        .locator("main section", { has: page.locator("h2", { hasText: said.parts }) })
        .first();
      const rows = await parts.locator("tbody tr").all();
      const texts = await Promise.all(
        rows.map(async (row) => plain(await row.innerText()).replace(/\s+/g, " ")),
      );
      assert.equal(rows.length, 2);
      for (const [row, figures] of [
        [texts[0], ["Pay", "99.95 %", "37.5 %"]],
        [texts[1], ["Search", "95 %", "25 %"]],
      ])
        for (const figure of figures)
          assert.ok(row.replaceAll("%", " %").replaceAll("  ", " ").includes(figure), `${row}: ${figure}`);
      // The whole's way of the budget is asked for without a part; what spent it, for the part that stands worst.
      const series = asked.find((url) => url.pathname.endsWith("/series"));
      assert.equal(series.searchParams.has("objective"), false);
      for (const read of ["/history", "/forecast"])
        assert.equal(
          asked.find((url) => url.pathname.endsWith(read)).searchParams.has("objective"),
          false,
          read,
        );
      assert.equal(asked.find((url) => url.pathname.endsWith("/spend")).searchParams.get("objective"), "1");
      asked.length = 0;
      await parts.getByRole("button", { name: "Pay" }).click();
      await page.waitForURL(/objective=0/);
      await page.settled();
      for (const read of ["/spend", "/failures", "/history"])
        assert.equal(
          asked.find((url) => url.pathname.endsWith(read)).searchParams.get("objective"),
          "0",
          read,
        );
      assert.deepEqual(await page.faults(), []);
      if (process.env.SHOTS)
        await page.screenshot({
          path: `${process.env.SHOTS}/composite-${lang}-${width}.png`,
          fullPage: true,
        });
    },
  );
}
