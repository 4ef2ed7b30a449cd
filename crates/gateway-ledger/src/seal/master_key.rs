//! The key that keys are sealed with.

use std::fmt;

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, KeyType, Salt},
    rand::{SecureRandom as _, SystemRandom},
};

use super::{PlainKey, SealError, Sealed};

const SALT: &[u8] = b"twilight gateway-ledger seal 1";
const KEY_INFO: &[u8] = b"aes-256-gcm";
const ID_INFO: &[u8] = b"key id";
const KEY_BYTES: usize = 32;
const ID_BYTES: usize = 4;

/// The key that keys are sealed with, derived from the operator's secret by HKDF-SHA256. Keeps the derived key only.
pub struct MasterKey {
    key: LessSafeKey,
    id: String,
}

impl MasterKey {
    /// The shortest secret that is taken.
    pub const BYTES_MIN: usize = 16;

    /// Derives the key from a secret of high entropy. White space around it does not count.
    ///
    /// # Errors
    /// [`SealError::TooShort`].
    pub fn from_secret(secret: &str) -> Result<Self, SealError> {
        let secret = secret.trim().as_bytes();
        if secret.len() < Self::BYTES_MIN {
            return Err(SealError::TooShort { found: secret.len() });
        }
        let pseudo_random = Salt::new(HKDF_SHA256, SALT).extract(secret);
        let (mut key, mut id) = ([0; KEY_BYTES], [0; ID_BYTES]);
        // Fails for outputs longer than 255 hashes only.
        let derive = |info: &[u8], out: &mut [u8]| {
            pseudo_random.expand(&[info], Length(out.len())).and_then(|okm| okm.fill(out))
        };
        let derived = derive(KEY_INFO, &mut key).and_then(|()| derive(ID_INFO, &mut id));
        let unbound =
            derived.and_then(|()| UnboundKey::new(&AES_256_GCM, &key)).map_err(|_| SealError::NoRandomness)?;
        key.fill(0);
        Ok(Self { key: LessSafeKey::new(unbound), id: id.iter().map(|byte| format!("{byte:02x}")).collect() })
    }

    /// Tells master keys apart without giving them away: eight hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Seals the key of the channel `name`.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`].
    pub fn seal(&self, name: &str, key: &str) -> Result<Sealed, SealError> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| SealError::NoRandomness)?;
        let mut bytes = key.as_bytes().to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name), &mut bytes)
            .map_err(|_| SealError::NoRandomness)?;
        Ok(Sealed { key_id: self.id.clone(), nonce, bytes })
    }

    /// Opens what [`MasterKey::seal`] made for the same name.
    ///
    /// # Errors
    /// [`SealError::WrongMasterKey`], [`SealError::Damaged`].
    pub fn open(&self, name: &str, sealed: &Sealed) -> Result<PlainKey, SealError> {
        if sealed.key_id != self.id {
            return Err(SealError::WrongMasterKey {
                name: name.to_owned(),
                sealed_with: sealed.key_id.clone(),
                configured: self.id.clone(),
            });
        }
        let damaged = || SealError::Damaged { name: name.to_owned() };
        let mut bytes = sealed.bytes.clone();
        let nonce = Nonce::assume_unique_for_key(sealed.nonce);
        let plain = self.key.open_in_place(nonce, Aad::from(name), &mut bytes).map_err(|_| damaged())?;
        let plain = String::from_utf8(plain.to_vec()).map_err(|_| damaged())?;
        bytes.fill(0);
        Ok(PlainKey::new(plain))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "MasterKey({})", self.id)
    }
}

/// How many bytes HKDF is to give.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}
