-- Figures of companies' reports and of macroeconomic series, one row per source: claims stand side by side. As everywhere,
-- a response that repeats a row changes nothing, and a value that is replaced goes to normalized_revision.
--
-- corporate_action keeps its columns: from here on its key is (code, ex_date, announced, source), one row per source.
-- Which source's events count is policy, decided when factors are derived.

-- period: last day of the reporting period. announced_at: before that day nobody could know the figure; NULL = unknown.
CREATE TABLE fundamental_claim (
    code VARCHAR NOT NULL, period DATE NOT NULL, metric VARCHAR NOT NULL, value DOUBLE, unit VARCHAR NOT NULL,
    announced_at DATE,
    source VARCHAR NOT NULL, raw_id BIGINT, raw_row INTEGER, ingested_at TIMESTAMP NOT NULL);

-- period: last day of the period that the figure is about. published_at: the day it was published; NULL = unknown.
CREATE TABLE macro_observation (
    series VARCHAR NOT NULL, period DATE NOT NULL, published_at DATE, value DOUBLE, unit VARCHAR NOT NULL,
    consensus DOUBLE, previous DOUBLE,
    source VARCHAR NOT NULL, raw_id BIGINT, raw_row INTEGER, ingested_at TIMESTAMP NOT NULL);

-- Which codes a source was asked for whole, from first_day to last_day: a bar that is absent there is no gap.
CREATE TABLE bulk_loaded_code (
    source VARCHAR NOT NULL, code VARCHAR NOT NULL, first_day DATE NOT NULL, last_day DATE NOT NULL);
