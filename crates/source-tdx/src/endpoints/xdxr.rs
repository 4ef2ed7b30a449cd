//! Capital changes and corporate actions.

use market_model::{Code, CorporateAction};

use super::single::{Said, Single};
use crate::{
    Client, Fetched, RejectedRow, Row, TdxError, XdxrRecord,
    inquiry::Doubt,
    normalize::{corporate_actions, xdxr_records},
    question::{Question, Spelled},
    wire::{XdxrRow, decode_xdxr, is_about, xdxr_request},
};

pub(crate) const DATASET: &str = "xdxr";

/// Shorter than the security it should be about: "no record" is said in nine bytes, this is said by servers that cut
/// everything off.
const SECURITY_LEN: usize = 9;

impl Client {
    /// Every record of a code's capital history, of all categories, ascending. Records may be revised later and may lie in
    /// the future. None = none, for example of a new listing.
    pub async fn xdxr(&self, code: &Code) -> Result<Fetched<XdxrRecord>, TdxError> {
        let (spelled, said) = self.ask_xdxr(code).await?;
        let (rows, rejected) = xdxr_records(DATASET, &spelled, &said.value);
        Ok(Fetched { rows, rejected, pages: vec![said.page], ..Fetched::default() })
    }

    /// The corporate actions of a code: category 1 of its capital history, one per ex-date, ascending, per 10 shares,
    /// announced unknown. Ex-dates in the future are included.
    pub async fn corporate_actions(&self, code: &Code) -> Result<Fetched<CorporateAction>, TdxError> {
        let (spelled, said) = self.ask_xdxr(code).await?;
        let (rows, rejected) = actions_of(&spelled, &said.value);
        Ok(Fetched { rows, rejected, pages: vec![said.page], ..Fetched::default() })
    }

    async fn ask_xdxr(&self, code: &Code) -> Result<(Spelled, Said<Vec<XdxrRow>>), TdxError> {
        let spelled = Spelled::of(code)?;
        let said = self
            .inquire(&Single {
                question: Question::new(DATASET, xdxr_request(spelled.market, spelled.symbol), spelled.note()),
                subject: code.to_string(),
                clock: self.clock(),
                read: |body: &[u8]| is_about(body, spelled.market, spelled.symbol).and_then(|()| decode_xdxr(body)),
                doubt: |_: &Vec<XdxrRow>, body: &[u8]| (body.len() < SECURITY_LEN).then_some(Doubt::Empty),
            })
            .await?;
        Ok((spelled, said))
    }
}

/// The corporate actions among a code's records, and the records that cannot be used.
pub(crate) fn actions_of(spelled: &Spelled, records: &[XdxrRow]) -> (Vec<Row<CorporateAction>>, Vec<RejectedRow>) {
    let (records, mut rejected) = xdxr_records(DATASET, spelled, records);
    let (rows, impossible) = corporate_actions(DATASET, &records);
    rejected.extend(impossible);
    (rows, rejected)
}
