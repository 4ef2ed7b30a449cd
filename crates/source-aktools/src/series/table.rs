//! The table of series. A change of akshare's columns is a change here and nowhere else.

use super::{PeriodRule, PublicationRule, SeriesSpec};

const PERCENT: &str = "percent";
const INDEX: &str = "index";
const CNY: &str = "cny_100m";
const USD: &str = "usd_100m";

const MONTH: PeriodRule = PeriodRule::Month("月份");
const QUARTER: PeriodRule = PeriodRule::Quarter("季度");

/// Tables of Jin10: publication day, actual, expected, previous.
const fn release(
    name: &'static str,
    title: &'static str,
    function: &'static str,
    unit: &'static str,
    period: PeriodRule,
) -> SeriesSpec {
    let publication = PublicationRule::Day("日期");
    let (consensus, previous) = (Some("预测值"), Some("前值"));
    SeriesSpec { name, title, function, column: "今值", unit, period, publication, consensus, previous }
}

/// Tables with a named period and no day of publication.
const fn table(
    name: &'static str,
    title: &'static str,
    function: &'static str,
    column: &'static str,
    unit: &'static str,
    period: PeriodRule,
) -> SeriesSpec {
    let publication = PublicationRule::Unknown;
    SeriesSpec { name, title, function, column, unit, period, publication, consensus: None, previous: None }
}

/// Rates with one row per day of publication.
const fn fixing(
    name: &'static str,
    title: &'static str,
    function: &'static str,
    column: &'static str,
    day: &'static str,
) -> SeriesSpec {
    let (period, publication) = (PeriodRule::Day(day), PublicationRule::OnThePeriodsDay);
    SeriesSpec { name, title, function, column, unit: PERCENT, period, publication, consensus: None, previous: None }
}

/// The reserve requirement: announced on one day, in force from another, with the ratio before beside it.
const fn reserve(name: &'static str, title: &'static str, column: &'static str, before: &'static str) -> SeriesSpec {
    SeriesSpec {
        name,
        title,
        function: RESERVES,
        column,
        unit: PERCENT,
        period: PeriodRule::Day("生效时间"),
        publication: PublicationRule::Day("公布时间"),
        consensus: None,
        previous: Some(before),
    }
}

const CPI: &str = "macro_china_cpi";
const PPI: &str = "macro_china_ppi";
const PMI: &str = "macro_china_pmi";
const GDP: &str = "macro_china_gdp";
const MONEY: &str = "macro_china_money_supply";
const CREDIT: &str = "macro_china_new_financial_credit";
const RETAIL: &str = "macro_china_consumer_goods_retail";
const RESERVES: &str = "macro_china_reserve_requirement_ratio";
const FINANCING: &str = "macro_china_shrzgm";
const LPR: &str = "macro_china_lpr";
const SHIBOR: &str = "macro_china_shibor_all";

use PeriodRule::{MonthAtItsEnd, MonthBeforePublication, QuarterBeforePublication};

/// Every series that is known, grouped by function.
#[rustfmt::skip]
pub static SERIES: &[SeriesSpec] = &[
    release("china_gdp_yearly", "GDP over a year", "macro_china_gdp_yearly", PERCENT, QuarterBeforePublication),
    release("china_cpi_yearly", "consumer prices over a year", "macro_china_cpi_yearly", PERCENT, MonthBeforePublication),
    release("china_cpi_monthly", "consumer prices over a month", "macro_china_cpi_monthly", PERCENT, MonthBeforePublication),
    release("china_ppi_yearly", "producer prices over a year", "macro_china_ppi_yearly", PERCENT, MonthBeforePublication),
    release("china_pmi", "official manufacturing PMI", "macro_china_pmi_yearly", INDEX, MonthAtItsEnd),
    release("china_non_manufacturing_pmi", "official non-manufacturing PMI", "macro_china_non_man_pmi", INDEX, MonthAtItsEnd),
    release("china_caixin_pmi", "Caixin manufacturing PMI", "macro_china_cx_pmi_yearly", INDEX, MonthAtItsEnd),
    release("china_caixin_services_pmi", "Caixin services PMI", "macro_china_cx_services_pmi_yearly", INDEX, MonthAtItsEnd),
    release("china_m2_yearly", "money supply M2 over a year", "macro_china_m2_yearly", PERCENT, MonthBeforePublication),
    release("china_fx_reserves", "foreign exchange reserves", "macro_china_fx_reserves_yearly", USD, MonthBeforePublication),
    release("china_exports_yoy", "exports in dollars over a year", "macro_china_exports_yoy", PERCENT, MonthBeforePublication),
    release("china_imports_yoy", "imports in dollars over a year", "macro_china_imports_yoy", PERCENT, MonthBeforePublication),
    release("china_trade_balance", "trade balance in dollars", "macro_china_trade_balance", USD, MonthBeforePublication),
    release("china_industrial_production_yoy", "industrial production over a year", "macro_china_industrial_production_yoy", PERCENT, MonthBeforePublication),

    table("china_social_financing", "new total social financing of the month", FINANCING, "社会融资规模增量", CNY, MONTH),
    table("china_social_financing_cny_loans", "of it: loans in yuan", FINANCING, "其中-人民币贷款", CNY, MONTH),
    table("china_social_financing_fx_loans", "of it: loans in foreign currency", FINANCING, "其中-委托贷款外币贷款", CNY, MONTH),
    table("china_social_financing_entrusted_loans", "of it: entrusted loans", FINANCING, "其中-委托贷款", CNY, MONTH),
    table("china_social_financing_trust_loans", "of it: trust loans", FINANCING, "其中-信托贷款", CNY, MONTH),
    table("china_social_financing_acceptances", "of it: undiscounted bankers' acceptances", FINANCING, "其中-未贴现银行承兑汇票", CNY, MONTH),
    table("china_social_financing_bonds", "of it: corporate bonds", FINANCING, "其中-企业债券", CNY, MONTH),
    table("china_social_financing_equity", "of it: shares of non-financial companies", FINANCING, "其中-非金融企业境内股票融资", CNY, MONTH),

    fixing("china_lpr_1y", "loan prime rate, one year", LPR, "LPR1Y", "TRADE_DATE"),
    fixing("china_lpr_5y", "loan prime rate, five years", LPR, "LPR5Y", "TRADE_DATE"),
    fixing("china_loan_rate_short", "benchmark loan rate, six to twelve months", LPR, "RATE_1", "TRADE_DATE"),
    fixing("china_loan_rate_long", "benchmark loan rate, over five years", LPR, "RATE_2", "TRADE_DATE"),

    table("china_cpi_national_index", "consumer prices, same month of last year = 100", CPI, "全国-当月", INDEX, MONTH),
    table("china_cpi_national_yoy", "consumer prices over a year", CPI, "全国-同比增长", PERCENT, MONTH),
    table("china_cpi_national_mom", "consumer prices over a month", CPI, "全国-环比增长", PERCENT, MONTH),
    table("china_cpi_national_cumulative", "consumer prices since January, same months of last year = 100", CPI, "全国-累计", INDEX, MONTH),
    table("china_cpi_urban_index", "urban consumer prices, same month of last year = 100", CPI, "城市-当月", INDEX, MONTH),
    table("china_cpi_urban_yoy", "urban consumer prices over a year", CPI, "城市-同比增长", PERCENT, MONTH),
    table("china_cpi_urban_mom", "urban consumer prices over a month", CPI, "城市-环比增长", PERCENT, MONTH),
    table("china_cpi_urban_cumulative", "urban consumer prices since January, same months of last year = 100", CPI, "城市-累计", INDEX, MONTH),
    table("china_cpi_rural_index", "rural consumer prices, same month of last year = 100", CPI, "农村-当月", INDEX, MONTH),
    table("china_cpi_rural_yoy", "rural consumer prices over a year", CPI, "农村-同比增长", PERCENT, MONTH),
    table("china_cpi_rural_mom", "rural consumer prices over a month", CPI, "农村-环比增长", PERCENT, MONTH),
    table("china_cpi_rural_cumulative", "rural consumer prices since January, same months of last year = 100", CPI, "农村-累计", INDEX, MONTH),

    table("china_ppi_index", "producer prices, same month of last year = 100", PPI, "当月", INDEX, MONTH),
    table("china_ppi_yoy", "producer prices over a year", PPI, "当月同比增长", PERCENT, MONTH),
    table("china_ppi_cumulative", "producer prices since January, same months of last year = 100", PPI, "累计", INDEX, MONTH),

    table("china_pmi_manufacturing_index", "official manufacturing PMI", PMI, "制造业-指数", INDEX, MONTH),
    table("china_pmi_manufacturing_yoy", "official manufacturing PMI over a year", PMI, "制造业-同比增长", PERCENT, MONTH),
    table("china_pmi_non_manufacturing_index", "official non-manufacturing PMI", PMI, "非制造业-指数", INDEX, MONTH),
    table("china_pmi_non_manufacturing_yoy", "official non-manufacturing PMI over a year", PMI, "非制造业-同比增长", PERCENT, MONTH),

    table("china_gdp_cumulative", "GDP since January", GDP, "国内生产总值-绝对值", CNY, QUARTER),
    table("china_gdp_cumulative_yoy", "GDP since January over a year", GDP, "国内生产总值-同比增长", PERCENT, QUARTER),
    table("china_gdp_primary_cumulative", "agriculture since January", GDP, "第一产业-绝对值", CNY, QUARTER),
    table("china_gdp_primary_cumulative_yoy", "agriculture since January over a year", GDP, "第一产业-同比增长", PERCENT, QUARTER),
    table("china_gdp_secondary_cumulative", "industry since January", GDP, "第二产业-绝对值", CNY, QUARTER),
    table("china_gdp_secondary_cumulative_yoy", "industry since January over a year", GDP, "第二产业-同比增长", PERCENT, QUARTER),
    table("china_gdp_tertiary_cumulative", "services since January", GDP, "第三产业-绝对值", CNY, QUARTER),
    table("china_gdp_tertiary_cumulative_yoy", "services since January over a year", GDP, "第三产业-同比增长", PERCENT, QUARTER),

    table("china_m2", "money supply M2", MONEY, "货币和准货币(M2)-数量(亿元)", CNY, MONTH),
    table("china_m2_yoy", "money supply M2 over a year", MONEY, "货币和准货币(M2)-同比增长", PERCENT, MONTH),
    table("china_m2_mom", "money supply M2 over a month", MONEY, "货币和准货币(M2)-环比增长", PERCENT, MONTH),
    table("china_m1", "money supply M1", MONEY, "货币(M1)-数量(亿元)", CNY, MONTH),
    table("china_m1_yoy", "money supply M1 over a year", MONEY, "货币(M1)-同比增长", PERCENT, MONTH),
    table("china_m1_mom", "money supply M1 over a month", MONEY, "货币(M1)-环比增长", PERCENT, MONTH),
    table("china_m0", "cash in circulation", MONEY, "流通中的现金(M0)-数量(亿元)", CNY, MONTH),
    table("china_m0_yoy", "cash in circulation over a year", MONEY, "流通中的现金(M0)-同比增长", PERCENT, MONTH),
    table("china_m0_mom", "cash in circulation over a month", MONEY, "流通中的现金(M0)-环比增长", PERCENT, MONTH),

    table("china_new_loans", "new loans of the month", CREDIT, "当月", CNY, MONTH),
    table("china_new_loans_yoy", "new loans of the month over a year", CREDIT, "当月-同比增长", PERCENT, MONTH),
    table("china_new_loans_mom", "new loans over the month before", CREDIT, "当月-环比增长", PERCENT, MONTH),
    table("china_new_loans_cumulative", "new loans since January", CREDIT, "累计", CNY, MONTH),
    table("china_new_loans_cumulative_yoy", "new loans since January over a year", CREDIT, "累计-同比增长", PERCENT, MONTH),

    table("china_retail_sales", "retail sales of the month", RETAIL, "当月", CNY, MONTH),
    table("china_retail_sales_yoy", "retail sales over a year", RETAIL, "同比增长", PERCENT, MONTH),
    table("china_retail_sales_mom", "retail sales over a month", RETAIL, "环比增长", PERCENT, MONTH),
    table("china_retail_sales_cumulative", "retail sales since January", RETAIL, "累计", CNY, MONTH),
    table("china_retail_sales_cumulative_yoy", "retail sales since January over a year", RETAIL, "累计-同比增长", PERCENT, MONTH),

    reserve("china_rrr_large", "reserve requirement of large banks", "大型金融机构-调整后", "大型金融机构-调整前"),
    reserve("china_rrr_small", "reserve requirement of small and medium banks", "中小金融机构-调整后", "中小金融机构-调整前"),

    fixing("china_shibor_on", "interbank rate, overnight", SHIBOR, "O/N-定价", "日期"),
    fixing("china_shibor_1w", "interbank rate, one week", SHIBOR, "1W-定价", "日期"),
    fixing("china_shibor_2w", "interbank rate, two weeks", SHIBOR, "2W-定价", "日期"),
    fixing("china_shibor_1m", "interbank rate, one month", SHIBOR, "1M-定价", "日期"),
    fixing("china_shibor_3m", "interbank rate, three months", SHIBOR, "3M-定价", "日期"),
    fixing("china_shibor_6m", "interbank rate, six months", SHIBOR, "6M-定价", "日期"),
    fixing("china_shibor_9m", "interbank rate, nine months", SHIBOR, "9M-定价", "日期"),
    fixing("china_shibor_1y", "interbank rate, one year", SHIBOR, "1Y-定价", "日期"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_of_the_form_that_the_warehouse_takes() {
        let names: BTreeSet<&str> = SERIES.iter().map(|spec| spec.name).collect();
        assert_eq!(names.len(), SERIES.len());
        let fits =
            |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.".contains(&b));
        assert!(names.iter().all(|name| fits(name)));
    }

    #[test]
    fn no_column_of_a_function_is_two_series() {
        let columns: BTreeSet<(&str, &str)> = SERIES.iter().map(|spec| (spec.function, spec.column)).collect();
        assert_eq!(columns.len(), SERIES.len());
    }

    #[test]
    fn a_period_that_follows_from_the_publication_has_one_to_follow_from() {
        for spec in SERIES {
            let derived = matches!(spec.period, MonthBeforePublication | MonthAtItsEnd | QuarterBeforePublication);
            assert!(!derived || matches!(spec.publication, PublicationRule::Day(_)), "{}", spec.name);
            assert!([PERCENT, INDEX, CNY, USD].contains(&spec.unit) && !spec.title.is_empty(), "{}", spec.name);
        }
    }
}
