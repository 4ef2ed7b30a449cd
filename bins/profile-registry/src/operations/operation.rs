//! One operation, as the books have it.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::{SecureRandom as _, SystemRandom};
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::{BooksError, books::Moment};

/// How long somebody has to prove it.
pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// The name of an operation: 128 random bits in 32 hexadecimal digits, fit for a link's `startapp`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OperationId(String);

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A profile that nobody owns.
    Claim,
    /// A profile of somebody, for somebody else.
    Transfer,
    /// A token for what one owns already.
    Login,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Waiting for proofs.
    Open,
    /// Proved by everybody it concerns, and to be carried out.
    Proved,
    /// Carried out.
    Done,
    /// It will not be carried out; why.
    Refused(String),
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name.
    pub id: OperationId,
    /// What is asked for.
    pub kind: Kind,
    /// The profile; a login has none.
    pub profile: Option<String>,
    /// Whose profile it is; transfers only.
    pub from: Option<String>,
    /// Who gets it; a claim's and a login's is known once it was proved.
    pub to: Option<String>,
    /// When `from` agreed.
    pub from_proved_at: Option<DateTime<Utc>>,
    /// When `to` agreed.
    pub to_proved_at: Option<DateTime<Utc>>,
    /// How far it is.
    pub state: State,
    /// Until when it can be proved.
    pub expires_at: DateTime<Utc>,
}

/// Why an operation is not begun, proved or told.
#[derive(Debug, thiserror::Error)]
pub enum OperationRefused {
    /// There is no such operation.
    #[error("there is no such operation")]
    Unknown,
    /// Its time is over.
    #[error("the operation expired: begin again")]
    Expired,
    /// It was carried out or refused.
    #[error("the operation has ended already")]
    Ended,
    /// The same proof was used before.
    #[error("this proof was used before: open the link again")]
    UsedProof,
    /// The proof is somebody's whom it does not concern.
    #[error("the operation does not concern {0}")]
    NotConcerned(String),
    /// Another operation on the profile is under way.
    #[error("another operation on {0:?} is under way: wait until it ends, {1} s at most")]
    UnderWay(String, i64),
    /// The profile is being provisioned.
    #[error("{0:?} is being provisioned for somebody who paid for it")]
    BeingProvisioned(String),
    /// Whoever asks is not who began it.
    #[error("the secret to poll with is wrong")]
    WrongPoll,
    /// Its result was told already.
    #[error("the result was collected already: log in for another token")]
    Collected,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// The books failed.
    #[error(transparent)]
    Books(#[from] BooksError),
}

impl From<rusqlite::Error> for OperationRefused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Books(error.into())
    }
}

impl OperationId {
    pub(super) fn generate() -> Result<Self, OperationRefused> {
        let mut random = [0_u8; 16];
        SystemRandom::new().fill(&mut random).map_err(|_| OperationRefused::NoRandomness)?;
        Ok(Self(random.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Reads what a caller sent; `None` for what is no operation's name.
    pub fn parse(text: &str) -> Option<Self> {
        let right = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        right.then(|| Self(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Kind {
    /// As the books and the API spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Transfer => "transfer",
            Self::Login => "login",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Claim, Self::Transfer, Self::Login].into_iter().find(|kind| kind.name() == text)
    }
}

impl State {
    /// As the books and the API spell it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Proved => "proved",
            Self::Done => "done",
            Self::Refused(_) => "refused",
        }
    }
}

const COLUMNS: &str =
    "id, kind, profile, from_owner, to_owner, from_proved_at, to_proved_at, state, reason, expires_at";

impl Operation {
    /// Whether it waits for git.
    pub(super) fn is_proved(&self) -> bool {
        self.state == State::Proved
    }

    /// Reads one.
    pub(super) fn find(connection: &Connection, id: &OperationId) -> Result<Self, OperationRefused> {
        let sql = format!("SELECT {COLUMNS} FROM operation WHERE id = ?");
        let found = connection.query_row(&sql, [id.as_str()], Self::read).optional()?;
        found.ok_or(OperationRefused::Unknown)
    }

    /// Those that were proved and not carried out yet, the oldest first.
    pub(super) fn proved(connection: &Connection) -> Result<Vec<Self>, OperationRefused> {
        let sql = format!("SELECT {COLUMNS} FROM operation WHERE state = 'proved' ORDER BY created_at, id");
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map([], Self::read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let wrong =
            |column: usize| rusqlite::Error::InvalidColumnType(column, COLUMNS.to_owned(), rusqlite::types::Type::Text);
        let moment = |column| row.get::<_, Option<Moment>>(column).map(|at| at.map(|Moment(at)| at));
        let state = match row.get_ref(7)?.as_str()? {
            "open" => State::Open,
            "proved" => State::Proved,
            "done" => State::Done,
            "refused" => State::Refused(row.get::<_, Option<String>>(8)?.unwrap_or_default()),
            _ => return Err(wrong(7)),
        };
        Ok(Self {
            id: OperationId(row.get(0)?),
            kind: Kind::parse(row.get_ref(1)?.as_str()?).ok_or_else(|| wrong(1))?,
            profile: row.get(2)?,
            from: row.get(3)?,
            to: row.get(4)?,
            from_proved_at: moment(5)?,
            to_proved_at: moment(6)?,
            state,
            expires_at: row.get::<_, Moment>(9)?.0,
        })
    }
}
