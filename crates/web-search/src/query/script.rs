//! What is written in Chinese.

/// Whether a text has Chinese characters, and nothing that makes them Japanese or Korean.
pub(super) fn is_chinese(text: &str) -> bool {
    let mut has_han = false;
    for letter in text.chars() {
        match letter {
            // Hiragana and katakana, also of half width; hangul.
            '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' => return false,
            '\u{1100}'..='\u{11ff}' | '\u{3131}'..='\u{318e}' | '\u{ac00}'..='\u{d7a3}' => return false,
            '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3347f}' => {
                has_han = true;
            }
            _ => {}
        }
    }
    has_han
}
