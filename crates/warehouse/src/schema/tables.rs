//! What the code needs to know about the tables: which columns identify a row, which carry meaning.

/// A table of business rows.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The columns that identify a row, `source` included where the table has one row per source. They may be NULL.
    pub(crate) key: &'static [&'static str],
    /// The other business columns.
    pub(crate) values: &'static [&'static str],
    /// The column that holds the row's day, if any.
    pub(crate) date: Option<&'static str>,
    /// Whether the base holds it too (then both are merged and the tail wins).
    pub(crate) in_base: bool,
}

/// The tables that the logical hash covers, in the order of their names.
pub(crate) const HASHED_TABLES: &[Table] = &[
    Table {
        name: "corporate_action",
        key: &["code", "ex_date", "announced", "source"],
        values: &["cash_per_10", "bonus_per_10", "rights_per_10", "rights_price"],
        date: Some("ex_date"),
        in_base: false,
    },
    Table {
        name: "curated_daily",
        key: &["code", "trade_date"],
        values: &[
            "open",
            "high",
            "low",
            "close",
            "volume",
            "amount",
            "adj_factor",
            "source",
            "raw_open",
            "raw_high",
            "raw_low",
            "raw_close",
            "factor_basis",
        ],
        date: Some("trade_date"),
        in_base: true,
    },
    Table {
        name: "feature_daily",
        key: &["code", "trade_date"],
        values: &[
            "ma_5",
            "ma_10",
            "ma_20",
            "ma_60",
            "momentum_5d",
            "momentum_20d",
            "volatility_20d",
            "pe_ttm",
            "pb",
            "source",
        ],
        date: Some("trade_date"),
        in_base: false,
    },
    Table {
        name: "fundamental_claim",
        key: &["code", "period", "metric", "announced_at", "source"],
        values: &["value", "unit"],
        date: Some("period"),
        in_base: false,
    },
    Table {
        name: "instrument",
        key: &["code"],
        values: &["kind", "exchange", "board", "name", "list_status", "listed", "delisted", "renamed_from", "source"],
        date: None,
        in_base: false,
    },
    Table {
        name: "instrument_name",
        key: &["code", "from_date", "source"],
        values: &["until", "name", "special_treatment"],
        date: Some("from_date"),
        in_base: false,
    },
    Table {
        name: "macro_observation",
        key: &["series", "period", "published_at", "source"],
        values: &["value", "unit", "consensus", "previous"],
        date: Some("period"),
        in_base: false,
    },
    Table {
        name: "normalized_daily",
        key: &["code", "trade_date", "source"],
        values: &["open", "high", "low", "close", "pre_close", "volume", "amount", "adj_factor"],
        date: Some("trade_date"),
        in_base: true,
    },
    Table {
        name: "normalized_daily_basic",
        key: &["code", "trade_date", "source"],
        values: &[
            "turnover_rate",
            "turnover_rate_free",
            "volume_ratio",
            "pe",
            "pe_ttm",
            "pb",
            "ps",
            "ps_ttm",
            "dividend_yield",
            "dividend_yield_ttm",
            "total_shares",
            "float_shares",
            "free_shares",
            "total_value",
            "float_value",
        ],
        date: Some("trade_date"),
        in_base: true,
    },
    Table {
        name: "price_limit",
        key: &["code", "trade_date", "source"],
        values: &["up_limit", "down_limit"],
        date: Some("trade_date"),
        in_base: true,
    },
    Table {
        name: "suspension",
        key: &["code", "trade_date", "kind", "timing", "source"],
        values: &[],
        date: Some("trade_date"),
        in_base: true,
    },
    Table {
        name: "trading_calendar",
        key: &["exchange", "cal_date"],
        values: &["is_open", "previous_open", "source"],
        date: Some("cal_date"),
        in_base: false,
    },
];

/// The tables whose history moves into the base, `normalized_revision` (append-only) included.
pub(crate) const BASE_TABLES: &[&str] = &[
    "normalized_daily",
    "normalized_daily_basic",
    "price_limit",
    "suspension",
    "normalized_revision",
    "curated_daily",
];

/// The tables that a new tail takes over as they are.
pub(crate) const COPIED_TABLES: &[&str] = &[
    "instrument",
    "instrument_name",
    "trading_calendar",
    "corporate_action",
    "fundamental_claim",
    "macro_observation",
    "feature_daily",
    "normalized_confirmation",
    "partition",
    "job_run",
    "source_freshness",
    "quality_log",
    "quarantine",
    "check_due",
    "check_run",
    "bulk_loaded_code",
    "gateway_usage",
];

/// A hashed table by its name.
pub(crate) fn table(name: &str) -> Option<&'static Table> {
    HASHED_TABLES.iter().find(|table| table.name == name)
}

impl Table {
    /// Every business column: key, then values.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.key.iter().chain(self.values).copied()
    }

    /// The column that names what the row is about: the code, the exchange or the series.
    pub(crate) fn code(&self) -> &'static str {
        self.key[0]
    }

    /// The row's day as an SQL expression; NULL for a table without days.
    pub(crate) fn day(&self, alias: &str) -> String {
        self.date.map_or_else(|| "NULL::DATE".to_owned(), |column| format!("{alias}.{column}"))
    }

    /// The key's columns beside code, day and source.
    pub(crate) fn detail_columns(&self) -> impl Iterator<Item = &'static str> {
        self.key[1..].iter().copied().filter(|key| Some(*key) != self.date && *key != "source")
    }

    /// What else identifies a row beside code, day and source, as an SQL text; NULL where nothing does.
    pub(crate) fn detail(&self, alias: &str) -> String {
        let texts: Vec<_> = self.detail_columns().map(|column| format!("{alias}.{column}::VARCHAR")).collect();
        match texts.as_slice() {
            [] => "NULL::VARCHAR".to_owned(),
            [only] => only.clone(),
            // Only the last of several may be NULL, so that leaving it out is no other row's text.
            several => format!("concat_ws('|', {})", several.join(", ")),
        }
    }

    /// `a.k1 IS NOT DISTINCT FROM b.k1 AND …` over the key columns.
    pub(crate) fn same_key(&self, a: &str, b: &str) -> String {
        let nullable = |column: &str| matches!(column, "announced" | "announced_at" | "published_at" | "timing");
        let parts = self.key.iter().map(|key| match nullable(key) {
            true => format!("{a}.{key} IS NOT DISTINCT FROM {b}.{key}"),
            false => format!("{a}.{key} = {b}.{key}"),
        });
        parts.collect::<Vec<_>>().join(" AND ")
    }

    /// `a.v1 IS DISTINCT FROM b.v1 OR …` over the value columns.
    pub(crate) fn differs(&self, a: &str, b: &str) -> String {
        if self.values.is_empty() {
            return "false".to_owned();
        }
        let parts = self.values.iter().map(|value| format!("{a}.{value} IS DISTINCT FROM {b}.{value}"));
        parts.collect::<Vec<_>>().join(" OR ")
    }
}

#[cfg(test)]
mod tests {
    use duckdb::Connection;

    use super::*;

    #[test]
    fn every_described_column_exists_and_every_business_column_is_described() {
        let conn = Connection::open_in_memory().unwrap();
        crate::schema::migrate(&conn).unwrap();
        for table in HASHED_TABLES {
            let mut statement = conn
                .prepare("SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index")
                .unwrap();
            let actual = statement.query_map([table.name], |row| row.get::<_, String>(0)).unwrap();
            let lineage = ["raw_id", "raw_row", "ingested_at"];
            let mut actual: Vec<_> = actual.map(Result::unwrap).filter(|c| !lineage.contains(&c.as_str())).collect();
            let mut described: Vec<_> = table.columns().map(str::to_owned).collect();
            actual.sort();
            described.sort();
            assert_eq!(actual, described, "{}", table.name);
        }
    }
}
