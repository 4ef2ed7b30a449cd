//! The whole way of a bar: committed by the writer, published, read by a reader.

#![expect(clippy::unwrap_used, reason = "a test may end where a value is missing, in its helpers too")]

mod fundamentals;
#[path = "../writer/market.rs"]
#[expect(dead_code, reason = "shared with the writer's tests, which use the rest of it")]
mod market;
mod quality;
mod round_trip;
