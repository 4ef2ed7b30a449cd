//! Proofs of identity: what outsiders signed, checked without asking anybody.

pub mod telegram;
pub mod wechat;
