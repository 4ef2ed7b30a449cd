//! Budget, taken in durable leases.

use route_policy::{Cny, Day};
use rusqlite::{OptionalExtension as _, Row, params};

use super::closed_day;
use crate::{ChannelTotal, Ledger, LedgerError};

impl Ledger {
    /// Takes `amount` from the channel's budget of the day: on disk, fsync included, before it answers. Returns what was
    /// granted: less where `limit` (`None`: no bound) leaves less, zero when it is spent or the day is
    /// [closed](crate::close_day).
    ///
    /// Drive the future to its end: what it was granted and nobody heard of stays leased until the day is returned.
    ///
    /// # Errors
    /// `DiskFull`, `Closed`, `Io`, `Database`; nothing was granted then.
    pub async fn lease(&self, channel: &str, day: Day, amount: Cny, limit: Option<Cny>) -> Result<Cny, LedgerError> {
        let channel = channel.to_owned();
        self.write(move |books| {
            let day = day.to_string();
            if limit.is_some() && closed_day::is_closed(books, &day)? {
                return Ok(Cny::ZERO);
            }
            // What was charged beyond the leases, by a breach or before there was a bound, is gone from the budget too.
            let gone: Option<i64> = books
                .prepare_cached("SELECT max(leased, charged) FROM budget WHERE channel = ?1 AND day = ?2")?
                .query_row([&channel, &day], |row| row.get(0))
                .optional()?;
            let gone = Cny::from_nano(gone.unwrap_or_default());
            let granted = limit.map_or(amount, |limit| amount.min(limit.minus_to_zero(gone))).max(Cny::ZERO);
            if granted > Cny::ZERO {
                books
                    .prepare_cached(
                        "INSERT INTO budget (channel, day, leased) VALUES (?1, ?2, ?3)
                         ON CONFLICT DO UPDATE SET leased = max(leased, charged) + ?4",
                    )?
                    .execute(params![channel, day, granted.nano(), granted.nano()])?;
            }
            Ok(granted)
        })
        .await
    }

    /// Gives the rest back: the channel has spent `settled` of the day, all told, and nothing is reserved any more.
    /// Includes what [`Recovery::spent`](crate::Recovery) said at the start.
    ///
    /// # Errors
    /// As [`Ledger::lease`].
    pub async fn return_lease(&self, channel: &str, day: Day, settled: Cny) -> Result<(), LedgerError> {
        let channel = channel.to_owned();
        self.write(move |books| {
            // Never below what requests account for, whoever asks.
            books
                .prepare_cached("UPDATE budget SET leased = max(charged, ?3) WHERE channel = ?1 AND day = ?2")?
                .execute(params![channel, day.to_string(), settled.nano()])?;
            Ok(())
        })
        .await
    }

    /// The day's money, channel by channel.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn day_totals(&self, day: Day) -> Result<Vec<ChannelTotal>, LedgerError> {
        self.ask(move |books| {
            let mut query = books.prepare_cached(
                "SELECT channel, leased, charged, estimated, written_off FROM budget WHERE day = ?1 ORDER BY channel",
            )?;
            let money = |row: &Row<'_>, index| row.get(index).map(Cny::from_nano);
            let totals = query.query_map([day.to_string()], |row| {
                Ok(ChannelTotal {
                    channel: row.get(0)?,
                    leased: money(row, 1)?,
                    charged: money(row, 2)?,
                    estimated: money(row, 3)?,
                    written_off: money(row, 4)?,
                })
            })?;
            Ok(totals.collect::<Result<_, _>>()?)
        })
        .await
    }
}
