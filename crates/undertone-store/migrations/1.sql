-- Version 1.
--
-- Times are milliseconds since 1970 (UTC). Places on the stream are samples at 16 kHz.
-- Run ids are the 16 bytes of a UUID.

CREATE TABLE calls (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    run BLOB NOT NULL UNIQUE,
    call TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    lanes TEXT NOT NULL DEFAULT '[]',
    acoustic_model TEXT,
    transcriber TEXT,
    samples INTEGER,
    complete INTEGER,
    summary TEXT,
    -- What is still kept of it: 1 or 0.
    words INTEGER NOT NULL,
    tone INTEGER NOT NULL DEFAULT 1,
    events INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX calls_by_start ON calls (started);
CREATE INDEX calls_by_name ON calls (call);
CREATE INDEX calls_open ON calls (no) WHERE ended IS NULL;

-- The journal. One table, so that (call, seq) can have no double whatever the kind.
-- kind: 0 start, 1 tone, 2 segment, 3 transcript, 4 alert, 5 moment, 6 error, 7 summary,
-- 8 tone_detected, 9 warning.
-- The columns after body are those of tone, which has no body: a hop of one lane.
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    call INTEGER NOT NULL REFERENCES calls (no),
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    body TEXT,
    lane INTEGER,        -- 0 customer, 1 agent
    length INTEGER,      -- samples of the window that ends at stream
    level INTEGER,       -- 1/10000
    speech INTEGER,      -- 1/100
    speech_now INTEGER,  -- 1/100
    tone INTEGER,        -- 0 neutral, angry, happy, sad, fearful, disgust, 6 surprised
    arousal INTEGER,     -- 1/10000
    valence INTEGER,     -- 1/10000
    f0 INTEGER,          -- 1/10 Hz
    loudness INTEGER,    -- 1/10 dB
    UNIQUE (call, seq)
);
CREATE INDEX alerts_by_call ON events (call) WHERE kind = 4;
CREATE INDEX alerts_by_time ON events (time) WHERE kind = 4;

-- Where the journal goes on, when its last events have been deleted.
CREATE TABLE journal (next_position INTEGER NOT NULL);
INSERT INTO journal VALUES (0);

CREATE TABLE feedback (
    call INTEGER NOT NULL REFERENCES calls (no) ON DELETE CASCADE,
    alert INTEGER NOT NULL,
    who TEXT NOT NULL,
    helpful INTEGER NOT NULL,
    time INTEGER NOT NULL,
    note TEXT,
    PRIMARY KEY (call, alert, who)
) WITHOUT ROWID;

CREATE TABLE outcomes (
    call INTEGER PRIMARY KEY REFERENCES calls (no) ON DELETE CASCADE,
    resolved INTEGER,
    retained INTEGER,
    csat REAL,
    transfers INTEGER,
    time INTEGER NOT NULL
);

-- For people with a SQLite shell: tone in its units.
CREATE VIEW tone AS
SELECT e.position, c.call, e.seq, e.stream / 16000.0 AS end_s,
       CASE e.lane WHEN 0 THEN 'customer' ELSE 'agent' END AS lane,
       e.level / 10000.0 AS level, e.speech / 100.0 AS speech,
       CASE e.tone WHEN 0 THEN 'neutral' WHEN 1 THEN 'angry' WHEN 2 THEN 'happy'
                   WHEN 3 THEN 'sad' WHEN 4 THEN 'fearful' WHEN 5 THEN 'disgust'
                   WHEN 6 THEN 'surprised' END AS tone,
       e.arousal / 10000.0 AS arousal, e.valence / 10000.0 AS valence,
       e.f0 / 10.0 AS f0_hz, e.loudness / 10.0 AS loudness_db
FROM events e JOIN calls c ON c.no = e.call
WHERE e.kind = 1;
