-- Screens that stand in offices, and conversations on their way from one to a person's phone.
CREATE TABLE devices (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('kiosk', 'board')),
    name text NOT NULL CHECK (name <> ''),                                 -- where it stands, as officials say it
    area text NOT NULL DEFAULT '',
    unit_id text NOT NULL DEFAULT '',
    token_hash bytea NOT NULL UNIQUE,
    settings jsonb NOT NULL DEFAULT '{}',                                  -- paper, speech in; what a board shows
    enrolled_at timestamptz NOT NULL,
    enrolled_by text NOT NULL,
    revoked_at timestamptz,
    seen_at timestamptz,                                                   -- its last sign of life, and what it told of itself
    version text NOT NULL DEFAULT '',
    told jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE continuations (                                               -- one-time codes, as hashes
    code_hash bytea PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    made_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX continuations_conversation ON continuations (conversation_id);
CREATE INDEX conversations_kiosk ON conversations (updated_at) WHERE channel = 'kiosk';  -- those nobody closed are swept
