// Comma-separated values as RFC 4180 has them, read apart from whatever wrote them.

/** The rows of a file by the names in its first line. */
export function parseCsv(text) {
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const [letter, next] = [text[at], text[at + 1]];
    const row = rows.at(-1);
    if (quoted && letter === '"' && next === '"') {
      row[row.length - 1] += '"';
      at += 1;
    } else if (letter === '"') quoted = !quoted;
    else if (quoted) row[row.length - 1] += letter;
    else if (letter === ",") row.push("");
    else if (letter === "\n") rows.push([""]);
    else if (letter !== "\r") row[row.length - 1] += letter;
  }
  const [names, ...lines] = rows.filter((row) => row.length > 1 || row[0] !== "");
  return lines.map((line) => Object.fromEntries(names.map((name, at) => [name, line[at]])));
}
