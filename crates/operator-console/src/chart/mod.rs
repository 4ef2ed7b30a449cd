//! Charts as SVG made on the server: no library, no inline style, no script needed.
//!
//! Every chart is a plain struct with `render`. Its words and numbers are in the page's own text size whatever the width:
//! the outer `<svg>` places them by percentages, and only the drawing, an inner `<svg>` with `preserveAspectRatio="none"`, is
//! stretched. Colours are classes (`chart.css`), and never the only carrier: rising candles are hollow, cells carry a letter,
//! every mark has a `<title>`, and what a picture says stands as a text or a table beside it.
//!
//! [`Candles`] carry their values as a JSON block that `crosshair.js` reads. A browser does not execute such a
//! block, so the strict content security policy lets it stand.

mod assets;
mod axis;
mod bars;
mod candles;
mod crosshair;
mod curve;
mod heat_map;
mod number;
mod path;

pub(crate) use assets::{SCRIPT, STYLE};
pub use bars::{Bars, BarsColumn, Part};
pub use candles::{Candle, Candles, Marker};
pub use curve::Curve;
pub use heat_map::{HeatCell, HeatColumn, HeatMap, HeatState};
pub use number::grouped;
