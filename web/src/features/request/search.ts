// The choices of a search for requests, as its address has them.
export interface RequestSearch {
  service?: string | undefined;
  name?: string | undefined;
  where?: string | undefined;
  min_ms?: number | undefined;
  error?: boolean | undefined;
}

export function readRequestSearch(raw: Record<string, unknown>): RequestSearch {
  const text = (key: string) => (typeof raw[key] === "string" && raw[key] !== "" ? raw[key] : undefined);
  const least = Number(raw.min_ms);
  return {
    service: text("service"),
    name: text("name"),
    where: text("where"),
    min_ms: raw.min_ms !== undefined && Number.isFinite(least) && least > 0 ? least : undefined,
    error: raw.error === "true" || raw.error === true ? true : undefined,
  };
}
