//! The figures of the latest report.

use market_model::{Code, FundamentalClaim};

use super::single::Single;
use crate::{
    Client, Fetched, FinanceSnapshot, RejectedRow, Row, TdxError,
    inquiry::Doubt,
    normalize::snapshot,
    question::{Question, Spelled},
    wire::{FinanceRecord, decode_finance, finance_request, is_about},
};

pub(crate) const DATASET: &str = "finance";

/// Shorter than the security it should be about.
const SECURITY_LEN: usize = 9;

impl Client {
    /// The figures of a company's latest report as claims, in yuan and shares. TDX keeps the latest report only. No rows =
    /// it has none (an index, a fund).
    pub async fn finance(&self, code: &Code) -> Result<Fetched<FundamentalClaim>, TdxError> {
        Ok(claims_of(self.finance_snapshot(code).await?))
    }

    /// The same in one piece: no row or one.
    pub async fn finance_snapshot(&self, code: &Code) -> Result<Fetched<FinanceSnapshot>, TdxError> {
        let spelled = Spelled::of(code)?;
        let said = self
            .inquire(&Single {
                question: Question::new(DATASET, finance_request(spelled.market, spelled.symbol), spelled.note()),
                subject: code.to_string(),
                clock: self.clock(),
                read: |body: &[u8]| is_about(body, spelled.market, spelled.symbol).and_then(|()| decode_finance(body)),
                doubt: |_: &Option<FinanceRecord>, body: &[u8]| (body.len() < SECURITY_LEN).then_some(Doubt::Empty),
            })
            .await?;
        Ok(Fetched { pages: vec![said.page], ..snapshot_of(&spelled, said.value.as_ref()) })
    }
}

/// What a record says, or why it cannot be used.
pub(crate) fn snapshot_of(spelled: &Spelled, record: Option<&FinanceRecord>) -> Fetched<FinanceSnapshot> {
    let mut fetched = Fetched::default();
    if let Some(record) = record {
        match read(&spelled.code, spelled, record) {
            Ok(value) => fetched.rows.push(Row { value, page: 0, row: 0 }),
            Err(reason) => {
                let value = format!("{record:?}");
                fetched.rejected.push(RejectedRow { dataset: DATASET, page: 0, row: 0, reason, value });
            }
        }
    }
    fetched
}

/// The figures of snapshots as claims.
pub(crate) fn claims_of(snapshots: Fetched<FinanceSnapshot>) -> Fetched<FundamentalClaim> {
    let Fetched { rows, rejected, pages, .. } = snapshots;
    let claims = rows
        .into_iter()
        .flat_map(|Row { value, page, row }| value.claims().into_iter().map(move |value| Row { value, page, row }));
    Fetched { rows: claims.collect(), rejected, pages, ..Fetched::default() }
}

fn read(code: &Code, spelled: &Spelled, record: &FinanceRecord) -> Result<FinanceSnapshot, String> {
    if record.market != spelled.market.number() || record.symbol != spelled.symbol {
        return Err("the record is about another security".to_owned());
    }
    snapshot(code, record)
}
