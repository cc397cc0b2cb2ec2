// Log lines as people search them: what is listed, counted, followed, linked and saved is what was sent.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import {
  LOGS,
  listed,
  logsAreSent,
  newestFirst,
  RANGE,
  sendLogs,
  sendTrace,
  shows,
  TRACE,
  ticket,
} from "./bakery.mjs";
import { parseCsv } from "./csv.mjs";
import { api, page as opened, real } from "./shop.mjs";

before(async () => {
  if (real.skip) return;
  await logsAreSent();
  await sendTrace();
});

const WARM = (line) => /thermocouple/.test(line.body);
const searched = `/logs?${RANGE}`;

test(
  "a service, a severity and a word leave the lines that fit, and the bars add up to them",
  real,
  async () => {
    const page = await opened();
    await page.visit(searched);
    await page.getByLabel(/^service/).selectOption("bakery");
    await page.waitForURL(/service=bakery/);
    await page.getByLabel("at least").selectOption("WARN");
    await page.waitForURL(/severity=WARN/);
    await page.getByLabel("contains").fill("thermocouple");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.waitForURL(/contains=thermocouple/);
    const fits = LOGS.filter((line) => line.service === "bakery" && line.severity !== "INFO" && WARM(line));
    await shows(page, newestFirst(fits));
    const query = `${RANGE}&service=bakery&severity=WARN&contains=thermocouple`;
    const { logs } = await api(`/api/v1/logs?${query}&limit=100`);
    assert.deepEqual(
      await page.$$eval("main li time", (all) => all.map((each) => each.dateTime)),
      logs.map((log) => log.time),
    );
    await page.getByText(`${fits.length} lines`, { exact: true }).waitFor();
    const { step_secs: step, points } = await api(`/api/v1/logs/counts?${query}`);
    const kinds = ["WARN", "ERROR"];
    const within = (from, kind) =>
      fits.filter((line) => {
        const secs = (line.timeMs - Date.parse(from)) / 1000;
        return line.severity === kind && secs >= 0 && secs < step;
      }).length;
    const legend = await page.locator("main figcaption > span").allInnerTexts();
    const all = kinds.map((kind) => `${kind} ${fits.filter((line) => line.severity === kind).length}`);
    assert.deepEqual(legend, all);
    await page.locator("main figure summary").click();
    await page.locator("main figure tbody tr").first().waitFor();
    assert.deepEqual(
      await page.$$eval("main figure tbody tr", (rows) =>
        rows.map((row) =>
          [...row.querySelectorAll("td:not(:first-child)")].map((cell) => Number(cell.innerText)),
        ),
      ),
      points.map((point) => kinds.map((kind) => within(point.time, kind))),
    );
    assert.deepEqual(await page.troubles(), []);
    await page.context().close();
  },
);

test(
  "a piece of a word is found, as a whole word it is not, and the way out of nothing leads back",
  real,
  async () => {
    const page = await opened({ lang: "ja", width: 390 });
    await page.visit(`${searched}&service=mill`);
    const ofMill = LOGS.filter((line) => line.service === "mill");
    await shows(page, newestFirst(ofMill));
    const word = page.getByLabel("含む文字");
    const search = async (text) => {
      await word.fill(text);
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.searchParams.get("contains") === text);
    };
    await search("RMOCOUP");
    await shows(page, newestFirst(ofMill.filter(WARM)));
    await search("の温度");
    await shows(page, newestFirst(ofMill.filter(WARM)));
    await search("rmocoup");
    await page.getByLabel("一致").selectOption("1");
    await page.locator("[data-view=empty]").waitFor();
    assert.match(await page.innerText("[data-view=empty]"), /この期間に条件に合うログはありません/);
    assert.equal(await page.locator("main figure").count(), 0, "no bars of nothing");
    assert.equal(await page.over(), 0);
    await search("thermocouple");
    await shows(page, newestFirst(ofMill.filter(WARM)));
    await search("thermo");
    await page.getByRole("button", { name: "条件をクリア" }).click();
    await page.waitForURL((url) => !url.searchParams.has("contains") && !url.searchParams.has("service"));
    await page.getByLabel(/^サービス/).selectOption("bakery");
    await shows(page, newestFirst(LOGS.filter((line) => line.service === "bakery")));
    assert.deepEqual(await page.axe(), []);
    assert.deepEqual(await page.troubles(), []);
    await page.context().close();
  },
);

test("keys of a JSON body are searched by, written as an attribute or as a condition", real, async () => {
  const page = await opened();
  await page.visit(searched);
  await page.getByLabel("attribute = value").fill("loaf.id=L-14");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  const loaf = LOGS[14].body;
  await shows(page, [loaf]);
  await page.locator("main li summary").click();
  assert.deepEqual(JSON.parse(await page.innerText("main details[open] pre")), JSON.parse(loaf));
  await page.getByRole("button", { name: "No longer ask for loaf.id=L-14" }).click();
  await page.getByLabel("where (SQL)").fill("body['grams'] >= 440 AND body['loaf.kind'] = '食パン'");
  await page.keyboard.press("Enter");
  await shows(page, newestFirst([LOGS[42], LOGS[49], LOGS[56]]));
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("an id of 64 bits is shown as it was sent, and only its line is found by it", real, async () => {
  const page = await opened();
  const line = LOGS[15];
  await page.visit(`${searched}&attr=batch%3D15`);
  await shows(page, [line.body]);
  await page.locator("main li summary").click();
  await page.getByRole("button", { name: "Only lines with this ticket" }).click();
  await page.getByRole("button", { name: `No longer ask for ticket=${ticket(line)}` }).waitFor();
  await page.getByRole("button", { name: "No longer ask for batch=15" }).click();
  await page.waitForURL((url) => url.searchParams.get("attr") === `ticket=${ticket(line)}`);
  await shows(page, [line.body]);
  await page.getByRole("link", { name: "Link to this line" }).click();
  await page.waitForURL(/record=/);
  await page.settled();
  assert.match(
    await page.innerText("main li[aria-current=true] dl:has-text('ticket')"),
    new RegExp(ticket(line)),
  );
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("a line leads to its request, the request to all its lines, and each to its link", real, async () => {
  const page = await opened();
  const traced = LOGS.filter((line) => line.trace);
  await page.visit(`${searched}&service=mill&where=${encodeURIComponent(`trace_id = '${TRACE}'`)}`);
  await shows(page, newestFirst(traced.filter((line) => line.service === "mill")));
  await page.locator("main li summary").click();
  await page.getByRole("link", { name: TRACE }).click();
  await page.waitForURL(new RegExp(`/traces/${TRACE}\\?.*span=`));
  await page.settled();
  const aside = page.locator("aside li summary > span:last-child");
  await aside.first().waitFor();
  assert.deepEqual(await aside.allInnerTexts(), [traced[1].body], "the span's own");
  const request = page.locator("section", { hasText: "Logs of this request" }).locator("li summary");
  assert.deepEqual(
    await request.evaluateAll((lines) =>
      lines.map((line) => [...line.children].slice(-2).map((part) => part.innerText)),
    ),
    traced.map((line) => [line.service, line.body]),
  );
  await page.getByRole("link", { name: "Find them in Logs" }).click();
  await page.waitForURL(/\/logs/);
  await shows(page, newestFirst(traced));
  await page.goBack();
  await request.first().click();
  await page.getByRole("link", { name: "Link to this line" }).click();
  await page.waitForURL(/record=/);
  await page.settled();
  assert.equal(await page.innerText("main li[aria-current=true] pre"), traced[0].body);
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("a line's link opens it in another browser among exactly its neighbours", real, async () => {
  const page = await opened();
  const ofBakery = LOGS.filter((line) => line.service === "bakery");
  const at = ofBakery.findIndex((line) => line.at === 36);
  await page.visit(`${searched}&contains=batch+36`);
  await shows(page, [ofBakery[at].body]);
  await page.locator("main li summary").click();
  await page.getByRole("link", { name: "Link to this line" }).click();
  await page.waitForURL(/record=/);
  await page.settled();
  await page.getByRole("button", { name: "Copy link to this line" }).click();
  const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  await page.context().close();
  const other = await opened({ lang: "ja", width: 390 });
  await other.visit(link.pathname + link.search);
  assert.equal(await other.innerText("main li[aria-current=true] pre"), ofBakery[at].body);
  const after = ofBakery.slice(at + 1);
  assert.ok(after.length < 20 && at > 20, "it is asked for more than there are after it, not before it");
  assert.deepEqual(await listed(other), newestFirst(ofBakery.slice(at - 20)));
  await other.getByText("このサービスの行はこれ以上ありません").waitFor();
  await other.getByRole("button", { name: "さらに表示" }).click();
  await shows(other, newestFirst(ofBakery));
  assert.equal(await other.over(), 0);
  assert.deepEqual(await other.axe(), []);
  assert.deepEqual(await other.troubles(), []);
  await other.context().close();
});

test("lines come by themselves while they are followed, and not while that is paused", real, async () => {
  const page = await opened({ lang: "ja" });
  const tell = (body, timeMs = Date.now()) =>
    sendLogs([{ at: 0, timeMs, service: "oven", severity: "WARN", body }]);
  const live = page.locator("main section[aria-label=リアルタイム] li summary > span:last-child");
  await page.visit("/logs?service=oven");
  await page.locator("[data-view=empty]").waitFor();
  await page.getByRole("button", { name: "リアルタイム表示" }).click();
  await page.getByText("受信中", { exact: true }).waitFor();
  await page.getByText("条件に合うログはまだ届いていません。").waitFor();
  await tell("扉が開いた");
  await live.first().waitFor();
  assert.deepEqual(await live.allInnerTexts(), ["扉が開いた"]);
  await page.getByRole("button", { name: "一時停止" }).click();
  await page.getByText("一時停止中", { exact: true }).waitFor();
  await tell("扉が閉じた");
  await page.getByRole("button", { name: "再開" }).click();
  await page.getByText("受信中", { exact: true }).waitFor();
  await tell("余熱が完了");
  await page.waitForFunction(() => /余熱が完了/.test(document.querySelector("main").innerText));
  assert.deepEqual(
    await live.allInnerTexts(),
    ["余熱が完了", "扉が開いた"],
    "what came in the pause is no news",
  );
  const found = page.locator("main > section", {
    has: page.getByRole("heading", { name: "ログ", exact: true }),
  });
  await found.locator("summary").getByText("扉が閉じた").waitFor();
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});

test("a file has exactly the lines that are listed", real, async () => {
  const page = await opened();
  await page.visit(`${searched}&service=mill&severity=WARN`);
  const fits = LOGS.filter((line) => line.service === "mill" && line.severity !== "INFO").toReversed();
  await shows(
    page,
    fits.map((line) => line.body),
  );
  const save = async (form) => {
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: `Save as ${form}` }).click(),
    ]);
    assert.match(file.suggestedFilename(), new RegExp(`^logs.*\\.${form.toLowerCase()}$`));
    return readFileSync(await file.path(), "utf8");
  };
  const told = (row) => [Date.parse(row.time), row.severity, row.service, row.body];
  const sent = fits.map((line) => [line.timeMs, line.severity, line.service, line.body]);
  const ndjson = (await save("NDJSON")).trimEnd().split("\n");
  assert.deepEqual(
    ndjson.map((line) => told(JSON.parse(line))),
    sent,
  );
  assert.deepEqual(parseCsv(await save("CSV")).map(told), sent);
  assert.deepEqual(await page.troubles(), []);
  await page.context().close();
});
