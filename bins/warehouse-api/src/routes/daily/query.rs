//! What a request to `/warehouse/daily` asks for.

use axum::http::Uri;
use daemon_kit::problem::Problem;
use market_model::{Adjust, Code};
use warehouse::Generation;

use crate::query::{ADJUSTMENTS, DateRange, Format, Layer, Params, parse_code, unknown_code};

const PARAMETERS: &[&str] = &["code", "start", "end", "layer", "adjust", "format"];

/// One question, checked against the limits and the generation that will answer it.
#[derive(Debug, Clone, Copy)]
pub(super) struct DailyQuery {
    pub(super) code: Code,
    pub(super) range: DateRange,
    pub(super) layer: Layer,
    /// [`Adjust::None`] for the layers that hold traded prices only.
    pub(super) adjust: Adjust,
    pub(super) format: Format,
}

impl DailyQuery {
    /// Reads the query string.
    ///
    /// # Errors
    /// 400 for anything malformed, unknown or beyond `max_days`; 404 for a code that the generation does not know.
    pub(super) fn parse(uri: &Uri, generation: &Generation, max_days: u32) -> Result<Self, Problem> {
        let params = Params::parse(uri, PARAMETERS)?;
        let layer = params.choice("layer", &Layer::ALL)?;
        let adjust = adjust(&params, layer)?;
        let format = params.choice("format", &Format::ALL)?;
        let code = parse_code(&params, generation)?;
        let last = generation.last_trade_date().unwrap_or_else(|| generation.published_at().date_naive());
        let range = DateRange::parse(&params, last, max_days)?;
        if !generation.knows(&code) {
            return Err(unknown_code(code, generation));
        }
        Ok(Self { code, range, layer, adjust, format })
    }

    /// The name a browser should save the answer under, `600519.SH_curated_qfq_2026-01-01_2026-04-30.csv`.
    pub(super) fn file_name(&self) -> String {
        let Self { code, range, layer, adjust, format } = self;
        let (layer, adjust, extension) = (layer.name(), adjust.as_str(), format.extension());
        format!("{code}_{layer}_{adjust}_{}_{}.{extension}", range.start, range.end)
    }
}

/// Only curated prices can be adjusted: the other layers show what vendors sent.
fn adjust(params: &Params, layer: Layer) -> Result<Adjust, Problem> {
    let chosen = params.choice("adjust", &ADJUSTMENTS)?;
    if layer == Layer::Curated {
        return Ok(chosen);
    }
    if params.get("adjust").is_some() && chosen != Adjust::None {
        let detail = format!("layer `{}` holds traded prices: adjust applies to layer `curated` only", layer.name());
        return Err(Problem::invalid("adjust", detail).allowed(["none"]));
    }
    Ok(Adjust::None)
}
