//! One provider's address with one key.

use std::{fmt, sync::Arc};

use hyper::{
    HeaderMap, StatusCode, Uri,
    header::HeaderValue,
    http::uri::{Authority, Scheme},
};

use crate::{ApiKey, Dialect, Endpoint, OpenAiError, Refused, classify::classify, mask::hide};

/// Where to send with which key; built once per channel, cheap to clone. `Debug` shows no key.
#[derive(Clone)]
pub struct Target(Arc<Inner>);

struct Inner {
    dialect: Dialect,
    base: String,
    key: ApiKey,
    authorization: HeaderValue,
    origin: Origin,
    endpoints: [Option<Place>; Endpoint::ALL.len()],
    models: Place,
    balance: Option<Place>,
}

/// A host that connections are made to; targets of the same host share them.
#[derive(Clone)]
pub(crate) struct Origin {
    /// `https://host:port`, what connections are pooled by.
    pub(crate) name: Arc<str>,
    /// The same, for the connector.
    pub(crate) uri: Uri,
    /// The `host` header.
    pub(crate) host: HeaderValue,
}

/// A path in both of the forms that requests are written in.
#[derive(Clone)]
pub(crate) struct Place {
    /// `/v1/chat/completions`, for HTTP/1.
    pub(crate) path: Uri,
    /// With scheme and host, for HTTP/2.
    pub(crate) whole: Uri,
}

/// A target that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The base URL is none.
    #[error("base_url {url:?}: {problem}; allowed: http(s)://host[:port][/path] without user, query or fragment")]
    BaseUrl {
        /// As given, without what stands before an `@` and after a `?`.
        url: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The key is empty or has characters that a header cannot carry.
    #[error("the key is empty or has characters that no HTTP header can carry")]
    Key,
}

impl Target {
    /// Reads the address (which includes the `/v1` or its like, and no endpoint) and prepares the header.
    pub fn new(dialect: Dialect, base_url: &str, key: &ApiKey) -> Result<Self, TargetError> {
        let wrong = |problem| TargetError::BaseUrl { url: shown(base_url), problem };
        let (origin, base_path) = origin(base_url).map_err(wrong)?;
        let place = |path: &str| origin.place(&format!("{base_path}{path}")).ok_or_else(|| wrong("its path is none"));
        let mut endpoints = [const { None }; Endpoint::ALL.len()];
        for endpoint in Endpoint::ALL {
            endpoints[endpoint as usize] = dialect.path(endpoint).map(place).transpose()?;
        }
        let (models, balance) = (place("/models")?, dialect.balance_path().map(place).transpose()?);
        if key.is_empty() || !key.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TargetError::Key);
        }
        let bearer = format!("Bearer {}", key.expose());
        let mut authorization = HeaderValue::from_str(&bearer).map_err(|_| TargetError::Key)?;
        authorization.set_sensitive(true);
        let base = format!("{}{base_path}", origin.name);
        Ok(Self(Arc::new(Inner { dialect, base, key: key.clone(), authorization, origin, endpoints, models, balance })))
    }

    /// The provider's dialect.
    pub fn dialect(&self) -> Dialect {
        self.0.dialect
    }

    /// The base URL as it is used: with its port, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.0.base
    }

    /// Whether the provider has the endpoint.
    pub fn has(&self, endpoint: Endpoint) -> bool {
        self.place(endpoint).is_some()
    }

    /// As [`classify`], and should the upstream have echoed this target's key, it is hidden whatever it looks like.
    pub fn classify(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refused {
        self.without_key(classify(self.0.dialect, status, headers, body))
    }

    /// The same refusal without this target's key, should the upstream have echoed it, whatever it looks like.
    pub fn without_key(&self, refused: Refused) -> Refused {
        let without = |text: String| hide(&text, self.0.key.expose());
        let OpenAiError { message, kind, param, code } = refused.error;
        let error = OpenAiError {
            message: without(message),
            kind: without(kind),
            param: param.map(without),
            code: code.map(without),
        };
        Refused { error, ..refused }
    }

    pub(crate) fn place(&self, endpoint: Endpoint) -> Option<&Place> {
        self.0.endpoints[endpoint as usize].as_ref()
    }

    pub(crate) fn models(&self) -> &Place {
        &self.0.models
    }

    pub(crate) fn balance(&self) -> Option<&Place> {
        self.0.balance.as_ref()
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.0.origin
    }

    pub(crate) fn authorization(&self) -> &HeaderValue {
        &self.0.authorization
    }
}

impl Origin {
    fn place(&self, path: &str) -> Option<Place> {
        let mut whole = self.uri.clone().into_parts();
        whole.path_and_query = Some(path.parse().ok()?);
        Some(Place { path: path.parse().ok()?, whole: Uri::from_parts(whole).ok()? })
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Target({} {})", self.0.dialect, self.0.base)
    }
}

/// The host of a base URL, and its path without a slash at the end.
fn origin(base_url: &str) -> Result<(Origin, String), &'static str> {
    let text = base_url.trim();
    if text.contains('#') {
        return Err("it has a fragment");
    }
    let uri: Uri = text.parse().map_err(|_| "it is no URL")?;
    let secure = match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => true,
        Some(scheme) if *scheme == Scheme::HTTP => false,
        _ => return Err("its scheme is neither http nor https"),
    };
    let authority: &Authority = uri.authority().ok_or("it has no host")?;
    if authority.as_str().contains('@') {
        return Err("it has a user or a password");
    }
    if uri.query().is_some() {
        return Err("it has a query");
    }
    if authority.host().is_empty() {
        return Err("it has no host");
    }
    let path = uri.path().trim_end_matches('/');
    if Endpoint::ALL.iter().any(|endpoint| path.ends_with(Dialect::NewApi.path(*endpoint).unwrap_or("/models"))) {
        return Err("it ends with the path of an endpoint, which is added anyway");
    }
    let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let (scheme, host) = (if secure { "https" } else { "http" }, authority.host().to_ascii_lowercase());
    let name = format!("{scheme}://{host}:{port}");
    // The port that the scheme implies is not written in the header, as every other client does it.
    let usual = port == if secure { 443 } else { 80 };
    let header = if usual { host } else { format!("{host}:{port}") };
    let whole: Uri = format!("{scheme}://{header}/").parse().map_err(|_| "its host is none")?;
    let host = HeaderValue::from_str(&header).map_err(|_| "its host is none")?;
    Ok((Origin { name: name.into(), uri: whole, host }, path.to_owned()))
}

/// A URL for an error, without what may be secret in it.
fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://***@{rest}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use route_policy::Verdict;

    use super::*;

    fn target(url: &str) -> Result<Target, TargetError> {
        Target::new(Dialect::SiliconFlow, url, &ApiKey::new("hunter2-but-longer"))
    }

    #[test]
    fn endpoints_stand_below_the_base_url() {
        let target = target("https://API.siliconflow.cn/v1/").unwrap();
        assert_eq!(target.base_url(), "https://api.siliconflow.cn:443/v1");
        let place = target.place(Endpoint::ChatCompletions).unwrap();
        assert_eq!(place.path, "/v1/chat/completions");
        assert_eq!(place.whole, "https://api.siliconflow.cn/v1/chat/completions");
        assert_eq!(
            (&*target.origin().name, target.origin().host.as_bytes()),
            ("https://api.siliconflow.cn:443", &b"api.siliconflow.cn"[..])
        );
        assert!(target.balance().is_some() && target.has(Endpoint::Rerank));
        let local = super::Target::new(Dialect::OpenAi, "http://127.0.0.1:8080", &ApiKey::new("k")).unwrap();
        assert_eq!(local.place(Endpoint::Embeddings).unwrap().path, "/embeddings");
        assert_eq!(local.origin().host, "127.0.0.1:8080");
        assert!(!local.has(Endpoint::Rerank) && local.balance().is_none());
    }

    #[test]
    fn what_is_no_base_url_is_refused_without_showing_its_password() {
        for (url, problem) in [
            ("", "it is no URL"),
            ("api.siliconflow.cn/v1", "it is no URL"),
            ("ftp://host/v1", "its scheme is neither http nor https"),
            ("https://user:hunter2@host/v1", "it has a user or a password"),
            ("https://host/v1?key=hunter2", "it has a query"),
            ("https://host/v1#x", "it has a fragment"),
            ("https://host/v1/chat/completions", "it ends with the path of an endpoint, which is added anyway"),
        ] {
            let error = target(url).unwrap_err();
            assert!(matches!(error, TargetError::BaseUrl { problem: found, .. } if found == problem), "{url}: {error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_key_that_no_header_can_carry_is_refused() {
        for key in ["", " ", "a b", "a\u{7f}", "密钥"] {
            let error = Target::new(Dialect::OpenAi, "http://h", &ApiKey::new(key)).unwrap_err();
            assert_eq!(error, TargetError::Key, "{key:?}");
        }
    }

    #[test]
    fn the_key_is_in_no_debug_text_and_hidden_in_what_the_upstream_echoes() {
        let target = target("http://h/v1").unwrap();
        assert!(!format!("{target:?} {:?}", target.authorization()).contains("hunter2"));
        let body = br#"{"error":{"message":"bad key hunter2-but-longer","type":"hunter2-but-longer"}}"#;
        let refused = target.classify(StatusCode::BAD_REQUEST, &HeaderMap::new(), body);
        assert_eq!((refused.verdict, refused.error.message.as_str()), (Verdict::CallerFault, "bad key ***"));
        assert!(!format!("{refused:?}").contains("hunter2"));
    }
}
