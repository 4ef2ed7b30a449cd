//! Numbers as text: the shortest decimal that reads back as the same double, never in exponent form.

/// Appends `value` in plain decimal notation with at least one decimal place (`1688.0`, `0.1`, `100000000000000000000.0`),
/// and `absent` where it is not finite: neither JSON nor a price has a NaN.
pub(crate) fn push_f64(out: &mut Vec<u8>, value: f64, absent: &[u8]) {
    if !value.is_finite() {
        out.extend_from_slice(absent);
    } else if !push_hundredths(out, value) {
        push_shortest(out, value);
    }
}

/// Appends an integer.
pub(crate) fn push_i64(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Traded prices and most amounts are whole hundredths: one integer instead of the general algorithm.
///
/// Sound because both the integer and 100 are exact doubles, so their quotient is what a reader gets for that decimal;
/// with at most fifteen digits no shorter decimal reads back as the same double.
fn push_hundredths(out: &mut Vec<u8>, value: f64) -> bool {
    const THIRTEEN_DIGITS: f64 = 1e13;
    let magnitude = value.abs();
    if magnitude >= THIRTEEN_DIGITS {
        return false;
    }
    let hundredths = (magnitude * 100.0 + 0.5) as u64;
    if hundredths == 0 || hundredths as f64 / 100.0 != magnitude {
        return false;
    }
    let mut buffer = itoa::Buffer::new();
    let (whole, rest) = if hundredths < 100 {
        // Any hundreds do: what is wanted are two digits.
        ("0", &buffer.format(hundredths + 100)[1..])
    } else {
        let digits = buffer.format(hundredths);
        digits.split_at(digits.len() - 2)
    };
    if value < 0.0 {
        out.push(b'-');
    }
    out.extend_from_slice(whole.as_bytes());
    out.push(b'.');
    out.extend_from_slice(rest.strip_suffix('0').unwrap_or(rest).as_bytes());
    true
}

fn push_shortest(out: &mut Vec<u8>, value: f64) {
    /// Far inside of what the algorithm writes without an exponent.
    const PLAIN: std::ops::Range<f64> = 1e-4..1e15;
    if value == 0.0 || PLAIN.contains(&value.abs()) {
        out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
        return;
    }
    // `Display` never uses an exponent, and is as short.
    let text = value.to_string();
    out.extend_from_slice(text.as_bytes());
    if !text.bytes().any(|byte| byte == b'.') {
        out.extend_from_slice(b".0");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: f64) -> String {
        let mut out = Vec::new();
        push_f64(&mut out, value, b"null");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn prices_are_written_as_short_as_they_read_back() {
        for (value, expected) in [
            (0.0, "0.0"),
            (10.0, "10.0"),
            (10.5, "10.5"),
            (10.05, "10.05"),
            (-0.07, "-0.07"),
            (0.7, "0.7"),
            (1.0, "1.0"),
            (99.99, "99.99"),
            (0.0001, "0.0001"),
            (0.001, "0.001"),
            (-0.0, "-0.0"),
            (9_999_999_999_999.99, "9999999999999.99"),
            (1688.88, "1688.88"),
            (0.1 + 0.2, "0.30000000000000004"),
            (123_456_789_012.34, "123456789012.34"),
            (1.0 / 3.0, "0.3333333333333333"),
        ] {
            assert_eq!(text(value), expected);
        }
    }

    #[test]
    fn no_magnitude_is_written_with_an_exponent() {
        assert_eq!(text(1e21), "1000000000000000000000.0");
        assert_eq!(text(1e-9), "0.000000001");
        assert_eq!(text(-2.5e-7), "-0.00000025");
        assert!(!text(f64::MAX).contains('e'));
        assert!(!text(f64::MIN_POSITIVE).contains('e'));
    }

    #[test]
    fn what_is_not_a_number_is_absent() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(text(value), "null");
        }
    }

    #[test]
    fn every_text_reads_back_as_the_same_double() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        for round in 0..200_000_u64 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let value = match round % 3 {
                0 => f64::from_bits(state),
                1 => (state % 100_000_000) as f64 / 100.0,
                _ => (state % 1_000_000) as f64 * 0.01 * 1.037_5,
            };
            if value.is_finite() {
                assert_eq!(text(value).parse::<f64>().unwrap().to_bits(), value.to_bits(), "{value:?}");
            }
        }
    }

    #[test]
    fn the_short_cut_writes_what_the_general_algorithm_writes() {
        for hundredths in (1..2_000_000_i64).step_by(7) {
            let value = hundredths as f64 / 100.0;
            let mut general = Vec::new();
            push_shortest(&mut general, value);
            assert_eq!(text(value).as_bytes(), general);
        }
    }
}
