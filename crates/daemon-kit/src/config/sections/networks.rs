//! Addresses and networks that are trusted to speak for others.

use std::{fmt, net::IpAddr, str::FromStr};

use super::super::{context::Context, error::ConfigError};

/// One address, or all that share its first bits: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an address as in \"10.0.0.7\", or a network as in \"10.0.0.0/8\" or \"fd00::/8\" without bits behind its prefix"
)]
pub struct NotANetwork;

impl Network {
    /// Whether `address` lies in it. An IPv4 address counts as such however it is written.
    pub fn contains(&self, address: IpAddr) -> bool {
        let shift = width(self.address) - u32::from(self.prefix);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                (network.to_bits() ^ address.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits() ^ address.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address = address.parse::<IpAddr>().map_err(|_| NotANetwork)?.to_canonical();
        let prefix = prefix.map_or(Ok(width(address)), str::parse).map_err(|_| NotANetwork)?;
        let rest = width(address).checked_sub(prefix).ok_or(NotANetwork)?;
        let set_behind = match address {
            IpAddr::V4(bits) => bits.to_bits().trailing_zeros() < rest,
            IpAddr::V6(bits) => bits.to_bits().trailing_zeros() < rest,
        };
        let prefix = u8::try_from(prefix).map_err(|_| NotANetwork)?;
        if set_behind { Err(NotANetwork) } else { Ok(Self { address, prefix }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.address, self.prefix)
    }
}

/// Every entry of a list.
pub(super) fn resolve_all(context: &Context, key: &str, texts: &[String]) -> Result<Vec<Network>, ConfigError> {
    let network =
        |text: &String| text.parse().map_err(|allowed| context.bad(key, format!("{text:?} is no network"), allowed));
    texts.iter().map(network).collect()
}

const fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_what_shares_its_bits_and_nothing_else() {
        assert!(holds("10.0.0.0/8", "10.255.3.4") && !holds("10.0.0.0/8", "11.0.0.0"));
        assert!(holds("192.168.1.7", "192.168.1.7") && !holds("192.168.1.7", "192.168.1.6"));
        assert!(holds("172.16.0.0/12", "172.31.255.255") && !holds("172.16.0.0/12", "172.32.0.0"));
        assert!(holds("fd00::/8", "fdff::1") && !holds("fd00::/8", "fe00::1"));
        assert!(holds("0.0.0.0/0", "203.0.113.9") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("::/0", "2001:db8::1") && !holds("::/0", "10.0.0.1"));
        assert!(holds("127.0.0.1", "::ffff:127.0.0.1"), "an IPv4 caller on an IPv6 socket");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "localhost", "10.0.0.0/33", "10.0.0.1/8", "fd00::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0/8"] {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
        assert_eq!("fd00::/8".parse::<Network>().unwrap().to_string(), "fd00::/8");
    }
}
