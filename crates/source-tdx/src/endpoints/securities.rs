//! Which securities a market has.

use super::single::{Single, never};
use crate::{
    Client, Clock, Fetched, RawPage, Security, TdxError,
    inquiry::{Doubt, Inquiry},
    normalize::securities,
    pool::{Fault, Lease},
    question::{Note, Question},
    wire::{Market, SecurityRecord, count_request, decode_count, decode_list, list_request},
};

const COUNT: &str = "security_count";
const LIST: &str = "security_list";

fn note(market: Market) -> Note {
    Note { market: Some(market.number()), ..Note::default() }
}

fn count_question(market: Market) -> Question {
    Question::new(COUNT, count_request(market), note(market))
}

fn list_question(market: Market, start: u16) -> Question {
    Question::new(LIST, list_request(market, start), Note { start: Some(start), ..note(market) })
}

impl Client {
    /// How many securities of all sorts a market lists: indices, funds and bonds are most of them. Many servers do not answer
    /// this for Beijing.
    pub async fn security_count(&self, market: Market) -> Result<u16, TdxError> {
        let single = Single {
            question: count_question(market),
            subject: format!("market {}", market.number()),
            clock: self.clock(),
            read: decode_count,
            doubt: |count: &u16, _: &[u8]| (*count == 0).then_some(Doubt::Empty),
        };
        Ok(self.inquire(&single).await?.value)
    }

    /// Up to 1000 securities of a market from position `start` on.
    pub async fn security_list(&self, market: Market, start: u16) -> Result<Fetched<Security>, TdxError> {
        let single = Single {
            question: list_question(market, start),
            subject: format!("market {}", market.number()),
            clock: self.clock(),
            read: decode_list,
            doubt: never::<Vec<SecurityRecord>>,
        };
        let said = self.inquire(&single).await?;
        let (rows, rejected) = securities(LIST, market, &[said.value]);
        Ok(Fetched { rows, rejected, pages: vec![said.page], ..Fetched::default() })
    }

    /// Every security of a market, each once. The pages are those of the list; a server whose list ends before its own count
    /// is at fault.
    pub async fn securities(&self, market: Market) -> Result<Fetched<Security>, TdxError> {
        let listing = Listing { market, clock: self.clock() };
        let (records, pages): (Vec<_>, Vec<_>) = self.inquire(&listing).await?.into_iter().unzip();
        let (rows, rejected) = securities(LIST, market, &records);
        Ok(Fetched { rows, rejected, pages, ..Fetched::default() })
    }
}

/// Count and list from one server.
struct Listing {
    market: Market,
    clock: Clock,
}

impl Inquiry for Listing {
    type Answer = Vec<(Vec<SecurityRecord>, RawPage)>;

    fn dataset(&self) -> &'static str {
        LIST
    }

    fn subject(&self) -> String {
        format!("market {}", self.market.number())
    }

    async fn ask(&self, lease: &mut Lease) -> Result<Self::Answer, Fault> {
        let (count, _) = count_question(self.market).put(lease, &self.clock, decode_count).await?;
        let mut pages = Vec::new();
        let mut start = 0_u16;
        while start < count {
            let (records, page) = list_question(self.market, start).put(lease, &self.clock, decode_list).await?;
            if records.is_empty() {
                return Err(Fault::Implausible(format!("its list of {count} securities ends at {start}")));
            }
            start = start.saturating_add(u16::try_from(records.len()).unwrap_or(u16::MAX));
            pages.push((records, page));
        }
        Ok(pages)
    }

    fn doubt(&self, answer: &Self::Answer) -> Option<Doubt> {
        answer.is_empty().then_some(Doubt::Empty)
    }
}
