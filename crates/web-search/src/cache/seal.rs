//! Sealing: AES-256-GCM under a key that belongs to one search.

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom as _, SystemRandom},
};

/// nonce | sealed text and tag. `head` is what must not be changed either and is not kept here. `None` where the machine has
/// no random numbers.
pub(super) fn seal(key: &[u8; 32], head: &[u8], mut text: Vec<u8>) -> Option<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).ok()?;
    let sealing = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let tag =
        sealing.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(head), &mut text).ok()?;
    let mut sealed = Vec::with_capacity(NONCE_LEN + text.len() + tag.as_ref().len());
    sealed.extend_from_slice(&nonce);
    sealed.append(&mut text);
    sealed.extend_from_slice(tag.as_ref());
    Some(sealed)
}

/// The text, in the place of what was sealed; `None` where anything of it or of `head` was changed.
pub(super) fn open<'a>(key: &[u8; 32], head: &[u8], sealed: &'a mut [u8]) -> Option<&'a [u8]> {
    let (nonce, text) = sealed.split_at_mut_checked(NONCE_LEN)?;
    let opening = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    opening.open_in_place(nonce, Aad::from(head), text).ok().map(|text| &*text)
}
