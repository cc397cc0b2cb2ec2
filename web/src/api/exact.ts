// JSON whose integers are not changed by reading it: ids of 64 bits do not fit a JavaScript number. Pure.

/** Whether a number may be there that does not fit: cheap, for most texts have none. */
const SUSPECT = /[[:,]\s*-?\d{16,}\s*[\],}]/;
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

function isLossy(token: string): boolean {
  return /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));
}

/** The JSON text with every integer that a number cannot hold as a text of its digits. */
export function exactJson(json: string): string {
  if (!SUSPECT.test(json)) return json;
  return json.replace(TOKEN, (token) => (isLossy(token) ? `"${token}"` : token));
}

/** Whether reading the JSON text as numbers would change one of its integers. */
export function isChangedByReading(json: string): boolean {
  return exactJson(json) !== json;
}

export function parseExact(json: string): unknown {
  return JSON.parse(exactJson(json));
}
