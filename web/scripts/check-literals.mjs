// No words in the code of pages: every text a person reads comes from the locales. Looks at JSX text and at the
// attributes that are read aloud or shown.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

const ROOT = new URL("../src/", import.meta.url).pathname;
const SHOWN = new Set(["aria-label", "title", "placeholder", "alt", "label", "note", "name"]);
/** Names and symbols that are the same in every language. */
const SAME = [/^ippo$/, /^⌘$/, /^[a-zA-Z?]$/, /^p(50|95|99)$/, /^OTLP\/(HTTP|gRPC)$/, /^INC-/, /^UTC$/];
/** Attributes that look like words but hold code: expressions and routes to type in. */
const CODE = [/^GET \/api/, /^http_status/, /^body\[/, /^order\.id=/];

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.name.endsWith(".tsx") && !entry.name.endsWith(".test.tsx")) yield path;
  }
}

function wordy(text) {
  const trimmed = text.trim();
  return /\p{L}/u.test(trimmed) && ![...SAME, ...CODE].some((pattern) => pattern.test(trimmed));
}

const problems = [];
for (const path of files(ROOT)) {
  const source = ts.createSourceFile(
    path,
    readFileSync(path, "utf8"),
    ts.ScriptTarget.Latest,
    true,
    ts.ScriptKind.TSX,
  );
  const report = (node, text) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    problems.push(`${relative(ROOT, path)}:${line + 1}: literal text ${JSON.stringify(text.trim())}`);
  };
  const visit = (node) => {
    if (ts.isJsxText(node) && wordy(node.text)) report(node, node.text);
    if (
      ts.isJsxAttribute(node) &&
      SHOWN.has(node.name.getText()) &&
      node.initializer &&
      ts.isStringLiteral(node.initializer)
    ) {
      if (wordy(node.initializer.text)) report(node, node.initializer.text);
    }
    if (
      ts.isJsxExpression(node) &&
      node.expression &&
      ts.isStringLiteral(node.expression) &&
      !ts.isJsxAttribute(node.parent)
    ) {
      if (wordy(node.expression.text)) report(node, node.expression.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}
for (const problem of problems) console.error(problem);
console.log(`literals: ${problems.length} found`);
process.exit(problems.length === 0 ? 0 : 1);
