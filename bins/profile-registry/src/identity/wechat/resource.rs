//! The sealed part of a notification: AES-256-GCM under the merchant's API v3 key.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde::Deserialize;

const ALGORITHM: &str = "AEAD_AES_256_GCM";

/// `resource` of a notification.
#[derive(Deserialize)]
pub(super) struct Resource {
    algorithm: String,
    ciphertext: String,
    nonce: String,
    #[serde(default)]
    associated_data: String,
}

/// Opens what is sealed for one merchant.
#[derive(Clone)]
pub(super) struct Opener(LessSafeKey);

impl Opener {
    /// With the API v3 key; `None` unless it has 32 bytes.
    pub(super) fn new(api_v3_key: &str) -> Option<Self> {
        let key = UnboundKey::new(&AES_256_GCM, api_v3_key.as_bytes()).ok()?;
        Some(Self(LessSafeKey::new(key)))
    }

    /// The content; `None` where it was sealed otherwise, or changed.
    pub(super) fn open(&self, resource: &Resource) -> Option<Vec<u8>> {
        if resource.algorithm != ALGORITHM {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(resource.nonce.as_bytes()).ok()?;
        let mut sealed = BASE64_STANDARD.decode(&resource.ciphertext).ok()?;
        let aad = Aad::from(resource.associated_data.as_bytes());
        let length = self.0.open_in_place(nonce, aad, &mut sealed).ok()?.len();
        sealed.truncate(length);
        Some(sealed)
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Opener(..)")
    }
}
