//! How often an address may try: requests without a valid token, logins.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

const WINDOW: TimeDelta = TimeDelta::seconds(60);
/// Addresses that are counted apart; 10,000 take about a megabyte.
const ADDRESSES_MAX: usize = 10_000;

/// Counts requests in windows of a minute that begin with an address's first one. Bounded: when too many addresses ask at
/// the same time, those that came last share a count, so that flooding it makes nobody forgotten.
pub struct Limiter {
    per_minute: u32,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    by_address: HashMap<IpAddr, Count>,
    /// Everybody for whom there is no room.
    others: Option<Count>,
}

#[derive(Clone, Copy)]
struct Count {
    since: DateTime<Utc>,
    requests: u32,
}

/// Too often; seconds until the next try is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany(pub i64);

impl Limiter {
    /// So many requests of one address in a minute.
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute, counts: Mutex::default() }
    }

    /// Counts a request of `address`.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn admit(&self, address: IpAddr, now: DateTime<Utc>) -> Result<(), TooMany> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.of(network(address), now);
        if count.requests >= self.per_minute {
            let seconds = (count.since + WINDOW).signed_duration_since(now).num_seconds();
            return Err(TooMany(seconds.clamp(1, WINDOW.num_seconds())));
        }
        count.requests += 1;
        Ok(())
    }

    /// Takes back one request of `address` that was counted: it turned out to be a legitimate one.
    pub fn forgive(&self, address: IpAddr, now: DateTime<Utc>) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.of(network(address), now);
        count.requests = count.requests.saturating_sub(1);
    }
}

impl Counts {
    fn of(&mut self, address: IpAddr, now: DateTime<Utc>) -> &mut Count {
        let fresh = Count { since: now, requests: 0 };
        // A clock that was set back must not lock anybody out for longer.
        let is_over = |count: &Count| now >= count.since + WINDOW || now < count.since;
        if !self.by_address.contains_key(&address) && self.by_address.len() >= ADDRESSES_MAX {
            self.by_address.retain(|_, count| !is_over(count));
        }
        let count = if self.by_address.contains_key(&address) || self.by_address.len() < ADDRESSES_MAX {
            self.by_address.entry(address).or_insert(fresh)
        } else {
            self.others.get_or_insert(fresh)
        };
        if is_over(count) {
            *count = fresh;
        }
        count
    }
}

/// One subscriber has a whole /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_420_800 + seconds, 0).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_may_ask_so_often_in_a_minute_and_others_are_not_its_concern() {
        let limiter = Limiter::new(2);
        let (one, other) = (address("203.0.113.9"), address("203.0.113.10"));
        assert_eq!(limiter.admit(one, at(0)), Ok(()));
        assert_eq!(limiter.admit(one, at(50)), Ok(()));
        assert_eq!(limiter.admit(one, at(55)), Err(TooMany(5)));
        assert_eq!(limiter.admit(other, at(55)), Ok(()));
        assert_eq!(limiter.admit(one, at(60)), Ok(()));
        assert_eq!(limiter.admit(one, at(-1)), Ok(()), "the clock was set back");
    }

    #[test]
    fn what_is_forgiven_does_not_count() {
        let limiter = Limiter::new(1);
        let one = address("203.0.113.9");
        for second in 0..3 {
            assert_eq!(limiter.admit(one, at(second)), Ok(()));
            limiter.forgive(one, at(second));
        }
        assert_eq!(limiter.admit(one, at(4)), Ok(()));
        assert!(limiter.admit(one, at(5)).is_err());
    }

    #[test]
    fn a_subscribers_ipv6_addresses_are_one() {
        let limiter = Limiter::new(1);
        assert_eq!(limiter.admit(address("2001:db8::1"), at(0)), Ok(()));
        assert!(limiter.admit(address("2001:db8::2:1"), at(0)).is_err());
        assert_eq!(limiter.admit(address("2001:db8:0:1::1"), at(0)), Ok(()));
        assert_eq!(limiter.admit(address("::ffff:203.0.113.9"), at(0)), Ok(()));
        assert!(limiter.admit(address("203.0.113.9"), at(0)).is_err());
    }

    #[test]
    fn a_flood_of_addresses_takes_no_more_memory_and_frees_nobody() {
        let limiter = Limiter::new(1);
        let nth = |index: u32| IpAddr::from(index.to_be_bytes());
        for index in 0..10_000 {
            assert_eq!(limiter.admit(nth(index), at(0)), Ok(()));
        }
        assert_eq!(limiter.admit(nth(20_000), at(1)), Ok(()));
        assert!(limiter.admit(nth(20_001), at(1)).is_err(), "those without a place share one count");
        assert!(limiter.admit(nth(7), at(1)).is_err(), "who had a place keeps it");
        assert_eq!(limiter.counts.lock().unwrap().by_address.len(), ADDRESSES_MAX);
        assert_eq!(limiter.admit(nth(20_002), at(61)), Ok(()), "places are given on");
        assert_eq!(limiter.counts.lock().unwrap().by_address.len(), 1);
    }
}
