// SQL: written, run, stopped, linked, explained, wrong, and saved.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { open, REAL, TRACE } from "./browser.mjs";
import { open as held } from "./query-fixtures.mjs";

let e2e;
before(async () => {
  e2e = await open();
});
after(() => e2e.close());

const fixtures = { skip: REAL ? "needs the fixtures" : false };
const at = (sql) => `/sql?q=${encodeURIComponent(sql)}`;
const asked = (sql) => (url) => url.searchParams.get("q") === sql;

test(
  "a query is run by the keyboard, is in the address, and Back leads to the one before",
  fixtures,
  async () => {
    const page = await e2e.page();
    await page.visit("/requests");
    await page.getByRole("link", { name: "Ask in SQL" }).click();
    await page.waitForURL(/\/sql/);
    const editor = page.getByLabel("SQL query");
    await editor.fill("SELECT 1");
    await page.keyboard.press("Control+Enter");
    await page.waitForURL(asked("SELECT 1"));
    await editor.fill("SELECT 2");
    await page.keyboard.press("Meta+Enter");
    await page.waitForURL(asked("SELECT 2"));
    await page.goBack();
    await page.waitForURL(asked("SELECT 1"));
    await page.waitForFunction(() => document.querySelector("main textarea").value === "SELECT 1");
    assert.deepEqual(await page.troubles(), []);
    await page.context().close();
  },
);

test("at 390 px the words of no button are broken", fixtures, async () => {
  const page = await e2e.page({ lang: "ja", width: 390 });
  await page.visit(at("SELECT * FROM spans"));
  for (const name of ["リンクをコピー", "CSV で保存", "Parquet で保存"]) {
    const lines = await page.getByRole("button", { name }).evaluate((button) => {
      const range = document.createRange();
      range.selectNodeContents(button.querySelector("span") ?? button);
      return new Set([...range.getClientRects()].map((rect) => Math.round(rect.top))).size;
    });
    assert.equal(lines, 1, name);
  }
  await page.context().close();
});

test("many rows keep few nodes, in Japanese at 390 px too", fixtures, async () => {
  for (const [lang, width] of [
    ["en", 1440],
    ["ja", 390],
  ]) {
    const page = await e2e.page({ lang, width });
    await page.visit(at("SELECT * FROM spans"));
    await page.locator("main table tbody td").first().waitFor();
    const cells = await page.locator("main table tbody td").count();
    assert.ok(cells < 400, `${cells} cells for 5,000 rows`);
    assert.deepEqual(await page.axe(), []);
    assert.equal(await page.over(), 0);
    await page.locator("main table").evaluate((table) => {
      table.parentElement.scrollTop = table.parentElement.scrollHeight;
    });
    await page.getByText("支払い 4999").waitFor();
    assert.match(await page.innerText("main"), lang === "ja" ? /5,000 行/ : /first 5,000 rows/);
    assert.ok(await page.locator(`main table a[href^='/traces/${TRACE}']`).count());
    assert.deepEqual(await page.troubles(), []);
    await page.context().close();
  }
});

test("what is wrong is told with its place, and the place can be gone to", fixtures, async () => {
  const page = await e2e.page();
  await page.visit(at("SELECT\n sevice FROM spans"));
  await page.waitForSelector("[data-view=error]");
  assert.match(await page.innerText("main"), /Did you mean service\?.*there is no column sevice/s);
  assert.match(await page.locator("main section pre").innerText(), /^ sevice FROM spans\n \^/);
  assert.deepEqual(await page.axe(), []);
  await page.getByRole("button", { name: "Line 2, column 2" }).click();
  await page.waitForFunction(() => document.activeElement?.selectionStart === "SELECT\n ".length);
  await page.context().close();
});

test(
  "a limit is told as one, in the page's language, and another try of it is not offered",
  fixtures,
  async () => {
    const page = await e2e.page({ lang: "ja", width: 390 });
    await page.visit(at("SELECT everything"));
    const error = page.locator("[data-view=error]");
    await error.waitFor();
    assert.match(
      await error.innerText(),
      /メモリの上限\(256\sMiB\)を超えました。\s+指定内容の誤りではありません/,
    );
    assert.match(await error.innerText(), /詳細: The query needs more memory/);
    assert.equal(await error.getByRole("button").count(), 0);
    await page.visit(at("SELECT\n sevice FROM spans"));
    await error.waitFor();
    assert.match(await error.innerText(), /クエリの 2 行 2 文字目に誤りがあります。\s*もしかして: service。/);
    assert.equal(await error.getByRole("button").count(), 0);
    assert.deepEqual(await page.axe(), []);
    await page.context().close();
  },
);

test("a plan is shown as one", fixtures, async () => {
  const page = await e2e.page();
  await page.visit(at("EXPLAIN SELECT count(*) FROM spans"));
  assert.match(await page.locator("main section pre").innerText(), /Aggregate\n {2}TableScan: spans/);
  assert.deepEqual(await page.axe(), []);
  await page.context().close();
});

test("a query that is stopped or left is not waited for", fixtures, async () => {
  const page = await e2e.page();
  await page.goto(e2e.base + at("SELECT endless"));
  const none = async () => {
    for (let turn = 0; held().waiting > 0 && turn < 200; turn += 1) await page.evaluate(() => 0);
    assert.equal(held().waiting, 0);
  };
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("The query was stopped.").waitFor();
  await none();
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await page.click("#rail a[href^='/slos']");
  await page.waitForURL(/\/slos/);
  await none();
  await page.context().close();
});

test("an answer is saved as CSV and as Parquet", fixtures, async () => {
  const page = await e2e.page();
  await page.visit(at("SELECT * FROM spans"));
  for (const [form, name, begin] of [
    ["CSV", "query-20261124023000.csv", "n,text"],
    ["Parquet", "query-20261124023000.parquet", "PAR1"],
  ]) {
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: `Save as ${form}` }).click();
    const file = await download;
    assert.equal(file.suggestedFilename(), name);
    assert.ok(readFileSync(await file.path(), "utf8").startsWith(begin));
  }
  await page.context().close();
});

test("columns are described, and written into the query by a click", fixtures, async () => {
  const page = await e2e.page();
  await page.visit("/sql");
  await page.getByLabel("SQL query").fill("SELECT ");
  assert.match(
    await page.innerText("main details[open]"),
    /spans 3 columns.*How long it took, in nanoseconds/s,
  );
  await page.getByRole("button", { name: "duration_ns" }).click();
  await page.getByLabel("SQL query").pressSequentially(" FROM ");
  await page.getByRole("button", { name: "Write spans into the query" }).click();
  assert.equal(await page.getByLabel("SQL query").inputValue(), "SELECT duration_ns FROM spans");
  await page.locator("main details summary").nth(1).click();
  await page.getByRole("button", { name: "good" }).waitFor();
  assert.deepEqual(await page.axe(), []);
  await page.context().close();
});

test("the Enter that ends a Japanese composition runs nothing", fixtures, async () => {
  const page = await e2e.page({ lang: "ja" });
  await page.visit("/sql");
  const editor = page.getByLabel("SQL クエリ");
  await editor.focus();
  const session = await page.context().newCDPSession(page);
  await session.send("Input.imeSetComposition", { text: "注文", selectionStart: 2, selectionEnd: 2 });
  const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229, modifiers: 2 };
  await session.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter });
  await session.send("Input.insertText", { text: "注文" });
  await session.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
  assert.equal(new URL(page.url()).searchParams.get("q"), null);
  assert.equal(await editor.inputValue(), "注文");
  await page.context().close();
});
