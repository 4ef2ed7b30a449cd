//! What a profile is called that somebody pays for.

use profile_store::ProfileName;
use ring::digest::{SHA256, digest};

/// Letters of the part that tells payers apart; 50 bits.
const TAIL: usize = 10;
/// No letter that is taken for another one.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// The name for a payer's product: the product and ten letters, `stock-pro-k3m9x2rtqp`. The same payer and product have the
/// same name every time; `attempt` gives another one where a name is taken by somebody who did not pay.
///
/// The payer is not in it: an openid is personal, and names are seen by more people than OWNERS is.
pub(crate) fn profile_name(payer: &str, product: &str, attempt: u32) -> Option<ProfileName> {
    let text = format!("twilight profile name v1\n{payer}\n{product}\n{attempt}");
    let hash = digest(&SHA256, text.as_bytes());
    let bits = hash.as_ref().iter().take(8).fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
    let letter = |index: usize| {
        let five = (bits >> (5 * index)) & 31;
        char::from(LETTERS[usize::try_from(five).unwrap_or_default()])
    };
    let tail: String = (0..TAIL).map(letter).collect();
    ProfileName::parse(&format!("{product}-{tail}")).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_name_is_valid_readable_and_the_same_every_time() {
        let name = profile_name("wx:wx1:oAbC", "stock-pro", 0).unwrap();
        assert_eq!(Some(&name), profile_name("wx:wx1:oAbC", "stock-pro", 0).as_ref());
        assert!(name.as_str().starts_with("stock-pro-") && name.as_str().len() == 20, "{name}");
        assert!(!name.as_str().contains("abc"), "the payer is not in it");
        let longest = "p".repeat(40);
        assert!(profile_name("tg:1", &longest, 0).is_some());
    }

    #[test]
    fn payers_products_and_attempts_are_told_apart() {
        let mut names = BTreeSet::new();
        for payer in 0..2_000 {
            for product in ["a", "b"] {
                names.extend(profile_name(&format!("tg:{payer}"), product, 0));
            }
        }
        names.extend(profile_name("tg:1", "a", 1));
        assert_eq!(names.len(), 4_001);
    }
}
