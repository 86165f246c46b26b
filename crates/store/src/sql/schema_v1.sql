-- Schema 1. Times are nanoseconds since 1970 UTC (packet time); the views show them as text. `record` and `model` are
-- MessagePack. `ref` is the id as people write it.

CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE runs (
  seq INTEGER PRIMARY KEY,
  run_id BLOB NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'finished', 'cut')),
  epoch INTEGER NOT NULL,
  at INTEGER NOT NULL,
  first_at INTEGER,
  last_at INTEGER,
  version TEXT NOT NULL,
  header BLOB NOT NULL,
  ledger BLOB NOT NULL,
  trailer BLOB
);
CREATE INDEX runs_by_id ON runs (run_id);

CREATE TABLE inputs (
  run INTEGER NOT NULL REFERENCES runs (seq),
  name TEXT NOT NULL,
  digest BLOB NOT NULL,
  bytes INTEGER NOT NULL
);
CREATE INDEX inputs_by_digest ON inputs (digest);

CREATE TABLE endpoints (
  id BLOB NOT NULL PRIMARY KEY,
  ref TEXT NOT NULL,
  service TEXT NOT NULL,
  method TEXT NOT NULL,
  template TEXT NOT NULL,
  confidence REAL NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  callers INTEGER NOT NULL,
  unauthenticated_successes INTEGER NOT NULL,
  auth TEXT NOT NULL,
  request_bytes INTEGER NOT NULL,
  response_bytes INTEGER NOT NULL,
  latency_count INTEGER,
  latency_p50 INTEGER,
  latency_p90 INTEGER,
  latency_p99 INTEGER,
  size_count INTEGER,
  size_p50 INTEGER,
  size_p90 INTEGER,
  size_p99 INTEGER,
  record BLOB NOT NULL
);

CREATE TABLE parameters (
  endpoint BLOB NOT NULL,
  place TEXT NOT NULL,
  name TEXT NOT NULL,
  calls INTEGER NOT NULL,
  required INTEGER NOT NULL,
  types TEXT NOT NULL,
  PRIMARY KEY (endpoint, place, name)
) WITHOUT ROWID;

CREATE TABLE subjects (
  kind INTEGER NOT NULL,
  key BLOB NOT NULL,
  model BLOB NOT NULL,
  PRIMARY KEY (kind, key)
);

CREATE TABLE findings (
  id BLOB NOT NULL PRIMARY KEY,
  ref TEXT NOT NULL,
  detector TEXT NOT NULL,
  state TEXT NOT NULL,
  severity TEXT NOT NULL,
  severity_rank INTEGER NOT NULL,
  confidence REAL NOT NULL,
  title TEXT NOT NULL,
  subject TEXT NOT NULL,
  identity BLOB,
  endpoint BLOB,
  endpoint_name TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  record BLOB NOT NULL
);

CREATE VIEW v_endpoints AS
SELECT ref, service, method, template, calls, callers, auth, unauthenticated_successes, request_bytes, response_bytes,
  latency_p50 / 1e6 AS latency_p50_ms, latency_p90 / 1e6 AS latency_p90_ms, latency_p99 / 1e6 AS latency_p99_ms,
  size_p50, size_p90, size_p99, confidence,
  strftime('%Y-%m-%dT%H:%M:%S', first_at / 1000000000, 'unixepoch') || printf('.%09dZ', first_at % 1000000000) AS first_at,
  strftime('%Y-%m-%dT%H:%M:%S', last_at / 1000000000, 'unixepoch') || printf('.%09dZ', last_at % 1000000000) AS last_at
FROM endpoints ORDER BY service, template, method;

CREATE VIEW v_findings AS
SELECT f.ref, f.severity, f.state, f.detector, f.title, f.confidence, f.subject, lower(hex(f.identity)) AS identity,
  e.ref AS endpoint, f.endpoint_name, f.count,
  strftime('%Y-%m-%dT%H:%M:%S', f.first_at / 1000000000, 'unixepoch') || printf('.%09dZ', f.first_at % 1000000000) AS first_at,
  strftime('%Y-%m-%dT%H:%M:%S', f.last_at / 1000000000, 'unixepoch') || printf('.%09dZ', f.last_at % 1000000000) AS last_at
FROM findings f LEFT JOIN endpoints e ON e.id = f.endpoint ORDER BY f.severity_rank DESC, f.first_at, f.id;

CREATE VIEW v_services AS
SELECT service, count(*) AS endpoints, sum(calls) AS calls, min(first_at) AS first_at, max(last_at) AS last_at
FROM (SELECT service, calls,
  strftime('%Y-%m-%dT%H:%M:%S', first_at / 1000000000, 'unixepoch') || printf('.%09dZ', first_at % 1000000000) AS first_at,
  strftime('%Y-%m-%dT%H:%M:%S', last_at / 1000000000, 'unixepoch') || printf('.%09dZ', last_at % 1000000000) AS last_at
  FROM endpoints)
GROUP BY service ORDER BY service;
