//! The queue against a real Redis: every test has a server of its own, waits on conditions with a bound, and never sleeps a fixed time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics, in its helpers, too")]

mod coalescing;
mod crashes;
mod delays;
mod ids;
mod operators;
mod outcomes;
mod private_redis;
mod redis_amnesia;
mod redis_faults;
mod schedule;
mod shutdown;
mod support;
