-- Conversations, the messages in and out of them, and the tickets that come of them.

CREATE TABLE conversations (
    id uuid PRIMARY KEY,
    channel text NOT NULL,
    person text,                                  -- the channel's own name for the person; NULL on web and kiosk
    area text NOT NULL DEFAULT '',
    locale text NOT NULL DEFAULT 'vi',
    token_hash bytea,                             -- NULL where the channel itself proves who speaks
    context jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX conversations_person ON conversations (channel, person) WHERE person IS NOT NULL;

CREATE TABLE inbox (
    id uuid PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY,      -- the order of answering inside one conversation
    channel text NOT NULL,
    dedupe_key text NOT NULL,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    text text NOT NULL,
    payload text NOT NULL DEFAULT '',
    body jsonb NOT NULL DEFAULT '{}',
    received_at timestamptz NOT NULL,
    processed_at timestamptz,
    error text,
    UNIQUE (channel, dedupe_key)
);
CREATE INDEX inbox_conversation ON inbox (conversation_id, seq);
CREATE INDEX inbox_waiting ON inbox (received_at) WHERE processed_at IS NULL;

CREATE TABLE messages (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    inbox_id uuid REFERENCES inbox ON DELETE CASCADE,
    text text NOT NULL,
    body jsonb NOT NULL DEFAULT '{}',
    status text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL
);
-- No message is ever answered twice, whatever is killed and retried.
CREATE UNIQUE INDEX messages_one_reply ON messages (inbox_id) WHERE direction = 'out';
CREATE INDEX messages_inbox ON messages (inbox_id);
CREATE INDEX messages_conversation ON messages (conversation_id, seq);

CREATE TABLE outbox (
    id uuid PRIMARY KEY,
    message_id uuid NOT NULL UNIQUE REFERENCES messages ON DELETE CASCADE,
    channel text NOT NULL,
    recipient text NOT NULL DEFAULT '',
    body jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL CHECK (state IN ('pending', 'sent', 'parked')),
    attempts integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    sent_at timestamptz,
    error text
);
CREATE INDEX outbox_due ON outbox (next_try_at) WHERE state = 'pending';

CREATE TABLE feedback (
    message_id uuid PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    useful boolean NOT NULL,
    reason text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL
);
CREATE INDEX feedback_conversation ON feedback (conversation_id);

CREATE TABLE ticket_numbers (
    year integer PRIMARY KEY,
    last integer NOT NULL
);

CREATE TABLE tickets (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,                    -- PA-2026-000123
    secret_hash text NOT NULL,
    secret_shown boolean NOT NULL DEFAULT false,  -- until then a repeated filing may give a new secret
    origin text NOT NULL UNIQUE,                  -- the inbox message, or the caller's key, it was filed from
    channel text NOT NULL,
    conversation_id uuid REFERENCES conversations ON DELETE SET NULL,
    state text NOT NULL,
    what text NOT NULL,
    place text NOT NULL DEFAULT '',
    happened text NOT NULL DEFAULT '',
    area text NOT NULL DEFAULT '',
    category text NOT NULL,
    category_name text NOT NULL,
    unit_id text NOT NULL,
    unit_name text NOT NULL,
    reason text NOT NULL,
    confidence text NOT NULL CHECK (confidence IN ('sure', 'likely', 'triage')),
    second_unit_id text NOT NULL DEFAULT '',
    second_unit_name text NOT NULL DEFAULT '',
    consent jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX tickets_received ON tickets (received_at DESC, id);
CREATE INDEX tickets_unit ON tickets (unit_id, state);
CREATE INDEX tickets_conversation ON tickets (conversation_id);

-- Apart from the ticket, so that it can be read, exported and erased under its own rules.
CREATE TABLE ticket_contacts (
    ticket_id uuid PRIMARY KEY REFERENCES tickets ON DELETE CASCADE,
    contact text NOT NULL
);

CREATE TABLE ticket_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    from_state text,                              -- NULL when the ticket was filed
    to_state text NOT NULL,
    basis text NOT NULL DEFAULT '',               -- the rule or document the change rests on
    note text NOT NULL DEFAULT '',                -- shown to the citizen
    unit_id text NOT NULL DEFAULT '',
    unit_name text NOT NULL DEFAULT ''
);
CREATE INDEX ticket_events_ticket ON ticket_events (ticket_id, id);

-- Failed tries at a ticket's secret.
CREATE TABLE ticket_attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    code text NOT NULL,
    asker text NOT NULL
);
CREATE INDEX ticket_attempts_at ON ticket_attempts (at);

CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_object ON audit (object_kind, object_id);
