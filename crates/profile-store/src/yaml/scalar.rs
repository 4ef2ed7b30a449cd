//! What a scalar is to PyYAML, which reads YAML 1.1: `on` is true, `010` is eight, `12:30:45` is 45045.

/// A scalar's value under YAML 1.1.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `~`, `null` or nothing.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// Decimal, octal, hexadecimal, binary or sexagesimal.
    Int(i128),
    /// By its bits, so that a file that says `.nan` equals itself.
    Float(u64),
    /// A date, or a number beyond 128 bits: compared as it is written.
    Other(String),
    /// A string.
    Text(String),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// After `|` or `>`.
    Block,
}

/// A scalar; equality is that of its value.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// What it means.
    pub value: Value,
    /// How it stands in the text.
    pub style: Style,
    /// A plain scalar's own text, so that `0x1F` stays `0x1F`.
    pub(super) source: Option<String>,
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Scalar {
    /// A value that no text stands for yet.
    pub fn new(value: Value, style: Style) -> Self {
        Self { value, style, source: None }
    }

    /// A string key, written without quotes where every reader takes it for a string.
    pub fn key(text: &str) -> Self {
        Self::new(Value::Text(text.to_owned()), Style::Plain)
    }

    /// A scalar as it stands in a document.
    pub(super) fn read(text: &str, style: Style) -> Self {
        match style {
            Style::Plain => Self { value: resolve(text), style, source: Some(text.to_owned()) },
            _ => Self::new(Value::Text(text.to_owned()), style),
        }
    }

    /// Whether it is this string.
    pub fn is_text(&self, text: &str) -> bool {
        matches!(&self.value, Value::Text(have) if have == text)
    }

    /// The string, or how another value is written.
    pub fn display(&self) -> String {
        match &self.value {
            Value::Text(text) | Value::Other(text) => text.clone(),
            Value::Null => "null".to_owned(),
            Value::Bool(bool) => bool.to_string(),
            Value::Int(int) => int.to_string(),
            Value::Float(bits) => float_text(f64::from_bits(*bits)),
        }
    }
}

/// A float that YAML 1.1 and 1.2 both read as one: with a point, without an exponent.
fn float_text(float: f64) -> String {
    match float {
        _ if float.is_nan() => ".nan".to_owned(),
        _ if float.is_infinite() => if float > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
        _ => {
            let text = float.to_string();
            if text.contains('.') { text } else { format!("{text}.0") }
        }
    }
}

/// What a plain scalar means, after the implicit resolvers of PyYAML.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN.to_bits()),
        _ => {}
    }
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Value::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY }.to_bits());
    }
    if let Some(int) = integer(digits) {
        return int.map_or_else(|| Value::Other(text.to_owned()), |int| Value::Int(if negative { -int } else { int }));
    }
    // PyYAML takes no sign before a point.
    let signed_point = digits.len() < text.len() && digits.starts_with('.');
    if let Some(float) = float(digits).filter(|_| !signed_point) {
        return Value::Float(if negative { -float } else { float }.to_bits());
    }
    if is_timestamp(text) { Value::Other(text.to_owned()) } else { Value::Text(text.to_owned()) }
}

/// `None`: no integer; `Some(None)`: one that does not fit.
fn integer(digits: &str) -> Option<Option<i128>> {
    let of = |digits: &str, radix: u32| {
        let digits: String = digits.chars().filter(|digit| *digit != '_').collect();
        i128::from_str_radix(&digits, radix).ok()
    };
    let all = |digits: &str, allowed: fn(char) -> bool| {
        !digits.is_empty() && digits.chars().all(|digit| digit == '_' || allowed(digit))
    };
    if let Some(binary) = digits.strip_prefix("0b") {
        return all(binary, |digit| matches!(digit, '0' | '1')).then(|| of(binary, 2));
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return all(hex, |digit| digit.is_ascii_hexdigit()).then(|| of(hex, 16));
    }
    if digits == "0" {
        return Some(Some(0));
    }
    if let Some(octal) = digits.strip_prefix('0') {
        return all(octal, |digit| ('0'..='7').contains(&digit)).then(|| of(octal, 8));
    }
    if !digits.starts_with(|first: char| ('1'..='9').contains(&first)) {
        return None;
    }
    let mut parts = digits.split(':');
    let first = parts.next().filter(|first| all(first, |digit| digit.is_ascii_digit()))?;
    let mut sum = of(first, 10);
    for part in parts {
        let minute = sixty(part)?;
        sum = sum.and_then(|sum| sum.checked_mul(60)?.checked_add(minute));
    }
    Some(sum)
}

fn sixty(part: &str) -> Option<i128> {
    let fits = match part.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [tens, digit] => (b'0'..=b'5').contains(tens) && digit.is_ascii_digit(),
        _ => false,
    };
    fits.then(|| part.parse().ok()).flatten()
}

fn float(digits: &str) -> Option<f64> {
    let (whole, rest) = digits.split_once('.')?;
    let mut groups = whole.split(':');
    let first = groups.next().unwrap_or_default();
    let digits_only = |text: &str| text.chars().all(|digit| digit == '_' || digit.is_ascii_digit());
    if !digits_only(first) || first.starts_with('_') {
        return None;
    }
    let groups: Vec<i128> = groups.map(sixty).collect::<Option<_>>()?;
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let signed = |exponent: &str| {
        exponent.len() > 1
            && exponent.starts_with(['+', '-'])
            && exponent[1..].chars().all(|digit| digit.is_ascii_digit())
    };
    let exponent_is_right = exponent.is_none_or(|exponent| groups.is_empty() && signed(exponent));
    let empty = first.is_empty() && (!fraction.starts_with(|digit: char| digit.is_ascii_digit()) || !groups.is_empty());
    if !digits_only(fraction) || !exponent_is_right || empty {
        return None;
    }
    let clean = |text: &str| text.chars().filter(|digit| *digit != '_').collect::<String>();
    let exponent = exponent.map(|exponent| format!("e{exponent}")).unwrap_or_default();
    let last: f64 = format!("0{}.{}0{exponent}", clean(first), clean(fraction)).parse().ok()?;
    if groups.is_empty() {
        return Some(last);
    }
    let fraction: f64 = format!("0.{}0", clean(fraction)).parse().ok()?;
    let head: f64 = format!("0{}", clean(first)).parse().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "a minute is below sixty")]
    Some(groups.iter().fold(head, |sum, minute| sum * 60.0 + *minute as f64) + fraction)
}

/// `2026-11-22`, alone or with a time of day and a zone.
fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ', '\t']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    match time {
        None => digits(year, 4..=4) && digits(month, 2..=2) && digits(day, 2..=2),
        Some(time) => digits(year, 4..=4) && digits(month, 1..=2) && digits(day, 1..=2) && is_time(text, time),
    }
}

fn digits(part: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// `9:30:00.25 +08:00`; more than one blank before it only where there is no `T`.
fn is_time(text: &str, time: &str) -> bool {
    let time = if text.contains(['T', 't']) { time } else { time.trim_start() };
    let mut parts = time.splitn(3, ':');
    let (Some(hour), Some(minute), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { return false };
    if !digits(hour, 1..=2) || !digits(minute, 2..=2) || !rest.get(..2).is_some_and(|second| digits(second, 2..=2)) {
        return false;
    }
    let rest = match rest[2..].strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()),
        None => &rest[2..],
    };
    let zone = rest.trim_start_matches([' ', '\t']);
    let offset = |offset: &str| match offset.split_once(':') {
        Some((hours, minutes)) => digits(hours, 1..=2) && digits(minutes, 2..=2),
        None => digits(offset, 1..=2),
    };
    rest.is_empty() || zone == "Z" || zone.strip_prefix(['+', '-']).is_some_and(offset)
}
