//! Why a row is refused, and the tests that every data set shares.

use crate::{
    RuleInfo,
    rules::{completeness, nonpositive_price, schema},
};

/// Why a row may not be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The rule it breaks.
    pub rule: &'static RuleInfo,
    /// What is wrong, one clause for people: `` `close` is not a finite number ``.
    pub reason: String,
    /// The column and what it holds: `close=NaN`.
    pub value: String,
}

/// A refusal by `rule`: `` `column` reason ``.
pub(super) fn refuse(
    rule: &'static RuleInfo,
    column: &str,
    value: impl std::fmt::Display,
    reason: &str,
) -> Result<(), Refusal> {
    Err(Refusal { rule, reason: format!("`{column}` {reason}"), value: format!("{column}={value}") })
}

/// Every number that is there must be finite.
pub(super) fn finite<const N: usize>(numbers: [(&str, Option<f64>); N]) -> Result<(), Refusal> {
    first(numbers, |number| !number.is_finite(), &schema::INFO, "is not a finite number")
}

/// Every number that is there must be zero or more.
pub(super) fn not_negative<const N: usize>(numbers: [(&str, Option<f64>); N]) -> Result<(), Refusal> {
    first(numbers, |number| number < 0.0, &schema::INFO, "is negative")
}

/// Every price that is there must be above zero.
pub(super) fn positive<const N: usize>(prices: [(&str, Option<f64>); N]) -> Result<(), Refusal> {
    first(prices, |price| price <= 0.0, &nonpositive_price::INFO, "is zero or negative")
}

/// A text that identifies the row must not be empty.
pub(super) fn present(column: &str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() { refuse(&completeness::INFO, column, text, "is empty") } else { Ok(()) }
}

fn first<const N: usize>(
    numbers: [(&str, Option<f64>); N],
    is_bad: impl Fn(f64) -> bool,
    rule: &'static RuleInfo,
    reason: &str,
) -> Result<(), Refusal> {
    for (column, number) in numbers {
        if let Some(number) = number.filter(|number| is_bad(*number)) {
            return refuse(rule, column, number, reason);
        }
    }
    Ok(())
}
