//! Prices by day, tier, hours, channel and pattern.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::{Cny, Usage};

const DEFAULT: DefaultPrice = DefaultPrice { input: Cny::from_yuan(20), output: Cny::from_yuan(60) };

#[derive(serde::Deserialize)]
struct File {
    price: Vec<PriceRow>,
}

fn rows(text: &str) -> Vec<PriceRow> {
    toml::from_str::<File>(text).unwrap().price
}

fn table(text: &str) -> PriceTable {
    PriceTable::from_rows(&rows(text), DEFAULT).unwrap()
}

fn refused(text: &str) -> String {
    PriceTable::from_rows(&rows(text), DEFAULT).unwrap_err().to_string()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn used(input: u64, output: u64) -> Usage {
    Usage { input, output, ..Usage::default() }
}

const TIERED: &str = r#"
    [[price]]
    model = "qwen3-max"
    from = "2026-01-01"
    until_input = 32000
    input = "2.5"
    output = 10
    [[price]]
    model = "qwen3-max"
    from = "2026-01-01"
    input = "7"
    output = 28
    [[price]]
    model = "qwen3-max"
    from = "2026-11-24"
    input = "1"
    cached_input = "0.1"
    output = "4"
    thinking_output = "8"
"#;

#[test]
fn the_tier_is_that_of_the_whole_prompt() {
    let table = table(TIERED);
    let noon = at("2026-11-23T04:00:00Z");
    for (input, yuan) in [(32_000, "0.09"), (32_001, "0.252007")] {
        let priced = table.cost("qwen3-max", "a", &used(input, 1_000), noon);
        assert_eq!((priced.cny.to_string().as_str(), priced.known), (yuan, true));
    }
}

#[test]
fn a_part_of_a_nano_yuan_is_a_whole_one() {
    let table = table("[[price]]\nmodel = \"m\"\nfrom = \"2026-01-01\"\ninput = \"0.0000015\"\noutput = \"0\"");
    for (tokens, nano) in [(0, 0), (1, 1), (666, 1), (667, 2), (2_000_000, 3_000)] {
        assert_eq!(table.cost("m", "a", &used(tokens, 0), at("2026-11-23T04:00:00Z")).cny.nano(), nano, "{tokens}");
    }
}

#[test]
fn a_new_price_holds_from_midnight_in_shanghai() {
    let table = table(TIERED);
    let cost = |moment| table.cost("qwen3-max", "a", &used(1_000_000, 0), at(moment)).cny;
    assert_eq!(cost("2026-11-23T15:59:59Z"), Cny::from_yuan(7));
    assert_eq!(cost("2026-11-23T16:00:00Z"), Cny::from_yuan(1));
}

#[test]
fn cached_and_thinking_tokens_have_their_own_rates() {
    let usage = Usage { input: 1_000_000, cached_input: 900_000, output: 1_000_000, thinking: 500_000 };
    let priced = table(TIERED).cost("qwen3-max", "a", &usage, at("2026-12-01T00:00:00Z"));
    assert_eq!(priced.cny.to_string(), "6.19", "0.1 + 0.09 + 2 + 4");
}

#[test]
fn an_unknown_model_and_one_whose_price_begins_later_cost_the_default_and_say_so() {
    let table = table(TIERED);
    for (model, moment) in [("nobody-knows", "2026-11-23T04:00:00Z"), ("qwen3-max", "2025-06-01T00:00:00Z")] {
        let priced = table.cost(model, "a", &used(1_000_000, 1_000_000), at(moment));
        assert_eq!(priced, Priced { cny: Cny::from_yuan(80), known: false }, "{model}");
    }
}

#[test]
fn a_channels_own_price_goes_before_the_models_and_the_model_before_its_pattern() {
    let table = table(
        r#"
        [[price]]
        model = "qwen*"
        from = "2026-01-01"
        input = 1
        output = 1
        [[price]]
        model = "qwen-plus*"
        from = "2026-01-01"
        input = 2
        output = 2
        [[price]]
        model = "qwen-plus"
        from = "2026-01-01"
        input = 3
        output = 3
        [[price]]
        model = "qwen-plus"
        channel = "cheap"
        from = "2026-01-01"
        input = 4
        output = 4
    "#,
    );
    let yuan = |model, channel| table.cost(model, channel, &used(1_000_000, 0), at("2026-11-23T04:00:00Z")).cny;
    for (model, channel, expected) in
        [("qwen-turbo", "a", 1), ("qwen-plus-2026", "a", 2), ("qwen-plus", "a", 3), ("qwen-plus", "cheap", 4)]
    {
        assert_eq!(yuan(model, channel), Cny::from_yuan(expected), "{model} {channel}");
    }
}

#[test]
fn a_price_by_the_hour_holds_in_its_hours() {
    let table = table(
        r#"
        [[price]]
        model = "deepseek-chat"
        from = "2026-01-01"
        input = 2
        output = 8
        [[price]]
        model = "deepseek-chat"
        from = "2026-01-01"
        hours = "00:30-08:30"
        input = 1
        output = 4
    "#,
    );
    let yuan = |moment| table.cost("deepseek-chat", "a", &used(1_000_000, 0), at(moment)).cny;
    assert_eq!(yuan("2026-11-22T16:29:59Z"), Cny::from_yuan(2), "00:29 in Shanghai");
    assert_eq!(yuan("2026-11-22T16:30:00Z"), Cny::from_yuan(1));
    assert_eq!(yuan("2026-11-23T00:30:00Z"), Cny::from_yuan(2), "08:30 in Shanghai");
}

#[test]
fn a_wrong_row_is_named_with_its_field_and_what_is_allowed() {
    let base = "[[price]]\nmodel = \"m\"\nfrom = \"2026-01-01\"\noutput = 1\n";
    for (rows, parts) in [
        (format!("{base}input = -1\n"), ["price 1", "input", "negative"]),
        (format!("{base}input = 1\n{base}input = 2\n"), ["price 2", "from", "second price"]),
        (format!("{base}input = 1\nuntil_input = 10\n"), ["price 1", "until_input", "longer prompts"]),
        (format!("{base}input = 1\nhours = \"01:00-02:00\"\n"), ["price 1", "hours", "other hours"]),
        (
            format!("{base}input = 1\nhours = \"01:00-02:00\"\n{base}input = 1\nhours = \"01:30-03:00\"\n"),
            ["price 2", "hours", "overlap"],
        ),
        (format!("{base}input = 1\n").replace("\"m\"", "\"a*b\""), ["price 1", "model", "names no model"]),
    ] {
        let message = refused(&rows);
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}

proptest! {
    /// However the tiers lie: what a request costs never exceeds the bound that was reserved for it.
    #[test]
    fn no_request_within_its_bounds_costs_more_than_the_bound(
        tiers in prop::collection::btree_map(1_u64..200_000, prop::array::uniform4(0_i64..50_000_000_000), 0..4),
        last in prop::array::uniform4(0_i64..50_000_000_000),
        bounds in (0_u64..300_000, 0_u64..100_000),
        part in (0.0..=1.0_f64, 0.0..=1.0_f64, 0.0..=1.0_f64, 0.0..=1.0_f64),
    ) {
        let row = |until_input, [input, cached, output, thinking]: [i64; 4]| PriceRow {
            model: "m".to_owned(),
            channel: None,
            from: "2026-01-01".parse().unwrap(),
            until_input,
            hours: None,
            input: Cny::from_nano(input),
            cached_input: Some(Cny::from_nano(cached)),
            output: Cny::from_nano(output),
            thinking_output: Some(Cny::from_nano(thinking)),
            source: None,
        };
        let rows: Vec<_> =
            tiers.into_iter().map(|(until, rates)| row(Some(until), rates)).chain([row(None, last)]).collect();
        let table = PriceTable::from_rows(&rows, DEFAULT).unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
        let share = |whole: u64, part: f64| (whole as f64 * part) as u64;
        let (input, output) = (share(bounds.0, part.0), share(bounds.1, part.1));
        let usage = Usage { input, cached_input: share(input, part.2), output, thinking: share(output, part.3) };
        let now = at("2026-11-23T04:00:00Z");
        prop_assert!(table.cost("m", "a", &usage, now).cny <= table.bound("m", "a", bounds.0, bounds.1, now).cny);
    }
}
