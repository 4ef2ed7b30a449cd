//! Merges after a person has decided for a side.

use super::{
    super::{Side, merge_in_favour_of},
    Kind, Sides,
};

fn favour(side: Side, kind: Kind, base: &str, ours: &str, theirs: &str) -> String {
    let sides = Sides { base: Some(base.as_bytes()), ours: Some(ours.as_bytes()), theirs: Some(theirs.as_bytes()) };
    String::from_utf8(merge_in_favour_of(side, kind, sides).content.unwrap()).unwrap()
}

#[test]
fn only_the_keys_in_conflict_go_to_the_favoured_side() {
    let base = "a: 1 # why\nb: 1\nc: 1\n";
    let (ours, theirs) = ("a: 2 # why\nb: 2\nc: 1\n", "a: 3 # why\nb: 1\nc: 3\n");
    assert_eq!(favour(Side::Ours, Kind::Yaml, base, ours, theirs), "a: 2 # why\nb: 2\nc: 3\n");
    assert_eq!(favour(Side::Theirs, Kind::Yaml, base, ours, theirs), "a: 3 # why\nb: 2\nc: 3\n");
}

#[test]
fn only_the_jobs_fields_in_conflict_go_to_the_favoured_side() {
    let jobs = |prompt: &str, deliver: &str| {
        format!(r#"{{"jobs": [{{"id": "a", "prompt": "{prompt}", "deliver": "{deliver}"}}]}}"#)
    };
    let merged = favour(Side::Theirs, Kind::Jobs, &jobs("1", "x"), &jobs("2", "y"), &jobs("3", "x"));
    assert!(merged.contains(r#""prompt": "3""#) && merged.contains(r#""deliver": "y""#), "{merged}");
}

#[test]
fn only_the_lines_in_conflict_go_to_the_favoured_side() {
    let base = "1\n2\n3\n4\n5\n6\n7\n";
    let (ours, theirs) = ("1\n2a\n3\n4\n5\n6\n7a\n", "1\n2b\n3b\n4\n5b\n6\n7\n");
    assert_eq!(favour(Side::Ours, Kind::Text, base, ours, theirs), "1\n2a\n3\n4\n5b\n6\n7a\n");
    assert_eq!(favour(Side::Theirs, Kind::Text, base, ours, theirs), "1\n2b\n3b\n4\n5b\n6\n7a\n");
}

#[test]
fn what_can_only_be_decided_as_a_whole_is() {
    assert_eq!(favour(Side::Theirs, Kind::Yaml, "a: 1\n", "a: 2\n", "a: [1\n"), "a: [1\n");
    assert_eq!(favour(Side::Ours, Kind::Opaque, "a", "b", "c"), "b");
    let sides = Sides { base: Some(b"a: 1\n"), ours: Some(b"a: 2\n"), theirs: None };
    assert_eq!(merge_in_favour_of(Side::Theirs, Kind::Yaml, sides).content, None);
    assert_eq!(merge_in_favour_of(Side::Ours, Kind::Yaml, sides).content.unwrap(), b"a: 2\n");
}
