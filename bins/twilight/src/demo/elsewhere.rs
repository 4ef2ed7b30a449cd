//! Asks for what the other vendors brought: two sources side by side, what is watched abroad, reports, the economy.

use anyhow::Context as _;
use chrono::NaiveDate;
use market_model::Code;
use serde_json::Value;

use super::{damage::Damage, questions::Asker, stage::Stage};

/// What was asked and answered.
pub(crate) struct Elsewhere {
    /// Codes whose close on the last day is the same from Tushare and TDX.
    pub(crate) closes_equal: u64,
    /// Bars abroad that equal the world's, and of how many codes.
    pub(crate) world_bars: (u64, usize),
    /// The quarter whose reports were asked for.
    pub(crate) period: NaiveDate,
    /// What two sources claim about one company, in words.
    pub(crate) claims: String,
    /// A macroeconomic series that is there.
    pub(crate) series: String,
}

/// Codes whose two sources are compared.
const SAMPLE: usize = 20;
/// One of each exchange abroad.
const ABROAD: [&str; 4] = ["AAPL.US", "0700.HK", "GSPC.IDX", "USDCNY.FX"];
const SERIES: &str = "china_cpi_yearly";

pub(crate) async fn run(stage: &Stage, damage: &Damage, api: &str) -> anyhow::Result<Elsewhere> {
    let asker = Asker::new(api)?;
    let last = *stage.days.last().context("no days")?;
    let period = stage.reported_quarter().context("no quarter")?;
    let codes = stage.market.expected_codes(last);
    let mut closes_equal = 0;
    let honest = codes.iter().filter(|code| **code != damage.lie.code);
    for code in honest.step_by((codes.len() / SAMPLE).max(1)) {
        two_sources(&asker, code, last).await?;
        closes_equal += 1;
    }
    let mut bars = 0;
    for code in ABROAD {
        bars += abroad(stage, &asker, &code.parse()?).await?;
    }
    let code = codes.first().context("the market has no code on its last day")?;
    let claims = claims(&asker, code, period).await?;
    let answer = asker.get(&format!("/warehouse/macro?series={SERIES}")).await?;
    anyhow::ensure!(rows(&answer)?.len() > 1, "{SERIES} has no figures: {answer}");
    Ok(Elsewhere { closes_equal, world_bars: (bars, ABROAD.len()), period, claims, series: SERIES.to_owned() })
}

async fn two_sources(asker: &Asker, code: &Code, day: NaiveDate) -> anyhow::Result<()> {
    let path = format!("/warehouse/daily?code={code}&start={day}&end={day}&layer=normalized");
    let answer = asker.get(&path).await?;
    let close = |source: &str| {
        let row = rows(&answer).ok()?.iter().find(|row| row["source"] == source)?;
        row["close"].as_f64()
    };
    let (tushare, tdx) = (close("tushare"), close("tdx"));
    anyhow::ensure!(tushare.is_some() && tushare == tdx, "{code}: Tushare {tushare:?}, TDX {tdx:?}: {answer}");
    Ok(())
}

/// Every close abroad is the world's, as traded.
async fn abroad(stage: &Stage, asker: &Asker, code: &Code) -> anyhow::Result<u64> {
    let (first, last) = stage.world.range();
    let answer = asker.get(&format!("/warehouse/daily?code={code}&start={first}&end={last}&adjust=none")).await?;
    let mut equal = 0;
    for row in rows(&answer)? {
        let day: NaiveDate = row["trade_date"].as_str().context("a row without a day")?.parse()?;
        let bar = stage.world.bar(code, day).with_context(|| format!("{code} has a bar too many: {row}"))?;
        let close = row["close"].as_f64().context("a row without a close")?;
        anyhow::ensure!((close - bar.close).abs() < 1e-6, "{code} on {day}: the API says {row}, the world {bar:?}");
        equal += 1;
    }
    anyhow::ensure!(equal > 0, "{code} has no bars: {answer}");
    Ok(equal)
}

async fn claims(asker: &Asker, code: &Code, period: NaiveDate) -> anyhow::Result<String> {
    let answer = asker.get(&format!("/warehouse/fundamentals?code={code}&period={period}")).await?;
    let claims = answer["claims"].as_array().context("an answer without claims")?;
    let of = |source: &str| claims.iter().filter(|claim| claim["source"] == source).count();
    let (tushare, tdx) = (of("tushare"), of("tdx"));
    anyhow::ensure!(tushare > 0, "{code} has no claims about {period}: {answer}");
    Ok(format!("{code}, {period}: {tushare} of Tushare, {tdx} of TDX"))
}

fn rows(answer: &Value) -> anyhow::Result<&Vec<Value>> {
    answer["rows"].as_array().context("an answer without rows")
}
