"""The file's tables, and how their rows are written: a newer one is never replaced by an older."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    topic_offset INTEGER NOT NULL,
    platform TEXT NOT NULL,
    product TEXT,
    city TEXT,
    channel TEXT,
    label TEXT NOT NULL,
    churn_risk REAL NOT NULL,
    payload TEXT NOT NULL,
    text TEXT GENERATED ALWAYS AS (payload ->> '$.text') VIRTUAL
);
CREATE INDEX IF NOT EXISTS messages_by_time ON messages (created_at, message_id);
CREATE INDEX IF NOT EXISTS messages_by_author ON messages (payload ->> '$.author_id');
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    text, content='messages', content_rowid='number', tokenize='unicode61 remove_diacritics 2'
);
CREATE TRIGGER IF NOT EXISTS words_of_new AFTER INSERT ON messages BEGIN
    INSERT INTO words (rowid, text) VALUES (new.number, new.text);
END;
CREATE TRIGGER IF NOT EXISTS words_of_gone AFTER DELETE ON messages BEGIN
    INSERT INTO words (words, rowid, text) VALUES ('delete', old.number, old.text);
END;
CREATE TRIGGER IF NOT EXISTS words_of_edited AFTER UPDATE ON messages BEGIN
    INSERT INTO words (words, rowid, text) VALUES ('delete', old.number, old.text);
    INSERT INTO words (rowid, text) VALUES (new.number, new.text);
END;
CREATE TABLE IF NOT EXISTS marks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at INTEGER NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS aggregates (
    dimension TEXT NOT NULL,
    key TEXT NOT NULL,
    window_start INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (window_start, dimension, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS aggregates_by_key ON aggregates (dimension, key, window_start);
CREATE TABLE IF NOT EXISTS tallies (
    station TEXT NOT NULL,
    partition INTEGER NOT NULL,
    first INTEGER NOT NULL,
    next INTEGER NOT NULL,
    oldest_s INTEGER NOT NULL,
    newest_s INTEGER NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (station, partition, first)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tallies_by_time ON tallies (newest_s, oldest_s);
"""

OF_AUTHOR = "SELECT payload FROM messages WHERE payload ->> '$.author_id' = ?"
"""Has an index of its own, which a file of a version without it gets when it is opened."""

PUT_MESSAGE = """
INSERT INTO messages (message_id, created_at, topic_offset, platform, product, city, channel,
                      label, churn_risk, payload)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (message_id) DO UPDATE SET
    created_at = excluded.created_at, topic_offset = excluded.topic_offset,
    platform = excluded.platform, product = excluded.product, city = excluded.city,
    channel = excluded.channel, label = excluded.label, churn_risk = excluded.churn_risk,
    payload = excluded.payload
WHERE excluded.topic_offset >= messages.topic_offset
"""

PUT_AGGREGATE = """
INSERT INTO aggregates (dimension, key, window_start, revision, payload) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (window_start, dimension, key) DO UPDATE SET
    revision = excluded.revision, payload = excluded.payload
WHERE excluded.revision > aggregates.revision
"""

PUT_TALLY = """
INSERT INTO tallies (station, partition, first, next, oldest_s, newest_s, payload)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (station, partition, first) DO UPDATE SET
    next = excluded.next, oldest_s = excluded.oldest_s, newest_s = excluded.newest_s,
    payload = excluded.payload
WHERE excluded.next > tallies.next OR excluded.oldest_s > tallies.newest_s
"""
