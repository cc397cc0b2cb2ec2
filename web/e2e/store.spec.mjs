// The store's page: what comes in, what was refused and what to do, what is set aside, and who takes the space.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, REAL } from "./browser.mjs";

let e2e;
before(async () => {
  e2e = await open();
});
after(() => e2e.close());

const fixtures = { skip: REAL ? "needs the fixtures" : false };

test("it says in a sentence what is the case, and what to do about each refusal", fixtures, async () => {
  for (const [lang, lead, next] of [
    ["en", /about 4,\d00 spans.*2 segments cannot be read/s, /Make the sender's batches smaller/],
    ["ja", /スパン約 4,\d00 件.*2 個のセグメントが読めない/s, /バッチを小さく/],
  ]) {
    const page = await e2e.page({ lang });
    await page.visit("/store");
    const text = await page.innerText("main");
    assert.match(text, lead);
    assert.match(text, next);
    assert.match(text, /44\.9\sGiB of|44\.9\sGiB \/ /, "the room that is left");
    assert.deepEqual(await page.troubles(), []);
    await page.context().close();
  }
});

test("segments in quarantine name their hours and are read again on request", fixtures, async () => {
  const page = await e2e.page({ width: 390, touch: true });
  await page.visit("/store");
  const text = await page.innerText("main");
  assert.match(text, /spans-0029916060-0000000412-0\.parquet/);
  assert.match(text, /the checksum of its bytes 65536 to 81920 differs/);
  await page.getByRole("button", { name: "Read again" }).tap();
  await page.waitForSelector("[data-view=verified]");
  assert.match(await page.innerText("[data-view=verified]"), /1 are back; 1 stay/);
  assert.deepEqual(await page.axe(), []);
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test(
  "a bucket that fails is in the headline, and each figure says where its segments are",
  fixtures,
  async () => {
    for (const [lang, lead, where] of [
      [
        "en",
        /The bucket cannot be used; that began 3 minutes ago\./,
        /773\sMiB on this disk, 1\.1\sGiB in the bucket/,
      ],
      ["ja", /3 分前からバケットを使えません。/, /このディスクに 773\sMiB、バケットだけに 1\.1\sGiB/],
    ]) {
      const page = await e2e.page({ lang, fixture: "bucket" });
      await page.visit("/store");
      assert.match(await page.locator("main h1 + *, main > div").nth(1).innerText(), lead);
      const text = await page.innerText("main");
      assert.match(text, where);
      assert.match(text, /\(os error 111\)\n/, "nothing runs into the bucket's own words");
      assert.match(text, lang === "en" ? /within ten minutes/ : /10 分以内/, "budgets act with a delay");
      assert.deepEqual(await page.axe(), []);
      await page.context().close();
    }
  },
);

test("services are sorted by choice, and the address keeps it", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/store");
  const names = () =>
    page.$$eval("main a[href^='/services/']", (links) => links.map((link) => link.innerText));
  assert.deepEqual((await names()).slice(0, 5), ["frontend", "checkout", "payment", "cart", "search"]);
  const row = page.locator("main tr", { hasText: "checkout" });
  assert.match(
    await row.innerText(),
    /7,296,000\s+\d+\sMiB\s+1,459,200\s.*364,800/s,
    "each signal by itself",
  );
  assert.doesNotMatch(await row.innerText(), /9,120,000/, "rows of different signals are no sum");
  await page.getByLabel("sort by").selectOption("metrics");
  await page.waitForURL(/sort=metrics/);
  const points = await page.$$eval("main tr:has(a[href^='/services/'])", (rows) =>
    rows.map((each) => Number(each.lastElementChild.firstChild.textContent.replaceAll(",", ""))),
  );
  assert.deepEqual(
    points.slice(0, 5),
    points.slice(0, 5).toSorted((a, b) => b - a),
  );
  await page.reload();
  await page.settled();
  assert.equal(await page.getByLabel("sort by").inputValue(), "metrics");
  await page.context().close();
});

test("it is reached by its keys and from set-up, and leads on where nothing came", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/setup");
  await page.click("main a[href^='/store']");
  await page.waitForURL(/\/store/);
  await page.visit("/");
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await page.waitForURL(/\/store/);
  await page.context().close();
  const fresh = await e2e.page({ fixture: "empty", lang: "ja" });
  await fresh.visit("/store");
  await fresh.click("[data-view=empty] a");
  await fresh.waitForURL(/\/setup/);
  await fresh.context().close();
});
