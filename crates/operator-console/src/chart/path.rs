//! The `d` of a path in few characters.

use std::fmt::Write as _;

/// Units of a drawing per pixel downwards: whole numbers are short, and half a pixel is fine enough.
pub(super) const DETAIL: f64 = 2.0;

/// A path that grows. Places are given in units across and in pixels down.
#[derive(Debug, Default)]
pub(super) struct Path {
    d: String,
    is_drawing: bool,
    last: (i64, i64),
}

// Writing to a String cannot fail.
impl Path {
    /// A line from the last point to this one; the first point, and the first one after [`Path::lift`], begins it.
    pub(super) fn to(&mut self, x: f64, y: f64) {
        if !self.is_drawing {
            self.begin(x, y);
            // A line of no length: a value between two gaps is a dot.
            self.d.push_str("l0 0");
            self.is_drawing = true;
            return;
        }
        // From point to point: that is shorter, and from where the last one really is, so that nothing adds up.
        let place = (units(x), down(y));
        let (across, rise) = (place.0 - self.last.0, place.1 - self.last.1);
        let between = if rise < 0 { "" } else { " " };
        let _ = write!(self.d, " {across}{between}{rise}");
        self.last = place;
    }

    /// The next point begins a new line.
    pub(super) fn lift(&mut self) {
        self.is_drawing = false;
    }

    /// An upright line.
    pub(super) fn upright(&mut self, x: f64, from: f64, to: f64) {
        self.begin(x, from);
        let _ = write!(self.d, "V{}", down(to));
        self.is_drawing = false;
    }

    /// A rectangle.
    pub(super) fn rectangle(&mut self, x: f64, width: f64, (top, bottom): (f64, f64)) {
        self.begin(x, top);
        let (width, height) = (units(width), down(bottom) - down(top));
        let _ = write!(self.d, "h{width}v{height}h-{width}z");
        self.is_drawing = false;
    }

    /// The path; nothing if nothing was drawn.
    pub(super) fn finish(self) -> Option<String> {
        (!self.d.is_empty()).then_some(self.d)
    }

    /// Moves to a place, given from the top left in pixels down.
    fn begin(&mut self, x: f64, y: f64) {
        let place = (units(x), down(y));
        let _ = write!(self.d, "M{} {}", place.0, place.1);
        self.last = place;
    }
}

fn units(x: f64) -> i64 {
    x.round() as i64
}

fn down(y: f64) -> i64 {
    (y * DETAIL).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_ends_a_line_and_whole_numbers_are_short() {
        let mut path = Path::default();
        path.to(5.0, 1.26);
        path.to(15.0, -0.04);
        path.to(25.0, 4.0);
        path.lift();
        path.to(45.0, 2.0);
        path.upright(5.0, 1.0, 2.5);
        path.rectangle(1.0, 8.0, (2.0, 5.0));
        assert_eq!(path.finish().unwrap(), "M5 3l0 0 10-3 10 8M45 4l0 0M5 2V5M1 4h8v6h-8z");
        assert_eq!(Path::default().finish(), None);
    }
}
