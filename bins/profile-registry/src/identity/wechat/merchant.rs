//! The merchant's own signature: under what it asks WeChat Pay.
//!
//! Source: pay.weixin.qq.com, "签名生成": method, address from the path on, time, nonce and body, a line each, RSA PKCS#1
//! v1.5 with SHA-256 by the key of the merchant's certificate.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};

/// The key is no RSA key of 2,048 bits or more in PKCS#8, PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no RSA key: `-----BEGIN PRIVATE KEY-----` begins one, as in apiclient_key.pem")]
pub struct MerchantKeyUnusable;

/// Signs requests of one merchant. `Debug` does not show its key.
pub struct Merchant {
    mchid: String,
    serial: String,
    key: RsaKeyPair,
}

impl Merchant {
    /// The merchant `mchid`, whose certificate has this serial and this private key.
    ///
    /// # Errors
    /// [`MerchantKeyUnusable`].
    pub fn new(mchid: &str, serial: &str, key: &str) -> Result<Self, MerchantKeyUnusable> {
        let pem = PrivatePkcs8KeyDer::from_pem_slice(key.as_bytes()).map_err(|_| MerchantKeyUnusable)?;
        let key = RsaKeyPair::from_pkcs8(pem.secret_pkcs8_der()).map_err(|_| MerchantKeyUnusable)?;
        Ok(Self { mchid: mchid.to_owned(), serial: serial.to_owned(), key })
    }

    /// Its number.
    pub fn mchid(&self) -> &str {
        &self.mchid
    }

    /// The header `authorization` of a GET of `target`, an address from its path on. `None` where the system gives no random
    /// numbers.
    pub fn authorization(&self, target: &str, nonce: &str, at: DateTime<Utc>) -> Option<String> {
        let timestamp = at.timestamp();
        let message = format!("GET\n{target}\n{timestamp}\n{nonce}\n\n");
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).ok()?;
        let (signature, mchid, serial) = (BASE64_STANDARD.encode(signature), &self.mchid, &self.serial);
        Some(format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"{nonce}\",signature=\"{signature}\",\
             timestamp=\"{timestamp}\",serial_no=\"{serial}\""
        ))
    }
}

impl fmt::Debug for Merchant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Merchant").field("mchid", &self.mchid).field("serial", &self.serial).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject as _};
    use webpki::{RawPublicKeyEntity, ring::RSA_PKCS1_2048_8192_SHA256};

    use super::*;

    /// A key pair made for tests; it opens nothing else.
    const KEY: &[u8] = include_bytes!("notification/data/test-key.der");
    const PUBLIC: &[u8] = include_bytes!("notification/data/test-public-key.pem");

    fn pem() -> String {
        let body = BASE64_STANDARD.encode(KEY);
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    }

    #[test]
    fn a_request_is_signed_over_its_method_address_time_and_nonce() {
        let merchant = Merchant::new("1230", "5157F0", &pem()).unwrap();
        let at = DateTime::from_timestamp(1_795_420_800, 0).unwrap();
        let target = "/v3/pay/transactions/out-trade-no/TW2026-0001?mchid=1230";
        let header = merchant.authorization(target, "abc", at).unwrap();
        let (scheme, fields) = header.split_once(' ').unwrap();
        assert_eq!(scheme, "WECHATPAY2-SHA256-RSA2048");
        let fields: std::collections::BTreeMap<&str, &str> = fields
            .split(',')
            .map(|field| field.split_once('=').unwrap())
            .map(|(name, value)| (name, value.trim_matches('"')))
            .collect();
        assert_eq!((fields["mchid"], fields["serial_no"], fields["nonce_str"]), ("1230", "5157F0", "abc"));
        let message = format!("GET\n{target}\n{}\nabc\n\n", fields["timestamp"]);
        // The last field keeps the padding that base64 ends with.
        let signature = header.split("signature=\"").nth(1).unwrap().split('"').next().unwrap();
        let signature = BASE64_STANDARD.decode(signature).unwrap();
        let public = SubjectPublicKeyInfoDer::from_pem_slice(PUBLIC).unwrap();
        let entity = RawPublicKeyEntity::try_from(&public).unwrap();
        entity.verify_signature(RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature).unwrap();
    }

    #[test]
    fn a_key_that_is_none_is_refused_and_one_that_is_is_not_shown() {
        for bad in ["", "hunter2", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert_eq!(Merchant::new("1230", "5157F0", bad).unwrap_err(), MerchantKeyUnusable, "{bad}");
        }
        let shown = format!("{:?}", Merchant::new("1230", "5157F0", &pem()).unwrap());
        assert_eq!(shown, "Merchant { mchid: \"1230\", serial: \"5157F0\", .. }");
    }
}
