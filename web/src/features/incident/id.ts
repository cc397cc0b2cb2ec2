// An incident's number out of an address: 41 or INC-41. Pure.

/** Null when it is none, so that a broken link is told as one. */
export function incidentId(text: string): number | null {
  const digits = /^(?:INC-)?([0-9]+)$/i.exec(text)?.[1];
  const id = Number(digits);
  return digits !== undefined && Number.isSafeInteger(id) && id > 0 ? id : null;
}
