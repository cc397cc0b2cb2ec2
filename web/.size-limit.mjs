// The budgets: what a reader downloads before a route shows, and all there is, gzipped. The lists come from Vite's
// manifest, so that a new shared chunk cannot hide.
import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("dist/.vite/manifest.json", import.meta.url), "utf8"));
const keys = Object.keys(manifest);

function closure(wanted, seen = new Set()) {
  for (const key of wanted) {
    if (seen.has(key)) continue;
    seen.add(key);
    closure(manifest[key]?.imports ?? [], seen);
  }
  return seen;
}

function scripts(wanted) {
  const files = [...wanted].map((key) => manifest[key]?.file).filter((file) => file?.endsWith(".js"));
  return [...new Set(files)].map((file) => `dist/${file}`);
}

const entry = keys.find((key) => manifest[key].isEntry);
const words = keys.find((key) => key.endsWith("locales/ja.json"));
const routes = keys.filter((key) => key.includes("app/routes/") && manifest[key].isDynamicEntry);

export default [
  ...routes.map((route) => ({
    name: route.replace("src/app/routes/", "").replace(/\.tsx.*/, ""),
    path: scripts(closure([entry, words, route])),
    limit: "230 kB",
    gzip: true,
  })),
  { name: "all scripts", path: scripts(keys), limit: "450 kB", gzip: true },
];
