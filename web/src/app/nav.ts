// Where one can go, said once: the rail, the palette and the keys read the same list. The rail has eight entries at most;
// what is needed less often stands in its foot.
export const PLACES = [
  { to: "/", key: "today", letter: "t", group: "now" },
  { to: "/services", key: "services", letter: "s", group: "work" },
  { to: "/requests", key: "requests", letter: "r", group: "work" },
  { to: "/slos", key: "slos", letter: "o", group: "work" },
  { to: "/incidents", key: "incidents", letter: "i", group: "trouble" },
  { to: "/logs", key: "logs", letter: "l", group: "data" },
  { to: "/explore/metrics", key: "metrics", letter: "m", group: "data" },
  { to: "/sql", key: "sql", letter: "q", group: "foot" },
  { to: "/store", key: "store", letter: "d", group: "foot" },
  { to: "/setup", key: "setup", letter: "u", group: "foot" },
] as const;

export type Place = (typeof PLACES)[number];
/** The group that stands in the foot of the rail. */
export const FOOT = "foot";
