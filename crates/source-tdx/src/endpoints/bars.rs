//! One page of bars of any category.

use market_model::Code;

use super::single::Single;
use crate::{
    Bar, Category, Client, Fetched, TdxError,
    inquiry::Doubt,
    normalize::{UnitFault, bars, is_index, layout_of},
    question::{Note, Question, Spelled},
    wire::{MAX_BARS, bars_request, decode_bars},
};

/// The dataset of bars of a code: indices have their own, for their records have another layout.
pub(crate) fn dataset_of(code: &Code) -> &'static str {
    if is_index(code) { "index_bars" } else { "bars" }
}

/// The question for a page of bars.
pub(super) fn question(spelled: &Spelled, category: Category, start: u16, count: u16) -> Question {
    let note = Note { category: Some(category.number()), start: Some(start), count: Some(count), ..spelled.note() };
    let request = bars_request(spelled.market, spelled.symbol, category, start, count);
    Question::new(dataset_of(&spelled.code), request, note)
}

/// Whether so many records make no sense that the whole answer is out of step: numbers of variable length fall into step
/// again, so that not every slip leaves the body unreadable. More than one in twenty is too many.
pub(super) fn too_many_rejected(rejected: usize, records: usize) -> bool {
    rejected * 20 > records
}

/// The refusal of bars whose unit nothing explains.
pub(crate) fn unit_mismatch(code: &Code, fault: UnitFault, pages: Vec<crate::RawPage>) -> TdxError {
    TdxError::UnitMismatch { code: *code, median_ratio: fault.median_ratio, rows: fault.rows, pages }
}

impl Client {
    /// `count` bars (at most 800), the newest of them `start` bars before the newest of all, ascending, **as they are
    /// sent**: a live bar and flat bars of suspended days included. Volumes in shares, amounts in yuan, unadjusted. No rows
    /// = the history ends before `start`; at `start` 0 a second server has confirmed it.
    ///
    /// # Errors
    /// [`TdxError::BadRequest`] for more than 800 bars or none; [`TdxError::UnitMismatch`] when volume and amount do not fit
    /// the prices in any known unit.
    pub async fn bars(
        &self,
        code: &Code,
        category: Category,
        start: u16,
        count: u16,
    ) -> Result<Fetched<Bar>, TdxError> {
        if count == 0 || count > MAX_BARS {
            return Err(TdxError::BadRequest { message: format!("between 1 and {MAX_BARS} bars, not {count}") });
        }
        let spelled = Spelled::of(code)?;
        let layout = layout_of(code);
        let dataset = dataset_of(code);
        let said = self
            .inquire(&Single {
                question: question(&spelled, category, start, count),
                subject: code.to_string(),
                clock: self.clock(),
                read: |body: &[u8]| Ok(bars(dataset, code, category, &decode_bars(body, layout)?)),
                doubt: |bars: &Result<Fetched<Bar>, UnitFault>, _: &[u8]| match bars {
                    Ok(bars) if !too_many_rejected(bars.rejected.len(), bars.rows.len() + bars.rejected.len()) => {
                        (start == 0 && bars.rows.is_empty()).then_some(Doubt::Empty)
                    }
                    _ => Some(Doubt::Senseless),
                },
            })
            .await?;
        match said.value {
            Ok(bars) => Ok(Fetched { pages: vec![said.page], ..bars }),
            Err(fault) => Err(unit_mismatch(code, fault, vec![said.page])),
        }
    }
}
