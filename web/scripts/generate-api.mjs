// Generates src/api/schema.ts from ../openapi.json; with --check it only says whether the file is stale.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import openapi, { astToString } from "openapi-typescript";

const SOURCE = new URL("../../openapi.json", import.meta.url);
const TARGET = new URL("../src/api/schema.ts", import.meta.url);
const HEADER =
  "// Generated from openapi.json by `npm run generate`. Do not edit: change the server's types instead.\n\n";

if (!existsSync(SOURCE)) {
  console.error("openapi.json is missing: it is generated from the server's types");
  process.exit(1);
}
const wanted = HEADER + astToString(await openapi(SOURCE));
const present = existsSync(TARGET) ? readFileSync(TARGET, "utf8") : "";
if (process.argv.includes("--check")) {
  if (present !== wanted) {
    console.error("src/api/schema.ts is stale: run `npm run generate`");
    process.exit(1);
  }
  console.log("src/api/schema.ts is up to date");
} else {
  writeFileSync(TARGET, wanted);
  console.log("src/api/schema.ts written");
}
