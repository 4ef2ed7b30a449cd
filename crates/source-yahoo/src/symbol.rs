//! A symbol inside a path.

/// Escapes everything but letters, digits, `-`, `.`, `_` and `~`: `^GSPC` → `%5EGSPC`, `USDCNY=X` → `USDCNY%3DX`.
pub(crate) fn escape(symbol: &str) -> String {
    let mut escaped = String::with_capacity(symbol.len() + 4);
    for byte in symbol.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_and_equals_signs_are_escaped_and_dots_and_dashes_stay() {
        for (symbol, expected) in [
            ("^GSPC", "%5EGSPC"),
            ("USDCNY=X", "USDCNY%3DX"),
            ("0700.HK", "0700.HK"),
            ("BRK-B", "BRK-B"),
            ("a/b?c d", "a%2Fb%3Fc%20d"),
        ] {
            assert_eq!(escape(symbol), expected);
        }
    }
}
