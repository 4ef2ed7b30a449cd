//! The pages among two thousand profiles that were all paid for.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use chrono::{DateTime, Utc};
use profile_store::{OwnerId, Owners, ProfileName};
use rusqlite::params;

use super::tests::Desk;
use crate::{books::Moment, provisioning::ProvisionError};

const PROFILES: usize = 2_000;

fn name(number: usize) -> ProfileName {
    ProfileName::parse(&format!("a-profile-with-a-rather-long-name-{number:04}")).unwrap()
}

/// A commit for each, as provisioning makes them, and an order that it belongs to.
async fn fill(desk: &Desk) {
    let (mut owners, mut stream) = (Owners::default(), String::new());
    for number in 0..PROFILES {
        let (name, id) = (name(number), OwnerId::parse(&format!("wx:wx24:oUpF8uMuAJO-{number}")).unwrap());
        owners.claim(&name, &id, "payment", DateTime::UNIX_EPOCH).unwrap();
        let said = format!(
            "Provision {name}\n\nOrder: TW2026-{number:04}\nTemplate: template-stock-research-lite@0123456789ab\n"
        );
        let (mark, at, length) = (number + 1, 1_795_000_000 + number, said.len());
        stream.push_str(&format!(
            "commit refs/heads/main\nmark :{mark}\ncommitter profile-registry <registry@localhost> {at} +0000\n\
             data {length}\n{said}\n"
        ));
        if number == 0 {
            stream.push_str("from refs/heads/main^0\n");
        }
        for path in ["config.yaml", "SOUL.md", "AGENTS.md", "skills/a/SKILL.md", "cron/jobs.json"] {
            let text = format!("{path} of {name}\n");
            stream.push_str(&format!("M 100644 inline profiles/{name}/{path}\ndata {}\n{text}\n", text.len()));
        }
        // Each time whole, as commits have it; every hundredth is enough here.
        if number % 100 == 99 {
            let text = String::from_utf8(owners.to_bytes()).unwrap();
            stream.push_str(&format!("M 100644 inline OWNERS\ndata {}\n{text}\n", text.len()));
        }
    }
    let marks = desk.world.folder.path().join("marks");
    let mut git = Command::new("git");
    git.args(["fast-import", "--quiet"])
        .arg(format!("--export-marks={}", marks.display()))
        .current_dir(desk.registry.store.git_dir());
    let mut git = git.stdin(Stdio::piped()).spawn().unwrap();
    git.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success());
    let marks = std::fs::read_to_string(marks).unwrap();
    let commits: Vec<(usize, String)> = marks
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(mark, id)| (mark[1..].parse::<usize>().unwrap() - 1, id.to_owned()))
        .collect();
    let now: DateTime<Utc> = desk.world.clock.now();
    let put = move |tx: &rusqlite::Transaction<'_>| {
        for (number, commit) in commits {
            let (profile, payer) = (name(number), format!("wx:wx24:oUpF8uMuAJO-{number}"));
            let state = if number % 2 == 0 { "alive" } else { "awaiting_pairing" };
            let why = (number % 3 == 0).then(|| "<why> ".repeat(50));
            let order = format!("TW2026-{number:04}");
            tx.execute(
                "INSERT INTO orders (out_trade_no, product, amount_fen, state, payer, profile, commit_id, parked_why,
                     created_at, paid_at, changed_at)
                 VALUES (?1, 'stock-wx', 9900, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?7)",
                params![order, state, payer, profile.as_str(), commit, why, Moment(now)],
            )?;
            tx.execute(
                "INSERT INTO subscription (payer, product, profile, host, paid_until, state)
                 VALUES (?, 'stock-wx', ?, 'mini', ?, 'live')",
                params![payer, profile.as_str(), Moment(now)],
            )?;
            tx.execute("INSERT INTO delivery VALUES (?, 'mini', 'x', ?)", params![profile.as_str(), Moment(now)])?;
        }
        Ok::<_, ProvisionError>(())
    };
    desk.registry.books.write(put).await.unwrap();
}

#[tokio::test]
async fn every_page_stays_small_and_quick_among_two_thousand_profiles() {
    let mut desk = Desk::logged_in(1, "zh-CN").await;
    fill(&desk).await;
    desk.registry.git(|store| store.last_changes().map(drop)).await.unwrap();
    let one = name(1_234);
    for path in [
        "/console/profiles",
        "/console/profiles?page=30&sort=changed",
        "/console/profiles?q=1234",
        "/console/orders",
        "/console/orders?state=parked",
        "/console/hosts/mini",
        &format!("/console/profiles/{one}"),
        &format!("/console/profiles/{one}/drift"),
        "/console/templates",
    ] {
        let mut best = u128::MAX;
        let mut size = 0;
        for _ in 0..2 {
            let started = now();
            size = desk.page(path).await.len();
            let took = started.elapsed().as_micros();
            best = best.min(took);
        }
        println!("{path}: {size} bytes, {best} µs");
        assert!(best < 500_000, "{path} takes {best} µs");
    }
    assert!(desk.page("/console/profiles?q=0007").await.contains("template-stock-research-lite"));
}

#[expect(clippy::disallowed_methods, reason = "the wall's time is what is measured")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
