//! Every clause runs for every client, or there is a reason.

use crate::{aktools, alpha_vantage, clauses::ALL, tdx, tushare, yahoo};

const RUN: [(&str, &[&str]); 5] = [
    ("tushare", tushare::RUN),
    ("tdx", tdx::RUN),
    ("aktools", aktools::RUN),
    ("yahoo", yahoo::RUN),
    ("alpha_vantage", alpha_vantage::RUN),
];

/// What cannot be asked of a client, and why.
const NOT_APPLICABLE: &[(&str, &str, &str)] = &[
    ("tdx", "a_refused_key_stops_and_is_not_asked_again", "the protocol has no login: there is nothing to refuse"),
    ("tdx", "the_secret_is_in_nothing_that_comes_back", "there is no key, and an address is host and port only"),
    ("yahoo", "the_secret_is_in_nothing_that_comes_back", "there is no account and no key"),
    (
        "tdx",
        "too_many_calls_are_waited_out_and_then_answered",
        "the protocol has no refusal for it; a server that minds goes silent or hangs up, which are clauses of their own, \
         and the client's own pace keeps it from minding",
    ),
    ("tdx", "a_spent_day_is_left_alone_until_the_vendors_next_day", "servers count no calls"),
    (
        "aktools",
        "a_spent_day_is_left_alone_until_the_vendors_next_day",
        "the server counts no calls; whatever stands before it names its time in Retry-After, as for too many calls",
    ),
    (
        "yahoo",
        "a_spent_day_is_left_alone_until_the_vendors_next_day",
        "no account, so no allowance per day; every refusal is the 429 of too many calls",
    ),
    (
        "tdx",
        "an_answer_of_another_shape_is_refused_with_its_pages",
        "records have no names: those of another shape fall out of step, which is a garbled body or a wrong unit",
    ),
];

#[test]
fn every_clause_runs_for_every_client_or_has_a_reason_not_to() {
    for (client, run) in RUN {
        assert!(run.iter().all(|clause| ALL.contains(clause)), "{client} runs a clause that is not listed");
        for clause in ALL {
            let excused = NOT_APPLICABLE.iter().filter(|(c, name, _)| (*c, name) == (client, clause)).count();
            let runs = run.iter().filter(|name| *name == clause).count();
            assert_eq!(runs + excused, 1, "{client}: {clause} runs {runs} times and has {excused} reasons not to");
        }
    }
}

#[test]
fn every_reason_is_one_and_is_about_a_known_clause() {
    for (client, clause, reason) in NOT_APPLICABLE {
        assert!(RUN.iter().any(|(name, _)| name == client), "{client}");
        assert!(ALL.contains(clause), "{clause}");
        assert!(reason.split(' ').count() >= 4, "{client}, {clause}: {reason}");
    }
}
