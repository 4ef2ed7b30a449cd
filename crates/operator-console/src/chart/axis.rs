//! Which values and which places along an axis are written down.

use maud::{Markup, html};

/// A range of values on a height: the largest is at the top.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    least: f64,
    most: f64,
    top: f64,
    height: f64,
}

/// A value that is written beside the axis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tick {
    pub(super) value: f64,
    /// Places after the point that tell this axis's ticks apart.
    pub(super) decimals: usize,
}

impl Axis {
    /// From `least` to `most`, whatever is finite of it, drawn from `top` over `height`. An empty range is widened.
    pub(super) fn new(least: f64, most: f64, top: f64, height: f64) -> Self {
        let (least, most) = if least.is_finite() && most.is_finite() { (least, most) } else { (0.0, 1.0) };
        let (least, most) = if most > least {
            (least, most)
        } else {
            let room = if least == 0.0 { 1.0 } else { least.abs() * 0.05 };
            (least - room, least + room)
        };
        Self { least, most, top, height }
    }

    /// [`Axis::new`] with some air above and below.
    pub(super) fn with_air(least: f64, most: f64, top: f64, height: f64) -> Self {
        let air = (most - least) * 0.04;
        Self::new(least - air, most + air, top, height)
    }

    /// Where `value` lies, from the top of the picture.
    pub(super) fn y(&self, value: f64) -> f64 {
        self.top + (self.most - value) / (self.most - self.least) * self.height
    }

    /// About `count` round values in the range.
    pub(super) fn ticks(&self, count: usize) -> Vec<Tick> {
        let rough = (self.most - self.least) / count.max(1) as f64;
        let magnitude = 10_f64.powi(rough.log10().floor() as i32);
        let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
        let step = steps.iter().map(|step| step * magnitude).find(|step| *step >= rough * 0.999).unwrap_or(rough);
        let decimals = (0..9).find(|places| is_whole(step * 10_f64.powi(*places))).unwrap_or(9);
        let first = (self.least / step).ceil();
        let value = |index: u32| (first + f64::from(index)) * step;
        let within = (0..100).map(value).take_while(|value| *value <= self.most + step * 1e-6);
        within.map(|value| Tick { value, decimals: decimals as usize }).collect()
    }
}

fn is_whole(value: f64) -> bool {
    value.round() != 0.0 && (value - value.round()).abs() < 1e-6 * value.abs()
}

/// A place along the width as a percentage, `12.35%`.
pub(super) fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}%")
}

/// A line across the picture with its value at the right, outside of it.
pub(super) fn grid_line(y: f64, text: &str) -> Markup {
    let y = format!("{y:.1}");
    html! {
        line class="grid-line" x1="0" x2="100%" y1=(y) y2=(y) {}
        text class="tick" x="100%" dx="6" y=(y) dy="4" { (text) }
    }
}

/// The names of a few of `names` below the picture: the first, the last and some between.
pub(super) fn names_below<'a>(names: &[&'a str], y: f64, at_most: usize) -> Vec<Markup> {
    let last = names.len().saturating_sub(1);
    let steps = at_most.saturating_sub(1).clamp(1, last.max(1));
    let mut places: Vec<usize> = (0..=steps).map(|step| last * step / steps).collect();
    places.dedup();
    let label = |place: usize| -> Markup {
        let name: &'a str = names.get(place).copied().unwrap_or_default();
        let middle = (place as f64 + 0.5) / names.len().max(1) as f64;
        let (x, anchor) = match place {
            0 if last > 0 => ("0".to_owned(), "start"),
            _ if place == last && last > 0 => ("100%".to_owned(), "end"),
            _ => (percent(middle), "middle"),
        };
        // Between the two ends there is no room on a phone.
        let class = if anchor == "middle" && last > 0 { "tick between" } else { "tick" };
        html! { text class=(class) x=(x) y=(format!("{y:.0}")) text-anchor=(anchor) { (name) } }
    };
    places.into_iter().map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(least: f64, most: f64) -> Vec<String> {
        let ticks = Axis::new(least, most, 0.0, 100.0).ticks(4);
        ticks.iter().map(|tick| format!("{:.*}", tick.decimals, tick.value)).collect()
    }

    #[test]
    fn ticks_are_round_and_tell_each_other_apart() {
        assert_eq!(values(0.0, 10.0), ["0.0", "2.5", "5.0", "7.5", "10.0"]);
        assert_eq!(values(1_480.0, 1_523.0), ["1480", "1500", "1520"]);
        assert_eq!(values(0.101, 0.118), ["0.105", "0.110", "0.115"]);
        assert_eq!(values(-3.0, 3.0), ["-2", "0", "2"]);
        assert_eq!(values(0.0, 0.000_001), ["0.00000000", "0.00000025", "0.00000050", "0.00000075", "0.00000100"]);
    }

    #[test]
    fn a_range_without_width_or_sense_is_widened() {
        assert!(values(5.0, 5.0).len() >= 2);
        assert!(values(0.0, 0.0).len() >= 2);
        assert!(values(f64::INFINITY, f64::NEG_INFINITY).len() >= 2);
        assert!((Axis::new(7.0, 7.0, 10.0, 100.0).y(7.0) - 60.0).abs() < 1e-9);
    }

    #[test]
    fn the_first_and_the_last_name_stay_inside_the_picture() {
        let names: Vec<String> = (0..250).map(|day| format!("d{day}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let shown: Vec<String> = names_below(&names, 12.0, 4).into_iter().map(|label| label.into_string()).collect();
        assert_eq!(shown.len(), 4);
        assert!(shown[0].contains("text-anchor=\"start\">d0<"), "{}", shown[0]);
        assert!(shown[3].contains("text-anchor=\"end\">d249<"), "{}", shown[3]);
        assert_eq!(names_below(&["one"], 0.0, 5).len(), 1);
        assert_eq!(names_below(&[], 0.0, 5).len(), 1);
    }
}
