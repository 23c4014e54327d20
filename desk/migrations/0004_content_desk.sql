-- What the content desk lists, taken out of each record once: a record never changes, so neither do its rows.

CREATE TABLE content_records (
    record_sha256 text PRIMARY KEY REFERENCES knowledge_records ON DELETE CASCADE,
    title text NOT NULL,
    area text NOT NULL,
    subject text NOT NULL,                        -- lĩnh vực of a procedure, issuer of an issued text
    validity text NOT NULL,
    hows text[] NOT NULL,                         -- of its channels, in order
    folded text NOT NULL                          -- key and title without marks, for the search field
);
CREATE TABLE content_doubts (
    record_sha256 text NOT NULL REFERENCES content_records ON DELETE CASCADE,
    position integer NOT NULL,
    field text NOT NULL,
    part text NOT NULL,                           -- its last name: fees, time_limit
    reason text NOT NULL,
    raw text NOT NULL,
    page integer,
    content_sha256 text NOT NULL,                 -- what a signature under it holds for
    PRIMARY KEY (record_sha256, position)
);

-- Staging, publishing and going back, asked for on a staff page. One at a time; any web process shows how far.
CREATE TABLE content_jobs (
    id uuid PRIMARY KEY,
    action text NOT NULL CHECK (action IN ('stage', 'publish', 'rollback')),
    version text NOT NULL DEFAULT '',
    actor text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,                 -- its last sign of life
    stage text NOT NULL DEFAULT '',
    ended_at timestamptz,
    result text NOT NULL DEFAULT '' CHECK (result IN ('', 'done', 'failed', 'lost')),
    detail text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX content_jobs_one ON content_jobs ((true)) WHERE ended_at IS NULL;
