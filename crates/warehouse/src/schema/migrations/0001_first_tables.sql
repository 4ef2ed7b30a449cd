-- The tables of the tail. No primary keys and no indexes (D6): uniqueness comes from replacing the keys of a batch in
-- one transaction. TIMESTAMP columns are UTC; `ingested_at` is the moment at which the response behind the row was
-- complete, so that a row is a function of the responses and not of when they were committed.

CREATE TABLE meta (key VARCHAR NOT NULL, value VARCHAR NOT NULL);

-- Normalized: one row per (code, trade_date, source), yuan and shares. raw_id and raw_row lead to the vendor's own row.

CREATE TABLE normalized_daily (
    code VARCHAR NOT NULL, trade_date DATE NOT NULL,
    open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, pre_close DOUBLE,
    volume BIGINT, amount DOUBLE, adj_factor DOUBLE,
    source VARCHAR NOT NULL, raw_id BIGINT, raw_row INTEGER, ingested_at TIMESTAMP NOT NULL);

CREATE TABLE normalized_daily_basic (
    code VARCHAR NOT NULL, trade_date DATE NOT NULL,
    turnover_rate DOUBLE, turnover_rate_free DOUBLE, volume_ratio DOUBLE,
    pe DOUBLE, pe_ttm DOUBLE, pb DOUBLE, ps DOUBLE, ps_ttm DOUBLE,
    dividend_yield DOUBLE, dividend_yield_ttm DOUBLE,
    total_shares DOUBLE, float_shares DOUBLE, free_shares DOUBLE, total_value DOUBLE, float_value DOUBLE,
    source VARCHAR NOT NULL, raw_id BIGINT, raw_row INTEGER, ingested_at TIMESTAMP NOT NULL);

CREATE TABLE price_limit (
    code VARCHAR NOT NULL, trade_date DATE NOT NULL, up_limit DOUBLE, down_limit DOUBLE,
    source VARCHAR NOT NULL, raw_id BIGINT, raw_row INTEGER, ingested_at TIMESTAMP NOT NULL);

-- kind: suspended | resumed. timing: a part of the day, NULL = the whole day.
CREATE TABLE suspension (
    code VARCHAR NOT NULL, trade_date DATE NOT NULL, kind VARCHAR NOT NULL, timing VARCHAR,
    source VARCHAR NOT NULL, raw_id BIGINT, raw_row INTEGER, ingested_at TIMESTAMP NOT NULL);

-- What was known before a value was replaced (or what an older response said that arrived late).
CREATE TABLE normalized_revision (
    dataset VARCHAR NOT NULL, code VARCHAR NOT NULL, trade_date DATE, source VARCHAR NOT NULL,
    old_row VARCHAR NOT NULL, old_raw_id BIGINT, new_raw_id BIGINT, superseded_at TIMESTAMP NOT NULL);

-- The newest response that repeated a stored row's values without changing it: settles which of two differing
-- responses is the later one, whatever order they are committed in.
CREATE TABLE normalized_confirmation (
    dataset VARCHAR NOT NULL, code VARCHAR NOT NULL, trade_date DATE, detail VARCHAR, source VARCHAR NOT NULL,
    fetched_at TIMESTAMP NOT NULL);

-- Curated: one row per (code, trade_date); open to close are hfq (raw * adj_factor).
-- factor_basis: listing | first_bar, the day on which the code's factor is 1.
CREATE TABLE curated_daily (
    code VARCHAR NOT NULL, trade_date DATE NOT NULL,
    open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, volume BIGINT, amount DOUBLE, adj_factor DOUBLE,
    source VARCHAR NOT NULL, ingested_at TIMESTAMP NOT NULL,
    raw_open DOUBLE, raw_high DOUBLE, raw_low DOUBLE, raw_close DOUBLE, factor_basis VARCHAR NOT NULL);

-- Features of the last days, hfq; a value whose window is not full is NULL.
CREATE TABLE feature_daily (
    code VARCHAR NOT NULL, trade_date DATE NOT NULL,
    ma_5 DOUBLE, ma_10 DOUBLE, ma_20 DOUBLE, ma_60 DOUBLE,
    momentum_5d DOUBLE, momentum_20d DOUBLE, volatility_20d DOUBLE, pe_ttm DOUBLE, pb DOUBLE,
    source VARCHAR NOT NULL, ingested_at TIMESTAMP NOT NULL);

-- Reference.

CREATE TABLE instrument (
    code VARCHAR NOT NULL, kind VARCHAR NOT NULL, exchange VARCHAR NOT NULL, board VARCHAR, name VARCHAR NOT NULL,
    list_status VARCHAR NOT NULL, listed DATE, delisted DATE, renamed_from VARCHAR,
    source VARCHAR NOT NULL, raw_id BIGINT, raw_row INTEGER, ingested_at TIMESTAMP NOT NULL);

CREATE TABLE trading_calendar (
    exchange VARCHAR NOT NULL, cal_date DATE NOT NULL, is_open BOOLEAN NOT NULL, previous_open DATE,
    source VARCHAR NOT NULL, raw_id BIGINT, raw_row INTEGER, ingested_at TIMESTAMP NOT NULL);

-- Quantities per 10 shares.
CREATE TABLE corporate_action (
    code VARCHAR NOT NULL, ex_date DATE NOT NULL, announced DATE,
    cash_per_10 DOUBLE, bonus_per_10 DOUBLE, rights_per_10 DOUBLE, rights_price DOUBLE,
    source VARCHAR NOT NULL, raw_id BIGINT, raw_row INTEGER, ingested_at TIMESTAMP NOT NULL);

-- Bookkeeping.

-- Which days of which source are there. state: complete | withheld.
CREATE TABLE partition (
    dataset VARCHAR NOT NULL, trade_date DATE NOT NULL, source VARCHAR NOT NULL,
    expected INTEGER NOT NULL, present INTEGER NOT NULL, state VARCHAR NOT NULL, reason VARCHAR,
    updated_at TIMESTAMP NOT NULL);

CREATE TABLE job_run (
    job_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, args VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL, finished_at TIMESTAMP NOT NULL,
    outcome VARCHAR NOT NULL, rows BIGINT NOT NULL, message VARCHAR);

CREATE TABLE source_freshness (
    source VARCHAR NOT NULL, dataset VARCHAR NOT NULL, last_success_at TIMESTAMP, last_trade_date DATE,
    last_error VARCHAR, last_error_at TIMESTAMP);

CREATE TABLE quality_log (
    id VARCHAR NOT NULL, check_name VARCHAR NOT NULL, code VARCHAR, trade_date DATE, severity VARCHAR NOT NULL,
    message VARCHAR NOT NULL, details VARCHAR, generation BIGINT,
    found_at TIMESTAMP NOT NULL, closed_at TIMESTAMP);

CREATE TABLE quarantine (
    dataset VARCHAR NOT NULL, source VARCHAR NOT NULL, raw_id BIGINT, raw_row INTEGER,
    reason VARCHAR NOT NULL, value VARCHAR, quarantined_at TIMESTAMP NOT NULL);

INSERT INTO meta VALUES ('schema_version', '1'), ('base', ''), ('commit_seq', '0'), ('bookkeeping_seq', '0'),
    ('next_raw_id', '1'), ('feature_floor', '');
