// SQL as people ask it: the page's answer is that of the command line, what is wrong has its place, files have the rows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { FROM, LOGS, logsAreSent, newestFirst, RANGE, TO } from "./bakery.mjs";
import { parseCsv } from "./csv.mjs";
import { readParquet } from "./parquet.mjs";
import { ippo, page as opened, real } from "./shop.mjs";

before(async () => {
  if (!real.skip) await logsAreSent();
});

const at = (sql) => `/sql?q=${encodeURIComponent(sql)}`;
const within = `time >= '${FROM}' AND time < '${TO}' AND service IN ('bakery', 'mill')`;
const BODIES = `SELECT attrs['batch'] AS batch, trace_id, body FROM logs WHERE ${within} ORDER BY num(attrs['batch'])`;

/** The table of an answer as it stands; NULL is shown as a dash. */
async function table(page) {
  await page.locator("main table tbody td").first().waitFor();
  const names = await page.locator("main table thead th").allInnerTexts();
  const rows = await page.$$eval("main table tbody tr[aria-rowindex]", (all) =>
    all.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.innerText)),
  );
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
}

async function file(page, form) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: form }).click(),
  ]);
  return readFileSync(await download.path());
}

test("what is asked by the keyboard or the button is answered as on the command line", real, async () => {
  const page = await opened();
  await page.visit("/sql");
  const counted = `SELECT service, severity, count(*) AS n, min(time) AS first, sum(num(attrs['batch'])) + 0.5 AS batches,
  max(body['grams']) AS grams FROM logs WHERE ${within} GROUP BY service, severity ORDER BY service, severity`;
  await page.getByLabel("SQL query").fill(counted);
  await page.keyboard.press("Control+Enter");
  await page.waitForURL((url) => url.searchParams.get("q") === counted);
  const shown = await table(page);
  const told = parseCsv(await ippo("sql", counted, "--output", "csv"));
  assert.deepEqual(
    shown,
    told.map((row) => ({ ...row, grams: row.grams === "" ? "–" : row.grams })),
  );
  const known = (row) =>
    LOGS.filter((line) => line.service === row.service && line.severity === row.severity);
  assert.deepEqual(
    shown.map((row) => Number(row.n)),
    shown.map((row) => known(row).length),
  );
  assert.equal(
    shown.reduce((sum, row) => sum + Number(row.n), 0),
    LOGS.length,
  );
  await page.getByLabel("SQL query").fill("SELECT 6 * 7 AS answer, 9007199254740993 AS id");
  await page.getByRole("button", { name: "Run" }).click();
  await page.waitForURL(/answer/);
  await page.getByRole("columnheader", { name: "answer" }).waitFor();
  assert.deepEqual(await table(page), [{ answer: "42", id: "9007199254740993" }]);
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("a search for log lines goes on in SQL with the same lines", real, async () => {
  const page = await opened();
  await page.visit(`/logs?${RANGE}&service=mill&severity=WARN&contains=rmocoup&attr=batch%3D23`);
  await page.getByRole("link", { name: "This search in SQL" }).click();
  await page.waitForURL(/\/sql/);
  assert.deepEqual(
    (await table(page)).map((row) => [row.severity, row.service, row.body]),
    [["WARN", "mill", LOGS[23].body]],
  );
  await page.visit(`/logs?${RANGE}&service=mill&contains=batch&whole=1`);
  await page.getByRole("link", { name: "This search in SQL" }).click();
  await page.waitForURL(/\/sql/);
  const fits = LOGS.filter((line) => line.service === "mill" && /^batch/.test(line.body));
  assert.deepEqual(
    (await table(page)).map((row) => row.body),
    newestFirst(fits),
  );
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("a wrong query is told with its place, in Japanese, and mended there", real, async () => {
  const page = await opened({ lang: "ja", width: 390 });
  await page.visit(at("SELECT count(*) AS n\nFROM logs WHERE sevice = 'mill'"));
  const error = page.locator("[data-view=error]");
  await error.waitFor();
  assert.match(await error.innerText(), /クエリの 2 行 17 文字目に誤りがあります。\s*もしかして: service/);
  assert.match(
    await page.locator("main section pre").innerText(),
    /^FROM logs WHERE sevice = 'mill'\n {16}\^/,
  );
  assert.deepEqual(await page.axe(), []);
  await page.getByRole("button", { name: "2 行 17 文字目" }).click();
  await page.waitForFunction(
    () => document.activeElement?.selectionEnd - document.activeElement?.selectionStart === 1,
  );
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.type("servi");
  for (let letter = 0; letter < 4; letter += 1) await page.keyboard.press("Delete");
  await page.getByRole("button", { name: "実行" }).click();
  await error.waitFor({ state: "detached" });
  const [row] = await table(page);
  assert.equal(Number(row.n), LOGS.filter((line) => line.service === "mill").length);
  assert.equal(await page.over(), 0);
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("a plan says what would be read, and no rows", real, async () => {
  const page = await opened();
  await page.visit(at(`EXPLAIN ${BODIES}`));
  const plans = await page.locator("main section pre").allInnerTexts();
  assert.ok(
    plans.some((plan) => /TableScan: logs projection=\[[^\]]*body/.test(plan)),
    plans.join("\n\n"),
  );
  assert.equal(await page.locator("main table").count(), 0);
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("rows beyond a limit are said to be missing, on the page and in a file", real, async () => {
  const page = await opened({ lang: "ja" });
  await page.visit(at("SELECT value AS n FROM generate_series(1, 100001)"));
  await page
    .getByText("先頭の 10,000 行です。残りは省きました。ファイルなら 100,000 行まで保存できます。")
    .waitFor();
  await page.locator("main table").evaluate((rows) => {
    rows.parentElement.scrollTop = rows.parentElement.scrollHeight;
  });
  await page.getByRole("cell", { name: "10000", exact: true }).waitFor();
  assert.equal(await page.getByRole("cell", { name: "10001", exact: true }).count(), 0);
  const rows = parseCsv((await file(page, "CSV で保存")).toString());
  assert.deepEqual([rows.length, rows.at(0).n, rows.at(-1).n], [100_000, "1", "100000"]);
  await page.getByText("ファイルに入ったのは先頭の 100,000 行です。残りは省きました。").waitFor();
  await page.visit(at("SELECT value AS n FROM generate_series(1, 10000)"));
  await page.locator("main table").waitFor();
  assert.equal(await page.getByText("残りは省きました").count(), 0, "all are there");
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("files have the rows, as CSV and as Parquet", real, async () => {
  const page = await opened();
  await page.visit(at(BODIES));
  const sent = LOGS.map((line) => ({ batch: String(line.at), trace_id: line.trace ?? "", body: line.body }));
  assert.deepEqual(parseCsv((await file(page, "Save as CSV")).toString()), sent);
  assert.deepEqual(readParquet(await file(page, "Save as Parquet")), {
    columns: ["batch", "trace_id", "body"],
    rows: LOGS.length,
  });
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("a link to a query gives its answer to whoever opens it", real, async () => {
  const page = await opened();
  const sql = `SELECT '窯' || count(*) AS "件数 & 'more'" FROM logs WHERE ${within}`;
  await page.visit(at(sql));
  await page.getByRole("button", { name: "Copy link" }).click();
  const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  await page.context().close();
  const other = await opened({ lang: "ja" });
  await other.visit(link.pathname + link.search);
  assert.equal(await other.getByLabel("SQL クエリ").inputValue(), sql);
  assert.deepEqual(await table(other), [{ "件数 & 'more'": `窯${LOGS.length}` }]);
  assert.deepEqual(await other.troubles(), []);
  await other.context().close();
});

test("queries that are stopped or left make room for others at once", real, async () => {
  const page = await opened();
  await page.visit("/sql");
  const editor = page.getByLabel("SQL query");
  // As many as may run at once. One that went on would keep its place for the 30 s that a query may take.
  for (let query = 0; query < 4; query += 1) {
    await editor.fill(`SELECT count(*) FROM generate_series(1, 1000000000000) WHERE value % 7 = ${query}`);
    await page.keyboard.press("Control+Enter");
    const stop = page.getByRole("button", { name: "Stop" });
    await stop.waitFor();
    if (query === 3) break;
    await stop.click();
    await page.getByText("The query was stopped.").waitFor();
  }
  await page.click("#rail a[href^='/logs']");
  await page.waitForURL(/\/logs/);
  await page.visit(at("SELECT 6 * 7 AS answer"));
  await page.getByRole("cell", { name: "42", exact: true }).waitFor({ timeout: 15_000 });
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});
