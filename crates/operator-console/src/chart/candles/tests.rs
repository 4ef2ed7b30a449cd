use chrono::Days;

use super::*;

fn chart(count: u32) -> Candles {
    let bar = |index: u32| {
        let middle = 1_500.0 + f64::from(index % 37) * 7.31 - f64::from(index % 11) * 5.07;
        Candle {
            date: NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + Days::new(u64::from(index)),
            open: middle,
            high: middle + 12.34,
            low: middle - 9.87,
            close: middle + if index.is_multiple_of(2) { 5.55 } else { -4.44 },
            volume: Some(3_000_000 + i64::from(index) * 12_345),
        }
    };
    let bars: Vec<Candle> = (0..count).map(bar).collect();
    let curve = |name: &str| Curve { name: name.to_owned(), values: bars.iter().map(|bar| Some(bar.close)).collect() };
    Candles {
        label: "600519.SH".to_owned(),
        averages: ["MA5", "MA10", "MA20", "MA60"].map(curve).to_vec(),
        overlay: Some(curve("tdx")),
        markers: vec![Marker { bar: 3, sign: "XD".to_owned(), title: "cash <10>".to_owned() }],
        decimals: 2,
        bars,
    }
}

#[test]
fn a_year_of_bars_with_all_lines_stays_small() {
    let page = chart(250).render(Language::English).into_string();
    assert!(page.len() < 40 * 1024, "{} bytes", page.len());
    assert!(!page.contains("style=") && !page.contains("NaN"));
}

#[test]
fn a_rising_bar_is_apart_from_a_falling_one_and_a_marked_day_says_why() {
    let page = chart(4).render(Language::Chinese).into_string();
    assert_eq!(page.matches("class=\"body up\"").count(), 1);
    assert_eq!(page.matches("class=\"body down\"").count(), 1);
    assert!(page.contains("<title>cash &lt;10&gt;</title>"), "{page}");
    assert!(page.contains("x1=\"87.5%\""), "the fourth of four bars: {page}");
    assert!(page.contains("role=\"img\" aria-label=\"600519.SH. 共4根K线"), "{page}");
}

#[test]
fn a_bar_without_a_body_goes_with_the_close_before() {
    let mut chart = chart(3);
    for (bar, close) in chart.bars.iter_mut().zip([10.0, 9.0, 9.0]) {
        (bar.open, bar.close) = (close, close);
    }
    assert_eq!(chart.moves(), [Move::Up, Move::Down, Move::Down]);
}

#[test]
fn no_bars_and_bars_that_stand_still_are_drawn_too() {
    assert!(chart(0).render(Language::English).into_string().contains("no bars"));
    let mut still = chart(1);
    still.bars[0] = Candle { open: 5.0, high: 5.0, low: 5.0, close: 5.0, volume: None, ..still.bars[0] };
    still.averages.clear();
    still.overlay = None;
    let page = still.render(Language::English).into_string();
    assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
}
