//! Figures of macroeconomic series.

use market_model::MacroObservation;

use super::{Refusal, day, finite, present};

/// Refuses an observation that can be none: nothing that says what it is about or in which unit, or not finite.
pub fn observation(observation: &MacroObservation) -> Result<(), Refusal> {
    present("series", &observation.series)?;
    present("unit", &observation.unit)?;
    day::period("period", observation.period)?;
    finite([
        ("value", Some(observation.value)),
        ("consensus", observation.consensus),
        ("previous", observation.previous),
    ])
}
