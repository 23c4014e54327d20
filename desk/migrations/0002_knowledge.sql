-- Knowledge: what was read, from which file, in which version; and what people corrected.
-- Records are kept once by content; a version is a list of them, so that every version can be replayed.

CREATE TABLE knowledge_files (
    sha256 text PRIMARY KEY,                      -- of the file as it was handed in; a copy lies under MOTCUA_HOME
    name text NOT NULL,
    kind text NOT NULL,                           -- jsonl, pdf, docx, html, xlsx, text, image …
    bytes bigint NOT NULL,
    first_read_at timestamptz NOT NULL DEFAULT now()
);

-- One page of a document, for search in what stays poor and for people who compare it with the image.
CREATE TABLE knowledge_pages (
    sha256 text NOT NULL REFERENCES knowledge_files ON DELETE CASCADE,
    page integer NOT NULL,
    method text NOT NULL,                         -- text, ocr, html, table
    quality real NOT NULL,                        -- 0–1: how much reads as Vietnamese
    text text NOT NULL,
    PRIMARY KEY (sha256, page)
);

CREATE TABLE knowledge_records (
    sha256 text PRIMARY KEY,                      -- of kind, key and body
    kind text NOT NULL,                           -- procedure, plan
    key text NOT NULL,
    body json NOT NULL                            -- kept to the letter, so that its hash can be checked
);
CREATE INDEX knowledge_records_key ON knowledge_records (kind, key);

-- What one reading of one file gave. The same file, program and settings are never read twice.
CREATE TABLE knowledge_readings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 text NOT NULL REFERENCES knowledge_files ON DELETE CASCADE,
    reader text NOT NULL,                         -- fingerprint of the program and settings that read it
    read_at timestamptz NOT NULL DEFAULT now(),
    problems jsonb NOT NULL DEFAULT '[]',
    UNIQUE (sha256, reader)
);
CREATE TABLE knowledge_reading_records (
    reading_id bigint NOT NULL REFERENCES knowledge_readings ON DELETE CASCADE,
    position integer NOT NULL,
    place text NOT NULL,                          -- line or page in the file
    record_sha256 text NOT NULL REFERENCES knowledge_records,
    PRIMARY KEY (reading_id, position)
);

CREATE TABLE knowledge_versions (
    number integer PRIMARY KEY,
    name text NOT NULL UNIQUE,                    -- <number>-<12 letters of sha256>
    sha256 text NOT NULL UNIQUE,                  -- of its records: the same content is the same version
    created_at timestamptz NOT NULL DEFAULT now(),
    counts jsonb NOT NULL DEFAULT '{}'            -- {kind: records}
);
CREATE TABLE knowledge_version_records (
    version integer NOT NULL REFERENCES knowledge_versions ON DELETE CASCADE,
    kind text NOT NULL,
    key text NOT NULL,
    record_sha256 text NOT NULL REFERENCES knowledge_records,
    PRIMARY KEY (version, kind, key)
);

-- What was staged, by whom, from which files. The newest row is what a next ingest adds to and what is
-- published next; content that comes back takes its old version, so rows may name a version twice.
CREATE TABLE knowledge_stagings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version integer NOT NULL REFERENCES knowledge_versions,
    inputs text NOT NULL DEFAULT '',              -- fingerprint of everything it was made from
    sources jsonb NOT NULL DEFAULT '[]',          -- [{path, sha256, reading}], in the order they were brought
    report jsonb NOT NULL DEFAULT '{}',
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);

-- Which version serves, and every change of it. The newest row is the truth; a rollback is one more row.
CREATE TABLE knowledge_publications (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version integer NOT NULL REFERENCES knowledge_versions,
    snapshot text NOT NULL DEFAULT '',
    action text NOT NULL CHECK (action IN ('publish', 'rollback')),
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);

-- A person's word over the source's. `before` is what the source said then: when it later says something
-- else, people are shown both.
CREATE TABLE corrections (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    key text NOT NULL,
    field text NOT NULL,                          -- path in the record's JSON: channels.0.time_limit
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    reason text NOT NULL DEFAULT '',
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    withdrawn_by text NOT NULL DEFAULT '',
    withdrawn_at timestamptz
);
CREATE UNIQUE INDEX corrections_one ON corrections (kind, key, field) WHERE withdrawn_at IS NULL;

-- A doubt or a page that a person has looked at and signed as it stands.
CREATE TABLE content_reviews (
    id uuid PRIMARY KEY,
    kind text NOT NULL,                           -- procedure, plan, page
    key text NOT NULL,                            -- record key, or <sha256>:<page>
    field text NOT NULL DEFAULT '',
    content_sha256 text NOT NULL,                 -- of what was signed: a change opens it again
    verdict text NOT NULL CHECK (verdict IN ('correct', 'unreadable', 'wrong')),
    note text NOT NULL DEFAULT '',
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX content_reviews_key ON content_reviews (kind, key, field);
