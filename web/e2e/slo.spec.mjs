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
      /Four times in five, between −50\.3\s% and 50\.5\s% is left on 1 Dec 11:40\./,
      /It ends on 26 Nov 19:40 at the soonest, but more likely lasts longer than this\./,
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
    few: [
      /全イベントに対する割合 \(Occurrences\)/,
      /通知なし/,
      /継続扱い/,
      /下回るまで継続/,
      /8 割の確率で、12\/01 11:40 の残りは −50\.3\s?%〜50\.5\s?%/,
    ],
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

test("a metric of CloudWatch that a remark names breaks where the page ends", fixtures, async () => {
  for (const lang of ["en", "ja"]) {
    const page = await e2e.page({ lang, width: 390 });
    await page.visit("/slos/mail-sent");
    assert.match(await page.innerText("main"), /RequestCount\{LoadBalancer="app\/mail\/50dc6c495c0c9188"/);
    assert.deepEqual(await page.faults(), []);
    await page.context().close();
  }
});

test("an SLO with one period has no table of them", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/slos/orders-500ms");
  assert.doesNotMatch(await page.innerText("main"), /All its periods|unmeasured time|few failures|review/);
  await page.context().close();
});

test("an SLO named new has its page, beside the one on which SLOs are made", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/slos/new");
  assert.equal(await page.innerText("main h1"), "new");
  await page.click("main a:text-is('Look again at the target')");
  await page.waitForURL((url) => url.pathname === "/slos/-/new" && url.searchParams.get("slo") === "new");
  await page.settled();
  await page.visit("/slos");
  await page.click("main a:text-is('New SLO')");
  await page.waitForURL((url) => url.pathname === "/slos/-/new");
  await page.settled();
  assert.equal(await page.getAttribute("nav a[href^='/slos']", "aria-current"), "page");
  assert.deepEqual(await page.faults(), []);
  await page.context().close();
});

const SAID = {
  en: {
    exclude: "Exclude time…",
    reason: "because",
    ticket: "ticket (optional)",
    good: /counts as good/,
    plan: "Show the effect",
    effect: /budget left −62\.2\s% → 12\s%/,
    do: "Exclude",
    entered: /60 min from .* is left out of the budget: load test/,
    agreed: /agreed in OPS-8/,
    withdraw: /^Withdraw… 60 min from .*: load test$/,
    back: "Withdraw",
    withdrawn: /Withdrawn by aoki/,
    withdrawal: /an entry was withdrawn: it was the other day/,
    often: "comes back",
    until: /^until/,
    reset: "Reset the budget…",
    resetDo: "Reset",
    resetEffect: /budget left −62\.2\s% → 100\s%/,
    resetEntered: /Budget reset\s+the budget was reset: .*a new start/s,
    history: "Periods",
    periods: [
      /November 2026 goes on\s+not kept so far\s+99\.837\s% of 99\.9\s%/,
      /October 2026\s+✓ kept.*the same, 1 Nov 01:00/s,
      /September 2026\s+✗ not kept.*kept with 99\.903\s% of 99\.9\s%, 1 Oct 01:00/s,
      /August 2026.*25\s%\s+not closed: before the SLO/s,
    ],
    none: /Nothing has been entered about this budget yet/,
    first: "See what leaving out an hour would change",
  },
  ja: {
    exclude: "時間を除外…",
    reason: "理由",
    ticket: "チケット(任意)",
    good: /正常として数える/,
    plan: "影響を確認",
    effect: /予算の残り −62\.2\s% → 12\s%/,
    do: "除外する",
    entered: /60 分間をバジェットの対象外にしました: load test/,
    agreed: /チケット OPS-8/,
    withdraw: /^取り消す… .*60 分間.*: load test$/,
    back: "取り消す",
    withdrawn: /aoki が取り消し/,
    withdrawal: /登録を取り消しました: it was the other day/,
    often: "繰り返し",
    until: /^いつまで/,
    reset: "バジェットをリセット…",
    resetDo: "リセット",
    resetEffect: /予算の残り −62\.2\s% → 100\s%/,
    resetEntered: /バジェットのリセット\s+バジェットをリセットしました.*a new start/s,
    history: "期間ごとの結果",
    periods: [/2026年11月 進行中\s+ここまで未達/, /2026年9月\s+✗ 未達.*達成: 99\.903\s% \/ 99\.9\s%/s],
    none: /まだ記録がありません/,
    first: "1 時間除外した場合の変化を見る",
  },
};

for (const [lang, width, theme] of [
  ["en", 1440, "light"],
  ["ja", 390, "dark"],
]) {
  test(
    `time is excluded once its effect was seen, and taken back, in ${lang} at ${width} px`,
    fixtures,
    async () => {
      const said = SAID[lang];
      const page = await e2e.page({ lang, width, theme });
      await page.visit("/slos/checkout-succeeds");
      const dialog = page.getByRole("dialog");
      await page.getByRole("button", { name: said.exclude }).click();
      await dialog.waitFor();
      assert.ok(await dialog.getByRole("button", { name: said.do, exact: true }).isDisabled());
      await dialog.getByLabel(said.reason).fill("load test");
      await dialog.getByLabel(said.ticket).fill("OPS-8");
      await page.keyboard.press("Enter");
      await dialog.getByText(said.effect).waitFor();
      assert.deepEqual(await page.axe(), []);
      // Whatever is changed, its effect is no longer the one that was seen.
      await dialog.getByRole("radio", { name: said.good }).check();
      assert.equal(await dialog.getByText(said.effect).count(), 0);
      assert.ok(await dialog.getByRole("button", { name: said.do, exact: true }).isDisabled());
      await dialog.getByRole("radio").first().check();
      await dialog.getByRole("button", { name: said.plan }).click();
      await dialog.getByText(said.effect).waitFor();
      const series = page.waitForResponse((answer) => answer.url().includes("/series"));
      await dialog.getByRole("button", { name: said.do, exact: true }).click();
      await series;
      await dialog.waitFor({ state: "detached" });
      const newest = page.locator("main ol > li").first();
      for (const words of [said.entered, said.agreed, said.effect])
        assert.match(await newest.innerText(), words);
      assert.deepEqual(await page.faults(), []);

      await newest.getByRole("button", { name: said.withdraw }).click();
      await dialog.getByText(said.entered).waitFor();
      await dialog.getByLabel(said.reason).fill("it was the other day");
      assert.deepEqual(await page.axe(), []);
      await dialog.getByRole("button", { name: said.back, exact: true }).click();
      await dialog.waitFor({ state: "detached" });
      assert.match(await newest.innerText(), said.withdrawal);
      const excluded = page.locator("main ol > li").nth(1);
      assert.match(await excluded.innerText(), said.withdrawn);
      assert.equal(await excluded.getByRole("button").count(), 0);
      await page.waitForFunction(() => document.activeElement?.closest("main ol") !== null);
      assert.deepEqual(await page.faults(), []);
      await page.context().close();
    },
  );

  test(`a budget is reset once its effect was seen, in ${lang} at ${width} px`, fixtures, async () => {
    const said = SAID[lang];
    const page = await e2e.page({ lang, width, theme });
    await page.visit("/slos/checkout-succeeds");
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: said.reset }).click();
    await dialog.waitFor();
    assert.ok(await dialog.getByRole("button", { name: said.resetDo, exact: true }).isDisabled());
    await dialog.getByLabel(said.reason).fill("a new start");
    await page.keyboard.press("Enter");
    await dialog.getByText(said.resetEffect).waitFor();
    assert.deepEqual(await page.axe(), []);
    await dialog.getByRole("button", { name: said.resetDo, exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    const newest = page.locator("main ol > li").first();
    assert.match(await newest.innerText(), said.resetEntered);
    await newest.getByRole("button").click();
    await dialog.getByLabel(said.reason).fill("it was the other day");
    await dialog.getByRole("button", { name: said.back, exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    assert.match(await newest.innerText(), said.withdrawal);
    assert.deepEqual(await page.faults(), []);
    await page.context().close();
  });

  test(`time that is excluded may come back, in ${lang} at ${width} px`, fixtures, async () => {
    const said = SAID[lang];
    const page = await e2e.page({ lang, width, theme });
    await page.visit("/slos/checkout-succeeds");
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: said.exclude }).click();
    await dialog.getByLabel(said.reason).fill("maintenance");
    assert.equal(await dialog.getByLabel(said.until).count(), 0);
    await dialog.getByLabel(said.often).selectOption("2weeks");
    await dialog.getByLabel(said.until).fill("2027-04-01T00:00");
    assert.deepEqual(await page.axe(), []);
    const asked = page.waitForRequest((request) => request.url().endsWith("/exclusions"));
    await dialog.getByRole("button", { name: said.plan }).click();
    assert.deepEqual((await asked).postDataJSON().repeat, {
      ...{ every: 2, unit: "weeks", time_zone: "Asia/Tokyo", until: "2027-03-31T15:00:00Z" },
    });
    await dialog.getByText(said.effect).waitFor();
    assert.deepEqual(await page.faults(), []);
    await page.context().close();
  });

  test(
    `how periods went stands beside how they were closed, in ${lang} at ${width} px`,
    fixtures,
    async () => {
      const said = SAID[lang];
      const page = await e2e.page({ lang, width, theme });
      await page.visit("/slos/checkout-succeeds");
      const periods = page
        .locator("main section")
        .filter({ has: page.locator("h2", { hasText: said.history }) });
      await periods.locator("table").waitFor();
      const text = await periods.innerText();
      for (const words of said.periods) assert.match(text, words);
      assert.deepEqual(await page.faults(), []);
      await page.context().close();
    },
  );

  test(`an SLO without entries says what would stand in its ledger, in ${lang}`, fixtures, async () => {
    const said = SAID[lang];
    const page = await e2e.page({ lang, width, theme });
    await page.visit("/slos/orders-500ms");
    await page.getByText(said.none).waitFor();
    await page.getByRole("button", { name: said.first }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.waitForFunction((name) => document.activeElement?.textContent === name, said.first);
    assert.deepEqual(await page.faults(), []);
    await page.context().close();
  });
}

test("the ledger goes on where its first page ends", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/slos/checkout-succeeds");
  const entries = page.locator("main ol > li");
  assert.equal(await entries.count(), 20);
  await page.getByRole("button", { name: "more", exact: false }).last().click();
  await page.waitForFunction(() => document.querySelectorAll("main ol > li").length > 20);
  assert.deepEqual(await page.faults(), []);
  await page.context().close();
});

test(
  "what the server says of a field stands at it, and Enter in a composition asks for nothing",
  fixtures,
  async () => {
    const page = await e2e.page({ lang: "ja" });
    await page.visit("/slos/orders-500ms");
    await page.getByRole("button", { name: SAID.ja.exclude }).click();
    const dialog = page.getByRole("dialog");
    const reason = dialog.getByLabel(SAID.ja.reason);
    let asked = 0;
    page.on("request", (request) => {
      if (request.url().endsWith("/exclusions")) asked += 1;
    });
    await reason.focus();
    const session = await page.context().newCDPSession(page);
    await session.send("Input.imeSetComposition", { text: "負荷試験", selectionStart: 4, selectionEnd: 4 });
    const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 };
    await session.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter });
    await session.send("Input.insertText", { text: "負荷試験" });
    await session.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
    assert.equal(await reason.inputValue(), "負荷試験");
    assert.equal(asked, 0);
    await dialog.getByLabel(SAID.ja.ticket).fill("x".repeat(600));
    await page.keyboard.press("Enter");
    await dialog.locator("label", { hasText: SAID.ja.ticket }).getByRole("alert").waitFor();
    assert.equal(asked, 1);
    assert.deepEqual(await page.faults(), []);
    await page.context().close();
  },
);
