-- The log's form 1 in PostgreSQL, in the mission's own schema, which the search path names. Statements are separated
-- by an empty line. What a database then holds is compared with postgres.rules, line by line.

CREATE TABLE entries(
    position bigint PRIMARY KEY,
    salt bytea NOT NULL CHECK (length(salt) = 32),
    body bytea NOT NULL,
    leaf bytea NOT NULL CHECK (length(leaf) = 32),
    kind text COLLATE "C" NOT NULL,
    subject bytea NOT NULL
)

CREATE INDEX entries_by_subject ON entries(sha256(subject), kind, position)

CREATE INDEX entries_by_kind ON entries(kind, position)

CREATE TABLE head(size bigint NOT NULL, root bytea NOT NULL CHECK (length(root) = 32))

INSERT INTO head VALUES (0, sha256(''))

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$

CREATE FUNCTION entry_goes_to_the_end() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.position IS DISTINCT FROM (SELECT coalesce(max(position) + 1, 0) FROM entries) THEN
        RAISE EXCEPTION 'an entry goes to the end of the log' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$

CREATE FUNCTION head_follows_the_log() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.size <= OLD.size OR NEW.size IS DISTINCT FROM (SELECT max(position) + 1 FROM entries) THEN
        RAISE EXCEPTION 'the head follows the log' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$

CREATE TRIGGER entries_are_contiguous BEFORE INSERT ON entries
FOR EACH ROW EXECUTE FUNCTION entry_goes_to_the_end()

CREATE TRIGGER entries_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an entry is never changed')

CREATE TRIGGER head_grows BEFORE UPDATE ON head
FOR EACH ROW EXECUTE FUNCTION head_follows_the_log()

CREATE TRIGGER head_stays BEFORE INSERT OR DELETE OR TRUNCATE ON head
FOR EACH STATEMENT EXECUTE FUNCTION refuse('the head stays')

ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_are_contiguous, ENABLE ALWAYS TRIGGER entries_are_never_changed

ALTER TABLE head ENABLE ALWAYS TRIGGER head_grows, ENABLE ALWAYS TRIGGER head_stays
