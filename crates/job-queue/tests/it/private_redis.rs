//! The private server itself.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

use job_queue::private_redis::RedisServer;
use tokio::net::TcpSocket;

use crate::support::Harness;

#[tokio::test]
async fn servers_do_not_meet_keep_their_data_over_a_kill_and_leave_nothing_behind() {
    let mut one = Harness::start().await;
    let two = Harness::start().await;
    assert_ne!(one.redis.port(), two.redis.port());
    one.redis::<()>(&["SET", "key", "value"]).await;
    assert_eq!(two.redis::<Option<String>>(&["GET", "key"]).await, None);
    one.redis.kill().unwrap();
    assert_eq!(one.redis.pid(), None);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, one.redis.port()));
    let taken = TcpSocket::new_v4().unwrap().bind(address).unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AddrInUse, "nobody else gets its port while it is away");
    one.redis.start_again().await.unwrap();
    assert_eq!(one.redis::<String>(&["GET", "key"]).await, "value");
    let folder: Vec<String> = one.redis(&["CONFIG", "GET", "dir"]).await;
    let url = one.redis.url();
    assert!(Path::new(&folder[1]).exists());
    drop(one);
    assert!(!Path::new(&folder[1]).exists());
    let client = redis::Client::open(url).unwrap();
    assert!(client.get_multiplexed_async_connection().await.is_err(), "it is gone");
}

#[tokio::test]
async fn a_missing_or_wrong_binary_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = RedisServer::start_in(Path::new("/nowhere/redis-server"), folder.path()).await.unwrap_err();
    assert_eq!(missing.to_string(), "/nowhere/redis-server is not installed");
    let wrong = RedisServer::start_in(Path::new("false"), folder.path()).await.unwrap_err();
    assert!(wrong.to_string().contains("ended with"), "{wrong}");
}
