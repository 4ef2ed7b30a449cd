//! The gateway's admin API, as its operator's commands use it.

use anyhow::{Context as _, bail};
use daemon_kit::{
    config::{Config, Secret},
    http::{ClientOptions, client},
};
use reqwest::{Client, Method, RequestBuilder};
use serde::Serialize;
use serde_json::Value;

/// One gateway. `Debug` shows no token.
#[derive(Debug)]
pub(super) struct GatewayApi {
    client: Client,
    url: String,
    token: Secret,
}

impl GatewayApi {
    /// The gateway of this configuration.
    ///
    /// # Errors
    /// When no admin token is configured.
    pub(super) fn open(config: &Config) -> anyhow::Result<Self> {
        let admin = config.gateway_admin()?;
        let options = ClientOptions { follow_redirects: false, ..ClientOptions::default() };
        let client = client(&options).context("make an HTTP client")?;
        Ok(Self { client, url: admin.url, token: admin.admin_token })
    }

    /// `GET path` with the parameters that are there.
    ///
    /// # Errors
    /// What the gateway answers to be wrong, or that it does not answer.
    pub(super) async fn get(&self, path: &str, query: &[(&str, Option<&str>)]) -> anyhow::Result<Value> {
        let query: Vec<_> = query.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
        self.ask(self.request(Method::GET, path).query(&query)).await
    }

    /// `POST path` with a JSON body.
    ///
    /// # Errors
    /// As [`GatewayApi::get`].
    pub(super) async fn post(&self, path: &str, body: &impl Serialize) -> anyhow::Result<Value> {
        self.ask(self.request(Method::POST, path).json(body)).await
    }

    /// `PATCH path` with a JSON body.
    ///
    /// # Errors
    /// As [`GatewayApi::get`].
    pub(super) async fn patch(&self, path: &str, body: &impl Serialize) -> anyhow::Result<Value> {
        self.ask(self.request(Method::PATCH, path).json(body)).await
    }

    /// `DELETE path`.
    ///
    /// # Errors
    /// As [`GatewayApi::get`].
    pub(super) async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.ask(self.request(Method::DELETE, path)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(self.token.expose())
    }

    async fn ask(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let response = request.send().await.with_context(|| format!("ask the gateway at {}", self.url))?;
        let status = response.status();
        let body = response.bytes().await.with_context(|| format!("read the answer of {}", self.url))?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if !status.is_success() {
            bail!("the gateway refused: {}", refusal(status.as_u16(), &body));
        }
        Ok(body)
    }
}

/// A problem document in one line.
fn refusal(status: u16, problem: &Value) -> String {
    let text = |name: &str| problem[name].as_str().filter(|text| !text.is_empty());
    let mut told = text("detail").or(text("title")).map_or_else(|| format!("HTTP {status}"), str::to_owned);
    if let Some(field) = text("field") {
        told = format!("`{field}`: {told}");
    }
    let allowed: Vec<_> = problem["allowed"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !allowed.is_empty() {
        told.push_str(&format!("; allowed: {}", allowed.join(", ")));
    }
    told
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_problem_is_told_in_one_line_with_its_field_and_what_is_allowed() {
        let problem = json!({"title": "A parameter is invalid", "detail": "\"fly\" is no scope", "field": "scopes",
                             "allowed": ["llm", "read"]});
        assert_eq!(refusal(400, &problem), "`scopes`: \"fly\" is no scope; allowed: llm, read");
        assert_eq!(refusal(401, &json!({"detail": "the token is not valid"})), "the token is not valid");
        assert_eq!(refusal(502, &Value::Null), "HTTP 502");
    }
}
