//! Any bytes give records or an error: never a panic, never more memory than the bytes account for.

use proptest::prelude::*;
use source_tdx::{
    decode_corporate_actions, decode_daily_history,
    wire::{
        BarLayout, decode_bars, decode_count, decode_finance, decode_hello, decode_list, decode_minutes,
        decode_past_ticks, decode_quotes, decode_ticks, decode_xdxr, open_frame, varint,
    },
};

use crate::{
    encode,
    shared::{bytes, list, samples},
};

/// Runs every decoder; the most elements any of them set memory aside for, by bytes of body.
fn decode_all(body: &[u8]) {
    let bounded = |elements: usize, capacity: usize, record_min: usize| {
        assert!(elements * record_min <= body.len(), "{elements} records of {record_min} bytes in {}", body.len());
        assert!(capacity * record_min <= body.len() + 4 * record_min, "room for {capacity} in {} bytes", body.len());
    };
    for layout in [BarLayout::Security, BarLayout::Index] {
        if let Ok(bars) = decode_bars(body, layout) {
            bounded(bars.len(), bars.capacity(), if layout == BarLayout::Index { 20 } else { 16 });
        }
    }
    if let Ok(list) = decode_list(body) {
        bounded(list.len(), list.capacity(), 29);
    }
    if let Ok(rows) = decode_xdxr(body) {
        bounded(rows.len(), rows.capacity(), 29);
        for row in rows {
            let _ = (row.day(), row.event());
        }
    }
    if let Ok(quotes) = decode_quotes(body) {
        bounded(quotes.len(), quotes.capacity(), 52);
    }
    for past in [false, true] {
        if let Ok(minutes) = decode_minutes(body, past) {
            bounded(minutes.len(), minutes.capacity(), 3);
        }
    }
    for ticks in [decode_ticks(body), decode_past_ticks(body)].into_iter().flatten() {
        bounded(ticks.len(), ticks.capacity(), 6);
    }
    let _ = (decode_count(body), decode_finance(body), decode_hello(body), varint(body));
    if let Ok((head, inflated)) = open_frame(body) {
        assert_eq!(inflated.len(), usize::from(head.body_len));
    }
    let frame = encode::frame(1, 0x052d, &body[..body.len().min(60_000)], false);
    for code in ["600519.SH", "000300.SH", "113050.SH"] {
        let code = code.parse().unwrap();
        let _ = decode_daily_history(&code, &[&frame], "2026-11-20".parse().unwrap());
        let _ = decode_corporate_actions(&code, &frame);
    }
}

/// Bodies that are well-formed for some method: recorded ones where there are any, ours otherwise.
fn valid_bodies() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [0, 1, 5, 50]
        .into_iter()
        .flat_map(|count| {
            let bars = encode::walk(count, 7);
            [encode::bars_body(&bars, None), encode::bars_body(&bars, Some((1, 2)))]
        })
        .collect();
    if let Some(samples) = samples() {
        bodies.extend(list(&samples, "exchanges").iter().map(|exchange| bytes(exchange, "body_hex")));
        bodies.extend(list(&samples, "exchanges").iter().map(|exchange| bytes(exchange, "response_hex")));
        bodies.extend(list(&samples, "real_captures").iter().map(|capture| bytes(capture, "body_hex")));
    }
    bodies
}

/// One way to damage a body.
#[derive(Debug, Clone)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Remove(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    /// Announces another number of records.
    Count(u16),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<prop::sample::Index>(), 1_u8..).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        any::<prop::sample::Index>().prop_map(Damage::Cut),
        any::<prop::sample::Index>().prop_map(Damage::Remove),
        (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, new)| Damage::Insert(at, new)),
        any::<u16>().prop_map(Damage::Count),
    ]
}

fn damaged(mut body: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if body.len() < 2 {
            break;
        }
        match damage {
            Damage::Flip(at, bits) => {
                let at = at.index(body.len());
                body[at] ^= bits;
            }
            Damage::Cut(at) => body.truncate(at.index(body.len())),
            Damage::Remove(at) => drop(body.remove(at.index(body.len()))),
            Damage::Insert(at, new) => {
                let at = at.index(body.len());
                body.splice(at..at, new.iter().copied());
            }
            Damage::Count(count) => body[..2].copy_from_slice(&count.to_le_bytes()),
        }
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..600)) {
        decode_all(&body);
    }

    #[test]
    fn any_number_reads_back(value in -(1_i64 << 34) + 1..1_i64 << 34, behind in prop::collection::vec(any::<u8>(), 0..9)) {
        let number = encode::varint(value);
        let body = [number.as_slice(), &behind].concat();
        prop_assert_eq!(varint(&body), Some((value, number.len())));
    }

    #[test]
    fn any_prices_read_back(prices in prop::collection::vec((1_i64..5_000_000, 1_i64..5_000_000, 1_i64..5_000_000, 1_i64..5_000_000), 0..40)) {
        let bars: Vec<encode::Bar> = prices
            .iter()
            .map(|&(open, high, low, close)| encode::Bar { date: 20_261_120, open, high, low, close, volume: 1.0, amount: 2.0 })
            .collect();
        let read = decode_bars(&encode::bars_body(&bars, None), BarLayout::Security).unwrap();
        let read: Vec<_> = read.iter().map(|bar| (i64::from(bar.open), i64::from(bar.high), i64::from(bar.low), i64::from(bar.close))).collect();
        prop_assert_eq!(read, prices);
    }
}

#[test]
fn damaged_bodies_are_read_or_refused() {
    let bodies = valid_bodies();
    let config = ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let strategy = (any::<prop::sample::Index>(), prop::collection::vec(damage(), 1..4));
    runner
        .run(&strategy, |(which, damages)| {
            decode_all(&damaged(which.get(&bodies).clone(), &damages));
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_count_that_the_body_cannot_hold_is_refused_before_anything_is_set_aside() {
    for body in [vec![0xff, 0xff], vec![0xff, 0xff, 0, 0, 0, 0], [vec![0xff, 0xff], vec![0; 40_000]].concat()] {
        assert!(decode_bars(&body, BarLayout::Security).is_err());
        assert!(decode_list(&body).is_err());
        assert!(decode_ticks(&body).is_err());
        assert!(decode_minutes(&body, true).is_err());
    }
}

#[test]
fn a_body_that_inflates_for_ever_ends_at_its_announcement() {
    let mut bomb = encode::frame(1, 0x052d, &vec![0; 65_535], true);
    assert!(bomb.len() < 200, "a thousandfold");
    assert_eq!(open_frame(&bomb).unwrap().1.len(), 65_535);
    bomb[14..16].copy_from_slice(&1_000_u16.to_le_bytes());
    assert!(open_frame(&bomb).is_err());
}
