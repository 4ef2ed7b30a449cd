//! The tests that the specification names.

use chrono::Days;
use market_model::FactorChain;

use crate::market::{Market, minute, read_tail, writer};

#[test]
fn test_normalized_schema() {
    let folder = tempfile::tempdir().unwrap();
    drop(writer(folder.path()));
    let sql = "SELECT column_name || ' ' || data_type FROM duckdb_columns()
               WHERE table_name = 'normalized_daily' ORDER BY column_index";
    let columns = read_tail::<String>(folder.path(), sql);
    let specified = [
        "code VARCHAR",
        "trade_date DATE",
        "open DOUBLE",
        "high DOUBLE",
        "low DOUBLE",
        "close DOUBLE",
        "volume BIGINT",
        "amount DOUBLE",
        "adj_factor DOUBLE",
        "source VARCHAR",
        "ingested_at TIMESTAMP",
    ];
    for column in specified {
        assert!(columns.iter().any(|actual| actual == column), "{column} is not among {columns:?}");
    }
}

#[test]
fn test_curated_adjustment() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(11, 6, 40), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(market.all_days(minute(1)), minute(1)).unwrap();
    drop(writer);
    let mut steps = 0;
    for instrument in &market.instruments {
        let bars = market.quotes.iter().flatten().filter(|(code, _)| *code == instrument.code);
        let bars: Vec<_> = bars.filter_map(|(_, quote)| quote.as_ref()).map(|quote| quote.bar.clone()).collect();
        let chain_bars: Vec<_> = bars
            .iter()
            .map(|bar| market_model::ChainBar {
                date: bar.trade_date,
                close: bar.close,
                pre_close: bar.pre_close,
                vendor_factor: bar.adj_factor,
            })
            .collect();
        let chain = FactorChain::from_pre_close(&chain_bars, instrument.listed, |_, _| false).unwrap();
        let column = |column: &str| {
            let sql =
                format!("SELECT {column} FROM curated_daily WHERE code = '{}' ORDER BY trade_date", instrument.code);
            read_tail::<f64>(folder.path(), &sql)
        };
        let factors: Vec<_> = chain.factors().iter().map(|(_, factor)| *factor).collect();
        assert_eq!(column("adj_factor"), factors, "{}", instrument.code);
        let adjusted: Vec<_> = bars.iter().zip(&factors).map(|(bar, factor)| bar.close * factor).collect();
        assert_eq!(column("close"), adjusted);
        assert_eq!(column("raw_close"), bars.iter().map(|bar| bar.close).collect::<Vec<_>>());
        let basis = format!("SELECT DISTINCT factor_basis FROM curated_daily WHERE code = '{}'", instrument.code);
        assert_eq!(read_tail::<String>(folder.path(), &basis), [chain.basis().as_str()]);
        steps += factors.windows(2).filter(|pair| pair[0] != pair[1]).count();
    }
    assert!(steps > 3, "the market has ex-dates");
    // The vendor's own factor agrees, as a ratio between days.
    let differing = "WITH f AS (SELECT c.adj_factor / first(c.adj_factor) OVER w AS own,
                                       n.adj_factor / first(n.adj_factor) OVER w AS vendor
                                FROM curated_daily c JOIN normalized_daily n USING (code, trade_date)
                                WINDOW w AS (PARTITION BY c.code ORDER BY c.trade_date))
                     SELECT count(*) FROM f WHERE abs(own / vendor - 1) > 1e-9";
    assert_eq!(read_tail::<i64>(folder.path(), differing), [0]);
}

#[test]
fn test_feature_computation() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(12, 5, 90), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(market.all_days(minute(1)), minute(1)).unwrap();
    drop(writer);
    let last = market.days[market.days.len() - 1];
    let first = last - Days::new(90);
    let stored = "SELECT min(trade_date)::VARCHAR FROM feature_daily";
    let expected = market.days.iter().find(|day| **day >= first).unwrap();
    assert_eq!(read_tail::<String>(folder.path(), stored), [expected.to_string()], "90 days are kept");
    let rows = "SELECT (SELECT count(*) FROM feature_daily)
                     - (SELECT count(*) FROM curated_daily WHERE trade_date >= (SELECT min(trade_date) FROM feature_daily))";
    assert_eq!(read_tail::<i64>(folder.path(), rows), [0], "every curated row of those days has features");
    for instrument in &market.instruments {
        let numbers = |sql: &str| -> Vec<Option<f64>> {
            read_tail(folder.path(), &sql.replace("CODE", &format!("'{}'", instrument.code)))
        };
        let closes: Vec<f64> = numbers("SELECT close FROM curated_daily WHERE code = CODE ORDER BY trade_date")
            .into_iter()
            .map(Option::unwrap)
            .collect();
        let mut all = Vec::new();
        market_features::compute_all(&closes, &mut all);
        let stored = numbers("SELECT ma_60 FROM feature_daily WHERE code = CODE ORDER BY trade_date");
        let wanted = &all[all.len() - stored.len()..];
        assert_eq!(stored, wanted.iter().map(|row| row.ma_60).collect::<Vec<_>>());
        let stored = numbers("SELECT volatility_20d FROM feature_daily WHERE code = CODE ORDER BY trade_date");
        assert_eq!(stored, wanted.iter().map(|row| row.volatility_20d).collect::<Vec<_>>());
    }
    let figures = "SELECT count(*) FROM feature_daily f JOIN normalized_daily_basic b USING (code, trade_date)
                   WHERE f.pe_ttm IS DISTINCT FROM b.pe_ttm OR f.pb IS DISTINCT FROM b.pb";
    assert_eq!(read_tail::<i64>(folder.path(), figures), [0]);
}
