//! Which codes there are, and how many of them are read at a time.

use market_model::Code;

use super::spans::Span;
use crate::Generation;

/// Codes from the first, inclusive, to the last, exclusive; from the very first or to the very last where one is absent.
pub type CodeRange = (Option<Code>, Option<Code>);

/// So many bars are read at a time: rows of all sources of that many bars take some tens of megabytes.
pub(super) const BARS_AT_ONCE: usize = 50_000;

/// How many bars a code is thought to have where counting them would take a query.
const UNCOUNTED: usize = 4_000;

impl Generation {
    /// Cuts all codes into ranges of about `codes_per_chunk` known codes each, ascending, that together hold every code there is.
    /// For several threads that each call [`Generation::scan_histories`]: a few large ranges cost less than many small ones.
    pub fn code_chunks(&self, codes_per_chunk: usize) -> Vec<CodeRange> {
        let codes = self.known_codes();
        let firsts = codes.chunks(codes_per_chunk.max(1)).skip(1).map(|chunk| Some(chunk[0]));
        let firsts: Vec<_> = std::iter::once(None).chain(firsts).collect();
        let ends = firsts.iter().skip(1).copied().chain([None]);
        firsts.iter().copied().zip(ends).collect()
    }

    /// Every instrument and every code with a bar, ascending.
    pub(super) fn known_codes(&self) -> Vec<Code> {
        let listed = self.instruments.all().iter().map(|instrument| instrument.code);
        let mut codes: Vec<Code> = listed.chain(self.store.codes()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// Cuts `range` into ranges that are read at a time, of about `at_once` bars in `spans`, each with the known codes in it.
    /// Together they are `range`.
    pub(super) fn portions(&self, range: CodeRange, spans: &[Span], at_once: usize) -> Vec<(CodeRange, Vec<Code>)> {
        let mut codes = self.known_codes();
        codes.retain(|code| contains(range, code));
        let weigh = |code: &Code| match spans {
            [span] if *span == Span::ALL => self.store.bar_count(code).unwrap_or(UNCOUNTED) + 1,
            spans => spans.iter().map(|span| span.bars()).sum(),
        };
        let mut portions = Vec::new();
        let (mut first, mut portion, mut bars) = (range.0, Vec::new(), 0);
        for code in codes {
            let weight = weigh(&code);
            if bars + weight > at_once && !portion.is_empty() {
                portions.push(((first, Some(code)), std::mem::take(&mut portion)));
                (first, bars) = (Some(code), 0);
            }
            bars += weight;
            portion.push(code);
        }
        portions.push(((first, range.1), portion));
        portions
    }
}

/// Whether `code` is in `range`.
fn contains((first, end): CodeRange, code: &Code) -> bool {
    first.is_none_or(|first| first <= *code) && end.is_none_or(|end| *code < end)
}

/// `range` as an SQL condition, with an `AND` behind it unless it is empty. A code consists of letters, digits, `-` and `.`.
pub(in crate::reader) fn range_sql((first, end): &CodeRange) -> String {
    let first = first.map_or_else(String::new, |first| format!("code >= '{first}' AND "));
    let end = end.map_or_else(String::new, |end| format!("code < '{end}' AND "));
    first + &end
}
