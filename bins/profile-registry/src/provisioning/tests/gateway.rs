//! A stand-in of the token gateway's admin API, with its rules: by id, once, and a revoked one does not come back.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::{delete, post},
};
use serde_json::{Value, json};

pub(crate) const TOKEN: &str = "the-gateways-admin-token";

#[derive(Clone, Default)]
pub(crate) struct Gateway(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    tokens: BTreeMap<String, Registered>,
    /// Answered to everything, while it is set.
    broken: Option<u16>,
    asked: usize,
}

#[derive(Clone)]
pub(super) struct Registered {
    pub(super) body: Value,
    pub(super) revoked: bool,
}

impl Gateway {
    /// Serves; its address.
    pub(super) async fn serve(&self) -> reqwest::Url {
        let app = Router::new()
            .route("/admin/tokens", post(register))
            .route("/admin/tokens/{id}", delete(revoke))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}").parse().unwrap()
    }

    pub(crate) fn breaks(&self, status: Option<u16>) {
        self.0.lock().unwrap().broken = status;
    }

    pub(super) fn tokens(&self) -> BTreeMap<String, Registered> {
        self.0.lock().unwrap().tokens.clone()
    }

    /// The ids of tokens that let somebody in.
    pub(super) fn valid(&self) -> Vec<String> {
        self.tokens().into_iter().filter(|(_, token)| !token.revoked).map(|(id, _)| id).collect()
    }

    pub(super) fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }

    /// Somebody else took this id.
    pub(super) fn take(&self, id: &str) {
        let taken = Registered { body: json!({"id": id, "sha256": "0"}), revoked: false };
        self.0.lock().unwrap().tokens.insert(id.to_owned(), taken);
    }
}

type Answer = (StatusCode, Json<Value>);

fn problem(status: u16, kind: &str) -> Answer {
    let body = json!({"type": format!("urn:twilight:problem:{kind}"), "status": status, "detail": "why"});
    (StatusCode::from_u16(status).unwrap(), Json(body))
}

impl Gateway {
    fn enter(&self, headers: &HeaderMap) -> Result<std::sync::MutexGuard<'_, Inner>, Answer> {
        let mut inner = self.0.lock().unwrap();
        inner.asked += 1;
        if let Some(status) = inner.broken {
            return Err(problem(status, "broken"));
        }
        if headers.get("authorization").unwrap() != &format!("Bearer {TOKEN}") {
            return Err(problem(401, "unauthorized"));
        }
        Ok(inner)
    }
}

async fn register(State(gateway): State<Gateway>, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    let mut inner = match gateway.enter(&headers) {
        Ok(inner) => inner,
        Err(answer) => return answer,
    };
    let id = body["id"].as_str().unwrap().to_owned();
    // The real one's rule for ids.
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-@".contains(letter);
    if id.len() > 100 || !id.chars().all(fits) {
        return problem(400, "invalid-parameter");
    }
    match inner.tokens.get(&id) {
        Some(known) if known.revoked || known.body != body => problem(409, "conflict"),
        Some(_) => (StatusCode::OK, Json(json!({"token": {"id": id}}))),
        None => {
            inner.tokens.insert(id.clone(), Registered { body, revoked: false });
            (StatusCode::CREATED, Json(json!({"token": {"id": id}})))
        }
    }
}

async fn revoke(State(gateway): State<Gateway>, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    let mut inner = match gateway.enter(&headers) {
        Ok(inner) => inner,
        Err(answer) => return answer,
    };
    match inner.tokens.get_mut(&id) {
        None => problem(404, "not-found"),
        Some(token) => {
            token.revoked = true;
            (StatusCode::OK, Json(json!({"token": {"id": id}})))
        }
    }
}
