use chrono::TimeDelta;
use route_policy::Cny;

use super::*;

const DEFAULT: DefaultPrice = DefaultPrice { input: Cny::from_yuan(10), output: Cny::from_yuan(40) };

fn row(input: u32) -> String {
    format!("[[prices]]\nmodel = \"m\"\nfrom = \"2026-01-01\"\ninput = {input}\noutput = 1\n")
}

fn now() -> DateTime<Utc> {
    "2026-11-23T04:00:00Z".parse().unwrap()
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, text: &str) {
        // Another length, so that a change within the file system's clock tick is seen, too.
        let length = std::fs::metadata(self.path()).map_or(0, |found| found.len());
        let text = format!("{text}#{}", "-".repeat(usize::try_from(length).unwrap() % 97 + 1));
        std::fs::write(self.path(), text).unwrap();
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("prices.toml")
    }

    async fn open(&self) -> PriceBook {
        PriceBook::open(&self.path(), self.folder.path(), DEFAULT, now()).await.unwrap().0
    }
}

fn price(book: &PriceBook) -> Cny {
    let usage = route_policy::Usage { input: 1_000_000, ..Default::default() };
    book.table().cost("m", "a", &usage, now()).cny
}

#[tokio::test]
async fn an_edited_file_is_in_use_at_the_next_look() {
    let place = Place::new();
    place.write(&row(2));
    let book = place.open().await;
    assert_eq!(price(&book), Cny::from_yuan(2));
    assert!(matches!(book.reload_if_changed(now()).await, Reloaded::Same));
    place.write(&row(3));
    assert!(matches!(book.reload_if_changed(now()).await, Reloaded::Changed(_)));
    assert_eq!(price(&book), Cny::from_yuan(3));
    // Touched, but saying the same: nothing to tell anybody.
    place.write(&row(3));
    assert!(matches!(book.reload(now()).await, Reloaded::Same));
}

#[tokio::test]
async fn a_bad_file_changes_nothing_and_is_reported_until_it_is_good() {
    let place = Place::new();
    place.write(&row(2));
    let book = place.open().await;
    let later = now() + TimeDelta::minutes(1);
    for bad in ["[[prices]]\nmodel = \"m\"\n", "half a fi", &row(2).replace("input = 2", "input = -2")] {
        place.write(bad);
        assert!(matches!(book.reload_if_changed(later).await, Reloaded::Kept { .. }), "{bad}");
        assert_eq!(price(&book), Cny::from_yuan(2));
        // The first problem says since when.
        assert_eq!(book.shown().trouble.unwrap().0, later);
        assert!(
            matches!(book.reload_if_changed(later + TimeDelta::minutes(1)).await, Reloaded::Same),
            "not read again"
        );
    }
    std::fs::remove_file(place.path()).unwrap();
    assert!(matches!(book.reload_if_changed(later).await, Reloaded::Kept { .. }), "a file that vanished is trouble");
    assert_eq!(price(&book), Cny::from_yuan(2));
    place.write(&row(2));
    assert!(matches!(book.reload_if_changed(later).await, Reloaded::Same));
    assert_eq!(book.shown().trouble, None);
}

#[tokio::test]
async fn a_restart_beside_a_broken_file_goes_on_with_the_last_good_one() {
    let place = Place::new();
    place.write(&row(2));
    drop(place.open().await);
    place.write("broken");
    let book = place.open().await;
    assert_eq!(price(&book), Cny::from_yuan(2));
    let shown = book.shown();
    assert_eq!(shown.origin, Origin::LastGood);
    assert!(shown.trouble.unwrap().1.contains("line 1"));
    place.write(&row(2));
    assert!(matches!(book.reload_if_changed(now()).await, Reloaded::Changed(_)));
    assert_eq!(book.shown().origin, Origin::File);
}

#[tokio::test]
async fn a_restart_after_the_file_vanished_goes_on_with_the_last_good_one_and_an_empty_file_is_the_default() {
    let place = Place::new();
    place.write(&row(2));
    drop(place.open().await);
    std::fs::remove_file(place.path()).unwrap();
    let book = place.open().await;
    assert_eq!((price(&book), book.shown().origin), (Cny::from_yuan(2), Origin::LastGood));
    assert!(book.shown().trouble.unwrap().1.starts_with("is gone"));
    assert!(matches!(book.reload_if_changed(now()).await, Reloaded::Same), "said once");
    place.write("");
    assert!(matches!(book.reload_if_changed(now()).await, Reloaded::Changed(_)));
    assert_eq!((price(&book), book.shown().trouble), (Cny::from_yuan(10), None));
}

#[tokio::test]
async fn a_copy_that_is_no_text_is_no_reason_not_to_start() {
    let place = Place::new();
    std::fs::write(place.folder.path().join(LAST_GOOD), [0xff, 0xfe, 0x00]).unwrap();
    place.write("broken");
    let book = place.open().await;
    assert_eq!((price(&book), book.shown().origin), (Cny::from_yuan(10), Origin::Default));
    assert!(book.shown().trouble.is_some());
}

#[tokio::test]
async fn what_was_edited_while_nobody_looked_is_found_at_the_start() {
    let place = Place::new();
    place.write(&row(2));
    drop(place.open().await);
    place.write(&row(3));
    let (_, found) = PriceBook::open(&place.path(), place.folder.path(), DEFAULT, now()).await.unwrap();
    let Reloaded::Changed(Changed { before, after, .. }) = found else { panic!("{found:?}") };
    assert_eq!((before[0].input, after[0].input), (Cny::from_yuan(2), Cny::from_yuan(3)));
}

#[tokio::test]
async fn without_a_file_the_default_holds_until_there_is_one() {
    let place = Place::new();
    let book = place.open().await;
    assert_eq!((price(&book), book.shown().trouble, book.shown().origin), (Cny::from_yuan(10), None, Origin::Default));
    assert!(matches!(book.reload_if_changed(now()).await, Reloaded::Same));
    place.write(&row(2));
    assert!(matches!(book.reload_if_changed(now()).await, Reloaded::Changed(_)));
    assert_eq!(price(&book), Cny::from_yuan(2));
}
