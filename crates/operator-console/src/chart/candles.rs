//! Daily (or weekly) bars of a code with averages, volume and marked days.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::{
    axis::{Axis, grid_line, names_below, percent},
    crosshair::{Crosshair, Series},
    curve::{Curve, extent},
    number::{grouped, short},
    path::{DETAIL, Path},
};
use crate::Language;

/// Heights in pixels: prices, a gap, volume, the names of the days.
const PRICES: f64 = 300.0;
const VOLUME_TOP: f64 = 316.0;
const VOLUME: f64 = 70.0;
const HEIGHT: f64 = 408.0;
/// Units of the drawing per bar, and how many of them are left free on each side.
const SLOT: f64 = 10.0;
const SIDE: f64 = 1.0;

/// A chart of prices.
#[derive(Debug, Clone, PartialEq)]
pub struct Candles {
    /// What it shows, in the reader's language: `600519.SH, forward adjusted, 2025-11-03 to 2026-10-30`.
    pub label: String,
    /// The bars, ascending.
    pub bars: Vec<Candle>,
    /// Moving averages and other lines of the bars' own source, each with a value per bar.
    pub averages: Vec<Curve>,
    /// Another source's close, in the same basis, with a value per bar.
    pub overlay: Option<Curve>,
    /// Days to point at.
    pub markers: Vec<Marker>,
    /// Places after the point of a price.
    pub decimals: usize,
}

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candle {
    /// Its day, or the last one of its week.
    pub date: NaiveDate,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Shares traded; `None` where nobody counts them.
    pub volume: Option<i64>,
}

/// A day that is pointed at.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// The index of its bar.
    pub bar: usize,
    /// A word of one or two letters: `XD`, `除`.
    pub sign: String,
    /// What happened, in full.
    pub title: String,
}

/// Whether the price rose. In Chinese markets red rises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    Up,
    Down,
}

impl Candles {
    /// The chart with its legend; a sentence where there is no bar.
    pub fn render(&self, language: Language) -> Markup {
        if self.bars.is_empty() {
            return html! { p class="empty" { (language.say("There are no bars to draw.", "没有可画的K线。")) } };
        }
        let summary = self.summary(language);
        html! {
            figure class="chart candles" data-chart data-chart-label=(language.say("Day", "日期")) {
                (self.legend(language))
                div class="chart-plot" {
                    svg class="chart-canvas" role="img" aria-label=(format!("{}. {summary}", self.label))
                        width="100%" height=(HEIGHT) {
                        (self.grid(language))
                        (self.drawing())
                        (self.marks())
                        @let names: Vec<String> = self.bars.iter().map(|bar| bar.date.to_string()).collect();
                        @let names: Vec<&str> = names.iter().map(String::as_str).collect();
                        @for name in names_below(&names, HEIGHT - 6.0, 4) { (name) }
                    }
                }
                (self.values(language))
                figcaption { (summary) }
            }
        }
    }

    fn price_axis(&self) -> Axis {
        let lines = self.averages.iter().chain(&self.overlay).flat_map(Curve::finite);
        let (least, most) = extent(self.bars.iter().flat_map(|bar| [bar.low, bar.high]).chain(lines));
        Axis::with_air(least, most, 0.0, PRICES)
    }

    fn volume_axis(&self, top: f64) -> Axis {
        let most = self.bars.iter().filter_map(|bar| bar.volume).max().unwrap_or_default();
        Axis::new(0.0, most as f64, top, VOLUME)
    }

    fn moves(&self) -> Vec<Move> {
        let mut last = Move::Up;
        let mut before: Option<f64> = None;
        let of_bar = |bar: &Candle| {
            // Without a body the close before decides, and without that what was.
            let from = if bar.close == bar.open { before.unwrap_or(bar.open) } else { bar.open };
            if bar.close != from {
                last = if bar.close > from { Move::Up } else { Move::Down };
            }
            before = Some(bar.close);
            last
        };
        self.bars.iter().map(of_bar).collect()
    }

    fn grid(&self, language: Language) -> Markup {
        let (prices, volume) = (self.price_axis(), self.volume_axis(VOLUME_TOP));
        let most = self.bars.iter().filter_map(|bar| bar.volume).max().filter(|most| *most > 0);
        html! {
            @for tick in prices.ticks(6) {
                (grid_line(prices.y(tick.value), &grouped(tick.value, tick.decimals)))
            }
            @if let Some(most) = most {
                (grid_line(volume.y(most as f64), &short(language, most as f64)))
                (grid_line(volume.y(0.0), "0"))
            }
        }
    }

    /// What is stretched to the width of the page: a path per kind of bar, a path per line.
    fn drawing(&self) -> Markup {
        let (prices, volume) = (self.price_axis(), self.volume_axis(0.0));
        let moves = self.moves();
        let bars =
            |wanted: Move| self.bars.iter().zip(&moves).enumerate().filter(move |(_, (_, kind))| **kind == wanted);
        let draw = |wanted: Move| {
            let (mut wicks, mut bodies, mut volumes) = (Path::default(), Path::default(), Path::default());
            for (index, (bar, _)) in bars(wanted) {
                let left = index as f64 * SLOT;
                let (top, bottom) = (prices.y(bar.open.max(bar.close)), prices.y(bar.open.min(bar.close)));
                // As one piece: the body covers what is behind it.
                wicks.upright(left + SLOT / 2.0, prices.y(bar.high), prices.y(bar.low));
                bodies.rectangle(left + SIDE, SLOT - 2.0 * SIDE, (top, bottom));
                if let Some(shares) = bar.volume.filter(|shares| *shares > 0) {
                    volumes.rectangle(left + SIDE, SLOT - 2.0 * SIDE, (volume.y(shares as f64), VOLUME));
                }
            }
            (wicks.finish(), bodies.finish(), volumes.finish())
        };
        let (up, down) = (draw(Move::Up), draw(Move::Down));
        let view_box = |height: f64| format!("0 0 {} {}", self.bars.len() as f64 * SLOT, height * DETAIL);
        html! {
            svg x="0" y="0" width="100%" height=(PRICES) viewBox=(view_box(PRICES)) preserveAspectRatio="none" {
                @for (class, (wicks, bodies, _)) in [("up", &up), ("down", &down)] {
                    @if let Some(d) = wicks { path class=(format!("wick {class}")) d=(d) {} }
                    @if let Some(d) = bodies { path class=(format!("body {class}")) d=(d) {} }
                }
                @for (index, curve) in self.averages.iter().enumerate() {
                    @if let Some(d) = curve.path(&prices, SLOT) { path class=(format!("curve c{index}")) d=(d) {} }
                }
                @if let Some(d) = self.overlay.as_ref().and_then(|curve| curve.path(&prices, SLOT)) {
                    path class="curve overlay" d=(d) {}
                }
            }
            svg x="0" y=(VOLUME_TOP) width="100%" height=(VOLUME) viewBox=(view_box(VOLUME)) preserveAspectRatio="none" {
                @for (class, (_, _, volumes)) in [("up", &up), ("down", &down)] {
                    @if let Some(d) = volumes { path class=(format!("volume {class}")) d=(d) {} }
                }
            }
        }
    }

    /// The marked days: a line from top to bottom with the sign at its head.
    fn marks(&self) -> Markup {
        html! {
            @for marker in self.markers.iter().filter(|marker| marker.bar < self.bars.len()) {
                @let x = percent((marker.bar as f64 + 0.5) / self.bars.len() as f64);
                g class="marker" {
                    title { (marker.title) }
                    line x1=(x) x2=(x) y1="16" y2=(PRICES) {}
                    text x=(x) y="12" text-anchor="middle" { (marker.sign) }
                }
            }
        }
    }

    fn legend(&self, language: Language) -> Markup {
        html! {
            ul class="chart-legend" {
                li class="key up" { (language.say("hollow, red: up", "红色空心：涨")) }
                li class="key down" { (language.say("solid, green: down", "绿色实心：跌")) }
                @for (index, curve) in self.averages.iter().enumerate() {
                    li class=(format!("key c{index}")) { (curve.name) }
                }
                @if let Some(curve) = &self.overlay {
                    li class="key overlay" { (curve.name) }
                }
                @if let Some(marker) = self.markers.first() {
                    li class="key marker" { (marker.sign) ": " (language.say("ex-date", "除权除息日")) }
                }
            }
        }
    }

    fn summary(&self, language: Language) -> String {
        let (Some(first), Some(last)) = (self.bars.first(), self.bars.last()) else { return String::new() };
        let (least, most) = extent(self.bars.iter().flat_map(|bar| [bar.low, bar.high]));
        let text = |value: f64| grouped(value, self.decimals);
        let (count, from, to) = (self.bars.len(), first.date, last.date);
        let (close, least, most, marked) = (text(last.close), text(least), text(most), self.markers.len());
        match language {
            Language::English => format!(
                "{count} bars, {from} to {to}; last close {close}, lowest {least}, highest {most}; ex-dates marked: {marked}."
            ),
            Language::Chinese => {
                format!(
                    "共{count}根K线，{from} 至 {to}；最新收盘 {close}，最低 {least}，最高 {most}；标出除权除息日 {marked} 个。"
                )
            }
        }
    }

    fn values(&self, language: Language) -> Markup {
        let prices = |name, of: fn(&Candle) -> f64| {
            Series::new(name, self.decimals, self.bars.iter().map(move |bar| Some(of(bar))))
        };
        let mut series = vec![
            prices(language.say("open", "开"), |bar| bar.open),
            prices(language.say("high", "高"), |bar| bar.high),
            prices(language.say("low", "低"), |bar| bar.low),
            prices(language.say("close", "收"), |bar| bar.close),
        ];
        let volumes = self.bars.iter().map(|bar| bar.volume.map(|shares| shares as f64));
        series.push(Series::new(language.say("volume", "量（股）"), 0, volumes));
        let lines = self.averages.iter().chain(&self.overlay);
        series.extend(lines.map(|curve| Series::new(&curve.name, self.decimals, curve.values.iter().copied())));
        Crosshair::new(self.bars.iter().map(|bar| bar.date), series).render()
    }
}

#[cfg(test)]
mod tests;
