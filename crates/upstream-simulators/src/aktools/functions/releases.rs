//! The family of Jin10: one row per publication, the period nowhere, releases to come with an empty actual.

use chrono::{Datelike, Days, NaiveDate};

use super::Desk;
use crate::aktools::{
    draw::{Series, month_end, months, next_month},
    sheet::{Sheet, SheetRow, Value},
};

/// One function of the family.
pub(super) struct Release {
    function: &'static str,
    product: &'static str,
    first_year: i32,
    /// Of the figure, in its last decimal.
    middle: i64,
    width: i64,
    decimals: u32,
    calendar: Calendar,
}

/// When a period's figure is published.
#[derive(Clone, Copy)]
enum Calendar {
    /// Between two days of the month after the month.
    MonthAfter(u32, u32),
    /// The same, January and February together in March.
    JanuaryWithFebruary(u32, u32),
    /// On the month's last day; before the New Year holidays some days earlier, after other holidays on the next 1st.
    MonthsEnd,
    /// Between two days of the month after the quarter; once a week late.
    QuarterAfter(u32, u32),
}

use Calendar::{JanuaryWithFebruary, MonthAfter, MonthsEnd, QuarterAfter};

/// Products in the order of the vendor's list.
#[rustfmt::skip]
const RELEASES: [Release; 14] = [
    Release { function: "macro_china_gdp_yearly", product: "中国GDP年率报告", first_year: 2011, middle: 62, width: 40, decimals: 1, calendar: QuarterAfter(15, 20) },
    Release { function: "macro_china_cpi_yearly", product: "中国CPI年率报告", first_year: 1986, middle: 21, width: 40, decimals: 1, calendar: MonthAfter(9, 14) },
    Release { function: "macro_china_cpi_monthly", product: "中国CPI月率报告", first_year: 1996, middle: 1, width: 20, decimals: 1, calendar: MonthAfter(9, 14) },
    Release { function: "macro_china_ppi_yearly", product: "中国PPI年率报告", first_year: 1995, middle: 12, width: 80, decimals: 1, calendar: MonthAfter(9, 14) },
    Release { function: "macro_china_pmi_yearly", product: "中国官方制造业PMI", first_year: 2005, middle: 502, width: 20, decimals: 1, calendar: MonthsEnd },
    Release { function: "macro_china_non_man_pmi", product: "中国官方非制造业PMI", first_year: 2007, middle: 532, width: 30, decimals: 1, calendar: MonthsEnd },
    Release { function: "macro_china_cx_pmi_yearly", product: "中国财新制造业PMI终值报告", first_year: 2012, middle: 503, width: 20, decimals: 1, calendar: MonthAfter(1, 3) },
    Release { function: "macro_china_cx_services_pmi_yearly", product: "中国财新服务业PMI报告", first_year: 2012, middle: 521, width: 30, decimals: 1, calendar: MonthAfter(3, 6) },
    Release { function: "macro_china_m2_yearly", product: "中国M2货币供应年率报告", first_year: 1998, middle: 120, width: 80, decimals: 1, calendar: MonthAfter(10, 15) },
    Release { function: "macro_china_fx_reserves_yearly", product: "中国外汇储备报告", first_year: 2014, middle: 3_150_000, width: 200_000, decimals: 2, calendar: MonthAfter(7, 7) },
    Release { function: "macro_china_exports_yoy", product: "中国以美元计算出口年率报告", first_year: 1982, middle: 90, width: 300, decimals: 1, calendar: MonthAfter(7, 14) },
    Release { function: "macro_china_imports_yoy", product: "中国以美元计算进口年率报告", first_year: 1996, middle: 70, width: 300, decimals: 1, calendar: MonthAfter(7, 14) },
    Release { function: "macro_china_trade_balance", product: "中国以美元计算贸易帐报告", first_year: 1981, middle: 60_000, width: 50_000, decimals: 2, calendar: MonthAfter(7, 14) },
    Release { function: "macro_china_industrial_production_yoy", product: "中国规模以上工业增加值年率报告", first_year: 1990, middle: 80, width: 60, decimals: 1, calendar: JanuaryWithFebruary(14, 18) },
];

/// How far ahead releases are announced.
const ANNOUNCED: Days = Days::new(20);
/// Nobody was asked for an expectation before this year.
const FORECASTS_SINCE: i32 = 2009;

pub(super) fn named(function: &str) -> Option<&'static Release> {
    static ALL: &[Release] = &RELEASES;
    ALL.iter().find(|release| release.function == function)
}

impl Release {
    pub(super) fn sheet(&self, desk: &Desk<'_>) -> Sheet {
        let series = desk.series(self.function);
        let horizon = desk.today() + ANNOUNCED;
        let mut rows = Vec::new();
        let mut before = None;
        for period in months(self.first_year, horizon).filter(|period| self.has(*period)) {
            let published = self.published(&series, period);
            if published > horizon {
                continue;
            }
            let figure = series.around(period, self.middle, self.width);
            let actual = desk.is_out(published, 9, 30).then_some(figure);
            let expected = (period.year() >= FORECASTS_SINCE && !series.happens(period, 3, 100))
                .then(|| figure + series.around(period, 0, 3));
            // Now and then the figure before has been revised in the meantime.
            let revision = if series.happens(period, 4, 40) { 1 } else { 0 };
            let previous = before.map(|figure: i64| figure + revision);
            rows.push(SheetRow {
                period,
                published: Some(published),
                cells: vec![
                    Value::Text(self.product.to_owned()),
                    Value::Day(published),
                    Value::of(actual, self.decimals),
                    Value::of(expected, self.decimals),
                    Value::of(previous, self.decimals),
                ],
            });
            before = Some(figure);
        }
        Sheet {
            columns: vec!["商品", "日期", "今值", "预测值", "前值"],
            rows,
            context: vec![("今值", Some("预测值"), Some("前值"))],
        }
    }

    fn has(&self, period: NaiveDate) -> bool {
        match self.calendar {
            JanuaryWithFebruary(..) => period.month() != 1,
            QuarterAfter(..) => period.month().is_multiple_of(3),
            MonthAfter(..) | MonthsEnd => true,
        }
    }

    fn published(&self, series: &Series, period: NaiveDate) -> NaiveDate {
        match self.calendar {
            MonthAfter(first, last) | JanuaryWithFebruary(first, last) => {
                next_month(period, series.day(period, 2, first, last))
            }
            QuarterAfter(..) if (period.year(), period.month()) == (2022, 9) => next_month(period, 24),
            QuarterAfter(first, last) => next_month(period, series.day(period, 2, first, last)),
            MonthsEnd if period.month() == 1 && series.happens(period, 5, 500) => period - Days::new(4),
            MonthsEnd if series.happens(period, 5, 150) => next_month(month_end(period, 0), 1),
            MonthsEnd => period,
        }
    }
}
