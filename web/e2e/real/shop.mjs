// One real ippo with the simulated shop, on a folder of its own: what the fixtures cannot show. Every walk that imports
// this shares it; it starts before the first test and must stop cleanly after the last.
// IPPO_BIN names the binary; without it there is nothing to test.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { promisify } from "node:util";
import { open } from "../browser.mjs";

const binary = process.env.IPPO_BIN;
export const real = { skip: binary ? false : "IPPO_BIN names no binary" };

const ANYWHERE = ["--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"];
const demo = (folder) => ["demo", "--dir", join(folder, "demo"), "--history", "2h", ...ANYWHERE];

let folder;
let running;
let base;
let cookie;
let token;
let e2e;

async function start() {
  folder = mkdtempSync(join(tmpdir(), "ippo-e2e-"));
  running = run(demo(folder));
  const link = await running.says(/http:\S+\/enter\/\S+/);
  const entered = await fetch(link, { method: "POST", redirect: "manual" });
  cookie = entered.headers.get("set-cookie").split(";")[0];
  base = new URL(link).origin;
  e2e = await open({ url: base, cookie });
  const made = ["token", "create", "--data-dir", join(folder, "demo"), "--name", "walks", "--scope", "read"];
  token = (await command(made)).trim();
}

// Hooks of several modules run in no order that could be relied on: whoever needs the shop waits for it.
const started = binary ? start() : undefined;
before(() => started);

after(async () => {
  await e2e?.close();
  await running?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

/** A process of ippo: what it says, and its end. */
function run(args) {
  const child = spawn(binary, args, { cwd: folder });
  let said = "";
  let ended = null;
  const heard = new Set();
  const tell = (bytes) => {
    said += bytes;
    for (const each of heard) each();
  };
  child.stdout.on("data", tell);
  child.stderr.on("data", tell);
  const end = new Promise((done) => child.once("exit", done));
  end.then((code) => {
    ended = code;
    tell("");
  });
  return {
    /** Waits until it has said this, and answers with that. */
    says: (pattern) =>
      new Promise((done, failed) => {
        const look = () => {
          const found = pattern.exec(said);
          if (!found && ended === null) return;
          heard.delete(look);
          if (found) done(found[0]);
          else failed(new Error(`ippo ended with ${ended}: ${said}`));
        };
        heard.add(look);
        look();
      }),
    async stop() {
      child.kill("SIGINT");
      assert.equal(await end, 0, `it stops cleanly: ${said}`);
    },
  };
}

/** The demo's pager was told of an incident. */
export const paged = () => running.says(/☎ {2}opened/);

/** A page of a browser of its own, signed in. */
export const page = (options) => e2e.page(options);

export async function api(path) {
  await started;
  const answer = await fetch(base + path, { headers: { cookie } });
  assert.equal(answer.status, 200, path);
  return answer.json();
}

/** What the command line answers about the same server. */
export const ippo = (...args) => command([...args, "--url", base], { IPPO_TOKEN: token });

async function command(args, env = {}) {
  const most = 64 * 1024 * 1024;
  const { stdout } = await promisify(execFile)(binary, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    maxBuffer: most,
  });
  return stdout;
}

/** Sends telemetry by OTLP over HTTP, as JSON; it is stored when this is over. */
export async function send(signal, body) {
  const { otlp_http } = await api("/api/v1/status");
  const answer = await fetch(`${otlp_http}/v1/${signal}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.deepEqual(await answer.json(), {}, "nothing of it was rejected");
}

/** Ends the demo, and serves its folder with so little memory that all it holds goes to files. */
export async function serveAgain() {
  await e2e.close();
  await running.stop();
  running = run(["serve", "--data-dir", join(folder, "demo"), ...ANYWHERE, "--memory", "1MiB"]);
  base = new URL((await running.says(/open {6}http:\S+/)).replace("open", "").trim()).origin;
  e2e = await open({ url: base, cookie });
}
