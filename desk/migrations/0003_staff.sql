-- People of the offices who sign in to the staff pages. One table for the desk's console and the content desk.

CREATE TABLE staff (
    id uuid PRIMARY KEY,
    login text NOT NULL UNIQUE,
    name text NOT NULL,
    password_hash text NOT NULL,                  -- argon2id
    roles text[] NOT NULL DEFAULT '{}',           -- content, desk, admin
    unit_id text NOT NULL DEFAULT '',
    area text NOT NULL DEFAULT '',
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    password_set_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE staff_sessions (
    token_hash bytea PRIMARY KEY,                 -- only the hash of the cookie is kept
    staff_id uuid NOT NULL REFERENCES staff ON DELETE CASCADE,
    csrf text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX staff_sessions_staff ON staff_sessions (staff_id);

-- Failed sign-ins, to slow guessing by login and by address.
CREATE TABLE staff_attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    login text NOT NULL,
    asker text NOT NULL
);
CREATE INDEX staff_attempts_at ON staff_attempts (at);
