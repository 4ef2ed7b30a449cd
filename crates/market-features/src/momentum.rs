//! Return over a number of bars.

/// `close / earlier − 1`.
pub(crate) fn momentum(earlier: f64, close: f64) -> f64 {
    close / earlier - 1.0
}
