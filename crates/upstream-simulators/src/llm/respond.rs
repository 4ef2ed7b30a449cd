//! From a call to its answer.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use hyper::{HeaderMap, Method, Response};
use tokio::time::Instant;

use super::{
    ask::Ask, bend::Bend, calls::LlmCall, dialect::LlmEndpoint, fault::LlmFault, faults::Subject,
    generation::Generation, options::LlmKey, receipt::Receipt, refusal::LlmRefusal, reply, script::Script, stream,
    vendor::Vendor, whole,
};

/// The name of a key that is none.
const STRANGER: &str = "?";

/// A call, before it is judged.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Vendor {
    /// `None` = the connection ends without an answer.
    pub(super) async fn respond(self: Arc<Self>, call: Call) -> Option<Response<Script>> {
        let path = call.path.strip_prefix(self.options.dialect.prefix());
        let endpoint = path.and_then(|path| LlmEndpoint::of(&call.method, path));
        let endpoint = endpoint.filter(|endpoint| self.options.dialect.has(*endpoint));
        let ask = endpoint.filter(|endpoint| endpoint.costs()).map(|endpoint| Ask::read(endpoint, &call.body));
        let key = self.key(&call.headers);
        let mut receipt = self.arrive(&call, endpoint, key.as_ref(), ask.as_ref().and_then(Option::as_ref));
        let request = format!("sim-{}", receipt.call);
        let mut response = match (endpoint, key) {
            (None, _) => Some(self.refuse(&mut receipt, LlmRefusal::WrongPath, "", &[])),
            (_, None) => Some(self.refuse(&mut receipt, LlmRefusal::InvalidKey, "", &[])),
            (Some(endpoint), Some(key)) => self.answer(receipt, endpoint, &key, ask.flatten()).await,
        }?;
        if let Ok(id) = request.parse() {
            response.headers_mut().insert(self.options.dialect.request_id_header(), id);
        }
        Some(response)
    }

    fn arrive(
        self: &Arc<Self>,
        call: &Call,
        endpoint: Option<LlmEndpoint>,
        key: Option<&LlmKey>,
        ask: Option<&Ask>,
    ) -> Receipt {
        let name = key.map_or(STRANGER, |key| &key.name).to_owned();
        let costs = endpoint.is_some_and(LlmEndpoint::costs);
        let max_tokens = ask.and_then(|ask| ask.max_tokens);
        self.books.change(&name, |book| {
            if costs {
                book.calls += 1;
            } else {
                book.free_calls += 1;
            }
            book.under_way += 1;
            book.most_at_once = book.most_at_once.max(book.under_way);
            book.largest_max_tokens = book.largest_max_tokens.max(max_tokens);
        });
        let entry = LlmCall {
            number: 0,
            key: name.clone(),
            endpoint,
            model: ask.map_or_else(String::new, |ask| ask.model.clone()),
            stream: ask.is_some_and(|ask| ask.stream),
            request_id: call.headers.get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned),
            at: self.now(),
            outcome: "ok".to_owned(),
            max_tokens,
            billed_input: 0,
            billed_output: 0,
            billed_nano: 0,
            caller_gone: false,
            ended: false,
        };
        let price = ask.map_or(self.options.price, |ask| self.options.price_of(&ask.model));
        let number = self.calls.push(entry, &call.body);
        let vendor = Arc::clone(self);
        Receipt { vendor, key: name, call: number, price, limited: Vec::new(), as_it_goes: false, finished: false }
    }

    async fn answer(
        self: &Arc<Self>,
        mut receipt: Receipt,
        endpoint: LlmEndpoint,
        key: &LlmKey,
        ask: Option<Ask>,
    ) -> Option<Response<Script>> {
        let read = ask.unwrap_or_default();
        let subject = Subject { key: &key.name, endpoint, model: &read.model, stream: read.stream };
        let faults = self.faults.take(&subject);
        let answer = *self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        let slow = faults.iter().find_map(|fault| if let LlmFault::SlowHead(ms) = fault { Some(*ms) } else { None });
        let patience = slow.map_or(answer.head_delay, Duration::from_millis);
        if let Some(refused) = self.bent_refusal(&mut receipt, &read.model, &faults) {
            pause(patience).await;
            return refused;
        }
        if !endpoint.costs() {
            pause(patience).await;
            let body = if endpoint == LlmEndpoint::Models { self.models() } else { self.balance(&key.account) };
            receipt.finish();
            return Some(reply::json(200, &body));
        }
        let said = Generation::new(endpoint, &read, &answer, &faults, self.answers.fetch_add(1, Ordering::Relaxed));
        let known = self.options.models.is_empty() || self.options.models.contains(&read.model);
        let refusal = if read.model.is_empty() {
            Err(LlmRefusal::BadParameter)
        } else if !known {
            Err(LlmRefusal::ModelMissing)
        } else {
            self.admit(&mut receipt, key, &said)
        };
        if let Err(refusal) = refusal {
            pause(patience).await;
            return Some(self.refuse(&mut receipt, refusal, &read.model, &faults));
        }
        self.books.change(&key.name, |book| book.answered += 1);
        let streams = read.stream && matches!(endpoint, LlmEndpoint::Chat | LlmEndpoint::Completions);
        receipt.as_it_goes = streams && !self.options.bills_whole_streams;
        receipt.bill(if receipt.as_it_goes { said.bill_for_prompt() } else { said.bill() });
        pause(patience).await;
        if faults.contains(&LlmFault::BilledHangup) {
            receipt.finish();
            self.calls.amend(receipt.call, |call| "hangup".clone_into(&mut call.outcome));
            return None;
        }
        let bend = Bend::new(&faults, self.options.dialect, &read.model, &said.id());
        if streams && bend.body.is_none() {
            return Some(reply::stream(stream::steps(said, &answer, &bend), &bend, receipt));
        }
        let body = whole::body(&said, &read, &answer);
        Some(reply::whole(Bytes::from(body.to_string()), &bend, receipt))
    }

    /// What a fault says in place of an answer: `Some(None)` = nothing.
    fn bent_refusal(
        &self,
        receipt: &mut Receipt,
        model: &str,
        faults: &[LlmFault],
    ) -> Option<Option<Response<Script>>> {
        for fault in faults {
            let response = match fault {
                LlmFault::Refuse(refusal) => return Some(Some(self.refuse(receipt, *refusal, model, faults))),
                LlmFault::RefuseWith200(refusal) => {
                    let mut response = self.refuse(receipt, *refusal, model, faults);
                    *response.status_mut() = hyper::StatusCode::OK;
                    return Some(Some(response));
                }
                LlmFault::Raw { status, body } => {
                    let body = Script::whole(Bytes::from(body.clone()), None);
                    Some(reply::head(*status, "application/json", body))
                }
                LlmFault::Html(status) => {
                    let page = Script::whole(Bytes::from_static(reply::PROXY_PAGE.as_bytes()), None);
                    Some(reply::head(*status, "text/html", page))
                }
                LlmFault::Hangup => None,
                _ => continue,
            };
            let status = response.as_ref().map(|response| response.status().as_u16());
            self.note(receipt, &status.map_or_else(|| "hangup".to_owned(), |status| format!("status {status}")));
            return Some(response);
        }
        None
    }

    fn refuse(&self, receipt: &mut Receipt, refusal: LlmRefusal, model: &str, faults: &[LlmFault]) -> Response<Script> {
        self.note(receipt, refusal.name());
        let request = format!("sim-{}", receipt.call);
        reply::refused(self.options.dialect.refuse(refusal, model, &request), faults)
    }

    /// Writes down that the call was not answered.
    fn note(&self, receipt: &mut Receipt, outcome: &str) {
        receipt.finish();
        self.books.change(&receipt.key, |book| *book.refused.entry(outcome.to_owned()).or_default() += 1);
        self.calls.amend(receipt.call, |call| outcome.clone_into(&mut call.outcome));
    }

    fn admit(&self, receipt: &mut Receipt, key: &LlmKey, said: &Generation) -> Result<(), LlmRefusal> {
        let shared = self.options.account_limits.get(&key.account);
        let mut limited = vec![(format!("key {}", key.name), &key.limits)];
        limited.extend(shared.map(|limits| (format!("account {} {}", key.account, said.model), limits)));
        self.limiter.admit(&limited, said.input + said.output(), Instant::now())?;
        receipt.limited = limited.into_iter().map(|(name, _)| name).collect();
        Ok(())
    }
}

async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}
