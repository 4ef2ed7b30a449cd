//! The gate of a bulk load is that of a commit.

use warehouse::{Rejected, StagedCode, Writer};

use crate::{
    histories::{load, prepare, staged},
    market::{Market, SOURCE, minute, read_tail, writer},
};

/// The market's histories from answers of that minute.
fn histories(market: &Market, at: i64) -> Vec<StagedCode> {
    staged(market, SOURCE, &market.all_days(minute(1)), minute(at))
}

fn errors(writer: &Writer) -> u64 {
    writer.status().unwrap().open_findings.get("error").copied().unwrap_or(0)
}

/// With a bar, a figure and a limit that can be none, and a row that could not be read.
fn damaged(market: &Market, at: i64) -> Vec<StagedCode> {
    let mut codes = histories(market, at);
    codes[1].bars[2].close = 0.0;
    codes[2].basics[0].value.float_shares = Some(-1.0);
    codes[2].limits[1].value.down_limit = f64::NAN;
    codes[3].rejected.push(Rejected {
        dataset: "bars".into(),
        response: 0,
        row: 5,
        reason: "`close`: not a number".into(),
        value: "abc".into(),
    });
    codes
}

#[test]
fn bad_rows_leave_the_stored_ones_alone_and_good_ones_close_their_entries() {
    let market = Market::generate(114, 5, 10);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    prepare(&mut bulk, &market);
    load(&mut bulk, SOURCE, &histories(&market, 1), minute(2));
    let before = bulk.logical_sums().unwrap();
    let loaded = load(&mut bulk, SOURCE, &damaged(&market, 3), minute(4));
    assert_eq!((loaded.inserted, loaded.replaced), (0, 0));
    assert_eq!(bulk.logical_sums().unwrap(), before);
    assert_eq!((bulk.status().unwrap().quarantined, errors(&bulk)), (4, 4));
    // The same again is the same.
    load(&mut bulk, SOURCE, &damaged(&market, 5), minute(6));
    assert_eq!((bulk.status().unwrap().quarantined, errors(&bulk)), (4, 4));
    // Good answers from before them say nothing about them, later ones do.
    load(&mut bulk, SOURCE, &histories(&market, 4), minute(7));
    assert_eq!((bulk.status().unwrap().quarantined, errors(&bulk)), (4, 4));
    load(&mut bulk, SOURCE, &histories(&market, 8), minute(8));
    assert_eq!((bulk.status().unwrap().quarantined, errors(&bulk)), (0, 0));
    // And a bad answer that comes late finds the good one stored.
    load(&mut bulk, SOURCE, &damaged(&market, 7)[..3], minute(9));
    assert_eq!((bulk.status().unwrap().quarantined, errors(&bulk)), (0, 0));
    drop(bulk);
    let entries = "SELECT concat_ws(' ', rule, state) FROM quarantine ORDER BY ALL";
    let expected = ["nonpositive_price superseded", "schema superseded", "schema superseded", "schema superseded"];
    assert_eq!(read_tail::<String>(folder.path(), entries), expected);
}

#[test]
fn a_load_and_the_commits_of_the_same_rows_hold_the_same() {
    let market = Market::generate(115, 5, 10);
    let (loaded, committed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let codes = damaged(&market, 1);
    {
        let mut bulk = writer(loaded.path());
        prepare(&mut bulk, &market);
        load(&mut bulk, SOURCE, &codes, minute(2));
        let mut ordinary = writer(committed.path());
        prepare(&mut ordinary, &market);
        for code in codes {
            let places = code.places.iter().copied();
            let daily = code.bars.into_iter().zip(places);
            let batch = warehouse::Batch {
                source: SOURCE.to_owned(),
                responses: code.responses,
                daily: daily.map(|(value, (response, row))| warehouse::Sourced { value, response, row }).collect(),
                basics: code.basics,
                limits: code.limits,
                rejected: code.rejected,
                ..warehouse::Batch::default()
            };
            ordinary.commit(batch, minute(2)).unwrap();
        }
        assert_eq!(
            bulk.logical_sums().unwrap().0["normalized_daily"],
            ordinary.logical_sums().unwrap().0["normalized_daily"]
        );
    }
    let entries =
        "SELECT concat_ws(' ', id, dataset, rule, code, trade_date, raw_row, value, candidate, state, fetched_at)
                   FROM quarantine ORDER BY ALL";
    let of_load = read_tail::<String>(loaded.path(), entries);
    assert_eq!(of_load.len(), 4);
    assert_eq!(of_load, read_tail::<String>(committed.path(), entries));
    let findings = "SELECT f.id FROM quality_log f JOIN quarantine q
                    ON f.id = md5(concat_ws('|', q.rule, q.code, q.trade_date, 'quarantine:' || q.id))
                    WHERE f.closed_at IS NULL ORDER BY ALL";
    let of_load = read_tail::<String>(loaded.path(), findings);
    assert_eq!(of_load.len(), 4);
    assert_eq!(of_load, read_tail::<String>(committed.path(), findings));
}

#[test]
fn a_load_makes_the_whole_history_due_and_settles_days_that_were_withheld() {
    let market = Market::generate(116, 5, 10);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    prepare(&mut bulk, &market);
    bulk.commit(market.answer(4, 40, minute(1)), minute(1)).unwrap();
    assert_eq!((bulk.status().unwrap().withheld.len(), errors(&bulk)), (1, 1));
    load(&mut bulk, SOURCE, &histories(&market, 2), minute(2));
    assert_eq!((bulk.status().unwrap().withheld.len(), errors(&bulk)), (0, 0));
    assert!(bulk.due_checks().unwrap().is_empty(), "no generation holds it yet");
    bulk.publish(minute(3)).unwrap();
    let due = bulk.due_checks().unwrap();
    assert_eq!((due.whole_history, due.dates.len()), (true, 0));
    assert_eq!(due.commit_seq, bulk.status().unwrap().commit_seq);
}

#[test]
fn a_history_of_nonsense_is_put_aside_in_part_and_one_finding_tells_of_the_rest() {
    let market = Market::generate(117, 5, 10);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    prepare(&mut bulk, &market);
    let mut codes = histories(&market, 1);
    let nonsense = |row| Rejected {
        dataset: "bars".into(),
        response: 0,
        row,
        reason: "`close`: not a number".into(),
        value: "abc".into(),
    };
    codes[1].rejected.extend((0..6_000).map(nonsense));
    codes[3].rejected.extend((0..6_000).map(nonsense));
    codes[2].bars[2].close = 0.0;
    load(&mut bulk, SOURCE, &codes, minute(2));
    let status = bulk.status().unwrap();
    assert_eq!((status.quarantined, errors(&bulk)), (10_001, 10_002), "of another rule everything is put aside");
    // Fewer codes say nothing about the others; the whole does.
    let good = histories(&market, 3);
    load(&mut bulk, SOURCE, &good[4..], minute(4));
    assert_eq!(errors(&bulk), 10_002);
    load(&mut bulk, SOURCE, &good, minute(5));
    drop(bulk);
    let open = "SELECT message FROM quality_log WHERE closed_at IS NULL AND contains(details, 'unlisted')";
    assert_eq!(read_tail::<String>(folder.path(), open), <[String; 0]>::default());
    let told = "SELECT message FROM quality_log WHERE contains(details, 'unlisted')";
    let [told] = &read_tail::<String>(folder.path(), told)[..] else { panic!("one finding") };
    assert!(told.starts_with(&format!("2000 more rows of {SOURCE}/bars were refused")), "{told}");
}
