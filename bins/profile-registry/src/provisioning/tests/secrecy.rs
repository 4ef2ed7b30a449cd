use std::{fmt::Write as _, fs, path::Path};

use daemon_kit::config::Secret;
use profile_store::{Store, allow_list::Limits};

use super::{
    super::MoneyBack,
    world::{NUMBER, PRICE, World, alive},
};

/// Every object of the repository, as text.
fn git_history(folder: &Path) -> Vec<u8> {
    let git = |arguments: &[&str]| {
        let git_dir = folder.join("registry.git");
        let output = std::process::Command::new("git").arg("-C").arg(git_dir).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let objects = String::from_utf8(git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"])).unwrap();
    let names: Vec<&str> = objects.lines().collect();
    assert!(names.len() > 10);
    names.iter().flat_map(|name| git(&["cat-file", "-p", name])).collect()
}

#[tokio::test]
async fn no_secret_value_is_in_git_in_the_books_in_answers_or_in_debug() {
    let world = World::new(1).await;
    let provisioner = world.open();
    let order = alive(&world, &provisioner, NUMBER, "stock-tg").await;
    let env = world.fetch(&provisioner, order.profile.as_deref().unwrap()).await;
    let secrets = ["TELEGRAM_BOT_TOKEN", "TWILIGHT_API_TOKEN", "TWILIGHT_GATEWAY_TOKEN"].map(|name| env[name].clone());
    let mut shown = format!("{order:?} {provisioner:?} {:?}", provisioner.pools().await.unwrap());
    let (out_trade_no, refund_id) = (NUMBER.to_owned(), "r".to_owned());
    provisioner.refunded(MoneyBack { out_trade_no, refund_id, amount_fen: PRICE }).await.unwrap();
    provisioner.resume().await.unwrap();
    let broken = provisioner.add_to_pool("telegram_bot", vec![Secret::new(format!("{} ", secrets[0]))]).await;
    let _ = write!(shown, "{:?}", broken.unwrap_err());
    for (_, token) in world.gateway.tokens() {
        let _ = write!(shown, "{}", token.body);
    }
    let history = git_history(world.folder.path());
    let lock = b"hmac-sha256:";
    assert!(history.windows(lock.len()).any(|part| part == lock), "the scan reads what git holds");
    let mut files = vec![("what is shown".to_owned(), shown.into_bytes()), ("git".to_owned(), history)];
    for entry in fs::read_dir(world.folder.path()).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            files.push((entry.path().display().to_string(), fs::read(entry.path()).unwrap()));
        }
    }
    assert!(files.iter().any(|(name, _)| name.ends_with("registry.sqlite")), "{files:?}");
    for (name, bytes) in &files {
        for secret in &secrets {
            // The telling part of a bot's token is behind its colon.
            let part = secret.rsplit(':').next().unwrap().trim_start_matches("tw-").as_bytes();
            assert!(!bytes.windows(part.len()).any(|window| window == part), "a secret is in {name}");
        }
    }
    drop(Store::open_or_create(world.folder.path(), Limits::default()).unwrap());
}
