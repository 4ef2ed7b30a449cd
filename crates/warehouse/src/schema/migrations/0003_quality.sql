-- What is kept about the quality of the data: decisions about quarantined rows, which days a check has to look at, which
-- checks have been made, and the dated names that say which rules hold for a share.

-- id: the same bad row has the same id however often it is fetched. rule: the quality rule that refused it. candidate: the
-- typed row as JSON, NULL for a row that an adapter could not read. state: held | released | discarded | superseded.
-- row_key: what identifies the row in its table (code, day and the rest of the key), or the request that it was an answer
-- to. fetched_at: when the response of raw_id was complete. decided_at: of a superseded row, when the response with the good
-- one was complete.
ALTER TABLE quarantine ADD COLUMN id VARCHAR;
ALTER TABLE quarantine ADD COLUMN rule VARCHAR;
ALTER TABLE quarantine ADD COLUMN code VARCHAR;
ALTER TABLE quarantine ADD COLUMN trade_date DATE;
ALTER TABLE quarantine ADD COLUMN candidate VARCHAR;
ALTER TABLE quarantine ADD COLUMN state VARCHAR;
ALTER TABLE quarantine ADD COLUMN decided_at TIMESTAMP;
ALTER TABLE quarantine ADD COLUMN decided_by VARCHAR;
ALTER TABLE quarantine ADD COLUMN note VARCHAR;
ALTER TABLE quarantine ADD COLUMN row_key VARCHAR;
ALTER TABLE quarantine ADD COLUMN fetched_at TIMESTAMP;

-- What was put aside before is held, one entry per row of a response.
UPDATE quarantine SET
    id = md5(concat_ws('|', source, dataset, raw_id::VARCHAR, raw_row::VARCHAR, reason, value)),
    rule = CASE WHEN contains(reason, 'another row with the same key') THEN 'duplicate_key' ELSE 'schema' END,
    state = 'held', fetched_at = quarantined_at;

INSERT INTO quality_log
SELECT md5(concat_ws('|', rule, 'quarantine:' || id)), rule, NULL, NULL, 'error', any_value(reason),
       to_json({'raw_id': any_value(raw_id), 'raw_row': any_value(raw_row), 'value': any_value(value),
                'source': any_value(source), 'dataset': any_value(dataset)})::VARCHAR,
       NULL, min(quarantined_at), NULL
FROM quarantine GROUP BY id, rule;

-- Days that are withheld have an open finding from now on.
INSERT INTO quality_log
SELECT md5(concat_ws('|', 'incomplete_day', trade_date::VARCHAR, source)), 'incomplete_day', NULL, trade_date, 'error',
       coalesce(reason, 'incomplete'), to_json({'source': source, 'expected': expected, 'present': present})::VARCHAR,
       NULL, updated_at, NULL
FROM partition WHERE dataset = 'daily' AND state = 'withheld';

-- Which days have changed since they were last checked. trade_date NULL: the whole history. commit_seq: the market commit
-- of the last change; a generation that holds it can be checked.
CREATE TABLE check_due (trade_date DATE, commit_seq BIGINT NOT NULL);

-- The newest check of every day, noted with its first part. trade_date NULL: the whole history, or a check by the clock.
-- generation 0: before the first. completed_at: when the newest check of which every part is recorded was made.
CREATE TABLE check_run (
    name VARCHAR NOT NULL, trade_date DATE, generation BIGINT NOT NULL, commit_seq BIGINT NOT NULL,
    checked_at TIMESTAMP NOT NULL, findings BIGINT NOT NULL, completed_at TIMESTAMP);

-- What a share was called from from_date to until (NULL = still): the name says whether it is under special treatment.
CREATE TABLE instrument_name (
    code VARCHAR NOT NULL, from_date DATE NOT NULL, until DATE, name VARCHAR NOT NULL, special_treatment BOOLEAN NOT NULL,
    source VARCHAR NOT NULL, raw_id BIGINT, raw_row INTEGER, ingested_at TIMESTAMP NOT NULL);
