use proptest::prelude::*;

use super::*;

const DAY: TimeDelta = TimeDelta::hours(24);

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
}

fn key(nth: u8) -> GroupKey {
    GroupKey::Subject(nth.to_string())
}

fn open(groups: &[(u8, u64, Severity)]) -> BTreeMap<GroupKey, Mark> {
    groups.iter().map(|(nth, count, severity)| (key(*nth), Mark { count: *count, severity: *severity })).collect()
}

/// One target's memory of one check.
#[derive(Default)]
struct Ear(Option<Told>);

impl Ear {
    fn hears(&mut self, open: &BTreeMap<GroupKey, Mark>, now: DateTime<Utc>) -> Verdict {
        let verdict = judge(self.0.as_ref(), open, Some(DAY), now);
        self.0 = note(self.0.take(), open, &verdict, now);
        verdict
    }
}

fn firing(why: Why, news: &[u8]) -> Verdict {
    Verdict::Firing { why, news: news.iter().map(|nth| key(*nth)).collect() }
}

#[test]
fn an_open_group_is_told_once_until_it_doubles_or_gets_worse() {
    use Severity::{Error, Warning};
    let mut ear = Ear::default();
    for (groups, expected) in [
        (vec![(1, 10, Warning)], firing(Why::New, &[1])),
        (vec![(1, 10, Warning)], Verdict::Silence),
        (vec![(1, 19, Warning)], Verdict::Silence),
        (vec![(1, 20, Warning)], firing(Why::Grown, &[1])),
        // Shrinking is no news, and coming back to where it was neither.
        (vec![(1, 3, Warning)], Verdict::Silence),
        (vec![(1, 20, Warning)], Verdict::Silence),
        (vec![(1, 20, Error)], firing(Why::Worse, &[1])),
        (vec![(1, 20, Error), (2, 1, Warning)], firing(Why::New, &[2])),
        (vec![(2, 1, Warning)], Verdict::Silence),
        // Gone and back is new.
        (vec![(1, 1, Warning), (2, 1, Warning)], firing(Why::New, &[1])),
        (vec![], Verdict::Resolved),
        (vec![], Verdict::Silence),
    ] {
        assert_eq!(ear.hears(&open(&groups), at(0)), expected, "{groups:?}");
    }
}

#[test]
fn errors_are_told_again_after_a_day_and_warnings_never() {
    let mut ear = Ear::default();
    let error = open(&[(1, 1, Severity::Error)]);
    ear.hears(&error, at(0));
    assert_eq!(ear.hears(&error, at(23)), Verdict::Silence);
    assert_eq!(ear.hears(&error, at(24)), firing(Why::Reminder, &[]));
    assert_eq!(ear.hears(&error, at(47)), Verdict::Silence);
    assert_eq!(ear.hears(&error, at(48)), firing(Why::Reminder, &[]));
    assert_eq!(ear.0.as_ref().unwrap().since, at(0));
    let warning = open(&[(2, 1, Severity::Warning)]);
    ear.hears(&warning, at(48));
    assert_eq!(ear.hears(&warning, at(1_000)), Verdict::Silence);
    let told = Told { since: at(0), last_at: at(0), peak: 1, groups: error.clone() };
    assert_eq!(judge(Some(&told), &error, None, at(10_000)), Verdict::Silence, "switched off");
}

#[test]
fn a_target_for_errors_does_not_hear_warnings() {
    let groups = BTreeMap::from([
        (key(1), Group { warnings: 7, errors: 0, examples: Vec::new() }),
        (key(2), Group { warnings: 7, errors: 2, examples: Vec::new() }),
    ]);
    let heard = |at_least| marks(&groups, Wishes { at_least, repeat_after: None });
    assert_eq!(heard(Severity::Error), open(&[(2, 2, Severity::Error)]));
    assert_eq!(heard(Severity::Warning), open(&[(1, 7, Severity::Warning), (2, 9, Severity::Error)]));
}

prop_compose! {
    fn any_open()(groups in prop::collection::btree_map(0_u8..4, (1_u64..40, any::<bool>()), 0..4))
        -> BTreeMap<GroupKey, Mark>
    {
        let severity = |error| if error { Severity::Error } else { Severity::Warning };
        groups.into_iter().map(|(nth, (count, error))| (key(nth), Mark { count, severity: severity(error) })).collect()
    }
}

proptest! {
    /// Whatever happens: what is open has been told, nothing is told twice without a reason, what was told is resolved
    /// exactly once, and nothing else is.
    #[test]
    fn everything_open_is_told_and_everything_told_is_resolved(
        steps in prop::collection::vec((any_open(), 0_i64..30), 1..40),
    ) {
        let mut ear = Ear::default();
        let mut now = at(0);
        let mut is_known_open = false;
        for (open, hours) in steps {
            now += TimeDelta::hours(hours);
            let before = ear.0.clone();
            let verdict = ear.hears(&open, now);
            match &verdict {
                Verdict::Firing { why, news } => {
                    prop_assert!(!open.is_empty());
                    prop_assert_eq!(news.is_empty(), *why == Why::Reminder);
                    for key in news {
                        let told = before.as_ref().and_then(|told| told.groups.get(key));
                        let mark = open[key];
                        let is_news = told.is_none_or(|told| mark.count >= 2 * told.count || mark.severity > told.severity);
                        prop_assert!(is_news, "{told:?} {mark:?}");
                    }
                    if *why == Why::Reminder {
                        prop_assert!(now - before.unwrap().last_at >= DAY);
                        prop_assert!(open.values().any(|mark| mark.severity == Severity::Error));
                    }
                    is_known_open = true;
                }
                Verdict::Resolved => {
                    prop_assert!(open.is_empty() && is_known_open);
                    is_known_open = false;
                }
                Verdict::Silence => {}
            }
            prop_assert_eq!(is_known_open, !open.is_empty());
            let told: Vec<_> = ear.0.iter().flat_map(|told| told.groups.keys()).collect();
            prop_assert_eq!(told, open.keys().collect::<Vec<_>>());
            prop_assert_eq!(ear.hears(&open, now), Verdict::Silence, "asked again at once");
        }
    }
}
