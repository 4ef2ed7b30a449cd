//! One request and the note of it that is kept with the answer.

use market_model::Code;
use serde::Serialize;

use crate::{
    Clock, RawPage, TdxError,
    pool::{Fault, Lease},
    wire::{Market, Request, WireError, spelling},
};

/// One request, with its parameters as they are noted in [`RawPage::request`].
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) dataset: &'static str,
    pub(crate) request: Request,
    pub(crate) note: Note,
}

/// The parameters. Those that a method does not have are left out.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Note {
    pub(crate) method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) market: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) codes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) category: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u16>,
    pub(crate) server: String,
}

/// A code as it goes on the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spelled {
    pub(crate) code: Code,
    pub(crate) market: Market,
    pub(crate) symbol: [u8; 6],
}

impl Spelled {
    pub(crate) fn of(code: &Code) -> Result<Self, TdxError> {
        let (market, symbol) = spelling(code)?;
        Ok(Self { code: *code, market, symbol })
    }

    /// The start of a note about it.
    pub(crate) fn note(&self) -> Note {
        Note { market: Some(self.market.number()), code: Some(self.code.symbol().to_owned()), ..Note::default() }
    }
}

impl Question {
    pub(crate) fn new(dataset: &'static str, request: Request, note: Note) -> Self {
        Self { dataset, request, note: Note { method: dataset, ..note } }
    }

    /// Puts it to the leased server and reads the answer; gives the page to keep too.
    pub(crate) async fn put<T>(
        &self,
        lease: &mut Lease,
        clock: &Clock,
        read: impl FnOnce(&[u8]) -> Result<T, WireError>,
    ) -> Result<(T, RawPage), Fault> {
        let answer = lease.ask(&self.request).await?;
        let fetched_at = clock();
        let value = read(answer.body())?;
        lease.praise();
        tracing::debug!(tdx.dataset = self.dataset, tdx.server = lease.address(), bytes = answer.frame.len(), "page");
        let note = Note { server: lease.address().to_owned(), ..self.note.clone() };
        let request = serde_json::to_string(&note).map_err(|error| Fault::Implausible(error.to_string()))?;
        let page = RawPage { dataset: self.dataset, request, fetched_at, http_status: 200, body: answer.frame };
        Ok((value, page))
    }
}
