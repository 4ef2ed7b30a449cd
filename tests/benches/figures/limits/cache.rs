//! The cache of searches as it is after weeks: full.

use anyhow::Context as _;
use redis::aio::MultiplexedConnection;

/// As long as the answers of `make bench STEPS=search` are in Redis.
const VALUE_BYTES: usize = 1_500;
const AT_ONCE: u64 = 1_000;
/// More than fit.
const MOST: u64 = 500_000;

/// Fills it until it forgets.
///
/// # Errors
/// When it does not, or Redis is gone.
pub(super) async fn fill(url: &str) -> anyhow::Result<()> {
    let mut redis = open(url).await?;
    let value = vec![b'x'; VALUE_BYTES];
    for from in (0..MOST).step_by(AT_ONCE as usize) {
        let mut pipe = redis::pipe();
        for number in from..from + AT_ONCE {
            pipe.set(format!("figures:{number}"), &value).ignore();
        }
        pipe.exec_async(&mut redis).await.context("fill the cache")?;
        if evicted(&mut redis).await? > 0 {
            return Ok(());
        }
    }
    anyhow::bail!("{MOST} values did not fill the cache")
}

/// How many entries gave way to new ones.
///
/// # Errors
/// When Redis is gone.
pub(super) async fn forgotten(url: &str) -> anyhow::Result<u64> {
    evicted(&mut open(url).await?).await
}

async fn open(url: &str) -> anyhow::Result<MultiplexedConnection> {
    redis::Client::open(url)?.get_multiplexed_async_connection().await.context("reach the cache")
}

async fn evicted(redis: &mut MultiplexedConnection) -> anyhow::Result<u64> {
    let text: String = redis::cmd("INFO").arg("stats").query_async(redis).await?;
    let count = text.lines().find_map(|line| line.strip_prefix("evicted_keys:"));
    Ok(count.context("Redis tells nothing")?.trim().parse()?)
}
