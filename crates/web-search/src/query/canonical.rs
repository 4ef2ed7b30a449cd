//! The one spelling of a query.

/// Trimmed, every run of white space (line breaks and the ideographic blank among it) one blank, control characters gone.
/// Letters stay as they are: engines tell `US` from `us`, and some search for exactly what is typed.
pub(super) fn canonical(text: &str) -> String {
    let mut one = String::with_capacity(text.len());
    let mut is_apart = false;
    for letter in text.chars() {
        if letter.is_whitespace() {
            is_apart = true;
        } else if !letter.is_control() {
            if is_apart && !one.is_empty() {
                one.push(' ');
            }
            is_apart = false;
            one.push(letter);
        }
    }
    one
}
