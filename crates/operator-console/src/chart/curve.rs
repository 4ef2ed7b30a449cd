//! A row of values drawn as a line.

use super::{axis::Axis, path::Path};

/// A line over the columns of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// What it shows: `MA20`, `tdx`.
    pub name: String,
    /// A value per column; `None`, like anything not finite, where there is none: the line has a gap.
    pub values: Vec<Option<f64>>,
}

impl Curve {
    /// Its values that are numbers.
    pub(super) fn finite(&self) -> impl Iterator<Item = f64> {
        self.values.iter().flatten().copied().filter(|value| value.is_finite())
    }

    /// The line, with columns `slot` units wide.
    pub(super) fn path(&self, axis: &Axis, slot: f64) -> Option<String> {
        let mut path = Path::default();
        for (index, value) in self.values.iter().enumerate() {
            match value.filter(|value| value.is_finite()) {
                Some(value) => path.to((index as f64 + 0.5) * slot, axis.y(value)),
                None => path.lift(),
            }
        }
        path.finish()
    }
}

/// The least and the greatest of `values`; an infinite range the wrong way round for none.
pub(super) fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)))
}
