// Both languages say the same things: equal keys (but for plural forms), equal placeholders, nothing empty, no
// key that no page uses, and a name for each thing that a person can do.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = new URL("../src/", import.meta.url).pathname;
const PLURAL = /_(zero|one|two|few|many|other)$/;
/** Keys that may be empty: what stands between two sentences. */
const MAY_BE_EMPTY = new Set(["sentenceGap"]);

function flatten(node, prefix = "", out = new Map()) {
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === "object") flatten(value, `${prefix}${key}.`, out);
    else out.set(prefix + key, value);
  }
  return out;
}

function load(lang) {
  return flatten(JSON.parse(readFileSync(join(ROOT, "locales", `${lang}.json`), "utf8")));
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(entry.name)) yield readFileSync(path, "utf8");
  }
}

const en = load("en");
const ja = load("ja");
const base = (keys) => new Set([...keys].map((key) => key.replace(PLURAL, "")));
const problems = [];
for (const key of base(en.keys())) if (!base(ja.keys()).has(key)) problems.push(`ja lacks ${key}`);
for (const key of base(ja.keys())) if (!base(en.keys()).has(key)) problems.push(`en lacks ${key}`);

const holes = (text) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]);
for (const [lang, words] of [
  ["en", en],
  ["ja", ja],
]) {
  for (const [key, text] of words) {
    if (text === "" && !MAY_BE_EMPTY.has(key)) problems.push(`${lang} ${key} is empty`);
  }
}
for (const [key, text] of ja) {
  const other = en.get(key);
  if (other === undefined) continue;
  const extra = holes(text).filter((hole) => !holes(other).includes(hole));
  const lost = holes(other).filter((hole) => !holes(text).includes(hole) && hole !== "count");
  if (extra.length + lost.length > 0)
    problems.push(`${key}: placeholders differ (${[...extra, ...lost].join(", ")})`);
}

const code = [...sources(ROOT)].join("\n");
for (const key of base(en.keys())) {
  const parent = key.slice(0, key.lastIndexOf(".") + 1);
  const built =
    parent !== "" && (code.includes(`\`${parent}\${`) || code.includes(`\`${parent.slice(0, -1)}.`));
  if (!code.includes(`"${key}"`) && !built) problems.push(`${key} is used nowhere`);
}

/** Operations that change nothing, though they are not reads by their method. */
const READS = new Set(["runQuery"]);
const api = JSON.parse(readFileSync(join(ROOT, "../../openapi.json"), "utf8"));
for (const item of Object.values(api.paths)) {
  for (const method of ["post", "put", "patch", "delete"]) {
    const id = item[method]?.operationId;
    if (id !== undefined && !READS.has(id) && !en.has(`setup.audit.did.${id}`))
      problems.push(`en lacks setup.audit.did.${id}: the audit log shows what a person did`);
  }
}
for (const problem of problems) console.error(problem);
console.log(`locales: ${en.size} keys en, ${ja.size} keys ja`);
process.exit(problems.length === 0 ? 0 : 1);
