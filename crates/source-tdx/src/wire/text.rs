//! Text fields: GBK, of fixed width, zero padded, possibly cut inside a character.

/// The text before the first zero. Bytes that are no GBK become U+FFFD; half a character at the end is left out.
pub(super) fn gbk(field: &[u8]) -> String {
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
    let (decoded, _) = encoding_rs::GBK.decode_without_bom_handling(text);
    decoded.trim_end_matches('\u{fffd}').trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_at_its_first_zero_and_loses_a_cut_character() {
        assert_eq!(gbk(&[0xb9, 0xf3, 0xd6, 0xdd, 0xc3, 0xa9, 0xcc, 0xa8]), "贵州茅台");
        assert_eq!(gbk(&[0xc9, 0xcf, 0, 0xd6, 0xa4]), "上");
        assert_eq!(gbk(&[b'E', b'T', b'F', 0xc9, 0xcf, 0xd6]), "ETF上");
        assert_eq!(gbk(&[0xff, 0xff, b'A']), "\u{fffd}\u{fffd}A");
        assert_eq!(gbk(&[]), "");
    }
}
