//! Which texts may travel as parameters. The server pastes them into an expression that it evaluates: a quote, `&`, `=`
//! or `+` in a value would be code there.

use crate::AktoolsError;

/// Refuses a value with a character outside `[A-Za-z0-9_.\-\u4e00-\u9fff]`.
pub(crate) fn checked(name: &'static str, value: impl Into<String>) -> Result<(&'static str, String), AktoolsError> {
    let value = value.into();
    if value.chars().all(is_harmless) { Ok((name, value)) } else { Err(AktoolsError::ForbiddenParameter { name }) }
}

fn is_harmless(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '\u{4e00}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_dates_and_chinese_words_pass() {
        for value in ["600519", "20240301", "2024-03-01", "sh.600519", "qfq", "", "上证指数", "a_b"] {
            assert_eq!(checked("symbol", value).unwrap().1, value);
        }
    }

    #[test]
    fn whatever_could_be_code_in_the_servers_expression_is_refused() {
        for value in
            ["a\"b", "a'b", "a&b=c", "a=b", "a+b", "a b", "a(b)", "a;b", "a\\b", "a\nb", "é", "，", "a/b", "%22"]
        {
            let error = checked("symbol", value).unwrap_err();
            assert!(matches!(error, AktoolsError::ForbiddenParameter { name: "symbol" }), "{value}");
            assert!(value.is_empty() || !error.to_string().contains(value), "the value is not echoed: {value}");
        }
    }

    proptest! {
        #[test]
        fn a_value_passes_exactly_if_all_its_characters_are_on_the_list(value in "\\PC{0,12}") {
            let listed = |c: char| "_.-".contains(c) || c.is_ascii_alphanumeric() || ('\u{4e00}'..='\u{9fff}').contains(&c);
            prop_assert_eq!(checked("symbol", value.as_str()).is_ok(), value.chars().all(listed));
        }
    }
}
