// Where one can go, said once: the rail, the palette and the keys read the same list.
export const PLACES = [
  { to: "/", key: "today", letter: "t", group: "now" },
  { to: "/services", key: "services", letter: "s", group: "work" },
  { to: "/requests", key: "requests", letter: "r", group: "work" },
  { to: "/slos", key: "slos", letter: "o", group: "work" },
  { to: "/incidents", key: "incidents", letter: "i", group: "trouble" },
  { to: "/logs", key: "logs", letter: "l", group: "data" },
  { to: "/explore/metrics", key: "metrics", letter: "m", group: "data" },
  { to: "/sql", key: "sql", letter: "q", group: "data" },
  { to: "/store", key: "store", letter: "d", group: "data" },
  { to: "/setup", key: "setup", letter: "u", group: "own" },
] as const;

export type Place = (typeof PLACES)[number];
/** Groups that have a heading: the others say themselves what they are. */
export const NAMED_GROUP = "data";
