//! One thing a caller wants to know, asked until a server gives an answer that can be believed.

use std::{future::Future, sync::Arc};

use crate::{
    TdxError,
    pool::{Fault, Lease, NoServer, Pool},
};

/// What is asked of one server, over as many requests as it takes. All of them go to the **same** server: servers differ in
/// whether they send bars of suspended days, so that a position on one is another position elsewhere.
pub(crate) trait Inquiry: Sync {
    /// What comes back, raw pages included.
    type Answer: Send;

    /// The dataset, for errors.
    fn dataset(&self) -> &'static str;

    /// Whose data, for errors.
    fn subject(&self) -> String;

    /// Asks. A fault means that the server is to be left and everything asked again elsewhere.
    fn ask(&self, lease: &mut Lease) -> impl Future<Output = Result<Self::Answer, Fault>> + Send;

    /// Whether the answer may be a lie. It is taken once a second server says so too.
    fn doubt(&self, answer: &Self::Answer) -> Option<Doubt>;
}

/// Why an answer is not believed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It says that there is nothing, where there might be something.
    Empty,
    /// Its figures make no sense.
    Senseless,
}

/// An answer that is not believed yet, and who gave it.
struct Doubted<T> {
    doubt: Doubt,
    server: usize,
    address: String,
    answer: T,
}

/// Asks until an answer is good, at most `max_attempts` times, each time another server while there is one.
pub(crate) async fn inquire<I: Inquiry>(
    pool: &Arc<Pool>,
    max_attempts: u32,
    inquiry: &I,
) -> Result<I::Answer, TdxError> {
    let mut attempts = Attempts { pool, max: max_attempts.max(1), made: 0, tried: Vec::new(), last: None };
    let mut doubted: Option<Doubted<I::Answer>> = None;
    loop {
        attempts.give_up_if_spent(inquiry)?;
        let mut lease = match doubted.take() {
            None => attempts.next().await?,
            Some(first) => match attempts.other_than(first.server).await {
                Some(lease) => {
                    doubted = Some(first);
                    lease
                }
                None => return unconfirmed(inquiry, first),
            },
        };
        let (answer, doubt) = match ask(inquiry, &mut lease).await {
            Ok(answer) => answer,
            Err(fault) => {
                attempts.failed(lease, fault);
                continue;
            }
        };
        match (doubted.take(), doubt) {
            (None, None) => return Ok(answer),
            (None, Some(doubt)) => {
                let (server, address) = (lease.server(), lease.address().to_owned());
                let dataset = inquiry.dataset();
                tracing::debug!(tdx.dataset = dataset, tdx.server = address, ?doubt, "asking another server too");
                doubted = Some(Doubted { doubt, server, address, answer });
            }
            (Some(first), None) => {
                if first.server != lease.server() {
                    let lie = format!("of {} {} another server contradicts it", inquiry.dataset(), inquiry.subject());
                    pool.blame(first.server, &Fault::Implausible(lie));
                }
                return Ok(answer);
            }
            // "Nothing there" is believed of two, so where one of them talks nonsense that is what came out.
            (Some(first), Some(Doubt::Empty)) if first.doubt == Doubt::Senseless => return Ok(first.answer),
            (Some(_), Some(_)) => return Ok(answer),
        }
    }
}

/// One attempt. Servers that have nothing of anything are many, so one that says so has to show that it serves bars at all.
async fn ask<I: Inquiry>(inquiry: &I, lease: &mut Lease) -> Result<(I::Answer, Option<Doubt>), Fault> {
    let answer = inquiry.ask(lease).await?;
    let doubt = inquiry.doubt(&answer);
    if doubt == Some(Doubt::Empty) {
        lease.prove().await?;
    }
    Ok((answer, doubt))
}

/// What becomes of a doubtful answer that no second server is there to confirm: nonsense is handed on, for the caller sees
/// that it is; "nothing there" is not.
fn unconfirmed<I: Inquiry>(inquiry: &I, first: Doubted<I::Answer>) -> Result<I::Answer, TdxError> {
    match first.doubt {
        Doubt::Senseless => Ok(first.answer),
        Doubt::Empty => Err(TdxError::EmptyUnconfirmed {
            dataset: inquiry.dataset(),
            subject: inquiry.subject(),
            server: first.address,
        }),
    }
}

struct Attempts<'a> {
    pool: &'a Arc<Pool>,
    max: u32,
    made: u32,
    /// Servers that failed this inquiry.
    tried: Vec<usize>,
    last: Option<(String, Fault)>,
}

impl Attempts<'_> {
    async fn next(&mut self) -> Result<Lease, TdxError> {
        match self.pool.lease(&self.tried).await {
            Err(NoServer::OnlyAvoided) => {
                self.tried.clear();
                self.pool.lease(&[]).await.map_err(|no_server| self.all_bad(no_server))
            }
            other => other.map_err(|no_server| self.all_bad(no_server)),
        }
    }

    /// Another server than the one whose answer is doubted; where only one is configured, that one again. `None` where all
    /// others are out of use.
    async fn other_than(&mut self, doubted: usize) -> Option<Lease> {
        if self.pool.len() == 1 {
            return self.pool.lease(&[]).await.ok();
        }
        let mut avoid = self.tried.clone();
        avoid.push(doubted);
        match self.pool.lease(&avoid).await {
            Err(NoServer::OnlyAvoided) => self.pool.lease(&[doubted]).await.ok(),
            other => other.ok(),
        }
    }

    fn failed(&mut self, lease: Lease, fault: Fault) {
        self.made += 1;
        self.tried.push(lease.server());
        self.last = Some((lease.address().to_owned(), fault.clone()));
        lease.blame(&fault);
    }

    fn give_up_if_spent<I: Inquiry>(&self, inquiry: &I) -> Result<(), TdxError> {
        match &self.last {
            Some((server, fault)) if self.made >= self.max => Err(TdxError::ServerFault {
                question: format!("{} {}", inquiry.dataset(), inquiry.subject()),
                attempts: self.made,
                server: server.clone(),
                fault: fault.to_string(),
            }),
            _ => Ok(()),
        }
    }

    fn all_bad(&self, no_server: NoServer) -> TdxError {
        let retry_at = match no_server {
            NoServer::AllBad(retry_at) => retry_at,
            // Only a lease that avoids somebody is refused so; this one does not.
            NoServer::OnlyAvoided => self.pool.wall_clock_now(),
        };
        TdxError::AllServersBad { servers: self.pool.len(), retry_at }
    }
}
