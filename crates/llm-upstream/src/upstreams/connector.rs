//! New connections: name, TCP without Nagle's delay, TLS with ALPN.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use futures::future::BoxFuture;
use hyper::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::{
    client::legacy::connect::{Connection as _, HttpConnector, dns::Name},
    rt::TokioIo,
};
use rustls::{ClientConfig, RootCertStore, crypto::CryptoProvider, pki_types::CertificateDer};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tower::{Service, ServiceExt as _};

use super::{Resolve, UpstreamOptions, chain};
use crate::{SendError, target::Origin};

/// A connection's bytes.
pub(super) type Io = MaybeHttpsStream<TokioIo<TcpStream>>;

pub(super) struct Connector {
    http: HttpConnector<Resolver>,
    /// Made for the first `https://`: it reads the platform's certificates.
    tls: OnceLock<Result<Arc<ClientConfig>, String>>,
    http2: bool,
    extra_roots: Vec<CertificateDer<'static>>,
    timeout: std::time::Duration,
}

impl Connector {
    pub(super) fn new(options: &UpstreamOptions) -> io::Result<Self> {
        let extra_roots: Vec<_> = options.extra_roots.iter().cloned().map(CertificateDer::from).collect();
        for root in &extra_roots {
            RootCertStore::empty().add(root.clone()).map_err(io::Error::other)?;
        }
        let mut http = HttpConnector::new_with_resolver(Resolver(options.resolve.clone()));
        http.enforce_http(false);
        // Small frames must leave at once: Nagle's delay together with delayed acknowledgements is 40 ms.
        http.set_nodelay(true);
        // A peer that vanished is noticed although nothing is sent.
        http.set_keepalive(Some(std::time::Duration::from_secs(30)));
        Ok(Self { http, tls: OnceLock::new(), http2: options.http2, extra_roots, timeout: options.connect_timeout })
    }

    /// A connection, and whether HTTP/2 was agreed on.
    pub(super) async fn connect(&self, origin: &Origin) -> Result<(Io, bool), SendError> {
        match tokio::time::timeout(self.timeout, self.open(origin.uri.clone())).await {
            Ok(Ok(io)) => {
                let http2 = io.connected().is_negotiated_h2();
                Ok((io, http2))
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(SendError::ConnectTimeout { timeout: self.timeout }),
        }
    }

    async fn open(&self, uri: Uri) -> Result<Io, SendError> {
        if uri.scheme_str() == Some("http") {
            let tcp = self.http.clone().oneshot(uri).await.map_err(|error| failure(&error))?;
            return Ok(MaybeHttpsStream::Http(tcp));
        }
        let tls = self.tls.get_or_init(|| self.tls_config().map_err(|error| error.to_string()));
        let tls = tls.clone().map_err(|problem| SendError::Connect { problem })?;
        let https = HttpsConnector::from((self.http.clone(), tls));
        https.oneshot(uri).await.map_err(|error| failure(&*error))
    }

    fn tls_config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        let provider: Arc<CryptoProvider> = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier::new_with_extra_roots(self.extra_roots.iter().cloned(), provider.clone())?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            // "Dangerous" is any verifier that is not rustls' own; this one asks the platform's roots.
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        if self.http2 {
            config.alpn_protocols.push(b"h2".to_vec());
        }
        config.alpn_protocols.push(b"http/1.1".to_vec());
        Ok(Arc::new(config))
    }
}

fn failure(error: &(dyn std::error::Error + 'static)) -> SendError {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    match causes.find_map(|cause| cause.downcast_ref::<Unresolved>()) {
        Some(Unresolved { host, problem }) => SendError::Dns { host: host.clone(), problem: problem.clone() },
        None => SendError::Connect { problem: chain(error) },
    }
}

/// A name without an address.
#[derive(Debug)]
struct Unresolved {
    host: String,
    problem: String,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} was not resolved: {}", self.host, self.problem)
    }
}

impl std::error::Error for Unresolved {}

#[derive(Clone)]
struct Resolver(Option<Resolve>);

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Unresolved;
    type Future = BoxFuture<'static, Result<Self::Response, Unresolved>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unresolved>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolve = self.0.clone();
        Box::pin(async move {
            let host = name.as_str();
            let found = match resolve {
                Some(resolve) => resolve(host),
                None => tokio::net::lookup_host((host, 0)).await.map(Iterator::collect),
            };
            match found {
                Ok(addresses) if !addresses.is_empty() => Ok(addresses.into_iter()),
                Ok(_) => Err(Unresolved { host: host.to_owned(), problem: "it has no address".to_owned() }),
                Err(error) => Err(Unresolved { host: host.to_owned(), problem: error.to_string() }),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::{ApiKey, Dialect, Target};

    #[tokio::test]
    async fn a_connection_sends_small_frames_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let target = Target::new(Dialect::OpenAi, &url, &ApiKey::new("k")).unwrap();
        let connector = Connector::new(&UpstreamOptions::default()).unwrap();
        let (io, http2) = connector.connect(target.origin()).await.unwrap();
        let MaybeHttpsStream::Http(tcp) = io else { panic!("TLS over http://") };
        assert!(tcp.inner().nodelay().unwrap() && !http2);
    }

    #[test]
    fn an_extra_root_that_is_no_certificate_is_refused_at_once() {
        let options = UpstreamOptions { extra_roots: vec![b"no certificate".to_vec()], ..UpstreamOptions::default() };
        assert!(Connector::new(&options).is_err());
    }
}
