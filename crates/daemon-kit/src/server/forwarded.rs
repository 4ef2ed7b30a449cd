//! What proxies say about the caller behind them.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

use crate::config::Network;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address that a request came from: the peer's, or what trusted proxies say stands before them. The list is read from
/// its end, where each proxy wrote whom it saw; the first address that is no trusted proxy's is the caller's, for what
/// stands before it is the caller's own claim.
pub fn caller_address(headers: &HeaderMap, peer: IpAddr, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut nearest = peer.to_canonical();
    let lists: Vec<&str> = headers.get_all(FORWARDED_FOR).iter().filter_map(|list| list.to_str().ok()).collect();
    for entry in lists.iter().flat_map(|list| list.split(',')).rev() {
        if !is_trusted(nearest) {
            break;
        }
        match one(entry.trim()) {
            Some(before) => nearest = before,
            None => break,
        }
    }
    nearest
}

/// An address as proxies write it: with a port or without, in brackets or not.
fn one(entry: &str) -> Option<IpAddr> {
    let plain = entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']')).unwrap_or(entry);
    let address = plain.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(lists: &[&'static str], peer: &str) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(list));
        }
        caller_address(&headers, peer.parse().unwrap(), &trusted).to_string()
    }

    #[test]
    fn a_caller_of_its_own_may_claim_what_it_likes() {
        assert_eq!(seen(&["192.0.2.1"], "203.0.113.9"), "203.0.113.9");
        assert_eq!(seen(&[], "::ffff:203.0.113.9"), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_is_believed_about_whom_it_saw_and_nobody_about_the_rest() {
        assert_eq!(seen(&["198.51.100.7"], "10.0.0.2"), "198.51.100.7");
        assert_eq!(seen(&["192.0.2.1, 198.51.100.7"], "10.0.0.2"), "198.51.100.7");
        assert_eq!(seen(&["192.0.2.1, 198.51.100.7, 10.9.9.9"], "10.0.0.2"), "198.51.100.7");
        assert_eq!(seen(&["192.0.2.1", "198.51.100.7"], "10.0.0.2"), "198.51.100.7", "several headers are one list");
        assert_eq!(seen(&["[2001:db8::7]:4711"], "fd00::2"), "2001:db8::7");
        assert_eq!(seen(&["198.51.100.7:80"], "10.0.0.2"), "198.51.100.7");
    }

    #[test]
    fn what_is_no_address_ends_the_list() {
        assert_eq!(seen(&[], "10.0.0.2"), "10.0.0.2");
        assert_eq!(seen(&["198.51.100.7, unknown"], "10.0.0.2"), "10.0.0.2");
        assert_eq!(seen(&["unknown, 10.0.0.3"], "10.0.0.2"), "10.0.0.3");
        assert_eq!(seen(&["10.0.0.4, 10.0.0.3"], "10.0.0.2"), "10.0.0.4", "all are proxies: the farthest");
    }
}
