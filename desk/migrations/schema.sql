-- The whole schema of today. The numbered migrations lead to the same one: tests/desk/test_database.py.

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


-- Since 0006: who works on a ticket and against which clock, with which files and letters, under whose eyes.

ALTER TABLE tickets
    ADD COLUMN version integer NOT NULL DEFAULT 1,          -- raised by every change: two officers never overwrite each other
    ADD COLUMN kind text NOT NULL DEFAULT 'hien_truong'     -- about the field, the handling of dossiers, or a rule itself
        CHECK (kind IN ('hien_truong', 'giai_quyet', 'quy_dinh')),
    ADD COLUMN latitude double precision,
    ADD COLUMN longitude double precision,
    ADD COLUMN assigned_to uuid REFERENCES staff ON DELETE SET NULL,
    ADD COLUMN refusals integer NOT NULL DEFAULT 0,         -- units that said it is not theirs, since it was last sorted
    ADD COLUMN merged_into uuid REFERENCES tickets,
    ADD COLUMN split_from uuid REFERENCES tickets,
    ADD COLUMN due_at timestamptz,                          -- NULL while the clock stands, and where no deadline is set
    ADD COLUMN due_basis text NOT NULL DEFAULT '',          -- the document the deadline comes from
    ADD COLUMN alarm_at timestamptz,                        -- when its clock next has something to say (desk/clock_alarms.py)
    ADD COLUMN answered_at timestamptz,
    ADD COLUMN answer_public text NOT NULL DEFAULT '',
    ADD COLUMN may_publish boolean NOT NULL DEFAULT false,  -- the person agreed that report and answer are shown, without data
    ADD COLUMN published_at timestamptz,
    ADD COLUMN published_what text NOT NULL DEFAULT '',     -- the report as shown: masked, and read by an official
    ADD COLUMN reopen_until timestamptz,
    ADD COLUMN reopened integer NOT NULL DEFAULT 0,
    ADD COLUMN rating smallint CHECK (rating BETWEEN 1 AND 5),
    ADD COLUMN rated_at timestamptz,
    ADD COLUMN rating_asked_at timestamptz,
    ADD COLUMN folded text NOT NULL GENERATED ALWAYS AS (    -- code, what and where without marks, for the search field
        regexp_replace(translate(lower(regexp_replace(normalize(code || ' ' || what || ' ' || place, NFD),
            '[\u0300-\u036f]', '', 'g')), 'đĐ', 'dd'), '[^a-z0-9]+', ' ', 'g')
    ) STORED;
CREATE INDEX tickets_assigned ON tickets (assigned_to, state);
CREATE INDEX tickets_due ON tickets (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX tickets_merged ON tickets (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX tickets_split ON tickets (split_from) WHERE split_from IS NOT NULL;
CREATE INDEX tickets_words ON tickets USING gin (to_tsvector('simple', folded));
CREATE INDEX tickets_alarm ON tickets (alarm_at) WHERE alarm_at IS NOT NULL;
CREATE INDEX tickets_published ON tickets (published_at DESC, id) WHERE state = 'CONG_KHAI';
CREATE INDEX tickets_area ON tickets (area, category, received_at DESC);
CREATE INDEX tickets_open ON tickets (unit_id, received_at DESC) WHERE state NOT IN ('CONG_KHAI', 'KHONG_TIEP_NHAN', 'DA_TRA_LOI', 'TAP_HOP_NGHIEN_CUU');
-- By unit and over a whole area, the next one due first (bot/gateway/console/listing.py).
CREATE INDEX tickets_next ON tickets (unit_id, (coalesce(due_at, 'infinity'::timestamptz)), received_at, id) WHERE state NOT IN ('CONG_KHAI', 'KHONG_TIEP_NHAN', 'DA_TRA_LOI', 'TAP_HOP_NGHIEN_CUU');
CREATE INDEX tickets_next_all ON tickets ((coalesce(due_at, 'infinity'::timestamptz)), received_at, id) WHERE state NOT IN ('CONG_KHAI', 'KHONG_TIEP_NHAN', 'DA_TRA_LOI', 'TAP_HOP_NGHIEN_CUU');

-- What officials write to each other about a ticket; never shown to the citizen.
CREATE TABLE ticket_notes (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    at timestamptz NOT NULL,
    author text NOT NULL,
    text text NOT NULL
);
CREATE INDEX ticket_notes_ticket ON ticket_notes (ticket_id, at);

-- Photos and papers, from the citizen and from officials. Bytes are sealed (desk/sealing.py).
CREATE TABLE ticket_files (
    id uuid PRIMARY KEY,
    ticket_id uuid REFERENCES tickets ON DELETE CASCADE,    -- NULL while the report is still being written
    conversation_id uuid REFERENCES conversations ON DELETE CASCADE,
    at timestamptz NOT NULL,
    author text NOT NULL,                                   -- 'citizen' or a login
    name text NOT NULL,
    media_type text NOT NULL,
    bytes integer NOT NULL,
    sha256 text NOT NULL,                                   -- of the content before sealing
    sealed bytea NOT NULL,
    flags text[] NOT NULL DEFAULT '{}',                     -- face, id_card: to be blurred before anything is shown
    public boolean NOT NULL DEFAULT false
);
CREATE INDEX ticket_files_ticket ON ticket_files (ticket_id);
CREATE INDEX ticket_files_waiting ON ticket_files (conversation_id) WHERE ticket_id IS NULL;

-- People who add their voice to a report that is already there.
CREATE TABLE ticket_voices (
    ticket_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    at timestamptz NOT NULL,
    text text NOT NULL DEFAULT '',
    PRIMARY KEY (ticket_id, conversation_id)
);

-- Deadlines as offices set them. Nothing is set by us: without a row the desk says that none is set.
CREATE TABLE deadline_rules (
    id uuid PRIMARY KEY,
    unit_id text NOT NULL DEFAULT '',                       -- '' = every unit of the area
    area text NOT NULL DEFAULT '',
    category text NOT NULL DEFAULT '',                      -- '' = every category
    working_hours numeric CHECK (working_hours > 0),
    working_days integer CHECK (working_days > 0),          -- counted from the next day, as documents that say days mean it
    warn_hours numeric NOT NULL DEFAULT 0 CHECK (warn_hours >= 0),  -- so long before the end the official is told
    escalate_hours numeric CHECK (escalate_hours >= 0),     -- so long after it the unit's head is told
    basis text NOT NULL CHECK (basis <> ''),                -- number and article of the document
    valid_from date NOT NULL,
    valid_to date,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    CHECK (num_nonnulls(working_hours, working_days) = 1)
);

-- A ticket's clock, run by run: started, paused while the citizen is waited for, stopped, begun again by another unit.
CREATE TABLE ticket_clock (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    at timestamptz NOT NULL,
    event text NOT NULL CHECK (event IN ('start', 'pause', 'resume', 'stop', 'warned', 'overdue', 'escalated', 'extended')),
    unit_id text NOT NULL DEFAULT '',
    due_at timestamptz,
    basis text NOT NULL DEFAULT '',
    rule_id uuid REFERENCES deadline_rules,                 -- by which it runs; its warnings are reckoned from it
    note text NOT NULL DEFAULT ''
);
CREATE INDEX ticket_clock_stops ON ticket_clock (at) WHERE event = 'stop';  -- on-time rates (desk/public.py)
CREATE INDEX ticket_clock_ticket ON ticket_clock (ticket_id, id);
CREATE UNIQUE INDEX ticket_clock_once ON ticket_clock (ticket_id, event, due_at) WHERE event IN ('warned', 'overdue', 'escalated');

-- Conversations in which a person is asked for or speaks.
CREATE TABLE handovers (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    asked_at timestamptz NOT NULL,
    reason text NOT NULL DEFAULT '',
    area text NOT NULL DEFAULT '',
    unit_id text NOT NULL DEFAULT '',
    taken_by uuid REFERENCES staff ON DELETE SET NULL,
    taken_at timestamptz,
    ended_at timestamptz,
    ended_by text NOT NULL DEFAULT ''                       -- citizen, a login, 'clock'
);
CREATE UNIQUE INDEX handovers_one ON handovers (conversation_id) WHERE ended_at IS NULL;
CREATE INDEX handovers_waiting ON handovers (asked_at) WHERE taken_at IS NULL AND ended_at IS NULL;

-- Saved answers of officials. `quotes` names records whose validity is checked again each time.
CREATE TABLE reply_templates (
    id uuid PRIMARY KEY,
    unit_id text NOT NULL DEFAULT '',
    title text NOT NULL,
    text text NOT NULL,
    quotes text[] NOT NULL DEFAULT '{}',
    actor text NOT NULL,
    at timestamptz NOT NULL
);

-- A list's filters under a name of their own.
CREATE TABLE saved_filters (
    staff_id uuid NOT NULL REFERENCES staff ON DELETE CASCADE,
    name text NOT NULL,
    query text NOT NULL,
    PRIMARY KEY (staff_id, name)
);

-- What offices' own systems are told, and where; and what they may do to tickets of their unit.
CREATE TABLE webhooks (
    id uuid PRIMARY KEY,
    url text NOT NULL,                                      -- '' = it only sends to us
    unit_id text NOT NULL DEFAULT '',                       -- '' = told of every unit's tickets
    sealed_secret bytea NOT NULL,
    events text[] NOT NULL,
    deeds text[] NOT NULL DEFAULT '{}' CHECK (deeds = '{}' OR unit_id <> ''),
    active boolean NOT NULL DEFAULT true,
    actor text NOT NULL,
    at timestamptz NOT NULL
);
CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY,
    webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event text NOT NULL,
    body jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'sent', 'parked')),
    attempts integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    sent_at timestamptz,
    error text NOT NULL DEFAULT ''
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_try_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_hook ON webhook_deliveries (webhook_id);
-- What came in from them: each message does its deed once.
CREATE TABLE webhook_messages (
    webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    message text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (webhook_id, message)
);

-- Requests of people about their own data, with the receipt they were given.
CREATE TABLE data_requests (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,                              -- XD-2026-… the receipt
    kind text NOT NULL CHECK (kind IN ('erase', 'export')),
    conversation_id uuid,                                   -- no reference: the receipt outlives what was erased
    asked_at timestamptz NOT NULL,
    done_at timestamptz,
    removed jsonb NOT NULL DEFAULT '{}'                     -- {table: rows}
);

ALTER TABLE staff
    ADD COLUMN totp_sealed bytea,                           -- the secret, sealed; NULL until one is set up
    ADD COLUMN totp_since timestamptz,                      -- NULL until a first code was right
    ADD COLUMN totp_last_step bigint NOT NULL DEFAULT 0,    -- a code is good once
    ADD COLUMN oidc_subject text UNIQUE;                    -- issuer|subject of an outside identity
ALTER TABLE staff_sessions
    ADD COLUMN second_factor boolean NOT NULL DEFAULT false,
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,  -- its name on the page where it can be ended
    ADD COLUMN asker text NOT NULL DEFAULT '',              -- the address it was opened from
    ADD COLUMN agent text NOT NULL DEFAULT '';              -- what that browser calls itself

-- Codes for the day the phone is lost, each good once. As random as a session's cookie, so kept as it is: by hash.
CREATE TABLE staff_recovery (
    staff_id uuid NOT NULL REFERENCES staff ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (staff_id, code_hash)
);

-- Each object's audit lines hang together: a line's hash covers the one before. Seals cover all lines of a day.
ALTER TABLE audit
    ADD COLUMN before_hash bytea,
    ADD COLUMN hash bytea;
CREATE TABLE audit_seals (
    last_id bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    hash bytea NOT NULL
);

-- Contacts and other personal data lie sealed; the key is not in the database (desk/sealing.py).
ALTER TABLE ticket_contacts
    ALTER COLUMN contact DROP NOT NULL,                     -- in clear only until the job after this migration has sealed it
    ADD COLUMN sealed bytea;

-- Lines of the audit are only ever added; each covers the one before it of the same object.
CREATE FUNCTION audit_line(before bytea, line audit) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(coalesce(before, ''::bytea) || convert_to(concat_ws(E'\x1f', extract(epoch FROM line.at)::text, line.actor,
        line.action, line.object_kind, line.object_id, line.details::text), 'UTF8'))
$$;
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.object_kind || ' ' || NEW.object_id, 11));
    NEW.before_hash := (SELECT hash FROM audit WHERE object_kind = NEW.object_kind AND object_id = NEW.object_id
                        ORDER BY id DESC LIMIT 1);
    NEW.hash := audit_line(NEW.before_hash, NEW);
    RETURN NEW;
END $$;
CREATE TRIGGER audit_chained BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_chain();
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is only added to';
END $$;
CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays();

-- Officials see the tickets of their units and no others. The desk works as this role (desk/bounds.py), so that a
-- forgotten condition in a query shows too little and never too much.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'motcua_staff') THEN
        CREATE ROLE motcua_staff NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'motcua_staff', 'MEMBER') THEN
        EXECUTE format('GRANT motcua_staff TO %I', current_user);
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- another database of the same server was quicker
END $$;
GRANT SELECT, UPDATE ON tickets TO motcua_staff;
GRANT INSERT ON tickets, audit TO motcua_staff;
GRANT SELECT, INSERT ON ticket_events, ticket_notes, ticket_clock, ticket_voices TO motcua_staff;
GRANT SELECT, INSERT, UPDATE ON ticket_files, ticket_contacts TO motcua_staff;
GRANT SELECT ON audit, deadline_rules, conversations, messages TO motcua_staff;
-- Not their passwords, second factors and outside identities.
GRANT SELECT (id, login, name, roles, unit_id, area, active, created_at, password_set_at) ON staff TO motcua_staff;
GRANT SELECT, INSERT, UPDATE ON ticket_numbers TO motcua_staff;
GRANT INSERT ON messages, outbox TO motcua_staff;  -- notices to reporters
GRANT SELECT (id, unit_id, events, active) ON webhooks TO motcua_staff;  -- not the secrets
GRANT INSERT ON webhook_deliveries TO motcua_staff;
GRANT SELECT, INSERT, UPDATE, DELETE ON reply_templates, saved_filters TO motcua_staff;

CREATE FUNCTION sees_unit(unit text, area text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT unit <> '' AND unit = current_setting('motcua.unit', true)
        OR current_setting('motcua.all_units', true) = 'yes'  -- of an area: sorters, auditors, administrators
           AND (current_setting('motcua.area', true) = '' OR area = current_setting('motcua.area', true)
                OR starts_with(area, current_setting('motcua.area', true) || '/'))
$$;
CREATE FUNCTION sees_ticket(ticket uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM tickets WHERE id = ticket)  -- as the reader sees them
$$;
-- Under row-level security no index serves a text search; so this looks as the tables' owner, and keeps the line itself.
CREATE FUNCTION find_tickets(words tsquery, most integer) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT id FROM tickets WHERE to_tsvector('simple', folded) @@ words AND sees_unit(unit_id, area) LIMIT most
$$;
ALTER TABLE tickets ENABLE ROW LEVEL SECURITY;
-- A ticket somebody was allowed to take stays theirs until their change of it is written: it may lead to another unit.
CREATE POLICY tickets_of_units ON tickets
    USING (sees_unit(unit_id, area) OR id::text = current_setting('motcua.held', true))
    WITH CHECK (true);
ALTER TABLE ticket_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY events_of_tickets ON ticket_events USING (sees_ticket(ticket_id));
ALTER TABLE ticket_notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY notes_of_tickets ON ticket_notes USING (sees_ticket(ticket_id));
ALTER TABLE ticket_clock ENABLE ROW LEVEL SECURITY;
CREATE POLICY clock_of_tickets ON ticket_clock USING (sees_ticket(ticket_id));
ALTER TABLE ticket_voices ENABLE ROW LEVEL SECURITY;
CREATE POLICY voices_of_tickets ON ticket_voices USING (sees_ticket(ticket_id));
ALTER TABLE ticket_files ENABLE ROW LEVEL SECURITY;
CREATE POLICY files_of_tickets ON ticket_files USING (sees_ticket(ticket_id));
ALTER TABLE ticket_contacts ENABLE ROW LEVEL SECURITY;
CREATE POLICY contacts_of_tickets ON ticket_contacts USING (sees_ticket(ticket_id));

-- Questions that found no answer, the alike together: a work list for the unit whose matter they are (desk/unanswered.py).
CREATE TABLE unanswered_items (
    id uuid PRIMARY KEY,
    title text NOT NULL,                                    -- the question that stands for the others, masked
    title_of uuid,                                          -- the reply it was asked for: gone, the title goes too
    area text NOT NULL DEFAULT '',
    procedure_code text NOT NULL DEFAULT '',                -- the nearest in the knowledge; it did not answer
    procedure_title text NOT NULL DEFAULT '',
    unit_id text NOT NULL,
    unit_name text NOT NULL,
    asked integer NOT NULL,                                 -- how often, also what was erased since
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'wont')),
    note text NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 1,
    actor text NOT NULL DEFAULT '',
    changed_at timestamptz
);
CREATE INDEX unanswered_items_unit ON unanswered_items (unit_id, state, asked DESC);
CREATE TABLE unanswered_messages (                          -- replies of ours; erased with their conversation
    message_id uuid PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    item_id uuid NOT NULL REFERENCES unanswered_items ON DELETE CASCADE,
    at timestamptz NOT NULL
);
CREATE INDEX unanswered_messages_item ON unanswered_messages (item_id, at);
CREATE INDEX messages_replies ON messages (created_at) WHERE direction = 'out';
GRANT SELECT, UPDATE ON unanswered_items TO motcua_staff;
GRANT SELECT ON unanswered_messages TO motcua_staff;
ALTER TABLE unanswered_items ENABLE ROW LEVEL SECURITY;
CREATE POLICY items_of_units ON unanswered_items USING (sees_unit(unit_id, area));
-- Since 0007: channels that must be called.
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
-- Since 0008: screens in offices.
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
-- Since 0009.
ALTER TABLE staff ADD CONSTRAINT staff_one_unit CHECK (unit_id NOT LIKE '%,%');  -- an account is of one unit

-- What load showed. A word index that puts off its work makes one filing in thousands wait for all of it.
ALTER INDEX tickets_words SET (fastupdate = off);

-- From PostgreSQL 16 on, whoever creates a role may grant it but not work as it: an account that is no superuser lacks that.
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 160000 THEN
        IF NOT pg_has_role(current_user, 'motcua_staff', 'SET') THEN
            EXECUTE format('GRANT motcua_staff TO %I', current_user);
        END IF;
    END IF;
END $$;
