//! Charges and attempts of a request, packed as arrays of numbers.

use std::borrow::Cow;

use chrono::{Datelike as _, NaiveDate};
use route_policy::{Cny, Day, Usage};
use rusqlite::Connection;
use serde::{Deserialize, de::IgnoredAny};

use super::words::{Dictionary, Sought, Word, Words};
use crate::{AttemptRecord, Charge, Considered};

const ESTIMATED: u8 = 1;
const PRICE_KNOWN: u8 = 2;

/// `[[attempt, channel, account, upstream model, day, input, cached, output, thinking, cny, reserved, flags, breach], …]`
pub(super) fn charges(
    charges: &[Charge],
    words: &mut Words,
    connection: &Connection,
    out: &mut String,
) -> rusqlite::Result<()> {
    out.clear();
    out.push('[');
    for charge in charges {
        open(out);
        number(out, charge.attempt);
        for name in [&charge.channel, &charge.account, &charge.upstream_model] {
            word(out, &words.of(connection, name)?);
        }
        number(out, charge.day.date().num_days_from_ce());
        let Usage { input, cached_input, output, thinking } = charge.usage;
        for tokens in [input, cached_input, output, thinking] {
            number(out, tokens);
        }
        number(out, charge.cny.nano());
        number(out, charge.reserved.nano());
        number(out, if charge.estimated { ESTIMATED } else { 0 } | if charge.price_known { PRICE_KNOWN } else { 0 });
        if let Some(breach) = charge.breach {
            number(out, breach.nano());
        } else {
            out.push_str("null,");
        }
        close(out);
    }
    close_all(out);
    Ok(())
}

/// `[[channel, outcome, ms, [channel, why not, channel, why not, …]], …]`
pub(super) fn attempts(
    attempts: &[AttemptRecord],
    words: &mut Words,
    connection: &Connection,
    out: &mut String,
) -> rusqlite::Result<()> {
    out.clear();
    out.push('[');
    for attempt in attempts {
        open(out);
        match &attempt.channel {
            Some(channel) => word(out, &words.of(connection, channel)?),
            None => out.push_str("null,"),
        }
        word(out, &phrase(&attempt.outcome, matches!(attempt.outcome, Cow::Borrowed(_)), words, connection)?);
        number(out, attempt.ms);
        out.push('[');
        for considered in &attempt.considered {
            word(out, &words.of(connection, &considered.channel)?);
            word(out, &phrase(&considered.lost, matches!(considered.lost, Cow::Borrowed(_)), words, connection)?);
        }
        close(out);
        close(out);
    }
    close_all(out);
    Ok(())
}

/// Fixed words get a number; a text that was made for the occasion would only fill the dictionary.
fn phrase(text: &str, is_fixed: bool, words: &mut Words, connection: &Connection) -> rusqlite::Result<Word> {
    if is_fixed { words.of(connection, text) } else { Ok(Word::Text(text.to_owned())) }
}

fn open(out: &mut String) {
    out.push('[');
}

/// Ends an array; what stands in it ends with a comma.
fn close(out: &mut String) {
    if out.ends_with(',') {
        out.pop();
    }
    out.push_str("],");
}

fn close_all(out: &mut String) {
    close(out);
    out.pop();
}

fn number(out: &mut String, number: impl itoa::Integer) {
    out.push_str(itoa::Buffer::new().format(number));
    out.push(',');
}

fn word(out: &mut String, word: &Word) {
    match word {
        Word::Number(id) => number(out, *id),
        Word::Text(text) => {
            out.push_str(&serde_json::Value::from(text.as_str()).to_string());
            out.push(',');
        }
    }
}

#[derive(Deserialize)]
struct PackedCharge(u32, Word, Word, Word, i32, u64, u64, u64, u64, i64, i64, u8, Option<i64>);

#[derive(Deserialize)]
struct PackedAttempt(Option<Word>, Word, u32, Vec<Word>);

/// Reads what [`charges`] wrote.
pub(super) fn read_charges(packed: &str, words: &mut Dictionary<'_>) -> rusqlite::Result<Vec<Charge>> {
    let packed: Vec<PackedCharge> = serde_json::from_str(packed).map_err(unreadable)?;
    let unpacked = packed.into_iter().map(|packed| {
        let PackedCharge(attempt, channel, account, model, day, input, cached_input, output, thinking, ..) = packed;
        let PackedCharge(.., cny, reserved, flags, breach) = packed;
        Ok(Charge {
            attempt,
            channel: words.resolve(channel)?,
            account: words.resolve(account)?,
            upstream_model: words.resolve(model)?,
            day: Day::from_date(NaiveDate::from_num_days_from_ce_opt(day).unwrap_or_default()),
            usage: Usage { input, cached_input, output, thinking },
            cny: Cny::from_nano(cny),
            reserved: Cny::from_nano(reserved),
            estimated: flags & ESTIMATED != 0,
            breach: breach.map(Cny::from_nano),
            price_known: flags & PRICE_KNOWN != 0,
        })
    });
    unpacked.collect()
}

/// Reads what [`attempts`] wrote.
pub(super) fn read_attempts(packed: &str, words: &mut Dictionary<'_>) -> rusqlite::Result<Vec<AttemptRecord>> {
    let packed: Vec<PackedAttempt> = serde_json::from_str(packed).map_err(unreadable)?;
    let mut attempts = Vec::with_capacity(packed.len());
    for PackedAttempt(channel, outcome, ms, considered) in packed {
        let mut pairs = considered.into_iter();
        let mut considered = Vec::with_capacity(pairs.len() / 2);
        while let (Some(channel), Some(lost)) = (pairs.next(), pairs.next()) {
            let lost = Cow::Owned(words.resolve(lost)?.as_ref().to_owned());
            considered.push(Considered { channel: words.resolve(channel)?, lost });
        }
        let channel = channel.map(|channel| words.resolve(channel)).transpose()?;
        let outcome = Cow::Owned(words.resolve(outcome)?.as_ref().to_owned());
        attempts.push(AttemptRecord { channel, outcome, ms, considered });
    }
    Ok(attempts)
}

/// A charge with its channel and its money; the rest is passed over.
#[derive(Deserialize)]
struct Bill(
    IgnoredAny,
    Word,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    i64,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
);

/// The channel that each charge was billed by, and the money: nothing else of what [`charges`] wrote.
pub(crate) fn billed(packed: &str) -> rusqlite::Result<Vec<(Word, Cny)>> {
    if let Some(bills) = numbers_only(packed) {
        return Ok(bills);
    }
    let packed: Vec<Bill> = serde_json::from_str(packed).map_err(unreadable)?;
    let bill = |Bill(_, channel, _, _, _, _, _, _, _, cny, ..)| (channel, Cny::from_nano(cny));
    Ok(packed.into_iter().map(bill).collect())
}

/// As [`billed`], where no name is written out: nearly always, and many times quicker than as JSON.
fn numbers_only(packed: &str) -> Option<Vec<(Word, Cny)>> {
    let charges = packed.strip_prefix("[[")?.strip_suffix("]]").filter(|packed| !packed.contains('"'))?;
    let bill = |charge: &str| {
        let mut fields = charge.split(',');
        let (channel, cny) = (fields.nth(1)?, fields.nth(7)?);
        Some((Word::Number(channel.parse().ok()?), Cny::from_nano(cny.parse().ok()?)))
    };
    charges.split("],[").map(bill).collect()
}

/// A channel that somebody looks for in what [`attempts`] wrote.
pub(crate) struct Asked(Vec<String>);

impl Asked {
    pub(crate) fn new(channel: &Sought) -> Self {
        Self(channel.packed().map(|name| format!("[{name},")).collect())
    }

    /// Whether an attempt may have asked it: much cheaper than unpacking the row, and never wrong where it says no. (A
    /// channel that was considered first stands at the head of an array, too.)
    pub(crate) fn may_be_in(&self, packed: &str) -> bool {
        self.0.iter().any(|head| packed.contains(head))
    }
}

fn unreadable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bills_read_the_same_with_names_as_numbers_and_written_out() {
        let bill = |channel: Word, nano| (channel, Cny::from_nano(nano));
        let numbers = "[[1,7,8,9,739578,1234,20,50,10,300,1000,2,null],[2,5,8,9,739578,1,2,3,4,-6,7,3,12]]";
        let expected = vec![bill(Word::Number(7), 300), bill(Word::Number(5), -6)];
        assert_eq!((numbers_only(numbers).unwrap(), billed(numbers).unwrap()), (expected.clone(), expected));
        let written_out = r#"[[1,"a],[b",8,9,739578,1234,20,50,10,300,1000,2,null]]"#;
        assert_eq!(billed(written_out).unwrap(), [bill(Word::Text("a],[b".to_owned()), 300)]);
        assert_eq!(billed("[]").unwrap(), []);
        assert!(billed("[[1,7]]").is_err() && billed("nothing").is_err());
    }
}
