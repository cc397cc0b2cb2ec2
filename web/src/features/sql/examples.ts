// Queries to begin with. They must run on any ippo as they are.
export const EXAMPLES = [
  {
    key: "slowest",
    sql: "SELECT service, name, count(*) AS requests,\n       approx_percentile_cont(duration_ns, 0.95) / 1000000.0 AS p95_ms\nFROM spans\nWHERE kind = 'server' AND start > now() - INTERVAL '1 hour'\nGROUP BY service, name\nORDER BY p95_ms DESC\nLIMIT 20",
  },
  {
    key: "errors",
    sql: "SELECT start, service, name, status_message, trace_id\nFROM spans\nWHERE error AND start > now() - INTERVAL '1 hour'\nORDER BY start DESC\nLIMIT 50",
  },
  {
    key: "logs",
    sql: "SELECT service, severity, count(*) AS lines\nFROM logs\nWHERE time > now() - INTERVAL '1 hour'\nGROUP BY service, severity\nORDER BY lines DESC",
  },
  {
    key: "body",
    sql: "SELECT body['level'] AS level, count(*) AS lines\nFROM logs\nWHERE body['level'] IS NOT NULL AND time > now() - INTERVAL '1 day'\nGROUP BY level",
  },
  {
    key: "join",
    sql: "SELECT s.service, s.route, l.severity, l.body\nFROM logs l JOIN spans s ON l.trace_id = s.trace_id AND l.span_id = s.span_id\nWHERE s.error AND l.time > now() - INTERVAL '1 hour'\nLIMIT 50",
  },
  {
    key: "counters",
    sql: "SELECT counter, sum(good) AS good, sum(bad) AS bad, sum(unknown) AS unknown\nFROM counters\nWHERE minute > now() - INTERVAL '1 day' AND measured\nGROUP BY counter\nORDER BY bad DESC",
  },
] as const;
