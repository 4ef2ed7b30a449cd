//! Redis away, hanging, refusing.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;
use web_search::{CacheKey, CacheOptions, Origin, SearchFailed, SearchOptions, SearchQuery, WebSearch};

use crate::support::{Stage, cache_at, http, redis_command};

#[tokio::test]
async fn killed_and_back_in_the_middle_of_a_load_nobody_notices() {
    let mut stage = Stage::new().await;
    let stop = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..8)
        .map(|caller| {
            let (search, stop) = (stage.search.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut answers = 0_u32;
                while !stop.load(Ordering::SeqCst) {
                    let query = SearchQuery::new(&format!("moutai {}", (caller + answers) % 20)).unwrap();
                    search.search(&query).await.unwrap();
                    answers += 1;
                }
                answers
            })
        })
        .collect();
    for _ in 0..3 {
        stage.cache_is_up().await;
        stage.redis().kill().unwrap();
        crate::support::eventually("it is noticed", async || stage.search.cache_is_up() == Some(false)).await;
        stage.redis().start_again().await.unwrap();
    }
    stage.cache_is_up().await;
    stop.store(true, Ordering::SeqCst);
    for caller in load {
        assert!(caller.await.unwrap() > 0);
    }
    stage.find("at the end").await.unwrap();
    assert_eq!(stage.origin("at the end").await, Origin::Cache);
}

#[tokio::test]
async fn without_redis_from_the_start_every_search_is_answered_and_the_cache_serves_as_soon_as_it_is_there() {
    let mut stage = Stage::new().await;
    stage.redis().stop().unwrap();
    let search = stage.restarted();
    let query = SearchQuery::new("moutai").unwrap();
    for _ in 0..3 {
        assert_eq!(search.search(&query).await.unwrap().origin, Origin::Fresh);
    }
    assert_eq!(search.cache_is_up(), Some(false));
    stage.redis().start_again().await.unwrap();
    crate::support::eventually("redis is connected", async || search.cache_is_up() == Some(true)).await;
    search.search(&query).await.unwrap();
    assert_eq!(search.search(&query).await.unwrap().origin, Origin::Cache);
}

#[tokio::test]
async fn a_redis_that_hangs_is_waited_for_three_times_and_no_more() {
    let mut stage = Stage::with(|options| options.cache.as_mut().unwrap().patience = Duration::from_millis(200)).await;
    stage.find("moutai").await.unwrap();
    stage.cache_is_up().await;
    let redis = Pid::from_raw(i32::try_from(stage.redis().pid().unwrap()).unwrap()).unwrap();
    kill_process(redis, Signal::STOP).unwrap();
    let begun = Instant::now();
    for number in 0..100 {
        assert_eq!(stage.origin(&format!("moutai {number}")).await, Origin::Fresh);
    }
    let took = begun.elapsed();
    // Three times 200 ms; each of 300 looks and writes would be a minute.
    assert!(took < Duration::from_secs(8), "{took:?}");
    crate::support::eventually("it is noticed", async || stage.search.cache_is_up() == Some(false)).await;
    kill_process(redis, Signal::CONT).unwrap();
    stage.cache_is_up().await;
    assert_eq!(stage.origin("moutai").await, Origin::Cache, "what it had it still has");
}

#[tokio::test]
async fn an_address_that_takes_connections_and_never_answers_costs_one_patience() {
    let black_hole = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}/", black_hole.local_addr().unwrap());
    let patience = Duration::from_millis(200);
    let cache = CacheOptions { patience, ..CacheOptions::new(url, CacheKey::new([1; 32])) };
    let stage = Stage::without_redis(|options| options.cache = Some(cache)).await;
    let begun = Instant::now();
    for number in 0..60 {
        assert_eq!(stage.origin(&format!("moutai {number}")).await, Origin::Fresh);
    }
    // Those that come before the first attempt is given up each wait once, and never for long.
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_redis_without_memory_gives_what_it_has_and_takes_nothing() {
    let stage = Stage::new().await;
    stage.find("moutai").await.unwrap();
    let redis = stage.redis.as_ref().unwrap();
    redis_command::<()>(redis, &["CONFIG", "SET", "maxmemory", "1"]).await;
    assert_eq!([stage.origin("a b").await, stage.origin("a b").await], [Origin::Fresh; 2]);
    assert_eq!(stage.origin("moutai").await, Origin::Cache);
    assert_eq!(stage.search.cache_is_up(), Some(true));
    redis_command::<()>(redis, &["CONFIG", "SET", "maxmemory", "0"]).await;
    assert_eq!([stage.origin("a b").await, stage.origin("a b").await], [Origin::Fresh, Origin::Cache]);
}

#[tokio::test]
async fn a_cache_that_is_flushed_is_filled_again() {
    let stage = Stage::new().await;
    stage.find("moutai").await.unwrap();
    redis_command::<()>(stage.redis.as_ref().unwrap(), &["FLUSHALL"]).await;
    assert_eq!([stage.origin("moutai").await, stage.origin("moutai").await], [Origin::Fresh, Origin::Cache]);
}

#[tokio::test]
async fn a_redis_of_256_mb_drops_the_oldest_and_goes_on() {
    let stage = Stage::new().await;
    let redis = stage.redis.as_ref().unwrap();
    redis_command::<()>(redis, &["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]).await;
    let used: String = redis_command(redis, &["INFO", "memory"]).await;
    let used: u64 = used.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap().parse().unwrap();
    // Room for a few dozen answers.
    redis_command::<()>(redis, &["CONFIG", "SET", "maxmemory", &(used + 200_000).to_string()]).await;
    for number in 0..200 {
        assert_eq!(stage.origin(&format!("moutai {number}")).await, Origin::Fresh);
    }
    assert_eq!(stage.origin("moutai 199").await, Origin::Cache);
    let kept: usize = redis_command(redis, &["DBSIZE"]).await;
    assert!((10..200).contains(&kept), "{kept}");
}

#[tokio::test]
async fn with_neither_redis_nor_searxng_the_error_says_so_and_both_come_back() {
    let mut stage = Stage::new().await;
    stage.find("moutai").await.unwrap();
    stage.redis().kill().unwrap();
    stage.searxng.go_down().await;
    stage.advance(TimeDelta::hours(25));
    assert!(matches!(stage.find("moutai").await.unwrap_err(), SearchFailed::Unreachable { .. }));
    stage.redis().start_again().await.unwrap();
    stage.cache_is_up().await;
    assert_eq!(stage.origin("moutai").await, Origin::Stale);
    stage.searxng.come_back().await.unwrap();
    assert_eq!(stage.origin("moutai").await, Origin::Fresh);
}

#[tokio::test]
async fn a_wrong_address_is_told_at_the_start_and_not_shown() {
    let stage = Stage::new().await;
    let build = |change: &dyn Fn(&mut SearchOptions)| {
        let mut options = SearchOptions::new("http://user:hunter2@127.0.0.1:1/".parse().unwrap());
        options.cache = Some(cache_at(stage.redis.as_ref().unwrap(), Duration::from_secs(1)));
        change(&mut options);
        let shown = format!("{options:?}");
        WebSearch::new(options, http(), stage.clock.clock()).map(|search| format!("{shown} {search:?}"))
    };
    let wrong_redis = build(&|options| options.cache.as_mut().unwrap().redis = "http://user:hunter2@x/".to_owned());
    let wrong_searxng = build(&|options| options.searxng = "ftp://user:hunter2@x/".parse().unwrap());
    let shown = format!("{:?} {:?} {}", wrong_redis.unwrap_err(), wrong_searxng.unwrap_err(), build(&|_| {}).unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
}

// On one thread, and without optimization, the first of them waits until all have begun: far longer than the patience.
#[tokio::test]
async fn a_burst_that_takes_longer_than_the_patience_does_not_make_the_front_give_up_on_redis() {
    let stage = Stage::with(|options| options.cache.as_mut().unwrap().patience = Duration::from_millis(5)).await;
    let query = SearchQuery::new("moutai").unwrap();
    let is_hit = async || stage.origin("moutai").await == Origin::Cache;
    crate::support::eventually("it is kept", is_hit).await;
    let calls = stage.calls();
    for search in crate::support::at_once(&stage.search, 2_000, &query) {
        search.await.unwrap().unwrap();
        assert_eq!(stage.search.cache_is_up(), Some(true));
    }
    // Who did not wait for the cache waited for one flight, or a few.
    assert!(stage.calls() - calls < 20, "{}", stage.calls() - calls);
    crate::support::eventually("the cache serves again", is_hit).await;
}
