use market_model::{CorporateAction, DailyBar, DailyBasic, FundamentalClaim, MacroObservation, Metric, PriceLimit};

use super::*;

/// What the gate says: `rule: reason (value)`, or `passes`.
fn said(judged: Result<(), Refusal>) -> String {
    match judged {
        Ok(()) => "passes".to_owned(),
        Err(Refusal { rule, reason, value }) => format!("{}: {reason} ({value})", rule.code),
    }
}

fn a_bar() -> DailyBar {
    DailyBar {
        code: "000001.SZ".parse().unwrap(),
        trade_date: "2018-07-18".parse().unwrap(),
        open: 8.75,
        high: 8.85,
        low: 8.69,
        close: 8.70,
        pre_close: Some(8.72),
        volume: 52_515_277,
        amount: Some(460_697_377.0),
        adj_factor: Some(105.2),
    }
}

#[test]
fn a_bar_is_refused_for_what_no_bar_can_be() {
    // column, what it holds, what is said
    let table = "
        open       0          nonpositive_price: `open` is zero or negative (open=0)
        high       -0.01      nonpositive_price: `high` is zero or negative (high=-0.01)
        low        -8.69      nonpositive_price: `low` is zero or negative (low=-8.69)
        close      0          nonpositive_price: `close` is zero or negative (close=0)
        open       NaN        schema: `open` is not a finite number (open=NaN)
        high       inf        schema: `high` is not a finite number (high=inf)
        low        -inf       schema: `low` is not a finite number (low=-inf)
        close      NaN        schema: `close` is not a finite number (close=NaN)
        pre_close  NaN        schema: `pre_close` is not a finite number (pre_close=NaN)
        pre_close  -8.72      schema: `pre_close` is negative (pre_close=-8.72)
        pre_close  0          passes
        amount     inf        schema: `amount` is not a finite number (amount=inf)
        amount     -1         schema: `amount` is negative (amount=-1)
        amount     0          passes
        adj_factor NaN        schema: `adj_factor` is not a finite number (adj_factor=NaN)
        adj_factor -105.2     schema: `adj_factor` is negative (adj_factor=-105.2)
        volume     -1         schema: `volume` is negative (volume=-1)
        volume     0          passes
        close      100        passes
        trade_date 1990-11-30 schema: `trade_date` lies before 1990-12-01 (trade_date=1990-11-30)
        trade_date 1990-12-01 passes";
    for line in table.lines().skip(1) {
        let mut words = line.split_whitespace();
        let (column, value) = (words.next().unwrap(), words.next().unwrap());
        let number = || value.parse::<f64>().unwrap();
        let mut changed = a_bar();
        match column {
            "open" => changed.open = number(),
            "high" => changed.high = number(),
            "low" => changed.low = number(),
            "close" => changed.close = number(),
            "pre_close" => changed.pre_close = Some(number()),
            "amount" => changed.amount = Some(number()),
            "adj_factor" => changed.adj_factor = Some(number()),
            "volume" => changed.volume = value.parse().unwrap(),
            _ => changed.trade_date = value.parse().unwrap(),
        }
        assert_eq!(said(bar(&changed)), words.collect::<Vec<_>>().join(" "), "{column} {value}");
    }
    assert_eq!(said(bar(&a_bar())), "passes");
}

#[test]
fn each_exchange_has_its_own_first_day() {
    let at = |code: &str, date: &str| {
        let bar = DailyBar { code: code.parse().unwrap(), trade_date: date.parse().unwrap(), ..a_bar() };
        (said(super::bar(&bar)) == "passes", is_storable(&bar))
    };
    for code in ["000001.SH", "430047.BJ"] {
        assert_eq!(at(code, "1990-12-18"), (false, false), "{code}");
    }
    // Shenzhen began on trial three weeks before Shanghai; 000005.SZ is listed since 1990-12-10.
    assert_eq!(at("000005.SZ", "1990-12-10"), (true, true));
    assert_eq!(at("000005.SZ", "1990-11-30"), (false, false));
    assert_eq!(at("GSPC.IDX", "1927-12-30"), (true, true));
    assert_eq!(at("GE.US", "1792-05-16"), (false, false));
}

#[test]
fn by_force_everything_that_is_a_number_can_be_stored() {
    let is = |change: fn(&mut DailyBar)| {
        let mut bar = a_bar();
        change(&mut bar);
        is_storable(&bar)
    };
    assert!(is(|bar| bar.close = 0.0) && is(|bar| bar.low = -1.0) && is(|bar| bar.amount = Some(-1.0)));
    assert!(is(|bar| (bar.pre_close, bar.amount, bar.adj_factor) = (None, None, None)));
    assert!(!is(|bar| bar.open = f64::NAN) && !is(|bar| bar.high = f64::INFINITY) && !is(|bar| bar.low = f64::NAN));
    assert!(!is(|bar| bar.close = f64::NEG_INFINITY) && !is(|bar| bar.pre_close = Some(f64::NAN)));
    assert!(!is(|bar| bar.amount = Some(f64::NAN)) && !is(|bar| bar.adj_factor = Some(f64::INFINITY)));
}

fn a_basic() -> DailyBasic {
    let number = Some(1.0);
    DailyBasic {
        code: "000001.SZ".parse().unwrap(),
        trade_date: "2018-07-18".parse().unwrap(),
        turnover_rate: number,
        turnover_rate_free: number,
        volume_ratio: number,
        pe: number,
        pe_ttm: number,
        pb: number,
        ps: number,
        ps_ttm: number,
        dividend_yield: number,
        dividend_yield_ttm: number,
        total_shares: number,
        float_shares: number,
        free_shares: number,
        total_value: number,
        float_value: number,
    }
}

#[test]
fn only_ratios_of_a_company_that_makes_losses_may_be_negative() {
    type Column = (&'static str, fn(&mut DailyBasic) -> &mut Option<f64>);
    const RATIOS: [Column; 5] = [
        ("pe", |row| &mut row.pe),
        ("pe_ttm", |row| &mut row.pe_ttm),
        ("pb", |row| &mut row.pb),
        ("ps", |row| &mut row.ps),
        ("ps_ttm", |row| &mut row.ps_ttm),
    ];
    const OTHERS: [Column; 10] = [
        ("turnover_rate", |row| &mut row.turnover_rate),
        ("turnover_rate_free", |row| &mut row.turnover_rate_free),
        ("volume_ratio", |row| &mut row.volume_ratio),
        ("dividend_yield", |row| &mut row.dividend_yield),
        ("dividend_yield_ttm", |row| &mut row.dividend_yield_ttm),
        ("total_shares", |row| &mut row.total_shares),
        ("float_shares", |row| &mut row.float_shares),
        ("free_shares", |row| &mut row.free_shares),
        ("total_value", |row| &mut row.total_value),
        ("float_value", |row| &mut row.float_value),
    ];
    let with = |of: fn(&mut DailyBasic) -> &mut Option<f64>, value| {
        let mut row = a_basic();
        *of(&mut row) = value;
        said(basic(&row))
    };
    for (column, of) in RATIOS.into_iter().chain(OTHERS) {
        assert_eq!(with(of, None), "passes", "{column}");
        assert_eq!(with(of, Some(0.0)), "passes", "{column}");
        let infinite = format!("schema: `{column}` is not a finite number ({column}=inf)");
        assert_eq!(with(of, Some(f64::INFINITY)), infinite);
    }
    for (column, of) in RATIOS {
        assert_eq!(with(of, Some(-3.5)), "passes", "{column}");
    }
    for (column, of) in OTHERS {
        assert_eq!(with(of, Some(-3.5)), format!("schema: `{column}` is negative ({column}=-3.5)"));
    }
    let early = DailyBasic { trade_date: "1989-01-03".parse().unwrap(), ..a_basic() };
    assert!(said(basic(&early)).starts_with("schema: `trade_date`"));
}

#[test]
fn limits_are_prices_in_their_order_and_sentinels_are_limits() {
    // up, down, what is said
    let table = "
        9.59     7.85   passes
        99999.99 0      passes
        99999.99 0.01   passes
        8.72     8.72   passes
        0        0      nonpositive_price: `up_limit` is zero or negative (up_limit=0)
        9.59     -0.01  schema: `down_limit` is negative (down_limit=-0.01)
        7.85     9.59   schema: `down_limit` lies above `up_limit` (down_limit=9.59)
        NaN      7.85   schema: `up_limit` is not a finite number (up_limit=NaN)
        9.59     -inf   schema: `down_limit` is not a finite number (down_limit=-inf)";
    let at = |up: &str, down: &str, date: &str| {
        let code = "000001.SZ".parse().unwrap();
        let (up_limit, down_limit) = (up.parse().unwrap(), down.parse().unwrap());
        said(limit(&PriceLimit { code, trade_date: date.parse().unwrap(), up_limit, down_limit }))
    };
    for line in table.lines().skip(1) {
        let [up, down, expected @ ..] = &line.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert_eq!(at(up, down, "2018-07-18"), expected.join(" "), "{line}");
    }
    assert!(at("9.59", "7.85", "1990-11-30").starts_with("schema: `trade_date`"));
}

#[test]
fn events_have_quantities_and_a_reverse_split_leaves_some_shares() {
    // cash, bonus, rights, price of a right
    let table = "
        145.39 0     0  0   passes
        0      -8.75 0  0   passes
        5      5     1  5   passes
        -1     0     0  0   schema: `cash_per_10` is negative (cash_per_10=-1)
        0      0     -1 0   schema: `rights_per_10` is negative (rights_per_10=-1)
        0      0     1  -5  schema: `rights_price` is negative (rights_price=-5)
        0      -10   0  0   schema: `bonus_per_10` leaves no share (bonus_per_10=-10)
        NaN    0     0  0   schema: `cash_per_10` is not a finite number (cash_per_10=NaN)
        0      inf   0  0   schema: `bonus_per_10` is not a finite number (bonus_per_10=inf)
        0      0     inf 0  schema: `rights_per_10` is not a finite number (rights_per_10=inf)
        0      0     0  NaN schema: `rights_price` is not a finite number (rights_price=NaN)";
    let event = |quantities: [f64; 4], ex_date: &str| CorporateAction {
        code: "600519.SH".parse().unwrap(),
        ex_date: ex_date.parse().unwrap(),
        announced: None,
        cash_per_10: quantities[0],
        bonus_per_10: quantities[1],
        rights_per_10: quantities[2],
        rights_price: quantities[3],
    };
    for line in table.lines().skip(1) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let quantities = [0, 1, 2, 3].map(|n| words[n].parse().unwrap());
        assert_eq!(said(action(&event(quantities, "2019-06-28"))), words[4..].join(" "), "{line}");
    }
    // 000001.SZ issued rights on 1990-03-01, when shares were traded over the counter.
    assert_eq!(said(action(&event([0.0, 0.0, 1.0, 3.56], "1990-03-01"))), "passes");
    assert!(said(action(&event([1.0, 0.0, 0.0, 0.0], "0990-01-02"))).starts_with("schema: `ex_date`"));
}

#[test]
fn a_company_may_lose_money_and_never_has_fewer_than_no_shareholders() {
    let of = |metric, value, period: &str| {
        let code = "600519.SH".parse().unwrap();
        said(claim(&FundamentalClaim { code, period: period.parse().unwrap(), metric, value, announced: None }))
    };
    let nan = "schema: `net_profit` is not a finite number (net_profit=NaN)";
    for metric in [Metric::NetProfit, Metric::Eps, Metric::NetMargin, Metric::PriceEarnings] {
        assert_eq!(of(metric, -1.5, "2024-03-31"), "passes", "{metric:?}");
    }
    assert_eq!(of(Metric::NetProfit, f64::NAN, "2024-03-31"), nan);
    assert_eq!(of(Metric::TotalShares, -1.0, "2024-03-31"), "schema: `total_shares` is negative (total_shares=-1)");
    assert_eq!(of(Metric::Shareholders, -1.0, "2024-03-31"), "schema: `shareholders` is negative (shareholders=-1)");
    assert_eq!(of(Metric::Shareholders, 0.0, "2024-03-31"), "passes");
    assert_eq!(of(Metric::NetProfit, 1.0, "1987-12-31"), "passes", "a prospectus tells the years before the listing");
    assert!(of(Metric::NetProfit, 1.0, "0024-03-31").starts_with("schema: `period` lies before 1792-05-17"));
}

#[test]
fn an_observation_says_of_what_and_in_which_unit() {
    let of = |series: &str, unit: &str, value, consensus, period: &str| {
        let (series, unit) = (series.to_owned(), unit.to_owned());
        let period = period.parse().unwrap();
        said(observation(&MacroObservation {
            series,
            period,
            published: None,
            value,
            unit,
            consensus,
            previous: consensus,
        }))
    };
    assert_eq!(of("china_cpi_yearly", "percent", -0.3, None, "2024-01-31"), "passes");
    let no_series = "completeness: `series` is empty (series=)";
    assert_eq!(of("", "percent", 0.3, None, "2024-01-31"), no_series);
    assert_eq!(of("china_cpi_yearly", " ", 0.3, None, "2024-01-31"), "completeness: `unit` is empty (unit= )");
    let nan = "schema: `value` is not a finite number (value=NaN)";
    assert_eq!(of("china_cpi_yearly", "percent", f64::NAN, None, "2024-01-31"), nan);
    let infinite = "schema: `consensus` is not a finite number (consensus=inf)";
    assert_eq!(of("china_cpi_yearly", "percent", 0.3, Some(f64::INFINITY), "2024-01-31"), infinite);
    assert!(of("china_cpi_yearly", "percent", 0.3, None, "1024-01-31").starts_with("schema: `period`"));
}
