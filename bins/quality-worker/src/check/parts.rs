//! Cuts a check's findings into parts by code, while they come. Pure.

use job_queue::payload::FindingRecord;
use market_model::Code;
use quality_rules::Finding;

use super::finding::record;

/// Findings of a part; more only where a single code, or what has no code, has more.
pub(crate) const FINDINGS_MAX: usize = 500;

/// What was found about the codes from `from_code` on and before `to_code`. Together the parts of a check cover every code,
/// so that what is not found again is closed wherever it was. What has no code is in the part of the first codes, which is
/// sent last: how much is not listed is known at the end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// Counted from 0.
    pub(crate) number: usize,
    /// The first code; `None` for the very first one.
    pub(crate) from_code: Option<Code>,
    /// The code behind the last; `None` behind the very last one.
    pub(crate) to_code: Option<Code>,
    /// Whether it is the one that is sent last.
    pub(crate) is_last: bool,
    /// What was found.
    pub(crate) findings: Vec<FindingRecord>,
}

/// Where the parts are cut depends on the findings alone, so that a check that is repeated cuts them at the same places.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    number: usize,
    from_code: Option<Code>,
    pending: Vec<FindingRecord>,
    /// Findings of the code that comes last, at the end of `pending`.
    last: Option<(Code, usize)>,
    /// The part of the first codes, which waits for the end.
    first: Option<Part>,
}

impl Parts {
    /// Takes a finding; a part that can be sent comes back. Those without a code come first, the others ascending by code.
    pub(crate) fn push(&mut self, finding: Finding) -> Option<Part> {
        let code = finding.code;
        self.pending.push(record(finding));
        let code = code?;
        let count = match self.last {
            Some((last, count)) if last == code => count + 1,
            _ => 1,
        };
        self.last = Some((code, count));
        let is_full = self.pending.len() > FINDINGS_MAX && self.pending.len() > count;
        if !is_full {
            return None;
        }
        let rest = self.pending.split_off(self.pending.len() - count);
        let findings = std::mem::replace(&mut self.pending, rest);
        let part = self.cut(Some(code), findings);
        if part.number > 0 {
            return Some(part);
        }
        self.first = Some(part);
        None
    }

    /// The parts that are left, in the order in which they are sent; there always is one. `without_code` is what the end of
    /// the check adds.
    pub(crate) fn finish(mut self, without_code: impl IntoIterator<Item = Finding>) -> Vec<Part> {
        let findings = std::mem::take(&mut self.pending);
        let part = self.cut(None, findings);
        let (mut parts, mut first) = match self.first {
            Some(first) => (vec![part], first),
            None => (Vec::new(), part),
        };
        first.findings.extend(without_code.into_iter().map(record));
        first.is_last = true;
        parts.push(first);
        parts
    }

    fn cut(&mut self, to_code: Option<Code>, findings: Vec<FindingRecord>) -> Part {
        let part = Part { number: self.number, from_code: self.from_code, to_code, is_last: false, findings };
        self.number += 1;
        self.from_code = to_code;
        part
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quality_rules::rules::price_limit;
    use serde_json::json;

    use super::*;

    fn finding(code: Option<u32>, nth: usize) -> Finding {
        let finding = Finding::new(&price_limit::INFO, format!("{nth}"), json!({}));
        Finding { code: code.map(|number| format!("{number:06}.SZ").parse().unwrap()), ..finding }
    }

    fn parts(findings: impl IntoIterator<Item = Finding>) -> Vec<Part> {
        let mut parts = Parts::default();
        let mut done: Vec<_> = findings.into_iter().filter_map(|finding| parts.push(finding)).collect();
        done.extend(parts.finish([]));
        assert_eq!(
            done.iter().map(|part| part.is_last).collect::<Vec<_>>(),
            [vec![false; done.len() - 1], vec![true]].concat()
        );
        // As they lie, and not as they are sent.
        done.sort_by_key(|part| part.number);
        done
    }

    #[test]
    fn a_check_that_finds_nothing_still_says_so() {
        let done = parts([]);
        assert_eq!(done, [Part { number: 0, from_code: None, to_code: None, is_last: true, findings: Vec::new() }]);
    }

    #[test]
    fn what_the_end_adds_is_in_the_part_of_the_first_codes_which_is_sent_last() {
        for count in [0, 3, 2_000] {
            let mut parts = Parts::default();
            let mut sent: Vec<_> = (0..count).filter_map(|nth| parts.push(finding(Some(nth), 0))).collect();
            sent.extend(parts.finish([finding(None, 7)]));
            let last = sent.last().unwrap();
            assert_eq!((last.number, last.from_code, last.is_last), (0, None, true), "{count}");
            assert_eq!(last.findings.last().map(|found| (&*found.message, &found.code)), Some(("7", &None)), "{count}");
        }
    }

    #[test]
    fn five_thousand_findings_are_ten_parts() {
        let done = parts((0..5_000).map(|nth| finding(Some(nth), 0)));
        assert_eq!(done.iter().map(|part| part.findings.len()).collect::<Vec<_>>(), [500; 10]);
        assert_eq!(done[1].from_code, Some("000500.SZ".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn the_parts_cover_every_code_once_and_hold_everything(
            without_code in 0_usize..3,
            counts in prop::collection::vec(prop_oneof![4 => 1_usize..60, 1 => 400_usize..1_200], 0..40),
        ) {
            let of_codes = counts.iter().enumerate().flat_map(|(code, count)| {
                (0..*count).map(move |nth| finding(Some(code as u32), nth))
            });
            let findings: Vec<_> = (0..without_code).map(|nth| finding(None, nth)).chain(of_codes).collect();
            let done = parts(findings.clone());
            let all: Vec<_> = done.iter().flat_map(|part| part.findings.clone()).collect();
            prop_assert_eq!(all, findings.into_iter().map(record).collect::<Vec<_>>());
            let mut from_code = None;
            for (number, part) in done.iter().enumerate() {
                prop_assert_eq!((part.number, part.from_code), (number, from_code));
                prop_assert_eq!(part.to_code.is_none(), number + 1 == done.len());
                prop_assert_eq!(part.is_last, number == 0);
                let range = (part.from_code.map(|code| code.to_string()), part.to_code.map(|code| code.to_string()));
                let mut codes: Vec<_> = part.findings.iter().map(|finding| finding.code.clone()).collect();
                codes.dedup();
                prop_assert!(part.findings.len() <= FINDINGS_MAX || codes.len() == 1 || number == 0);
                for code in codes {
                    let is_in = match &code {
                        None => range.0.is_none(),
                        Some(code) => range.0.as_ref().is_none_or(|from| from <= code) && range.1.as_ref().is_none_or(|to| code < to),
                    };
                    prop_assert!(is_in, "{code:?} {range:?}");
                }
                from_code = part.to_code;
            }
        }
    }
}
