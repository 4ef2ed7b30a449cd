//! The numbers of a usage object, under all their names.

use route_policy::Usage;
use serde_json::Value;

/// No model takes or writes so many tokens in one request.
const TOKENS_MAX: u64 = 100_000_000;

/// A number that cannot be a count.
pub(super) struct Impossible;

pub(super) fn read(json: &str) -> Option<Usage> {
    usage(&serde_json::from_str(json).ok()?).ok().flatten()
}

/// Of a rerank answer's `meta`.
pub(super) fn read_meta(json: &str) -> Option<Usage> {
    let meta: Value = serde_json::from_str(json).ok()?;
    ["tokens", "billed_units"].iter().find_map(|key| usage(meta.get(key)?).ok().flatten())
}

pub(super) fn usage(value: &Value) -> Result<Option<Usage>, Impossible> {
    let first = |places: &[&[&str]]| -> Result<Option<u64>, Impossible> {
        for place in places {
            if let Some(count) = count(place.iter().try_fold(value, |value, key| value.get(key)))? {
                return Ok(Some(count));
            }
        }
        Ok(None)
    };
    let total = first(&[&["total_tokens"]])?;
    let input = first(&[&["prompt_tokens"], &["input_tokens"]])?;
    let output = first(&[&["completion_tokens"], &["output_tokens"]])?.unwrap_or(0);
    let thinking = first(&[
        &["completion_tokens_details", "reasoning_tokens"],
        &["output_tokens_details", "reasoning_tokens"],
        &["reasoning_tokens"],
    ])?;
    let cached = first(&[
        &["prompt_tokens_details", "cached_tokens"],
        &["input_tokens_details", "cached_tokens"],
        &["prompt_cache_hit_tokens"],
        &["cached_tokens"],
    ])?;
    // Embeddings and rerank of some tell the total alone.
    let Some(input) = input.or(total.map(|total| total.saturating_sub(output))) else { return Ok(None) };
    let thinking = thinking.unwrap_or(0);
    // By the standard thinking is part of the output; where it was left out, the total or common sense tells.
    let beside = thinking > output || (thinking > 0 && total == Some(input + output + thinking));
    let output = if beside { output + thinking } else { output };
    let usage = Usage { input, cached_input: cached.unwrap_or(0).min(input), output, thinking };
    // Every request has a prompt.
    Ok((usage.total() > 0).then_some(usage))
}

fn count(value: Option<&Value>) -> Result<Option<u64>, Impossible> {
    let count = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    count.filter(|count| *count <= TOKENS_MAX).map(Some).ok_or(Impossible)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between zero and TOKENS_MAX")]
#[expect(clippy::cast_precision_loss, reason = "TOKENS_MAX is exact as f64")]
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..=TOKENS_MAX as f64).contains(&number)).then_some(number as u64)
}
