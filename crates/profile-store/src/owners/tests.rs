use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::{OwnerId, ProfileName};

fn profile(name: &str) -> ProfileName {
    ProfileName::parse(name).unwrap()
}

fn owner(id: &str) -> OwnerId {
    OwnerId::parse(id).unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

const GOOD: &str =
    "# profile_name | owner_id | verified_by | claimed_at\nalice | tg:1 | telegram | 2026-11-22T01:02:03Z\n";

#[test]
fn a_line_is_read_and_written_as_it_stands() {
    let owners = Owners::parse(GOOD.as_bytes()).unwrap();
    assert_eq!(owners.owner_of(&profile("alice")), Some(&owner("tg:1")));
    assert_eq!(owners.owner_of(&profile("bob")), None);
    assert_eq!(String::from_utf8(owners.to_bytes()).unwrap(), GOOD);
}

#[test]
fn one_line_that_is_not_exactly_right_breaks_the_file() {
    let cases = [
        ("", 0),
        ("alice | tg:1 | telegram | 2026-11-22T01:02:03Z", 0),
        ("alice | tg:1 | telegram\n", 1),
        ("alice | tg:1 | telegram | 2026-11-22T01:02:03Z | x\n", 1),
        ("alice|tg:1|telegram|2026-11-22T01:02:03Z\n", 1),
        (" alice | tg:1 | telegram | 2026-11-22T01:02:03Z\n", 1),
        ("alice | tg:1 | telegram | 2026-11-22T01:02:03Z \n", 1),
        ("Alice | tg:1 | telegram | 2026-11-22T01:02:03Z\n", 1),
        ("default | tg:1 | telegram | 2026-11-22T01:02:03Z\n", 1),
        ("alice | nobody | telegram | 2026-11-22T01:02:03Z\n", 1),
        ("alice | tg:1 |  | 2026-11-22T01:02:03Z\n", 1),
        ("alice | tg:1 | telegram | yesterday\n", 1),
        ("alice | tg:1 | telegram | 2026-11-22T01:02:03+00:00\n", 1),
        ("alice | tg:1 | telegram | 2026-11-22T01:02:03.5Z\n", 1),
        ("alice | tg:1 | telegram | 2026-02-30T01:02:03Z\n", 1),
        ("# x\n\nalice | tg:1 | telegram | 2026-11-22T01:02:03Z\n", 2),
        ("# x\r\nalice | tg:1 | telegram | 2026-11-22T01:02:03Z\r\n", 1),
        ("alice | tg:1 | telegram | 2026-11-22T01:02:03Z\nalice | tg:2 | telegram | 2026-11-22T01:02:03Z\n", 2),
        ("\u{feff}alice | tg:1 | telegram | 2026-11-22T01:02:03Z\n", 1),
        ("alice | tg:1 | tele\tgram | 2026-11-22T01:02:03Z\n", 1),
    ];
    for (text, line) in cases {
        let broken = Owners::parse(text.as_bytes()).unwrap_err();
        assert_eq!(broken.line, line, "{text:?}: {broken}");
    }
    assert_eq!(Owners::parse(b"\xff\n").unwrap_err().line, 0);
}

#[test]
fn a_claim_is_for_free_profiles_and_twice_is_once() {
    let mut owners = Owners::default();
    assert_eq!(owners.claim(&profile("alice"), &owner("tg:1"), "telegram", at(5)), Ok(Claim::New));
    let before = owners.clone();
    assert_eq!(owners.claim(&profile("alice"), &owner("tg:1"), "payment:9", at(9)), Ok(Claim::AlreadyYours));
    assert_eq!(
        owners.claim(&profile("alice"), &owner("tg:2"), "telegram", at(9)),
        Err(OwnersError::OwnedByAnother(profile("alice")))
    );
    assert_eq!(owners, before);
    assert_eq!(owners.claim(&profile("bob"), &owner("tg:1"), "a | b", at(1)), Err(OwnersError::BadProof));
}

#[test]
fn only_the_owners_own_profile_is_transferred() {
    let mut owners = Owners::default();
    let (one, two) = (owner("tg:1"), owner("tg:2"));
    assert_eq!(
        owners.transfer(&profile("alice"), &one, &two, "both", at(1)),
        Err(OwnersError::Unclaimed(profile("alice")))
    );
    owners.claim(&profile("alice"), &one, "telegram", at(1)).unwrap();
    assert!(owners.transfer(&profile("alice"), &two, &one, "both", at(1)).is_err());
    owners.transfer(&profile("alice"), &one, &two, "both", at(2)).unwrap();
    assert_eq!(owners.profiles_of(&two).collect::<Vec<_>>(), [&profile("alice")]);
    assert_eq!(owners.profiles_of(&one).count(), 0);
    assert!(owners.release(&profile("alice")) && !owners.release(&profile("alice")));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        lines in proptest::collection::btree_map(
            "[a-z0-9][a-z0-9_-]{0,20}", ("(tg|wx:[a-z0-9]{1,8}):[A-Za-z0-9_.@-]{1,20}", "[A-Za-z0-9._:@-]{1,30}", 0_i64..4_000_000_000), 0..20)
    ) {
        let mut owners = Owners::default();
        for (name, (id, proof, seconds)) in &lines {
            let Ok(name) = ProfileName::parse(name) else { continue };
            owners.claim(&name, &owner(id), proof, at(*seconds)).unwrap();
        }
        prop_assert_eq!(Owners::parse(&owners.to_bytes()), Ok(owners));
    }

    #[test]
    fn no_bytes_make_it_panic_and_what_it_takes_it_writes_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(owners) = Owners::parse(&bytes) {
            prop_assert_eq!(Owners::parse(&owners.to_bytes()), Ok(owners));
        }
    }

    #[test]
    fn one_changed_byte_never_moves_a_profile_to_another_line(at_byte in 0..GOOD.len(), byte in any::<u8>()) {
        let mut bytes = GOOD.as_bytes().to_vec();
        bytes[at_byte] = byte;
        // It is read as some other single line, or as no line (a comment), or not at all; never as two owners.
        if let Ok(owners) = Owners::parse(&bytes) {
            prop_assert!(owners.lines().count() <= 1);
        }
    }
}
