//! What requests of a short span were charged: the rate at which money goes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use route_policy::Cny;
use rusqlite::Connection;

use crate::{
    Charged, Ledger, LedgerError,
    store::{self, Dictionary, Word},
};

impl Ledger {
    /// What the requests that arrived in `from..to` and have ended were charged, by profile and channel. Reads every row of
    /// the span, about a microsecond each.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn charged(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<Charged>, LedgerError> {
        self.ask(move |books| Ok(charged(books, from, to)?)).await
    }
}

fn charged(books: &Connection, from: DateTime<Utc>, to: DateTime<Utc>) -> rusqlite::Result<Vec<Charged>> {
    let mut query = books.prepare_cached("SELECT profile, charges FROM request WHERE seq >= ?1 AND seq < ?2")?;
    let mut rows = query.query([store::first_from(from), store::first_from(to)])?;
    let mut sums: HashMap<(Word, Word), Cny> = HashMap::new();
    while let Some(row) = rows.next()? {
        let profile = store::word(row, 0)?;
        for (channel, cny) in store::billed(row.get_ref(1)?.as_str()?)? {
            *sums.entry((profile.clone(), channel)).or_default() += cny;
        }
    }
    let mut words = Dictionary::of(books);
    let named = sums.into_iter().map(|((profile, channel), cny)| {
        Ok(Charged {
            profile: words.resolve(profile)?.as_ref().to_owned(),
            channel: words.resolve(channel)?.as_ref().to_owned(),
            cny,
        })
    });
    named.collect()
}
