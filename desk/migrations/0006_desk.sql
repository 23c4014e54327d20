-- The desk grows up: who works on a ticket and against which clock, with which files and letters, under whose eyes.

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
    SELECT unit = ANY (string_to_array(current_setting('motcua.units', true), ','))
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
