//! Rows of report interfaces → [`FundamentalClaim`]s: what the two interfaces share.
//!
//! A report comes in versions. Each keeps its day of publication, so that it can be told what was known when; of two
//! versions of one day the one with `update_flag` 1 counts, figure by figure.

use std::collections::{HashMap, hash_map::Entry};

use chrono::NaiveDate;
use market_model::{Code, FundamentalClaim, Metric};

use super::{BadCell, RowReader};
use crate::{Fetched, Row};

/// Which reports were asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReportScope {
    /// `None` = of every company.
    pub(crate) code: Option<Code>,
    pub(crate) period: NaiveDate,
}

/// One version of one report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    is_update: bool,
    claims: Vec<FundamentalClaim>,
}

impl ReportScope {
    /// Reads the claims of a row that was published on `announced`; the vendor has old reports without a day. Figures that
    /// are null are no claims.
    pub(crate) fn report(
        &self,
        row: &RowReader<'_>,
        announced: Option<NaiveDate>,
        metrics: &[(&str, Metric)],
    ) -> Result<Report, BadCell> {
        let (code, period) = (row.code()?, row.date("end_date")?);
        if self.code.is_some_and(|asked| asked != code) {
            return Err(row.bad("ts_code", "was not asked for"));
        }
        if period != self.period {
            return Err(row.bad("end_date", format!("was not asked for: {} was", self.period)));
        }
        if announced.is_some_and(|day| day <= period) {
            return Err(row.bad("ann_date", "is not after the period"));
        }
        let mut claims = Vec::with_capacity(metrics.len());
        for &(column, metric) in metrics {
            if let Some(value) = row.optional_number(column)? {
                claims.push(FundamentalClaim { code, period, metric, value, announced });
            }
        }
        Ok(Report { is_update: row.optional_number("update_flag")? == Some(1.0), claims })
    }
}

/// The claims of all reports, each standing at its row. Of equal code, metric and day of publication the update counts.
pub(crate) fn latest(reports: Fetched<Report>) -> Fetched<FundamentalClaim> {
    let mut rows: Vec<(bool, Row<FundamentalClaim>)> = Vec::new();
    let mut index: HashMap<(Code, Metric, Option<NaiveDate>), usize> = HashMap::new();
    for Row { value: report, page, row } in reports.rows {
        for value in report.claims {
            let claim = (report.is_update, Row { value, page, row });
            match index.entry((claim.1.value.code, claim.1.value.metric, claim.1.value.announced)) {
                Entry::Vacant(entry) => {
                    entry.insert(rows.len());
                    rows.push(claim);
                }
                // Between two of the same flag the first stays: the collected rows differ in their key, so there are none
                // but for restatements without a day of their own.
                Entry::Occupied(entry) if claim.0 && !rows[*entry.get()].0 => rows[*entry.get()] = claim,
                Entry::Occupied(_) => {}
            }
        }
    }
    let mut rows: Vec<Row<FundamentalClaim>> = rows.into_iter().map(|(_, row)| row).collect();
    rows.sort_by_key(|row| (row.page, row.row));
    Fetched { rows, rejected: reports.rejected, pages: reports.pages, suspect_rows: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Api,
        normalize::{fina_indicator, income, testing::row},
    };

    const INDICATORS: &str = r#"["600519.SH","20240427","20240331",19.16,19.16,36.92,1.09,5.5,191.2,7.3,52.0,92.61,
        10.57,10.57,10.57,"9.1",12.08,15.73,18.04,"1"]"#;
    const STATEMENT: &str = r#"["600519.SH","20240427","20240427","20240331","1",46484700000.5,45776000000.0,
        33155000000.0,33140000000.0,24865000000.0,24065000000.0,"1"]"#;

    fn scope() -> ReportScope {
        ReportScope { code: Some("600519.SH".parse().unwrap()), period: "2024-03-31".parse().unwrap() }
    }

    fn indicators(json: &str) -> Result<Report, BadCell> {
        row(Api::FinaIndicator, json, |row| fina_indicator::report(row, &scope()))
    }

    fn statement(json: &str) -> Result<Report, BadCell> {
        row(Api::Income, json, |row| income::statement(row, &scope()))
    }

    fn claims(reports: Vec<Report>) -> Vec<FundamentalClaim> {
        let row = |(row, value)| Row { value, page: 0, row };
        let fetched = Fetched { rows: (0..).zip(reports).map(row).collect(), ..Fetched::default() };
        latest(fetched).rows.into_iter().map(|row| row.value).collect()
    }

    fn value(claims: &[FundamentalClaim], metric: Metric) -> Vec<f64> {
        claims.iter().filter(|claim| claim.metric == metric).map(|claim| claim.value).collect()
    }

    #[test]
    fn figures_arrive_under_our_names_with_their_day() {
        let claims = claims(vec![indicators(INDICATORS).unwrap()]);
        assert_eq!(claims.len(), 16);
        assert!(claims.iter().all(|claim| claim.announced == Some("2024-04-27".parse().unwrap())));
        for (metric, expected) in [
            (Metric::Eps, 19.16),
            (Metric::RevenuePerShare, 36.92),
            (Metric::CurrentRatio, 5.5),
            (Metric::BookValuePerShare, 191.2),
            (Metric::NetMargin, 52.0),
            (Metric::GrossMargin, 92.61),
            (Metric::ReturnOnAssets, 9.1),
            (Metric::NetProfitGrowth, 15.73),
            (Metric::RevenueGrowth, 18.04),
        ] {
            assert_eq!(value(&claims, metric), [expected], "{metric:?}");
        }
    }

    #[test]
    fn a_statement_is_in_yuan_and_dated_by_its_own_day() {
        let restated = STATEMENT.replacen("\"20240427\",\"20240427\"", "\"20240427\",\"20241030\"", 1);
        let claims = claims(vec![statement(&restated).unwrap()]);
        assert_eq!(value(&claims, Metric::TotalRevenue), [46_484_700_000.5]);
        assert_eq!(value(&claims, Metric::NetProfitParent), [24_065_000_000.0]);
        assert!(claims.iter().all(|claim| claim.announced == Some("2024-10-30".parse().unwrap())));
        let undated = statement(&STATEMENT.replacen("\"20240427\",\"20240427\"", "null,null", 1)).unwrap();
        assert!(undated.claims.iter().all(|claim| claim.announced.is_none()));
    }

    #[test]
    fn of_two_versions_of_one_day_the_update_counts_whichever_comes_first() {
        let old = indicators(
            &INDICATORS
                .replace(
                    "[\"600519.SH\",\"20240427\",\"20240331\",19.16",
                    "[\"600519.SH\",\"20240427\",\"20240331\",18.0",
                )
                .replace("\"1\"]", "\"0\"]"),
        )
        .unwrap();
        let new = indicators(INDICATORS).unwrap();
        for versions in [vec![old.clone(), new.clone()], vec![new.clone(), old.clone()]] {
            assert_eq!(value(&claims(versions), Metric::Eps), [19.16]);
        }
        // A figure that only the older version has stays.
        let gap = indicators(&INDICATORS.replace("92.61", "null")).unwrap();
        assert_eq!(value(&claims(vec![gap, old]), Metric::GrossMargin), [92.61]);
    }

    #[test]
    fn versions_of_different_days_all_stay() {
        let later =
            indicators(&INDICATORS.replace("20240427", "20241030").replace("19.16,19.16", "19.0,19.0")).unwrap();
        assert_eq!(value(&claims(vec![later, indicators(INDICATORS).unwrap()]), Metric::Eps), [19.0, 19.16]);
    }

    #[test]
    fn rows_that_were_not_asked_for_or_cannot_be_are_refused_with_their_column() {
        let reason = |json: String| indicators(&json).unwrap_err().reason;
        assert_eq!(reason(INDICATORS.replace("600519.SH", "000001.SZ")), "ts_code was not asked for");
        assert_eq!(reason(INDICATORS.replace("20240331", "20231231")), "end_date was not asked for: 2024-03-31 was");
        assert_eq!(reason(INDICATORS.replace("20240427", "20240331")), "ann_date is not after the period");
        assert_eq!(reason(INDICATORS.replace("92.61", "\"high\"")), "grossprofit_margin is not a number");
        let parent = STATEMENT.replace("\"20240331\",\"1\"", "\"20240331\",\"6\"");
        assert_eq!(statement(&parent).unwrap_err().reason, "report_type was not asked for: 1 was");
    }

    #[test]
    fn a_bank_has_no_gross_margin_and_keeps_its_other_figures() {
        let claims = claims(vec![indicators(&INDICATORS.replace("92.61", "null")).unwrap()]);
        assert_eq!((claims.len(), value(&claims, Metric::GrossMargin).len()), (15, 0));
    }
}
