//! The server: doors, faults, and the handle that tests hold.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::Value;

use super::{
    fault::AlertFault,
    form::{AlertForm, TELEGRAM_TOKEN, WECOM_KEY},
    record::ReceivedAlert,
};
use crate::http::{HttpServer, Reply};

/// A running receiver. Dropping it closes its sockets.
pub struct AlertReceiver {
    /// Where it listens: `http://127.0.0.1:…`, without a slash at the end.
    pub url: String,
    http: HttpServer,
    desk: Desk,
}

#[derive(Clone, Default)]
struct Desk(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    received: Vec<ReceivedAlert>,
    next: VecDeque<AlertFault>,
    always: Option<AlertFault>,
}

impl AlertReceiver {
    /// Starts one; the kernel chooses the port.
    ///
    /// # Errors
    ///
    /// If no port can be listened on.
    pub async fn start() -> io::Result<Self> {
        let desk = Desk::default();
        let router = Router::new()
            .route("/hook", post(webhook))
            .route("/cgi-bin/webhook/send", post(wecom))
            .route("/{bot}/sendMessage", post(telegram))
            .with_state(desk.clone());
        let http = HttpServer::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), router).await?;
        Ok(Self { url: http.url.clone(), http, desk })
    }

    /// The URL of the door for any JSON.
    pub fn webhook_url(&self) -> String {
        format!("{}/hook", self.url)
    }

    /// The URL of the WeCom robot, its key included: a secret.
    pub fn wecom_url(&self) -> String {
        format!("{}/cgi-bin/webhook/send?key={WECOM_KEY}", self.url)
    }

    /// The URL of the Telegram bot's `sendMessage`, its token included: a secret.
    pub fn telegram_url(&self) -> String {
        format!("{}/bot{TELEGRAM_TOKEN}/sendMessage", self.url)
    }

    /// Every message that came, those that were not taken included, in the order of arrival.
    pub fn attempts(&self) -> Vec<ReceivedAlert> {
        self.desk.lock().received.clone()
    }

    /// The messages that were taken.
    pub fn messages(&self) -> Vec<ReceivedAlert> {
        let mut received = self.attempts();
        received.retain(|message| message.taken);
        received
    }

    /// `fault` befalls the next `messages` messages, behind those that were announced before.
    pub fn next(&self, messages: usize, fault: AlertFault) {
        self.desk.lock().next.extend(std::iter::repeat_n(fault, messages));
    }

    /// `fault` befalls every message from now on, where no [`AlertReceiver::next`] does.
    pub fn always(&self, fault: AlertFault) {
        self.desk.lock().always = Some(fault);
    }

    /// Ends all faults and forgets what came.
    pub fn clear(&self) {
        *self.desk.lock() = Book::default();
    }

    /// Closes the socket and every connection: from now on connections are refused.
    pub async fn go_down(&self) {
        self.http.go_down().await;
    }

    /// Listens again on the same address.
    ///
    /// # Errors
    ///
    /// If somebody else took the port in the meantime.
    pub async fn come_back(&self) -> io::Result<()> {
        self.http.come_back().await
    }
}

async fn webhook(State(desk): State<Desk>, body: Bytes) -> Response {
    desk.take(AlertForm::Webhook, true, &body).await.into_response()
}

async fn wecom(State(desk): State<Desk>, Query(query): Query<HashMap<String, String>>, body: Bytes) -> Response {
    let known = query.get("key").is_some_and(|key| key == WECOM_KEY);
    desk.take(AlertForm::Wecom, known, &body).await.into_response()
}

async fn telegram(State(desk): State<Desk>, Path(bot): Path<String>, body: Bytes) -> Response {
    let known = bot.strip_prefix("bot") == Some(TELEGRAM_TOKEN);
    desk.take(AlertForm::Telegram, known, &body).await.into_response()
}

impl Desk {
    async fn take(&self, form: AlertForm, known: bool, body: &[u8]) -> Reply {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let (reply, delay) = self.book(form, known, body);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        reply
    }

    /// Enters the message and decides on the answer.
    fn book(&self, form: AlertForm, known: bool, body: Value) -> (Reply, Duration) {
        let mut book = self.lock();
        let fault = book.next.pop_front().or(book.always);
        let refusal = if known { form.objection(&body) } else { Some(form.stranger()) };
        let failure = fault.and_then(|fault| form.failure(fault));
        let lets_through = fault.is_none_or(|f| matches!(f, AlertFault::Slow(_) | AlertFault::TakenWithoutAnswer));
        let taken = refusal.is_none() && lets_through;
        let text = form.text(&body);
        book.received.push(ReceivedAlert { form, body, text, taken });
        let delay = if let Some(AlertFault::Slow(ms)) = fault { Duration::from_millis(ms) } else { Duration::ZERO };
        (failure.or(refusal).unwrap_or_else(|| form.thanks(book.received.len())), delay)
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
