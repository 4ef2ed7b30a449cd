-- What the gateway relayed, hour by hour, as it reports it: bookkeeping, not covered by the logical hash.
-- hour: its beginning, UTC. One row per hour, profile, channel and public model name. input_tokens holds cached_tokens,
-- output_tokens holds thinking_tokens. cny: what it cost, exactly; estimated_cny: the part of it that no upstream has confirmed.
-- version: the report that the hour's rows come from; a later one replaces them all.
CREATE TABLE gateway_usage (
    hour TIMESTAMP NOT NULL, profile VARCHAR NOT NULL, channel VARCHAR NOT NULL, model VARCHAR NOT NULL,
    requests BIGINT NOT NULL, failed BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL, cached_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL,
    thinking_tokens BIGINT NOT NULL,
    cny DECIMAL(18, 9) NOT NULL, estimated_cny DECIMAL(18, 9) NOT NULL,
    version BIGINT NOT NULL, recorded_at TIMESTAMP NOT NULL);
