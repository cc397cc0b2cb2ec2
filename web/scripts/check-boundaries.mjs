// Who may know whom: features never import each other, lower layers never import higher ones, only src/api talks to
// the server, and only the file of tokens names a colour. Also: every file says what it is, and none is too long.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const ROOT = new URL("../src/", import.meta.url).pathname;
const LINES_MOST = 600;
/** What each layer may import from. */
const MAY = {
  app: ["app", "features", "ui", "charts", "lib", "api", "locales"],
  features: ["ui", "charts", "lib", "api"],
  ui: ["ui", "charts", "lib", "api"],
  charts: ["charts", "lib"],
  lib: ["lib", "api", "locales"],
  api: ["api"],
};
const GENERATED = new Set(["app/route-tree.gen.ts", "api/schema.ts", "vite-env.d.ts"]);

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

const problems = [];
for (const path of files(ROOT)) {
  const name = relative(ROOT, path);
  if (GENERATED.has(name) || name.endsWith(".json")) continue;
  const text = readFileSync(path, "utf8");
  if (text.split("\n").length > LINES_MOST) problems.push(`${name}: more than ${LINES_MOST} lines`);
  if (name.endsWith(".css")) checkCss(name, text);
  else checkCode(name, text);
}

function checkCss(name, text) {
  if (name !== "app/tokens.css" && /#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i.test(text))
    problems.push(`${name}: names a colour of its own`);
}

function checkCode(name, text) {
  const [layer, feature] = name.split("/");
  const test = /\.test\.tsx?$/.test(name);
  const routeOrTest = name.startsWith("app/routes/") || test;
  if (!routeOrTest && !/^\/\/ \S/.test(text)) problems.push(`${name}: does not begin by saying what it is`);
  if (
    layer !== "api" &&
    /\bfetch\(|XMLHttpRequest|EventSource|WebSocket\(/.test(text.replace(/\.refetch\(|fetchNextPage\(/g, ""))
  ) {
    problems.push(`${name}: talks to the server; only src/api may`);
  }
  for (const match of text.matchAll(/from "(@\/|\.\.?\/)([^"]+)"|import\("(@\/|\.\.?\/)([^"]+)"\)/g)) {
    const [, mark, rest] = match[1] ? match : [0, match[3], match[4]];
    const target = mark === "@/" ? rest : relative(ROOT, join(ROOT, name, "..", mark, rest));
    const [to, toFeature] = target.split("/");
    const own = layer === "features" && to === "features" && feature === toFeature;
    const ownFixture = routeOrTest && target.includes("e2e/fixtures/");
    // A test may read the sentences that a reader reads.
    const words = test && to === "locales";
    if (!own && !ownFixture && !words && !MAY[layer]?.includes(to))
      problems.push(`${name}: imports ${target}`);
  }
}

for (const problem of problems) console.error(problem);
console.log(`boundaries: ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
