//! Whether two daemons of one host would listen at the same place.

use std::net::SocketAddr;

use daemon_kit::config::{Config, DAEMONS};

use super::findings::Findings;

pub(super) fn check(config: &Config, wanted: impl Fn(&str) -> bool, findings: &mut Findings) {
    let listens: Vec<_> =
        DAEMONS.into_iter().filter(|name| wanted(name)).filter_map(|name| Some((name, config.listen(name)?))).collect();
    for (index, (name, listen)) in listens.iter().enumerate() {
        if let Some((other, _)) = listens[..index].iter().find(|(_, other)| collide(*listen, *other)) {
            let text = format!("{listen} is also where {other} listens; allowed: a port that no other daemon has");
            findings.error(format!("{name}.listen"), text);
        }
    }
}

/// An address of all interfaces takes the port on every one of them.
fn collide(a: SocketAddr, b: SocketAddr) -> bool {
    let is_any = a.ip().is_unspecified() || b.ip().is_unspecified();
    a.port() != 0 && a.port() == b.port() && (is_any || a.ip() == b.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_port_collides_unless_the_addresses_are_others() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        for (a, b, expected) in [
            ("127.0.0.1:1", "127.0.0.1:1", true),
            ("127.0.0.1:1", "0.0.0.0:1", true),
            ("127.0.0.1:1", "10.0.0.1:1", false),
            ("127.0.0.1:1", "127.0.0.1:2", false),
            ("127.0.0.1:0", "127.0.0.1:0", false),
        ] {
            assert_eq!(collide(at(a), at(b)), expected, "{a} {b}");
        }
    }
}
