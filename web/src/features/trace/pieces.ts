// Takes the server's text apart into words and the fact ids it cites. Pure.

export interface Piece {
  text: string;
  fact: boolean;
}
const CITED = /\[([A-Z]:\d+(?:[\s,]+[A-Z]:\d+)*)\]/g;

export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(CITED)) {
    if (match.index > at) found.push({ text: text.slice(at, match.index), fact: false });
    for (const id of (match[1] ?? "").split(/[\s,]+/)) found.push({ text: id, fact: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ text: text.slice(at), fact: false });
  return found;
}
