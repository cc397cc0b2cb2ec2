// The page of an SLO by its method, periods and guards: what each number counts, in words. Fixtures only.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, REAL } from "./browser.mjs";

let e2e;
before(async () => {
  e2e = await open();
});
after(() => e2e.close());

const fixtures = { skip: REAL ? "needs the fixtures" : false };
const WORDS = {
  en: {
    month: [
      /99\.5\s% of slices of 5\smin is promised for \p{L}+ \d{4}/u,
      /12 of 43 bad slices of 5\smin are used/,
      /each good if at least 95\s% of its events are \(Timeslices\)/,
      /\p{L}+ \d{4} in Asia\/Tokyo \d+\s(days|h|min|s) left/u,
      /10 of 6,762 slices were bad/,
      /All its periods/,
      /the last 7\sdays/,
      /−20 \/ 132 bad slices/,
      /unmeasured time\s+counts as bad/,
      /Every failure matters/,
      /1 October 2026 due/,
    ],
    few: [
      /of all events \(Occurrences\)/,
      /the last 28\sdays/,
      /nobody is paged for them/,
      /not told The threshold is reached/,
      /Held: part of its short window is unmeasured/,
      /Goes on until the short window is below 0\.84×/,
    ],
    dueless: /1 April 2127(?! due)/,
  },
  ja: {
    month: [
      /\d{4}年\d+月の目標は 99\.5\s%\(5\s分スライス単位\)/,
      /5\s分の不良スライスを、許容 43 のうち 12 消費/,
      /\(Timeslices\)/,
      /Asia\/Tokyo の \d{4}年\d+月 残り/,
      /6,762 スライス中 10 が不良/,
      /直近 7\s日/,
      /−20 \/ 132 スライス/,
      /2026年10月1日 期日が来ています/,
    ],
    few: [/全イベントに対する割合 \(Occurrences\)/, /通知なし/, /継続扱い/, /下回るまで継続/],
    dueless: /2127年4月1日(?! 期日)/,
  },
};

for (const lang of ["en", "ja"]) {
  for (const width of [1440, 390]) {
    test(`SLOs by slices, calendar and guards in ${lang} at ${width} px`, fixtures, async () => {
      const page = await e2e.page({ lang, width });
      for (const [name, path] of [
        ["month", "/slos/checkout-month"],
        ["few", "/slos/partner-feed"],
      ]) {
        await page.visit(path);
        const text = (await page.innerText("main")).replace(/[\u202f\u00a0]/g, " ");
        for (const words of WORDS[lang][name]) assert.match(text, words);
        if (name === "month") assert.doesNotMatch(text, /rolling|ローリング|more failures|失敗あと/);
        if (name === "few") assert.match(text, WORDS[lang].dueless);
        assert.deepEqual(await page.faults(), []);
      }
      await page.context().close();
    });
  }
}

test("an SLO with one period has no table of them", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/slos/orders-500ms");
  assert.doesNotMatch(await page.innerText("main"), /All its periods|unmeasured time|few failures|review/);
  await page.context().close();
});
