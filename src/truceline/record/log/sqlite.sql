-- The log's form 3. Statements are separated by an empty line and compared with the file's own, letter by letter. Entries stand
-- in groups: a row for each costs a few times as much. Keys are crc32 of the subject, ends are where a body ends, places count
-- from the first entry of a batch; 4 bytes each. Groups begin behind the lists: of a small file that is cut they lack first.

CREATE TABLE kinds(kind TEXT, first INTEGER, PRIMARY KEY(kind, first)) STRICT, WITHOUT ROWID

CREATE TABLE batches(first INTEGER PRIMARY KEY, until INTEGER NOT NULL) STRICT

CREATE TABLE found(
    first INTEGER,
    bucket INTEGER,
    keys BLOB NOT NULL,
    places BLOB NOT NULL,
    PRIMARY KEY(first, bucket)
) STRICT, WITHOUT ROWID

CREATE TABLE groups(
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL CHECK(count > 0),
    keys BLOB NOT NULL CHECK(length(keys) = 4 * count),
    ends BLOB NOT NULL CHECK(length(ends) = 4 * count),
    salts BLOB NOT NULL CHECK(length(salts) = 32 * count),
    leaves BLOB NOT NULL CHECK(length(leaves) = 32 * count),
    bodies BLOB NOT NULL
) STRICT

CREATE TRIGGER entries_are_contiguous BEFORE INSERT ON groups
WHEN NEW.first IS NOT COALESCE((SELECT first + count FROM groups ORDER BY first DESC LIMIT 1), 0)
BEGIN SELECT RAISE(ABORT, 'an entry goes to the end of the log'); END

CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON groups
BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END

CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON groups
BEGIN SELECT RAISE(ABORT, 'an entry is never deleted'); END
