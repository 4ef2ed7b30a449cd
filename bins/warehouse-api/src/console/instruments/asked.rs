//! How a chart is to be drawn.

use axum::http::Uri;
use daemon_kit::problem::Problem;
use market_model::{Adjust, Code};
use maud::{Markup, html};
use operator_console::Language;

use super::PATH;
use crate::query::{ADJUSTMENTS, Params};

const PARAMETERS: &[&str] = &["adjust", "range", "source"];
/// How many bars; the default first. `None`: as long as there are any.
const RANGES: [(&str, Option<usize>); 4] = [("120", Some(120)), ("60", Some(60)), ("250", Some(250)), ("all", None)];
/// As they stand in a row.
const ORDER: [&str; 4] = ["60", "120", "250", "all"];
/// Longer than any source's name.
const SOURCE_CHARS: usize = 40;

/// What the links above a chart choose.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) adjust: Adjust,
    pub(super) bars: Option<usize>,
    /// The source whose close is drawn over the bars.
    pub(super) source: Option<String>,
    params: Params,
}

impl Asked {
    /// Reads the query of `uri`.
    ///
    /// # Errors
    /// 400 that names the field and what it may be.
    pub(super) fn parse(uri: &Uri) -> Result<Self, Problem> {
        let params = Params::parse_form(uri, PARAMETERS)?;
        let source = params.get("source").map(str::to_owned);
        let is_name = |name: &String| {
            name.len() <= SOURCE_CHARS && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        if source.as_ref().is_some_and(|name| !is_name(name)) {
            return Err(Problem::invalid("source", "this is no name of a source"));
        }
        Ok(Self {
            adjust: params.choice("adjust", &ADJUSTMENTS)?,
            bars: params.choice("range", &RANGES)?,
            source,
            params,
        })
    }

    /// The choices as links, each row with its name.
    pub(super) fn tabs(&self, language: Language, code: &Code, sources: &[String]) -> Markup {
        let link = |name: &str, value: Option<&str>| format!("{PATH}/{code}?{}", self.params.changed(&[(name, value)]));
        let adjustments = [
            (Adjust::Qfq, language.say("forward (qfq)", "前复权")),
            (Adjust::Hfq, language.say("backward (hfq)", "后复权")),
            (Adjust::None, language.say("as traded", "不复权")),
        ];
        let range = RANGES.iter().find(|(_, bars)| *bars == self.bars).map_or("", |(name, _)| name);
        html! {
            div.choices {
            nav.tabs aria-label=(language.say("Adjustment of prices", "复权方式")) {
                @for (adjust, name) in adjustments {
                    a href=(link("adjust", Some(adjust.as_str()))) aria-current=[(adjust == self.adjust).then_some("true")] { (name) }
                }
            }
            nav.tabs aria-label=(language.say("How many bars", "显示范围")) {
                @for name in ORDER {
                    a href=(link("range", Some(name))) aria-current=[(name == range).then_some("true")] {
                        @if name == "all" { (language.say("all", "全部")) } @else { (name) " " (language.say("bars", "根")) }
                    }
                }
            }
            nav.tabs aria-label=(language.say("Another source's close as a line", "叠加其他数据源的收盘价")) {
                a href=(link("source", None)) aria-current=[self.source.is_none().then_some("true")] {
                    (language.say("no other source", "不叠加"))
                }
                @for source in sources {
                    a href=(link("source", Some(source))) aria-current=[(self.source.as_ref() == Some(source)).then_some("true")] {
                        (source)
                    }
                }
            }
        }
        }
    }
}

/// The basis of prices in words.
pub(super) fn basis(language: Language, adjust: Adjust) -> &'static str {
    match adjust {
        Adjust::Qfq => language.say("forward adjusted", "前复权"),
        Adjust::Hfq => language.say("backward adjusted", "后复权"),
        Adjust::None => language.say("as traded", "不复权"),
    }
}
