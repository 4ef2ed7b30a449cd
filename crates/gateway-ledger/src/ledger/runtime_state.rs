//! What is changed about channels at run time, and small facts that outlive a restart.

use chrono::DateTime;
use rusqlite::{OptionalExtension as _, Row, Transaction, params, types::Type};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::audit::write_entry;
use crate::{
    AuditEntry, ChannelOverride, Ledger, LedgerError, Parked, StoredChannel,
    seal::{MasterKey, Sealed},
};

const PARKED: &str = "parked";
const STORED: &str = "name, config, key_id, nonce, sealed, updated_at";

impl Ledger {
    /// What operators changed, by channel.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn overrides(&self) -> Result<Vec<(String, ChannelOverride)>, LedgerError> {
        self.ask(|books| {
            let mut query = books.prepare_cached("SELECT channel, change FROM channel_override ORDER BY channel")?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
            let mut overrides = Vec::new();
            for row in rows {
                let (channel, change): (String, String) = row?;
                let change = parsed(&change, &format!("the change of channel {channel}"))?;
                overrides.push((channel, change));
            }
            Ok(overrides)
        })
        .await
    }

    /// Replaces what is changed about a channel (an empty override removes it) and writes the entry down, in one
    /// transaction.
    ///
    /// # Errors
    /// `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn set_override(
        &self,
        channel: &str,
        change: ChannelOverride,
        entry: AuditEntry,
    ) -> Result<(), LedgerError> {
        let channel = channel.to_owned();
        self.write(move |books| {
            if change.is_empty() {
                books.execute("DELETE FROM channel_override WHERE channel = ?1", [channel])?;
            } else {
                books.execute(
                    "INSERT OR REPLACE INTO channel_override VALUES (?1, ?2)",
                    params![channel, printed(&change)?],
                )?;
            }
            write_entry(books, &entry)
        })
        .await
    }

    /// Channels that stand in no configuration file.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn stored_channels(&self) -> Result<Vec<StoredChannel>, LedgerError> {
        self.ask(|books| {
            let mut query = books.prepare_cached(&format!("SELECT {STORED} FROM stored_channel ORDER BY name"))?;
            Ok(query.query_map([], read_stored)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Adds or replaces stored channels and writes the entries down, all in one transaction.
    ///
    /// # Errors
    /// `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn store_channels(
        &self,
        channels: Vec<StoredChannel>,
        entries: Vec<AuditEntry>,
    ) -> Result<(), LedgerError> {
        self.write(move |books| {
            for channel in &channels {
                store(books, channel)?;
            }
            entries.iter().try_for_each(|entry| write_entry(books, entry))
        })
        .await
    }

    /// Removes a stored channel with its key.
    ///
    /// # Errors
    /// `NotFound`; `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn remove_channel(&self, name: &str, entry: AuditEntry) -> Result<(), LedgerError> {
        let name = name.to_owned();
        self.write(move |books| {
            if books.execute("DELETE FROM stored_channel WHERE name = ?1", [&name])? == 0 {
                return Err(LedgerError::NotFound(format!("no stored channel {name:?}")));
            }
            write_entry(books, &entry)
        })
        .await
    }

    /// Seals every stored key that `old` opens again with `new`, in one transaction: all or none. Returns how many;
    /// keys that are under `new` already are left alone.
    ///
    /// # Errors
    /// `Seal`, by the name of the channel whose key `old` does not open; `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn reseal_all(&self, old: MasterKey, new: MasterKey, entry: AuditEntry) -> Result<usize, LedgerError> {
        self.write(move |books| {
            let mut query = books.prepare(&format!("SELECT {STORED} FROM stored_channel"))?;
            let channels: Vec<StoredChannel> = query.query_map([], read_stored)?.collect::<Result<_, _>>()?;
            let mut resealed = 0;
            for mut channel in channels {
                let Some(sealed) = channel.key.take().filter(|sealed| sealed.key_id != new.id()) else { continue };
                let key = old.open(&channel.name, &sealed)?;
                channel.key = Some(new.seal(&channel.name, key.expose())?);
                store(books, &channel)?;
                resealed += 1;
            }
            write_entry(books, &entry)?;
            Ok(resealed)
        })
        .await
    }

    /// What rested when it was last said.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn parked(&self) -> Result<Vec<Parked>, LedgerError> {
        let stored = self.note(PARKED).await?;
        match stored {
            None => Ok(Vec::new()),
            Some(value) => serde_json::from_value(value)
                .map_err(|error| LedgerError::Database(format!("what rests cannot be read: {error}"))),
        }
    }

    /// Says what rests now, all of it.
    ///
    /// # Errors
    /// `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn set_parked(&self, parked: Vec<Parked>) -> Result<(), LedgerError> {
        let value = serde_json::to_value(parked).map_err(|error| LedgerError::Database(error.to_string()))?;
        self.set_note(PARKED, value).await
    }

    /// A small fact that was noted, such as an account's last balance.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn note(&self, key: &str) -> Result<Option<Value>, LedgerError> {
        let key = key.to_owned();
        self.ask(move |books| {
            let mut query = books.prepare_cached("SELECT value FROM note WHERE key = ?1")?;
            let text: Option<String> = query.query_row([&key], |row| row.get(0)).optional()?;
            text.map(|text| parsed(&text, &format!("the note {key}"))).transpose()
        })
        .await
    }

    /// Notes a small fact; `Null` forgets it.
    ///
    /// # Errors
    /// `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn set_note(&self, key: &str, value: Value) -> Result<(), LedgerError> {
        let key = key.to_owned();
        self.write(move |books| {
            if value.is_null() {
                books.execute("DELETE FROM note WHERE key = ?1", [key])?;
            } else {
                books.execute("INSERT OR REPLACE INTO note VALUES (?1, ?2)", params![key, value.to_string()])?;
            }
            Ok(())
        })
        .await
    }
}

fn store(books: &Transaction<'_>, channel: &StoredChannel) -> Result<(), LedgerError> {
    let key = channel.key.as_ref();
    books.execute(
        "INSERT OR REPLACE INTO stored_channel (name, config, key_id, nonce, sealed, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            channel.name,
            channel.config.to_string(),
            key.map(|key| &key.key_id),
            key.map(|key| key.nonce.as_slice()),
            key.map(|key| key.bytes.as_slice()),
            channel.updated_at.timestamp_millis(),
        ],
    )?;
    Ok(())
}

fn read_stored(row: &Row<'_>) -> rusqlite::Result<StoredChannel> {
    let config: String = row.get(1)?;
    let damaged = |error| rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(error));
    let key = match row.get::<_, Option<String>>(2)? {
        Some(key_id) => Some(Sealed { key_id, nonce: row.get(3)?, bytes: row.get(4)? }),
        None => None,
    };
    Ok(StoredChannel {
        name: row.get(0)?,
        config: config.parse().map_err(damaged)?,
        key,
        updated_at: DateTime::from_timestamp_millis(row.get(5)?).unwrap_or_default(),
    })
}

fn printed(value: &impl Serialize) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|error| LedgerError::Database(error.to_string()))
}

fn parsed<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, LedgerError> {
    serde_json::from_str(text).map_err(|error| LedgerError::Database(format!("{what} cannot be read: {error}")))
}
