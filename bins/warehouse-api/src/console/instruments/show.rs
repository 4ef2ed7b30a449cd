//! `/console/instruments/{code}`: the chart of a code, and what stands beside it.

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use chrono::NaiveDate;
use daemon_kit::problem::Problem;
use market_model::{Adjust, Board, Code, FactorBasis, InstrumentKind};
use maud::{Markup, html};
use operator_console::{
    Language, Page, Visit,
    ui::{date, empty, panel},
};
use warehouse::{Anchor, Generation};

use super::{asked::Asked, series::Series, tables};
use crate::{
    console::{codes, pages::Pages, words::absent},
    query::unknown_code,
};

/// The page.
pub(super) async fn page(
    State(pages): State<Pages>,
    visit: Visit,
    Path(text): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let language = visit.language;
    let asked = Asked::parse(&uri)?;
    let generation = pages.app.generation()?;
    let code = codes::read("code", &text, &generation)?;
    if !generation.knows(&code) {
        return Err(unknown_code(code, &generation));
    }
    let reader = generation.clone();
    let (series, asked) = pages.app.queries.run(move || Ok((Series::read(&reader, &code, &asked)?, asked))).await?;
    let name = generation.instrument(&code).map_or("", |instrument| instrument.name.as_str());
    let body = html! {
        (super::form(language, ""))
        (panel(&format!("{} · {}", language.say("Chart", "行情图"), series.period.name(language)), html! {
            (asked.tabs(language, &code, &series.sources))
            (series.candles(language, &code, name, &asked).render(language))
            (anchor_hint(language, asked.adjust, series.anchor))
        }))
        div.columns {
            (panel(language.say("Ex-dates", "除权除息"), tables::events(language, &series.events)))
            (panel(language.say("Days without a bar", "缺失的交易日"), html! {
                @if series.days.is_empty() && series.missing.is_empty() {
                    (empty(language.say("There is no bar of it at all.", "没有任何K线。")))
                } @else { (tables::missing(language, &series.missing)) }
            }))
            (panel(language.say("Instrument", "品种"), facts(language, &generation, &code)))
        }
        @if !series.days.is_empty() {
            (panel(
                language.say("The newest daily bars", "最近的日K"),
                tables::last_bars(language, &generation, &code, &series, asked.adjust),
            ))
        }
    };
    let title = format!("{code} {name}").trim_end().to_owned();
    Ok(visit.page_with(Page { title, lead: None, body, status: StatusCode::OK }))
}

/// What prices are relative to.
fn anchor_hint(language: Language, adjust: Adjust, anchor: Option<Anchor>) -> Markup {
    let Some(anchor) = anchor else { return html! {} };
    let day = anchor.date;
    let text = match (language, adjust) {
        (Language::English, Adjust::Qfq) => {
            format!("Prices equal the traded ones on {day}, the last bar; older ones are scaled to it.")
        }
        (Language::Chinese, Adjust::Qfq) => format!("以最后一根K线 {day} 为基准，之前的价格按复权因子调整。"),
        (_, Adjust::Hfq) => match anchor.basis {
            FactorBasis::Listing => language.say("Prices are relative to the listing day.", "以上市首日为基准。"),
            FactorBasis::FirstBar => language.say(
                "Prices are relative to the first bar at hand: history does not reach back to the listing.",
                "以现有的第一根K线为基准：历史未追溯到上市日。",
            ),
        }
        .to_owned(),
        (_, Adjust::None) => language
            .say("Prices as traded: an ex-date looks like a fall.", "价格未经复权，除权除息日会出现跳空。")
            .to_owned(),
    };
    html! { p.hint { (text) } }
}

fn facts(language: Language, generation: &Generation, code: &Code) -> Markup {
    let instrument = generation.instrument(code);
    html! {
        dl.facts {
            dt { (language.say("Code", "代码")) }
            dd { code { (code) } }
            dt { (language.say("Name", "名称")) }
            dd {
                @match instrument {
                    Some(instrument) => (instrument.name),
                    None => (absent(language.say("no source lists it", "没有数据源收录"))),
                }
            }
            dt { (language.say("Kind", "类型")) }
            dd { (kind(language, instrument.map(|instrument| instrument.kind).or_else(|| InstrumentKind::of_code(code)))) }
            @if let Some(board) = instrument.and_then(|instrument| instrument.board) {
                dt { (language.say("Board", "板块")) }
                dd { (board_name(language, board)) }
            }
            dt { (language.say("Listed", "上市")) }
            dd { (listing(language, instrument.and_then(|of| of.listed), instrument.and_then(|of| of.delisted))) }
            @if let Some(before) = instrument.and_then(|instrument| instrument.renamed_from) {
                dt { (language.say("Traded before as", "曾用代码")) }
                dd { code { (before) } }
            }
            dt { (language.say("Findings", "问题")) }
            dd { a href=(format!("/console/findings?code={code}")) { (language.say("what is open about it", "未处理的问题")) } }
            dt { (language.say("Quarantine", "隔离区")) }
            dd { a href=(format!("/console/quarantine?code={code}")) { (language.say("its refused rows", "被拒绝的行")) } }
        }
    }
}

/// What it is.
pub(super) fn kind(language: Language, kind: Option<InstrumentKind>) -> Markup {
    let text = match kind {
        Some(InstrumentKind::AShare) => language.say("A-share", "A股"),
        Some(InstrumentKind::BShare) => language.say("B-share", "B股"),
        Some(InstrumentKind::Index) => language.say("index", "指数"),
        Some(InstrumentKind::Fund) => language.say("fund", "基金"),
        Some(InstrumentKind::Bond) => language.say("bond", "债券"),
        Some(InstrumentKind::Foreign) => language.say("abroad", "境外"),
        None => return absent(language.say("its number range is not assigned", "代码段未分配")),
    };
    html! { (text) }
}

/// From when until when it is listed.
pub(super) fn listing(language: Language, listed: Option<NaiveDate>, delisted: Option<NaiveDate>) -> Markup {
    html! {
        @match listed {
            Some(day) => (date(day)),
            None => (absent(language.say("no source tells the day", "没有数据源说明日期"))),
        }
        @if let Some(day) = delisted {
            (language.say(", delisted ", "，退市 ")) (date(day))
        }
    }
}

fn board_name(language: Language, board: Board) -> &'static str {
    match board {
        Board::Main => language.say("main board", "主板"),
        Board::ChiNext => language.say("ChiNext", "创业板"),
        Board::Star => language.say("STAR", "科创板"),
        Board::Bse => language.say("Beijing", "北交所"),
    }
}
