//! What a bulk load adds to the new tail: corporate actions, what was refused, how fresh the source is.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use duckdb::Connection;
use market_model::{CorporateAction, DailyBar};

use super::{left_out::LeftOut, responses::Numbered};
use crate::{
    Batch, RawResponse, Sourced, WarehouseError, WriterOptions,
    base::NEXT,
    compact::fresh_tail::FRESH,
    quarantine::{self, Incoming},
    schema,
    writer::{
        Session, bookkeeping,
        datasets::Dataset,
        due, merge,
        stage::{self, Gate, Lineage, Refused},
    },
};

/// The events of so many codes are merged at a time.
const CODES_AT_ONCE: usize = 250;
/// So many refused rows are put aside at a time.
const REFUSED_AT_ONCE: usize = 5_000;

/// The new tail, through a connection of its own whose main database it is.
pub(super) struct NextTail<'a> {
    pub(super) conn: Connection,
    source: &'a str,
    options: &'a WriterOptions,
    now: DateTime<Utc>,
    /// Events that wait to be merged, and what they refer to.
    actions: Vec<Sourced<CorporateAction>>,
    responses: Vec<RawResponse>,
    raw_ids: Vec<i64>,
    codes: usize,
    /// Rows that wait to be put aside.
    refused: Vec<Incoming>,
    left_out: LeftOut,
    /// What was answered, without bodies, if rows are held that could not be read: an answer to the same request that has no
    /// such row any more supersedes them.
    answers: Option<Vec<RawResponse>>,
    /// The data sets that were fetched, each with the newest bar that it brought.
    fetched: BTreeMap<String, (RawResponse, Option<DailyBar>)>,
}

impl<'a> NextTail<'a> {
    /// Opens the connection and a transaction.
    pub(super) fn open(
        session: &Session,
        source: &'a str,
        options: &'a WriterOptions,
        now: DateTime<Utc>,
    ) -> Result<Self, WarehouseError> {
        let conn = session.conn.try_clone()?;
        conn.execute_batch(&format!("USE {FRESH}; BEGIN"))?;
        let answers = quarantine::any_unread(&conn, source)?.then(Vec::new);
        Ok(Self {
            conn,
            source,
            options,
            now,
            actions: Vec::new(),
            responses: Vec::new(),
            raw_ids: Vec::new(),
            codes: 0,
            refused: Vec::new(),
            left_out: LeftOut::default(),
            answers,
            fetched: BTreeMap::new(),
        })
    }

    /// Takes the events of one code. `responses` are those of the code, each with its id.
    pub(super) fn take_actions(
        &mut self,
        actions: Vec<Sourced<CorporateAction>>,
        responses: &[(i64, RawResponse)],
    ) -> Result<(), WarehouseError> {
        if actions.is_empty() {
            return Ok(());
        }
        let first = self.responses.len();
        self.actions.extend(actions.into_iter().map(|row| Sourced { response: first + row.response, ..row }));
        self.responses.extend(responses.iter().map(|(_, response)| without_body(response)));
        self.raw_ids.extend(responses.iter().map(|(id, _)| *id));
        self.codes += 1;
        if self.codes >= CODES_AT_ONCE { self.merge_actions() } else { Ok(()) }
    }

    /// Merges the events that wait, as an ordinary commit would.
    pub(super) fn merge_actions(&mut self) -> Result<(), WarehouseError> {
        let rows = std::mem::take(&mut self.actions);
        let (responses, raw_ids) = (std::mem::take(&mut self.responses), std::mem::take(&mut self.raw_ids));
        self.codes = 0;
        if rows.is_empty() {
            return Ok(());
        }
        let name = <CorporateAction as Dataset>::TABLE;
        let table =
            schema::table(name).ok_or_else(|| WarehouseError::Other(format!("table {name} is not described")))?;
        let lineage = Lineage { source: self.source, responses: &responses, raw_ids: &raw_ids };
        let refused = stage::stage(&self.conn, &rows, lineage, Gate::Shut)?;
        merge::merge(&self.conn, table, None, self.options, self.now)?;
        let numbered: Vec<Numbered> = raw_ids.into_iter().zip(responses).collect();
        self.quarantine(refused, &numbered)
    }

    /// Puts aside what was refused of one code, as far as [`LeftOut`] admits it; `responses` are those of the code, each with its id.
    pub(super) fn quarantine(&mut self, refused: Vec<Refused>, responses: &[Numbered]) -> Result<(), WarehouseError> {
        let (source, now) = (self.source, self.now);
        let response = |at: usize| responses.get(at).map(|(id, response)| (*id, response));
        let admitted = refused.into_iter().filter(|row| self.left_out.admits(row));
        self.refused.extend(admitted.map(|row| {
            let from = response(row.response);
            Incoming::new(source, row, from, now)
        }));
        if self.refused.len() >= REFUSED_AT_ONCE {
            self.put_aside()?;
        }
        if let Some(answers) = &mut self.answers {
            let requests = responses.iter().map(|(_, response)| (response, response.request.clone()));
            answers.extend(requests.map(|(response, request)| RawResponse { request, ..without_body(response) }));
        }
        Ok(())
    }

    fn put_aside(&mut self) -> Result<(), WarehouseError> {
        let rows = std::mem::take(&mut self.refused);
        if quarantine::hold(&self.conn, self.source, &rows, self.now)? {
            quarantine::raise_findings(&self.conn, self.now)?;
        }
        Ok(())
    }

    /// What follows from the whole load: held rows that a good one is there for now are superseded, and the whole history is
    /// to be checked in the market commit `commit_seq`. The tables of the next base are written.
    pub(super) fn settle(&self, commit_seq: u64) -> Result<(), WarehouseError> {
        quarantine::by_stored(&self.conn, self.source, |table| {
            let catalog = if table.in_base { NEXT } else { FRESH };
            vec![format!("{catalog}.{}", table.name)]
        })?;
        quarantine::close_findings(&self.conn, self.now)?;
        due::note_whole_history(&self.conn, commit_seq)
    }

    /// Remembers which data sets were fetched, and up to which day. `bars` are those of one code.
    pub(super) fn note_fetched(&mut self, responses: &[(i64, RawResponse)], bars: &[Sourced<DailyBar>]) {
        self.left_out.count_code();
        for (_, response) in responses {
            if !self.fetched.contains_key(&response.dataset) {
                self.fetched.insert(response.dataset.clone(), (without_body(response), None));
            }
        }
        let Some(last) = bars.last() else { return };
        let dataset = responses.get(last.response).map(|(_, response)| &response.dataset);
        if let Some((_, newest)) = dataset.and_then(|dataset| self.fetched.get_mut(dataset))
            && newest.as_ref().is_none_or(|newest| newest.trade_date < last.value.trade_date)
        {
            *newest = Some(last.value.clone());
        }
    }

    /// Merges and notes what is left, and commits.
    pub(super) fn commit(&mut self) -> Result<(), WarehouseError> {
        self.merge_actions()?;
        self.put_aside()?;
        self.left_out.note(&self.conn, self.source, self.now)?;
        quarantine::by_answers(&self.conn, self.source, self.answers.iter().flatten())?;
        let mut batch = Batch { source: self.source.to_owned(), ..Batch::default() };
        for (response, newest) in std::mem::take(&mut self.fetched).into_values() {
            let at = batch.responses.len();
            batch.daily.extend(newest.map(|value| Sourced { value, response: at, row: 0 }));
            batch.responses.push(response);
        }
        bookkeeping::record_success(&self.conn, &batch, self.now)?;
        Ok(self.conn.execute_batch("COMMIT")?)
    }
}

/// A response for its time and data set only.
fn without_body(response: &RawResponse) -> RawResponse {
    RawResponse {
        source: response.source.clone(),
        dataset: response.dataset.clone(),
        request: String::new(),
        fetched_at: response.fetched_at,
        http_status: response.http_status,
        body: Vec::new(),
    }
}
