//! Finds the values of secrets, and what stands in for values that were hidden.
//!
//! Three ways to see one: the shape of a known provider's keys, anywhere; a value given to a name like `api_key` or
//! `BOT_TOKEN`; and a redaction (`***`, `sk-...`, `[REDACTED]`) where a value belongs, which would overwrite the real name
//! on every host it reaches. References (`${NAME}`) and empty values are what belongs there.
//!
//! No finding carries the value. A secret that somebody wants to hide (encoded, split) is not found: this guards against
//! accidents, and no secret leaves anyone's hands but by their own.

mod assignments;
mod hide;
mod placeholders;
mod scan;
mod shapes;
#[cfg(test)]
mod tests;

pub use hide::hide;
pub use scan::{Found, Sort, scan, scan_text};
