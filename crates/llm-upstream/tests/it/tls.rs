//! A server behind TLS, with the certificate of `upstream.test`.
//!
//! `certificates/` holds a root (P-256, its key thrown away), the certificate that it signed for `upstream.test`
//! (2020 to 2120) and that one's key, all as DER. They are good for nothing else.

use std::{net::SocketAddr, sync::Arc};

use llm_upstream::{Target, UpstreamOptions};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::kit::target;

pub(crate) struct Listener {
    tcp: TcpListener,
    tls: TlsAcceptor,
}

/// A listener that offers these protocols, and a target for it.
pub(crate) async fn listen(protocols: &[&str]) -> (Listener, Target) {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = tcp.local_addr().unwrap().port();
    let leaf = CertificateDer::from_slice(include_bytes!("certificates/leaf.der"));
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(&include_bytes!("certificates/leaf.key.der")[..]));
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let tls = TlsAcceptor::from(Arc::new(config));
    (Listener { tcp, tls }, target(&format!("https://upstream.test:{port}/v1")))
}

impl Listener {
    /// The next connection; none where the client did not like the certificate.
    pub(crate) async fn accept(&self) -> Option<TlsStream<TcpStream>> {
        let (tcp, _) = self.tcp.accept().await.unwrap();
        self.tls.accept(tcp).await.ok()
    }
}

/// `upstream.test` is here.
pub(crate) fn local() -> UpstreamOptions {
    let here: SocketAddr = "127.0.0.1:0".parse().unwrap();
    UpstreamOptions { resolve: Some(Arc::new(move |_: &str| Ok(vec![here]))), ..UpstreamOptions::default() }
}

/// And its root is trusted.
pub(crate) fn trusting() -> UpstreamOptions {
    UpstreamOptions { extra_roots: vec![include_bytes!("certificates/root.der").to_vec()], ..local() }
}
