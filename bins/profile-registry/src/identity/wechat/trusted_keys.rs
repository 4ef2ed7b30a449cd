//! Keys of WeChat Pay, by serial.

use std::{collections::BTreeMap, fmt};

use rustls_pki_types::{CertificateDer, SubjectPublicKeyInfoDer, pem::PemObject as _};
use webpki::{EndEntityCert, RawPublicKeyEntity, ring::RSA_PKCS1_2048_8192_SHA256};

/// Why a key's file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// It is neither a certificate nor a public key.
    #[error("it holds neither `-----BEGIN CERTIFICATE-----` nor `-----BEGIN PUBLIC KEY-----`")]
    NoKey,
    /// Its content cannot be read.
    #[error("its certificate or public key cannot be read")]
    Unreadable,
    /// The serial is there already.
    #[error("the serial {0:?} is there twice")]
    Twice(String),
}

enum Key {
    Certificate(CertificateDer<'static>),
    Public(SubjectPublicKeyInfoDer<'static>),
}

/// Certificates and public keys that notifications may be signed with.
#[derive(Default)]
pub struct TrustedKeys(BTreeMap<String, Key>);

impl TrustedKeys {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a platform certificate or a public key, as the merchant's page offers them for download.
    ///
    /// # Errors
    /// [`KeyProblem`]; then nothing is added.
    pub fn add(&mut self, serial: &str, pem: &[u8]) -> Result<(), KeyProblem> {
        let serial = normalized(serial);
        if self.0.contains_key(&serial) {
            return Err(KeyProblem::Twice(serial));
        }
        let key = if let Ok(certificate) = CertificateDer::from_pem_slice(pem) {
            EndEntityCert::try_from(&certificate).map_err(|_| KeyProblem::Unreadable)?;
            Key::Certificate(certificate)
        } else {
            let public = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| KeyProblem::NoKey)?;
            RawPublicKeyEntity::try_from(&public).map_err(|_| KeyProblem::Unreadable)?;
            Key::Public(public)
        };
        self.0.insert(serial, key);
        Ok(())
    }

    /// Whether the key of `serial` made `signature` over `message` (RSA PKCS#1 v1.5, SHA-256); `None` for a serial that
    /// is not known.
    pub(super) fn verify(&self, serial: &str, message: &[u8], signature: &[u8]) -> Option<bool> {
        let right = match self.0.get(&normalized(serial))? {
            Key::Certificate(certificate) => EndEntityCert::try_from(certificate)
                .and_then(|entity| entity.verify_signature(RSA_PKCS1_2048_8192_SHA256, message, signature)),
            Key::Public(public) => RawPublicKeyEntity::try_from(public)
                .and_then(|entity| entity.verify_signature(RSA_PKCS1_2048_8192_SHA256, message, signature)),
        };
        Some(right.is_ok())
    }
}

/// Serials of certificates are hexadecimal numbers, written in either case.
fn normalized(serial: &str) -> String {
    serial.trim().to_ascii_uppercase()
}

impl fmt::Debug for TrustedKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.0.keys()).finish()
    }
}
