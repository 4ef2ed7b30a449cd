//! How long and how often, for `make soak`; in `make test` shortly and a few times.

use std::str::FromStr;

/// The number that the environment asks for under `name`; otherwise `usual`.
///
/// # Panics
/// If it is none.
#[expect(clippy::disallowed_methods, reason = "it is the test that is configured, not a daemon")]
pub(crate) fn asked_for<T: FromStr>(name: &str, usual: T) -> T {
    let asked = std::env::var(name).ok();
    asked.map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} = {text:?} is no number")))
}

/// What everything random is drawn from; printed, so that a run can be repeated.
pub(crate) fn seed() -> u64 {
    let seed = asked_for("SOAK_SEED", 1);
    println!("seed {seed}");
    seed
}
