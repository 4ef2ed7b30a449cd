//! WeChat Pay, API version 3. Its notifications: who paid what, signed by WeChat and sealed for the merchant. Its answers,
//! signed as those are; and the merchant's own signature under what it asks.
//!
//! Source: pay.weixin.qq.com, "签名验证" and "回调通知". The signature covers the raw body; the key is chosen by the serial
//! that the notification names, which may be a certificate's or a public key's (`PUB_KEY_ID_…`): while a merchant moves
//! from one to the other both are used.

mod merchant;
mod notification;
mod payment;
mod resource;
mod signature;
mod trusted_keys;

pub use merchant::{Merchant, MerchantKeyUnusable};
pub use notification::{Event, Notification, NotificationRefused, Verifier};
pub use payment::{OrderAnswer, Payment, PaymentRefused, Refund};
pub use signature::SignatureHeaders;
pub use trusted_keys::{KeyProblem, TrustedKeys};
