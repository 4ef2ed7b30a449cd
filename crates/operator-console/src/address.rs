//! How a page was asked for: by whom, of which host, over which scheme.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::{Extensions, HeaderMap, HeaderName, Uri, header};
use daemon_kit::{
    config::Network,
    server::{Peer, caller_address},
};

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Where a request comes from, as far as trusted proxies say so.
pub(crate) fn of_caller(headers: &HeaderMap, extensions: &Extensions, trusted: &[Network]) -> IpAddr {
    // There is a peer wherever a server serves; a test without one is local.
    let peer = extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
    caller_address(headers, peer, trusted)
}

/// The host that the browser asked for.
pub(crate) fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> &'a str {
    // HTTP/2 has the host in the address.
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    named.or_else(|| uri.authority().map(|authority| authority.as_str())).unwrap_or_default()
}

/// Whether the browser came over https. A caller who lies about it changes nothing but its own cookies.
pub(crate) fn is_secure(headers: &HeaderMap) -> bool {
    headers.get(FORWARDED_PROTO).is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// A page of ours to go back to: nothing that a browser takes for another host's address.
pub(crate) fn local_path(text: &str) -> Option<&str> {
    let is_page = text == "/console" || text.starts_with("/console/") || text.starts_with("/console?");
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') && !text.contains("/../");
    (is_page && is_plain && text.len() <= 2048).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_gone_back_to() {
        for path in ["/console", "/console/channels", "/console/findings?check=gap&limit=5"] {
            assert_eq!(local_path(path), Some(path));
        }
        for path in [
            "",
            "/",
            "//evil",
            "https://evil/console/",
            "/console\\evil",
            "/consoles",
            "/console/\r\nx",
            "/console/../x",
        ] {
            assert_eq!(local_path(path), None, "{path}");
        }
    }
}
