// The same folder served again, when whatever it held in memory has gone to files. This ends the shop: it must be the last walk.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { LOGS, listed, logsAreSent, newestFirst, RANGE, shows } from "./bakery.mjs";
import { parseCsv } from "./csv.mjs";
import { api, ippo, page as opened, real, serveAgain } from "./shop.mjs";

before(async () => {
  if (!real.skip) await logsAreSent();
});

test("a line's link opens it after a restart, from files as it did from memory", real, async () => {
  const { logs } = await api(`/api/v1/logs?${RANGE}&where=${encodeURIComponent("attrs['batch'] = '33'")}`);
  assert.equal(logs.length, 1);
  const link = `/logs?record=${logs[0].id}`;
  const first = await opened();
  await first.visit(link);
  const lines = await listed(first);
  const ofBakery = LOGS.filter((line) => line.service === "bakery");
  assert.deepEqual(
    lines.toSorted(),
    newestFirst(ofBakery.filter((line) => lines.includes(line.body))).toSorted(),
  );
  assert.ok(lines.length > 30, "there is something around it");
  await first.context().close();
  await serveAgain();
  const after = await opened({ lang: "ja", width: 390 });
  await after.visit("/store");
  // The shop sends no more: what was in memory goes to files, down to the last line.
  const [{ n }] = parseCsv(await ippo("sql", "SELECT count(*) AS n FROM logs", "--output", "csv"));
  const areStored = async (wanted) => {
    const { signals } = await (await fetch("/api/v1/store")).json();
    return signals.find((each) => each.signal === "logs").stored.rows >= wanted;
  };
  await after.waitForFunction(areStored, Number(n), { polling: 100 });
  await after.visit(link);
  assert.equal(await after.innerText("main li[aria-current=true] pre"), LOGS[33].body);
  assert.deepEqual(await listed(after), lines);
  await after.visit(`/logs?${RANGE}&service=bakery&contains=rmocoup&whole=`);
  await shows(after, newestFirst(ofBakery.filter((line) => /thermocouple/.test(line.body))));
  assert.deepEqual(await after.troubles(), []);
  await after.context().close();
});
