//! What the pages' style sheet and script hold for charts.

/// Part of the style sheet. The shell's own variables give the colours.
pub(crate) const STYLE: &str = include_str!("chart.css");
/// Part of the script: reads values under the pointer.
pub(crate) const SCRIPT: &str = include_str!("crosshair.js");
