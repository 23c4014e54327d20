-- What is searched, by snapshot: each entry of the index, the record it leads to, and its text by content.
-- The vectors of a snapshot lie beside it when INDEX_BACKEND=pgvector, in tables made with it (index/pgvector.py).

CREATE TABLE index_snapshots (
    id text PRIMARY KEY,                          -- the folder's name under MOTCUA_HOME/index
    knowledge text NOT NULL,                      -- name of the knowledge version
    model text NOT NULL,                          -- '' = words alone
    built_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE index_texts (
    sha256 bytea PRIMARY KEY,
    text text NOT NULL
);

CREATE TABLE index_passages (
    snapshot text NOT NULL REFERENCES index_snapshots ON DELETE CASCADE,
    collection text NOT NULL,                     -- procedures, passages
    row integer NOT NULL,                         -- of the index: the vector of this row is this text's
    target text NOT NULL,                         -- record key, or passage id such as statement:<plan>:3
    kind text NOT NULL,                           -- procedure, statement, event, head, guide
    text_sha256 bytea NOT NULL,
    PRIMARY KEY (snapshot, collection, row)
);
CREATE INDEX index_passages_text ON index_passages (text_sha256);
