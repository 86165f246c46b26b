-- Schema 2: what was learned stands in segments, many rows to each, instead of a row of the table for each. A part is a key
-- partition; of one part, what stands in a later segment replaces what an earlier one says. The form is that of
-- `segment.rs`.

CREATE TABLE segments (
  seq INTEGER PRIMARY KEY,
  part INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX segments_by_part ON segments (part);
