//! `[profile-registry.wechat]`: the merchant whose customers pay for profiles.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    super::{
        context::{Context, Given},
        error::ConfigError,
        secret::Secret,
    },
    values,
};

/// What may stand in the section.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RegistryWechatSettings {
    /// The app that people pay in. Default: none, no payment is taken.
    pub(super) appid: Option<String>,
    /// The merchant. Default: none.
    pub(super) mchid: Option<String>,
    /// The merchant's API v3 key, a secret of 32 characters. Default: none.
    pub(super) api_v3_key: Option<Secret>,
    /// File that holds the key instead. Default: none.
    pub(super) api_v3_key_file: Option<PathBuf>,
    /// The serial of the merchant's own certificate. Default: none.
    pub(super) merchant_serial: Option<String>,
    /// The private key of that certificate, PEM, a secret. Default: none, nobody asks about orders.
    pub(super) merchant_key: Option<Secret>,
    /// File that holds the key instead. Default: none.
    pub(super) merchant_key_file: Option<PathBuf>,
    /// Where WeChat Pay answers. Default "https://api.mch.weixin.qq.com".
    pub(super) api_url: Option<String>,
    /// What WeChat Pay signs with. Default: none.
    pub(in crate::config) keys: Vec<WechatKeySettings>,
}

/// What may stand in an entry of `keys`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct WechatKeySettings {
    /// A platform certificate's serial, or a public key's id (`PUB_KEY_ID_…`).
    pub(super) serial: String,
    /// The PEM file with the certificate or the public key.
    pub(super) file: PathBuf,
}

/// `[profile-registry.wechat]`, checked; there is none where no app is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryWechatConfig {
    /// The app that people pay in.
    pub appid: String,
    /// The merchant.
    pub mchid: String,
    /// The merchant's API v3 key; 32 bytes.
    pub api_v3_key: Secret,
    /// What WeChat Pay signs with: serials and PEM files, one or more.
    pub keys: Vec<(String, PathBuf)>,
    /// By what the merchant signs its own requests; without it, nobody asks about orders.
    pub merchant: Option<RegistryMerchantConfig>,
    /// Where WeChat Pay answers, without a slash at the end.
    pub api_url: String,
}

/// By what the merchant signs its own requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryMerchantConfig {
    /// The serial of its certificate.
    pub serial: String,
    /// The certificate's private key, PEM; not checked yet.
    pub key: Secret,
}

impl RegistryWechatSettings {
    pub(super) fn resolve(&self, context: &Context) -> Result<Option<RegistryWechatConfig>, ConfigError> {
        let key = |name: &str| format!("profile-registry.wechat.{name}");
        let given = Given { value: self.api_v3_key.as_ref(), file: self.api_v3_key_file.as_deref(), alias: None };
        let own = Given { value: self.merchant_key.as_ref(), file: self.merchant_key_file.as_deref(), alias: None };
        let Some(appid) = &self.appid else {
            context.secret(&key("api_v3_key"), given)?;
            context.secret(&key("merchant_key"), own)?;
            return Ok(None);
        };
        let appid = plain(context, &key("appid"), appid)?;
        let mchid = plain(context, &key("mchid"), self.mchid.as_deref().unwrap_or_default())?;
        let mut keys = Vec::new();
        for (index, entry) in self.keys.iter().enumerate() {
            let key = |name: &str| key(&format!("keys[{index}].{name}"));
            let serial = plain(context, &key("serial"), &entry.serial)?;
            keys.push((serial, context.not_empty(&key("file"), &entry.file)?));
        }
        if keys.is_empty() {
            let allowed = "one entry or more: what WeChat Pay signs its notifications with";
            return Err(context.bad(&key("keys"), "is empty", allowed));
        }
        let api_v3_key = context.required_secret(&key("api_v3_key"), given, "")?;
        let length = api_v3_key.expose().len();
        if length != 32 && !context.is_placeholder(&api_v3_key) {
            let problem = format!("has {length} bytes, exactly 32 are needed");
            return Err(context.secret_error(&key("api_v3_key"), problem));
        }
        let merchant = match &self.merchant_serial {
            Some(serial) => Some(RegistryMerchantConfig {
                serial: plain(context, &key("merchant_serial"), serial)?,
                key: context.required_secret(&key("merchant_key"), own, "")?,
            }),
            None if context.secret(&key("merchant_key"), own)?.is_some() => {
                let allowed = "the serial of the certificate that merchant_key belongs to";
                return Err(context.bad(&key("merchant_serial"), "is missing", allowed));
            }
            None => None,
        };
        let api_url = self.api_url.as_deref().unwrap_or("https://api.mch.weixin.qq.com");
        let api_url = values::base_url(context, &key("api_url"), api_url)?;
        Ok(Some(RegistryWechatConfig { appid, mchid, api_v3_key, keys, merchant, api_url }))
    }
}

fn plain(context: &Context, key: &str, value: &str) -> Result<String, ConfigError> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if value.is_empty() || value.len() > 64 || !value.chars().all(plain) {
        let problem = format!("{value:?} cannot be one");
        return Err(context.bad(key, problem, "letters, digits, underscores and hyphens, 1 to 64, as WeChat gave it"));
    }
    Ok(value.to_owned())
}
