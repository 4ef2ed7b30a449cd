//! The rows behind a finding: what every source sent for the day, what was made of it, and what is served.

use chrono::NaiveDate;
use market_model::Code;
use maud::{Markup, html};
use operator_console::{
    Language,
    ui::{empty, moment, panel},
};
use warehouse::{Bar, Generation, NormalizedRow, RawRow, WarehouseError, known_volume};

use super::vendors_row;
use crate::{console::words::absent, shanghai};

/// All rows of a code's day.
pub(super) struct Evidence {
    code: Code,
    day: NaiveDate,
    rows: Vec<NormalizedRow>,
    /// The vendors' own; or why they cannot be read.
    raw: Result<Vec<RawRow>, String>,
    served: Option<Bar>,
}

impl Evidence {
    /// Reads them. Plans queries and reads whole responses.
    pub(super) fn read(generation: &Generation, code: Code, day: NaiveDate) -> Result<Self, WarehouseError> {
        let rows = generation.normalized(&code, day, day)?;
        // A damaged response must not hide what is known beside it.
        let raw = match generation.raw_rows(&code, day, day) {
            Err(WarehouseError::Damaged { detail, .. }) => Err(detail),
            raw => Ok(raw?),
        };
        let mut bars = Vec::new();
        generation.bars(&code, day, day, &mut bars)?;
        Ok(Self { code, day, rows, raw, served: bars.pop() })
    }

    /// The normalized rows side by side, then the vendors' rows.
    pub(super) fn render(&self, language: Language, generation: &Generation) -> Markup {
        let title = format!("{} · {} · {}", language.say("Rows side by side", "各数据源对照"), self.code, self.day);
        html! {
            (panel(&title, self.side_by_side(language, generation)))
            @match &self.raw {
                Ok(rows) if rows.is_empty() => {},
                Ok(rows) => div.columns { @for row in rows { (vendor(language, row)) } },
                Err(detail) => (panel(language.say("As the vendors sent them", "数据源原始行"), html! {
                    p.text-bad { (language.say("The stored response cannot be read: ", "无法读取已存的响应：")) (detail) }
                })),
            }
        }
    }

    fn side_by_side(&self, language: Language, generation: &Generation) -> Markup {
        if self.rows.is_empty() {
            let nobody = "No source has a row of this code and day.";
            return empty(language.say(nobody, "没有任何数据源提供该代码当日的数据。"));
        }
        let chosen = self.served.map(|bar| generation.source_name(bar.source));
        let sources = self.rows.iter().map(|row| row.source.as_str());
        html! {
            div.table-wrap {
                table.grid {
                    caption.visually-hidden {
                        (language.say("The normalized rows of all sources: yuan and shares", "各数据源的标准化数据：单位元、股"))
                    }
                    thead {
                        tr {
                            th scope="col" { (language.say("Field", "字段")) }
                            @for source in sources.clone() {
                                th.num scope="col" {
                                    (source) @if chosen == Some(source) { " " (language.say("(served)", "（采用）")) }
                                }
                            }
                            th scope="col" { (language.say("Agree", "是否一致")) }
                        }
                    }
                    tbody {
                        @for field in Field::all(language) { (field.row(language, self.code, &self.rows)) }
                        tr {
                            th scope="row" { (language.say("written", "写入时间")) }
                            @for row in &self.rows { td.num data-label=(row.source) { (moment(row.ingested_at)) } }
                            td {}
                        }
                        tr {
                            th scope="row" { (language.say("response, row", "响应编号与行号")) }
                            @for row in &self.rows { td.num data-label=(row.source) { (row.raw_id) ", " (row.raw_row) } }
                            td {}
                        }
                    }
                }
            }
            p.hint {
                (language.say("Prices in yuan as traded, volume in shares, amount in yuan. ", "价格为不复权元，量为股，额为元。"))
                (language.say("Every difference is marked; rules allow for small ones. ", "所有差异均已标出，规则允许微小差异。"))
                @match &chosen {
                    Some(_) => {},
                    None => (language.say("None of the rows is served.", "当日没有采用任何一行。")),
                }
            }
        }
    }
}

/// A figure of a normalized row.
struct Field {
    name: &'static str,
    of: fn(Code, &NormalizedRow) -> Option<f64>,
    is_whole: bool,
}

impl Field {
    fn all(language: Language) -> [Self; 8] {
        let price = |name, of| Self { name, of, is_whole: false };
        [
            price(language.say("open", "开盘"), |_, row| Some(row.bar.open)),
            price(language.say("high", "最高"), |_, row| Some(row.bar.high)),
            price(language.say("low", "最低"), |_, row| Some(row.bar.low)),
            price(language.say("close", "收盘"), |_, row| Some(row.bar.close)),
            price(language.say("previous close", "前收"), |_, row| row.bar.pre_close),
            Self {
                name: language.say("volume", "成交量"),
                of: |code, row| known_volume(&code, row.bar.volume).map(|shares| shares as f64),
                is_whole: true,
            },
            price(language.say("amount", "成交额"), |_, row| row.bar.amount),
            price(language.say("factor", "复权因子"), |_, row| row.bar.adj_factor),
        ]
    }

    fn row(&self, language: Language, code: Code, rows: &[NormalizedRow]) -> Markup {
        let values: Vec<Option<f64>> = rows.iter().map(|row| (self.of)(code, row)).collect();
        let there: Vec<f64> = values.iter().flatten().copied().collect();
        let differs = there.windows(2).any(|pair| pair[0].to_bits() != pair[1].to_bits());
        let text = |value: f64| if self.is_whole { format!("{value:.0}") } else { value.to_string() };
        html! {
            tr {
                th scope="row" { (self.name) }
                @for (row, value) in rows.iter().zip(&values) {
                    td.num data-label=(row.source) {
                        @match value {
                            None => (absent(language.say("this source has no such figure", "该数据源没有此项"))),
                            Some(value) if differs => mark { (text(*value)) },
                            Some(value) => (text(*value)),
                        }
                    }
                }
                td data-label=(language.say("Agree", "是否一致")) {
                    @if differs { strong.text-warn { (language.say("≠ differ", "≠ 不一致")) } }
                    @else if there.len() > 1 { (language.say("= same", "= 一致")) }
                }
            }
        }
    }
}

/// What one source sent, with its request.
fn vendor(language: Language, row: &RawRow) -> Markup {
    let title = format!("{}: {}", language.say("As sent by", "原始数据"), row.source);
    let body = html! {
        dl.facts {
            dt { (language.say("Response", "响应")) }
            dd { (row.raw_id) ", " (language.say("row", "行")) " " (row.raw_row) }
            @if let Some(dataset) = &row.dataset {
                dt { (language.say("Data set", "数据集")) }
                dd { code { (dataset) } }
            }
            @if let Some(at) = row.fetched_at {
                dt { (language.say("Fetched", "获取时间")) }
                dd title=(shanghai::text(at)) { (moment(at)) }
            }
            @if let Some(request) = &row.request {
                dt { (language.say("Request", "请求")) }
                dd { code.mono { (request) } }
            }
        }
        @if row.archived {
            (empty(language.say("The response lies in the primary's raw archive, not in this generation.",
                "原始响应在主机的归档中，不在当前版本内。")))
        } @else {
            (vendors_row(language, &row.fields, row.row.as_deref()))
        }
    };
    panel(&title, body)
}
