use std::collections::BTreeSet;

use proptest::prelude::*;
use quality_rules::Severity;

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn message(check: &str, status: Status, number: u32) -> Message {
    Message {
        id: format!("{check}-{number}"),
        status,
        check: check.to_owned(),
        severity: Severity::Error,
        count: 1,
        days: Vec::new(),
        why: None,
        examples: Vec::new(),
        generation: None,
        message: String::new(),
        hint: String::new(),
        runbook: String::new(),
        at: at(0),
    }
}

fn ids(outbox: &Outbox) -> Vec<&str> {
    outbox.waiting().map(|message| message.id.as_str()).collect()
}

fn refused() -> Outcome {
    Outcome::Refused { reason: "no".to_owned(), retry_after: None }
}

fn unclear() -> Outcome {
    Outcome::Unclear { reason: "?".to_owned() }
}

/// Sends the first message, with that outcome.
fn attempt(outbox: &mut Outbox, outcome: &Outcome) -> String {
    let id = outbox.waiting().next().unwrap().id.clone();
    let attempt = outbox.begin(&id, at(0)).unwrap();
    outbox.end(&attempt, outcome, at(0));
    id
}

#[test]
fn what_came_and_went_unheard_is_not_told() {
    let mut outbox = Outbox::default();
    outbox.push(message("a", Status::Firing, 1));
    outbox.push(message("b", Status::Firing, 2));
    outbox.push(message("a", Status::Resolved, 3));
    assert_eq!(ids(&outbox), ["b-2"]);
    attempt(&mut outbox, &refused());
    outbox.push(message("b", Status::Resolved, 4));
    assert_eq!(ids(&outbox), [] as [&str; 0], "a refused message was not heard either");
}

#[test]
fn what_may_have_been_heard_is_told_with_its_end_and_in_order() {
    let mut outbox = Outbox::default();
    outbox.push(message("a", Status::Firing, 1));
    attempt(&mut outbox, &unclear());
    outbox.push(message("b", Status::Firing, 2));
    outbox.push(message("a", Status::Resolved, 3));
    assert_eq!(ids(&outbox), ["a-1", "b-2", "a-3"]);
    attempt(&mut outbox, &unclear());
    assert_eq!(ids(&outbox), ["b-2", "a-1", "a-3"]);
    for _ in 0..3 {
        attempt(&mut outbox, &Outcome::Sent);
    }
    assert_eq!((outbox.len(), outbox.heard.len()), (0, 1), "b is known to be open");
}

#[test]
fn what_was_heard_is_told_to_be_gone_and_the_latest_word_counts() {
    let mut outbox = Outbox::default();
    outbox.push(message("a", Status::Firing, 1));
    attempt(&mut outbox, &Outcome::Sent);
    outbox.push(message("a", Status::Firing, 2));
    outbox.push(message("a", Status::Resolved, 3));
    assert_eq!(ids(&outbox), ["a-3"]);
    outbox.push(message("a", Status::Firing, 4));
    assert_eq!(ids(&outbox), ["a-4"]);
    outbox.push(message("a", Status::Resolved, 5));
    attempt(&mut outbox, &Outcome::Sent);
    assert_eq!((outbox.len(), outbox.heard.len()), (0, 0));
}

#[test]
fn what_is_superseded_while_it_is_under_way_leaves_the_right_belief() {
    let mut outbox = Outbox::default();
    outbox.push(message("a", Status::Firing, 1));
    let under_way = outbox.begin("a-1", at(0)).unwrap();
    outbox.push(message("a", Status::Resolved, 2));
    assert_eq!(ids(&outbox), ["a-1", "a-2"]);
    let mut refused_after_all = outbox.clone();
    refused_after_all.end(&under_way, &refused(), at(0));
    assert_eq!(ids(&refused_after_all), [] as [&str; 0]);
    outbox.end(&under_way, &Outcome::Sent, at(0));
    assert_eq!(ids(&outbox), ["a-2"]);
}

#[test]
fn pauses_grow_to_a_quarter_of_an_hour_and_the_target_may_ask_for_more() {
    let mut outbox = Outbox::default();
    outbox.push(message("a", Status::Firing, 1));
    let mut pauses = Vec::new();
    for _ in 0..12 {
        attempt(&mut outbox, &refused());
        pauses.push((outbox.not_before.unwrap() - at(0)).num_milliseconds());
    }
    assert!((3_750..6_250).contains(&pauses[0]), "{pauses:?}");
    assert!((675_000..1_125_000).contains(&pauses[11]), "{pauses:?}");
    assert!(pauses.windows(2).all(|pair| pair[0] != pair[1]), "jitter: {pauses:?}");
    let asked = Some(Duration::from_secs(1_800));
    attempt(&mut outbox, &Outcome::Refused { reason: String::new(), retry_after: asked });
    assert_eq!(outbox.not_before, Some(at(1_800)));
    assert_eq!(outbox.due(None, at(1_799)), None);
    assert!(outbox.due(None, at(1_800)).is_some());
    assert!(outbox.due(None, at(-9_000)).is_some(), "a clock that went back does not silence it for hours");
    attempt(&mut outbox, &Outcome::Sent);
    assert_eq!((outbox.failures, outbox.not_before), (0, None));
}

#[test]
fn no_more_than_the_target_allows_leave_in_a_minute() {
    let mut outbox = Outbox::default();
    for nth in 0..5 {
        outbox.push(message(&format!("check{nth}"), Status::Firing, nth));
    }
    let mut sent = Vec::new();
    for second in 0..100 {
        while let Some(id) = outbox.due(Some(2), at(second)).map(|message| message.id.clone()) {
            let attempt = outbox.begin(&id, at(second)).unwrap();
            outbox.end(&attempt, &Outcome::Sent, at(second));
            sent.push(second);
        }
    }
    assert_eq!(sent, [0, 0, 60, 60]);
    assert_eq!(outbox.len(), 1);
    assert!(outbox.due(None, at(100)).is_some(), "without a bound at once");
}

#[derive(Debug, Clone)]
enum Event {
    Firing(u8),
    Resolved(u8),
    /// An attempt: whether the target gets it, and whether its answer comes back.
    Send {
        arrives: bool,
        answered: bool,
    },
    Dies,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0_u8..3).prop_map(Event::Firing),
        (0_u8..3).prop_map(Event::Resolved),
        (any::<bool>(), any::<bool>()).prop_map(|(arrives, answered)| Event::Send { arrives, answered }),
        Just(Event::Dies),
    ]
}

proptest! {
    /// A target that loses messages and answers, and a worker that dies between sending and noting: in the end the target
    /// believes what is true, and the box was never longer than two messages a check.
    #[test]
    fn in_the_end_the_target_knows_what_is_open(events in prop::collection::vec(event(), 1..60)) {
        let mut outbox = Outbox::default();
        let (mut truth, mut believed) = (BTreeSet::new(), BTreeSet::new());
        let mut hear = |message: &Message| match message.status {
            Status::Firing => { believed.insert(message.check.clone()); }
            Status::Resolved => { believed.remove(&message.check); }
        };
        let mut number = 0;
        let mut dies = false;
        for event in events {
            number += 1;
            match event {
                Event::Firing(nth) => {
                    truth.insert(format!("c{nth}"));
                    outbox.push(message(&format!("c{nth}"), Status::Firing, number));
                }
                Event::Resolved(nth) => {
                    // Only what was open is resolved.
                    if truth.remove(&format!("c{nth}")) {
                        outbox.push(message(&format!("c{nth}"), Status::Resolved, number));
                    }
                }
                Event::Dies => dies = true,
                Event::Send { arrives, answered } => {
                    let Some(id) = outbox.waiting().next().map(|message| message.id.clone()) else { continue };
                    let attempt = outbox.begin(&id, at(0)).unwrap();
                    if arrives {
                        hear(&attempt.message);
                    }
                    // A process that died has noted the beginning only.
                    if !std::mem::take(&mut dies) {
                        let outcome = match (arrives, answered) {
                            (true, true) => Outcome::Sent,
                            (false, true) => refused(),
                            (_, false) => unclear(),
                        };
                        outbox.end(&attempt, &outcome, at(0));
                    }
                }
            }
            prop_assert!(outbox.len() <= 2 * 3, "{:?}", ids(&outbox));
            let text = serde_json::to_string(&outbox).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Outbox>(&text).unwrap(), &outbox);
        }
        while outbox.len() > 0 {
            let id = outbox.waiting().next().unwrap().id.clone();
            let attempt = outbox.begin(&id, at(0)).unwrap();
            hear(&attempt.message);
            outbox.end(&attempt, &Outcome::Sent, at(0));
        }
        prop_assert_eq!(believed, truth);
    }
}
