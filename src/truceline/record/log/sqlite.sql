-- The log's form 1. Statements are separated by an empty line and compared with the file's own, letter by letter.

CREATE TABLE entries(
    position INTEGER PRIMARY KEY,
    salt BLOB NOT NULL CHECK(length(salt)=32),
    body BLOB NOT NULL,
    leaf BLOB NOT NULL CHECK(length(leaf)=32)
) STRICT

CREATE TABLE subjects(position INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL) STRICT

CREATE INDEX subjects_by_subject ON subjects(subject, kind)

CREATE INDEX subjects_by_kind ON subjects(kind)

CREATE TRIGGER entries_are_contiguous BEFORE INSERT ON entries
WHEN NEW.position IS NOT (SELECT COALESCE(MAX(position) + 1, 0) FROM entries)
BEGIN SELECT RAISE(ABORT, 'an entry goes to the end of the log'); END

CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END

CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'an entry is never deleted'); END
