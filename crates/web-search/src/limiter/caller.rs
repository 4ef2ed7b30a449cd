//! Who searches.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

/// Who searches, as far as the limit is concerned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallerKey(Caller);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Caller {
    Token(Arc<str>, Arc<str>),
    Address(IpAddr),
    Named(Arc<str>),
}

/// A name is remembered up to this length; a longer one stands for all that begin like it.
const NAME_BYTES: usize = 128;

impl CallerKey {
    pub(super) const KINDS: usize = 3;

    /// The holder of a token: its profile and its id, which is no secret.
    pub fn token(profile: &str, id: &str) -> Self {
        Self(Caller::Token(cut(profile), cut(id)))
    }

    /// Somebody without a token, by address. An IPv6 caller has a network (/64) to choose addresses from and counts as that;
    /// an IPv4 address in IPv6 notation is the IPv4 address.
    pub fn address(address: IpAddr) -> Self {
        let network = match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (!0 << 64))),
            v4 @ IpAddr::V4(_) => v4,
        };
        Self(Caller::Address(network))
    }

    /// Somebody whom a trusted proxy names.
    pub fn named(name: &str) -> Self {
        Self(Caller::Named(cut(name)))
    }

    pub(super) fn kind(&self) -> usize {
        match self.0 {
            Caller::Token(..) => 0,
            Caller::Address(_) => 1,
            Caller::Named(_) => 2,
        }
    }
}

fn cut(name: &str) -> Arc<str> {
    name[..name.floor_char_boundary(NAME_BYTES)].into()
}
