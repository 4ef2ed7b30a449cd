use std::{collections::HashMap, net::IpAddr};

use proptest::prelude::*;

use super::*;

fn named(name: &str) -> CallerKey {
    CallerKey::named(name)
}

fn ms(start: Instant, millis: u64) -> Instant {
    start + Duration::from_millis(millis)
}

#[tokio::test]
async fn the_eleventh_in_a_minute_is_refused_until_the_first_is_a_minute_old() {
    let (limiter, start) = (Limiter::new(10, 100), Instant::now());
    for second in 0..10 {
        let remaining = limiter.admit(&named("a"), ms(start, second * 1_000)).unwrap();
        assert_eq!(remaining, Remaining { limit: 10, left: 9 - second as u32 });
    }
    let limited = limiter.admit(&named("a"), ms(start, 20_000)).unwrap_err();
    assert_eq!(limited.retry_after, Duration::from_secs(40));
    assert_eq!(limiter.admit(&named("a"), ms(start, 59_999)).unwrap_err().retry_after, Duration::from_millis(1));
    assert_eq!(limiter.admit(&named("a"), ms(start, 60_000)).unwrap().left, 0);
    assert!(limiter.admit(&named("a"), ms(start, 60_999)).is_err(), "the window slides, it does not begin anew");
    limiter.admit(&named("a"), ms(start, 61_000)).unwrap();
}

#[tokio::test]
async fn a_limit_of_none_admits_nobody_and_remembers_nobody() {
    let limiter = Limiter::new(0, 100);
    assert_eq!(limiter.admit(&named("a"), Instant::now()).unwrap_err().retry_after, WINDOW);
    assert_eq!(limiter.callers(), 0);
}

#[tokio::test]
async fn memory_is_bounded_and_idle_callers_make_room() {
    let (limiter, start) = (Limiter::new(10, 100), Instant::now());
    for caller in 0..100 {
        limiter.admit(&named(&caller.to_string()), ms(start, caller)).unwrap();
    }
    let refused = limiter.admit(&named("newcomer"), ms(start, 1_000)).unwrap_err();
    assert_eq!(refused.retry_after, Duration::from_secs(59), "until the first of them is idle");
    limiter.admit(&named("5"), ms(start, 1_000)).unwrap();
    assert_eq!(limiter.callers(), 100);
    limiter.admit(&named("newcomer"), ms(start, 60_000)).unwrap();
    assert_eq!(limiter.callers(), 100);
    limiter.admit(&named("much later"), ms(start, 500_000)).unwrap();
    assert_eq!(limiter.callers(), 1);
}

#[tokio::test]
async fn a_flood_of_newcomers_to_a_full_table_is_cheap_and_gives_its_memory_back() {
    let (limiter, start) = (Limiter::new(10, 100_000), Instant::now());
    let caller = |number: u64| CallerKey::address(IpAddr::from((u128::from(number) << 64).to_be_bytes()));
    // A minute full of them, and then a newcomer for everyone who becomes idle: a look through all would be 10^10 steps.
    for number in 0..100_000 {
        limiter.admit(&caller(number), ms(start, number / 2)).unwrap();
    }
    for number in 100_000..200_000 {
        assert!(limiter.admit(&caller(number), ms(start, 59_999)).is_err());
    }
    for number in 100_000..200_000 {
        limiter.admit(&caller(number), ms(start, 60_000 + (number - 100_000) / 2)).unwrap();
    }
    assert_eq!(limiter.callers(), 100_000);
    limiter.admit(&caller(1), ms(start, 500_000)).unwrap();
    assert_eq!(limiter.callers(), 1);
}

#[tokio::test]
async fn a_flood_of_addresses_leaves_tokens_and_names_alone() {
    let (limiter, now) = (Limiter::new(10, 8), Instant::now());
    for last in 0..200 {
        let _ = limiter.admit(&CallerKey::address(IpAddr::from([10, 0, 0, last])), now);
    }
    assert_eq!(limiter.callers(), 8);
    limiter.admit(&CallerKey::token("p", "t"), now).unwrap();
    limiter.admit(&named("n"), now).unwrap();
}

#[test]
fn callers_of_one_network_or_of_one_notation_are_one() {
    let key = |text: &str| CallerKey::address(text.parse().unwrap());
    assert_eq!(key("2001:db8:1:2:3:4:5:6"), key("2001:db8:1:2:ffff::1"));
    assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    assert_ne!(CallerKey::token("a", "b"), CallerKey::token("a", "c"));
    assert_ne!(CallerKey::token("a", "b"), CallerKey::token("ab", ""));
    assert_ne!(named("192.0.2.1"), key("192.0.2.1"));
    assert_eq!(named(&"界".repeat(99)), named(&"界".repeat(42)), "a name is remembered up to 128 bytes");
}

/// Everything that was ever admitted, looked through every time.
#[derive(Default)]
struct Naive(HashMap<u8, Vec<u64>>);

impl Naive {
    fn admit(&mut self, limit: usize, caller: u8, at: u64) -> Result<u32, u64> {
        let admitted = self.0.entry(caller).or_default();
        let within: Vec<_> = admitted.iter().filter(|time| at - **time < 60_000).collect();
        if within.len() < limit {
            let left = limit - within.len() - 1;
            admitted.push(at);
            return Ok(left as u32);
        }
        // The one that has to leave the window before there are fewer than the limit.
        Err(within[within.len() - limit] + 60_000 - at)
    }
}

proptest! {
    #[test]
    fn it_decides_as_a_naive_list_of_all_times_does(
        limit in 1_u32..6,
        steps in proptest::collection::vec((0_u8..4, 0_u64..25_000), 1..200),
    ) {
        let (limiter, mut naive, start) = (Limiter::new(limit, 100), Naive::default(), Instant::now());
        let mut at = 0;
        for (caller, wait) in steps {
            // Many at the same moment, and some exactly on an edge.
            at += if wait < 5_000 { 0 } else if wait < 10_000 { 60_000 - at % 60_000 } else { wait };
            let decided = limiter.admit(&named(&caller.to_string()), ms(start, at));
            let expected = naive.admit(limit as usize, caller, at);
            prop_assert_eq!(decided.map(|remaining| remaining.left).map_err(|limited| limited.retry_after),
                expected.map_err(Duration::from_millis));
        }
    }

    #[test]
    fn no_caller_ever_has_more_in_any_window_though_times_come_out_of_order(
        times in proptest::collection::vec(0_u64..200_000, 1..300),
    ) {
        let (limiter, start) = (Limiter::new(5, 100), Instant::now());
        let mut latest = 0;
        let mut admitted = Vec::new();
        for at in times {
            latest = latest.max(at);
            if limiter.admit(&named("a"), ms(start, at)).is_ok() {
                admitted.push(latest);
            }
        }
        for window in admitted.windows(6) {
            prop_assert!(window[5] - window[0] >= 60_000, "{:?}", window);
        }
    }
}

#[test]
fn threads_at_the_same_moment_are_admitted_exactly_as_often_as_allowed() {
    let (limiter, now) = (Limiter::new(10, 100), Instant::now());
    let admitted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let limiter = &limiter;
                scope.spawn(move || {
                    let at = |turn: u64| ms(now, thread * 7 + turn);
                    let mut counts = [0_usize; 4];
                    for turn in 0..200 {
                        let caller = (turn % 4) as usize;
                        let admitted = limiter.admit(&named(&caller.to_string()), at(turn)).is_ok();
                        counts[caller] += usize::from(admitted);
                    }
                    counts
                })
            })
            .collect();
        let counts = threads.into_iter().map(|thread| thread.join().unwrap());
        let sums = counts.fold([0; 4], |sums: [usize; 4], counts| std::array::from_fn(|i| sums[i] + counts[i]));
        assert_eq!(sums, [10; 4]);
        sums.iter().sum()
    });
    assert_eq!(admitted, 40);
}
