//! Prose, scripts and whatever else.

use super::{
    super::{Note, Side, Sides, Why, merge},
    Kind, clean, conflicts, merged,
};

#[test]
fn of_prose_ours_is_kept_and_theirs_is_in_a_note() {
    let outcome = merged(Kind::OursWins, "a\n", "b\n", "c\n");
    let (text, merge) = clean(&outcome);
    assert_eq!(text, "b\n");
    assert_eq!(merge.notes, [Note::TheirsLeftOut("c\n".to_owned())]);
    let outcome = merged(Kind::OursWins, "a\n", "a\n", "c\n");
    assert_eq!(clean(&outcome).0, "c\n", "but a change of theirs alone is taken");
}

#[test]
fn prose_that_somebody_works_on_survives_its_deletion() {
    let sides = |ours, theirs| Sides { base: Some(b"a".as_slice()), ours, theirs };
    for (sides, side) in
        [(sides(None, Some(b"c".as_slice())), Side::Theirs), (sides(Some(b"c".as_slice()), None), Side::Ours)]
    {
        let outcome = merge(Kind::OursWins, sides);
        let (text, merge) = clean(&outcome);
        assert_eq!((text.as_str(), merge.notes.as_slice()), ("c", [Note::KeptChanged(side)].as_slice()));
    }
}

#[test]
fn text_merges_by_lines_and_names_the_lines_that_do_not() {
    let base = "a\nb\nc\nd\ne\n";
    let outcome = merged(Kind::Text, base, "a2\nb\nc\nd\ne\n", "a\nb\nc\nd\ne2\nf\n");
    assert_eq!(clean(&outcome).0, "a2\nb\nc\nd\ne2\nf\n");
    let outcome = merged(Kind::Text, base, "a\nb\nC\nd\ne\n", "a\nb\nC2\nd\ne\n");
    let [conflict] = conflicts(&outcome) else { panic!("{outcome:?}") };
    let shown = [&conflict.base, &conflict.ours, &conflict.theirs].map(|lines| lines.as_deref().unwrap());
    assert_eq!((conflict.path.as_str(), shown), ("lines 3-3", ["c\n", "C\n", "C2\n"]));
    let outcome = merged(Kind::Text, base, "a\nB\nc\nd\ne\n", "a\nb\nC\nd\ne\n");
    assert_eq!(conflicts(&outcome)[0].why, Why::BothChanged, "as git: neighbours");
}

#[test]
fn the_same_change_on_both_sides_is_one_change() {
    let outcome = merged(Kind::Text, "a\nb\nc\nd\n", "a\nB\nc\nd2\n", "a\nB\nc\nd\n");
    assert_eq!(clean(&outcome).0, "a\nB\nc\nd2\n");
}

#[test]
fn files_without_lines_are_never_mixed() {
    let outcome = merged(Kind::Opaque, "a\n\n\nb\n", "a2\n\n\nb\n", "a\n\n\nb2\n");
    assert_eq!(conflicts(&outcome)[0].why, Why::BothChanged);
    let sides = Sides { base: Some(b"\xff1"), ours: Some(b"\xff2"), theirs: Some(b"\xff3") };
    assert_eq!(conflicts(&merge(Kind::Text, sides))[0].why, Why::BothChanged);
}

#[test]
fn a_file_deleted_on_one_side_alone_is_deleted() {
    for (ours, theirs) in [(None, Some(b"a".as_slice())), (Some(b"a".as_slice()), None)] {
        let outcome = merge(Kind::Yaml, Sides { base: Some(b"a"), ours, theirs });
        assert_eq!(outcome.content(), None);
        assert!(matches!(outcome, super::Outcome::Merged(_)));
    }
    let outcome = merge(Kind::Yaml, Sides { base: Some(b"a: 1"), ours: None, theirs: Some(b"a: 2") });
    assert_eq!(conflicts(&outcome)[0].why, Why::DeletedAndChanged);
}
