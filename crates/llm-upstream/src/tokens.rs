//! Tokens of texts, estimated without a tokenizer.
//!
//! Two numbers are wanted. A bound for money: a tokenizer that works on bytes (every byte-level BPE: GPT, Qwen,
//! DeepSeek, GLM, Llama) never makes more tokens than there are bytes. And an estimate for tokens per minute: letters
//! make a quarter of a token, digits one (Qwen takes each for itself; those that take up to three together make fewer),
//! Chinese characters 0.7, emoji two.

/// What a text is made of, which both numbers follow from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextSize {
    ascii: u64,
    digits: u64,
    two_bytes: u64,
    three_bytes: u64,
    four_bytes: u64,
}

/// The estimate of one text.
pub fn estimate(text: &str) -> u64 {
    let mut size = TextSize::default();
    size.add(text.as_bytes());
    size.tokens()
}

impl TextSize {
    /// Counts UTF-8. Each count is a loop of its own over bytes that are added up as bytes, so that the compiler makes
    /// vector instructions of it.
    pub(crate) fn add(&mut self, utf8: &[u8]) {
        const SUM_FITS_A_BYTE: usize = u8::MAX as usize;
        let count = |is: fn(u8) -> bool| -> u64 {
            let sum = |part: &[u8]| part.iter().fold(0_u8, |sum, &byte| sum + u8::from(is(byte)));
            utf8.chunks(SUM_FITS_A_BYTE).map(|part| u64::from(sum(part))).sum()
        };
        self.digits += count(|byte| byte.is_ascii_digit());
        if utf8.is_ascii() {
            self.ascii += utf8.len() as u64;
            return;
        }
        self.ascii += count(|byte| byte < 0x80);
        let leads = count(|byte| byte >= 0xC0);
        let wide = count(|byte| byte >= 0xE0);
        let astral = count(|byte| byte >= 0xF0);
        self.two_bytes += leads - wide;
        self.three_bytes += wide - astral;
        self.four_bytes += astral;
    }

    /// Counts one code unit of an escape `\uXXXX`. A surrogate counts as half of a pair.
    pub(crate) fn add_utf16(&mut self, unit: u16) {
        match unit {
            0x30..=0x39 => {
                self.ascii += 1;
                self.digits += 1;
            }
            0..=0x7F => self.ascii += 1,
            0x80..=0x7FF => self.two_bytes += 1,
            // The first of a pair counts for both; a second one alone becomes a replacement character of three bytes.
            0xD800..=0xDBFF => self.four_bytes += 1,
            _ => self.three_bytes += 1,
        }
    }

    /// What it is as UTF-8.
    pub(crate) fn bytes(&self) -> u64 {
        self.ascii + 2 * self.two_bytes + 3 * self.three_bytes + 4 * self.four_bytes
    }

    /// Characters that are not ASCII.
    pub(crate) fn wide_chars(&self) -> u64 {
        self.two_bytes + self.three_bytes + self.four_bytes
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes() == 0
    }

    /// About as many tokens, rounded up.
    pub(crate) fn tokens(&self) -> u64 {
        // In twentieths: 1/4, 1, 1/2, 0.7 and 2 tokens.
        let plain = self.ascii.saturating_sub(self.digits);
        let twentieths = 5 * plain + 20 * self.digits + 10 * self.two_bytes + 14 * self.three_bytes;
        (twentieths + 40 * self.four_bytes).div_ceil(20)
    }
}

impl std::ops::AddAssign for TextSize {
    fn add_assign(&mut self, other: Self) {
        self.ascii += other.ascii;
        self.digits += other.digits;
        self.two_bytes += other.two_bytes;
        self.three_bytes += other.three_bytes;
        self.four_bytes += other.four_bytes;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn estimates_are_near_what_tokenizers_make() {
        // Cut by hand as a tokenizer does that takes each digit for itself; plus or minus a third.
        for (text, tokens) in [
            ("The quick brown fox jumps over the lazy dog.", 10),
            ("贵州茅台今日收盘价上涨，成交量较前一日放大。", 15),
            ("2018-07-18 8.75 8.85 8.69 8.70", 30),
            ("", 0),
        ] {
            let estimate = estimate(text);
            assert!(estimate * 3 >= tokens * 2 && estimate * 3 <= tokens * 4 + 3, "{text}: {estimate} for {tokens}");
        }
    }

    proptest! {
        #[test]
        fn bytes_are_counted_exactly_however_the_text_is_written(text in any::<String>(), times in 1..50_usize) {
            // Long ones are counted in parts.
            let text = text.repeat(times);
            let mut plain = TextSize::default();
            plain.add(text.as_bytes());
            prop_assert_eq!(plain.bytes(), text.len() as u64);
            let mut escaped = TextSize::default();
            for char in text.chars() {
                let mut units = [0; 2];
                // A pair's second half is the caller's to leave out.
                escaped.add_utf16(char.encode_utf16(&mut units)[0]);
            }
            prop_assert_eq!(plain, escaped);
            prop_assert!(plain.tokens() <= plain.bytes());
        }
    }
}
