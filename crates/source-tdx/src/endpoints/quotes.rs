//! Quotes of any number of codes.

use market_model::Code;

use super::single::Single;
use crate::{
    Client, Fetched, Quote, TdxError,
    inquiry::Doubt,
    normalize::quotes,
    question::{Note, Question, Spelled},
    wire::{MAX_QUOTES, QuoteRecord, decode_quotes, quotes_request},
};

const DATASET: &str = "quotes";

impl Client {
    /// The quotes of `codes`, in pages of 60. Codes that TDX does not know have no row.
    pub async fn quotes(&self, codes: &[Code]) -> Result<Fetched<Quote>, TdxError> {
        let mut fetched = Fetched::default();
        for (page, codes) in codes.chunks(MAX_QUOTES).enumerate() {
            let spelled = codes.iter().map(Spelled::of).collect::<Result<Vec<_>, _>>()?;
            let securities: Vec<_> = spelled.iter().map(|one| (one.market, one.symbol)).collect();
            let note = Note { codes: codes.iter().map(Code::to_string).collect(), ..Note::default() };
            let said = self
                .inquire(&Single {
                    question: Question::new(DATASET, quotes_request(&securities), note),
                    subject: format!("{} codes", codes.len()),
                    clock: self.clock(),
                    read: decode_quotes,
                    doubt: |quotes: &Vec<QuoteRecord>, _: &[u8]| quotes.is_empty().then_some(Doubt::Empty),
                })
                .await?;
            let (rows, rejected) = quotes(DATASET, page, codes, &said.value);
            fetched.rows.extend(rows);
            fetched.rejected.extend(rejected);
            fetched.pages.push(said.page);
        }
        Ok(fetched)
    }
}
