//! The Lua scripts; each is one atomic step on one queue (`KEYS[1]` = the queue's name) and uses the clock of Redis.
//!
//! Keys besides apalis' own (`:data`, `:meta:{task}`, `:active`, `:scheduled`, `:inflight:{worker}`, `:done`, `:dead`, `:workers`):
//!
//! | key | holds |
//! |---|---|
//! | `{q}:job:{root}` | HASH, the record of one job over all its attempts |
//! | `{q}:delayed` | ZSET task → due, milliseconds |
//! | `{q}:finished:done`, `{q}:finished:dead` | ZSET root → finished, milliseconds |
//! | `{q}:coalesce` | HASH coalescing key → root that waits or runs |
//! | `{q}:runners` | ZSET process → last sign of life, milliseconds |
//! | `{q}:cron` | HASH schedule entry → last tick, seconds |

use std::sync::LazyLock;

use redis::Script;

macro_rules! script {
    ($name:ident, $file:literal) => {
        pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!(include_str!("lua/prelude.lua"), include_str!(concat!("lua/", $file))))
        });
    };
}

script!(PUSH, "push.lua");
script!(PROMOTE, "promote.lua");
script!(BEGIN, "begin.lua");
script!(SETTLE, "settle.lua");
script!(RECLAIM, "reclaim.lua");
script!(BEAT, "beat.lua");
script!(LIST, "list.lua");
script!(SHOW, "show.lua");
script!(STATS, "stats.lua");
script!(RETRY_DEAD, "retry_dead.lua");
script!(FORGET_DEAD, "forget_dead.lua");
script!(PURGE, "purge.lua");
script!(SWEEP, "sweep.lua");
script!(CRON_MARK, "cron_mark.lua");
