//! What the vendor says differently from the market: history that was corrected.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market_model::{Code, CorporateAction, DailyBar};

/// Corrections by code and day; `None` = the vendor took the row back.
#[derive(Debug, Clone, Default)]
pub(super) struct Revisions {
    bars: BTreeMap<Code, BTreeMap<NaiveDate, Option<DailyBar>>>,
    actions: BTreeMap<Code, BTreeMap<NaiveDate, Option<CorporateAction>>>,
}

impl Revisions {
    pub(super) fn revise(&mut self, bar: DailyBar) {
        self.bars.entry(bar.code).or_default().insert(bar.trade_date, Some(bar));
    }

    pub(super) fn withdraw(&mut self, code: Code, date: NaiveDate) {
        self.bars.entry(code).or_default().insert(date, None);
    }

    pub(super) fn revise_action(&mut self, action: CorporateAction) {
        self.actions.entry(action.code).or_default().insert(action.ex_date, Some(action));
    }

    pub(super) fn withdraw_action(&mut self, code: Code, ex_date: NaiveDate) {
        self.actions.entry(code).or_default().insert(ex_date, None);
    }

    /// The corrected days of a code, if it has any.
    pub(super) fn bars(&self, code: &Code) -> Option<&BTreeMap<NaiveDate, Option<DailyBar>>> {
        self.bars.get(code)
    }

    /// The corrected ex-dates of a code, if it has any.
    pub(super) fn actions(&self, code: &Code) -> Option<&BTreeMap<NaiveDate, Option<CorporateAction>>> {
        self.actions.get(code)
    }
}
