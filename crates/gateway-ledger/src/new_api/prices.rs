//! Prices, from the ratios in the table `options`.

use std::collections::HashMap;

use route_policy::Cny;
use serde_json::{Map, Value};

use super::{ImportedPrice, NewApiImport, table::Table};

/// A ratio of 1 is 2 USD per million tokens.
const USD_PER_RATIO: f64 = 2.0;
const CNY_PER_USD: f64 = 7.3;

pub(super) fn read(table: &Table, import: &mut NewApiImport) {
    let options: HashMap<&str, &str> =
        table.rows.iter().filter_map(|row| row.text("key").zip(row.text("value"))).collect();
    let rate = options.get("USDExchangeRate").and_then(|rate| rate.parse().ok()).filter(|rate: &f64| *rate > 0.0);
    let ratios = |name: &str| match options.get(name).map(|text| serde_json::from_str::<Value>(text)) {
        Some(Ok(Value::Object(ratios))) => Ok(ratios),
        None => Ok(Map::new()),
        Some(_) => Err(format!("the option {name} cannot be read: its prices are not taken over")),
    };
    let mut read = |name: &str| {
        ratios(name).unwrap_or_else(|note| {
            import.notes.push(note);
            Map::new()
        })
    };
    let (inputs, outputs, cached) = (read("ModelRatio"), read("CompletionRatio"), read("CacheRatio"));
    let per_call = read("ModelPrice");
    let cny_per_ratio = USD_PER_RATIO * rate.unwrap_or(CNY_PER_USD);
    let mut without_output = Vec::new();
    for (model, ratio) in &inputs {
        let number = |ratios: &Map<String, Value>| ratios.get(model).and_then(Value::as_f64);
        let (Some(input), Some(output)) = (ratio.as_f64(), number(&outputs)) else {
            without_output.push(model.as_str());
            continue;
        };
        let input_cny = input * cny_per_ratio;
        let prices =
            (amount(input_cny), amount(input_cny * output), number(&cached).map(|cached| amount(input_cny * cached)));
        let (Some(input), Some(output), cached_input) = prices else {
            import.notes.push(format!("the ratios of {model} are no price and are not taken over"));
            continue;
        };
        import.prices.push(ImportedPrice { model: model.clone(), input, output, cached_input: cached_input.flatten() });
    }
    if !without_output.is_empty() {
        // New-API has ratios of its own for these, in its program; guessing them would make answers too cheap.
        let models = without_output.join(", ");
        import.notes.push(format!("without a CompletionRatio, so without a price: {models}"));
    }
    if !per_call.is_empty() {
        let models: Vec<&str> = per_call.keys().map(String::as_str).collect();
        import.notes.push(format!("prices per call are not known here: {}", models.join(", ")));
    }
}

/// Yuan as a number, to the nano-yuan; `None` for what is no price.
fn amount(yuan: f64) -> Option<Cny> {
    (yuan.is_finite() && yuan >= 0.0).then(|| format!("{yuan:.9}").parse().ok()).flatten()
}
