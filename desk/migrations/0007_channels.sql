-- Channels that must be called: what is sent is sent once, in order, as fast as the platform allows.
ALTER TABLE outbox ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY;     -- the order of sending to one person
ALTER TABLE outbox ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE outbox ADD COLUMN sent_ids text[] NOT NULL DEFAULT '{}';       -- the platform's ids of the parts sent
ALTER TABLE outbox ADD COLUMN unsure_since timestamptz;                    -- the next part may or may not have gone out
ALTER TABLE outbox ADD COLUMN reason text NOT NULL DEFAULT '';             -- why it waits or is parked: SendFailed.reason
ALTER TABLE outbox ADD COLUMN cost text NOT NULL DEFAULT '';               -- the platform's class of price
ALTER TABLE outbox ADD COLUMN actor text NOT NULL DEFAULT '';              -- who released or dropped a parked one
CREATE INDEX outbox_queue ON outbox (channel, recipient, seq) WHERE state = 'pending';
CREATE INDEX outbox_parked ON outbox (created_at) WHERE state = 'parked';
CREATE TABLE channel_people (
    conversation_id uuid PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
    last_action_at timestamptz NOT NULL,                                   -- opens the platform's window
    followed_at timestamptz,
    gone_at timestamptz,                                                   -- blocked us, left, or cannot be reached
    gone_why text NOT NULL DEFAULT ''
);
CREATE TABLE channel_states (
    channel text PRIMARY KEY,
    open boolean NOT NULL,
    reason text NOT NULL DEFAULT '',
    actor text NOT NULL DEFAULT '',                                        -- '' = the assistant itself, after an error
    changed_at timestamptz NOT NULL
);
CREATE TABLE channel_rates (                                               -- a bucket of calls, over all workers
    channel text PRIMARY KEY,
    left_over double precision NOT NULL,
    at timestamptz NOT NULL
);
CREATE TABLE channel_echoes (                                              -- what a platform told back; kept an hour
    channel text NOT NULL,
    recipient text NOT NULL,
    id text NOT NULL,
    tag text NOT NULL DEFAULT '',
    digest bytea NOT NULL,                                                 -- SHA-256 of the text
    at timestamptz NOT NULL,
    PRIMARY KEY (channel, id)
);
CREATE INDEX channel_echoes_to ON channel_echoes (channel, recipient, at);
CREATE TABLE channel_tokens (
    channel text NOT NULL,
    account text NOT NULL,                                                 -- the OA, the page
    sealed bytea NOT NULL,                                                 -- JSON of the pair
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,                                       -- of the access token
    renew_by timestamptz NOT NULL,                                         -- of the refresh token
    broken_at timestamptz,                                                 -- a person must log in again
    broken_why text NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (channel, account)
);
CREATE TABLE subscriptions (                                               -- on request only, ended with one tap
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    topic text NOT NULL,                                                   -- 'ticket', 'event'
    key text NOT NULL DEFAULT '',                                          -- the ticket's code, the event's plan and row
    area text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    told_at timestamptz
);
CREATE UNIQUE INDEX subscriptions_once ON subscriptions (conversation_id, topic, key) WHERE ended_at IS NULL;
CREATE INDEX subscriptions_open ON subscriptions (topic, key) WHERE ended_at IS NULL;
