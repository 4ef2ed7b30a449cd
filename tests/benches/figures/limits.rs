//! `limits`: the five daemons and two Redis, each in a memory cgroup with the limit that `docker-compose.yml` grants it and
//! with the configuration that ships for containers, through a day's work and a month's, while callers ask.

mod cache;
mod compose;
mod configuration;
mod cycle;
mod group;
mod house;
mod load;
mod registry;

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use chrono::NaiveDate;
use daemon_kit::http;
use upstream_simulators::{FastLlm, FastOptions, SearxngOptions, SearxngServer, Vendors, World, WorldSpec};
use warehouse::verify_parquet;

use self::{
    configuration::{ADMIN_TOKEN, Outside},
    cycle::Cycle,
    group::Groups,
    house::{House, Use},
    load::{Callers, Counted, Load},
    registry::Site,
};
use crate::{
    data::Origin,
    machine,
    place::{self, API_TOKEN, Place},
    questions::{FOUR_MONTHS, daily, features, latest_spans, spans},
    report::{Report, Table, short},
    serve,
};

const SERVERS: usize = 7;
/// A caller of `/search` by its token asks so often before the next one begins: each finds the gateway's limit far away.
const SEARCHES_PER_CALLER: u64 = 1_000;
/// Frames of a stream and their distance: a second and a half.
const FRAMES: u64 = 64;
const FRAME_EVERY: Duration = Duration::from_millis(24);

pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("limits");
    let origin = Origin::read(place)?;
    let groups = match Groups::open() {
        Ok(groups) => groups,
        Err(why) => {
            report.fact("skipped", why);
            return Ok(report);
        }
    };
    report.fact("seed", origin.seed);
    report.fact("held by", groups.describe());
    report.fact(
        "command",
        "the release binaries with docker/twilight.toml and this machine's addresses, Parquet switched on",
    );
    let root = place.limits().join("warehouse");
    place.fresh(&root)?;
    let folder = place.limits().join("house");
    place::empty(&folder)?;

    let market = Arc::new(origin.market());
    let (first, last) = market.range();
    let world =
        Arc::new(World::generate(&WorldSpec::new(origin.seed, first.max(last - chrono::Days::new(3_650)), last)));
    let vendors = Vendors::start(&market, &world, SERVERS).await.context("start the simulated vendors")?;
    let options = FastOptions { tokens: FRAMES, interval: FRAME_EVERY, ..FastOptions::default() };
    let llm = FastLlm::start(options).await.context("start the simulated provider")?;
    let searxng = SearxngServer::start(SearxngOptions { keep_calls: 0, ..SearxngOptions::default() }).await?;
    let outside = Outside { vendors: vendors.configuration(), llm: llm.url.clone(), searxng: searxng.url.clone() };
    let days: Vec<NaiveDate> =
        market.trading_days().iter().copied().filter(|day| *day > origin.last_in_base).take(3).collect();
    report.fact("processors", machine::describe_apart());
    report.fact("load average before", machine::load_average());

    machine::pin(machine::MEASURED);
    let house = House::start(groups, place, &root, &folder, &outside).await?;
    machine::pin(machine::LOAD);
    cache::fill(&house.cache).await?;
    let site = Site::populate(house.address("profile-registry")?, &folder).await?;
    let callers = callers(place, &house, &site).await?;
    let load = Load::start(callers)?;
    let cycle = tokio::select! {
        error = site.visits() => Err(error.context("the registry's visitor")),
        never = house.watch() => match never {},
        cycle = Cycle::new(&house)?.run(&days) => cycle,
    };
    let counted = load.stop().await?;
    report.table(cycle?);
    let uses = house.uses()?;
    let forgotten = cache::forgotten(&house.cache).await?;
    house.stop().await?;

    tell_load(&mut report, &counted, site.count());
    tell_memory(&mut report, &uses);
    report.fact("redis-cache", format!("full from the beginning on; forgot {forgotten} answers for new ones"));
    check(&mut report, &root)?;
    report.fact("load average after", machine::load_average());
    std::fs::remove_dir_all(place.limits())?;
    Ok(report)
}

/// Who asks what, all the while.
async fn callers(place: &Place, house: &House, site: &Site) -> anyhow::Result<Vec<Callers>> {
    let (generation, last_in_base) = serve::open(place)?;
    let four_months = spans(&generation, FOUR_MONTHS, last_in_base)?;
    let latest = latest_spans(&generation, FOUR_MONTHS)?;
    let api = house.address("warehouse-api")?;
    let gateway = house.address("gateway-proxy")?;
    let token = token(gateway).await?;
    let of_the_api = |name, callers, every, paths: Vec<String>| Callers {
        name,
        callers,
        every: Duration::from_millis(every),
        ask: Box::new(move |client, number| {
            let path = &paths[number as usize % paths.len()];
            client.get(format!("http://{api}{path}")).bearer_auth(API_TOKEN)
        }),
    };
    let mut slow = features("features", &four_months).paths;
    slow.extend(daily("normalized", &latest, "&layer=normalized").paths);
    slow.extend(daily("raw", &latest_spans(&generation, 3)?, "&layer=raw").paths);
    slow.sort_by_key(|path| path.len() % 7);
    let chat = |name, callers, every, stream: bool| {
        let token = token.clone();
        let body = format!(
            r#"{{"model":"mock","max_tokens":64,"stream":{stream},"messages":[{{"role":"user","content":"How did 600519.SH close?"}}]}}"#
        );
        Callers {
            name,
            callers,
            every: Duration::from_millis(every),
            ask: Box::new(move |client, _| {
                let request = client.post(format!("http://{gateway}/v1/chat/completions")).bearer_auth(&token);
                request.header("content-type", "application/json").body(body.clone())
            }),
        }
    };
    let (registry, profiles) = (site.address, site.profiles);
    Ok(vec![
        of_the_api("API: bars of four months, latest and any", 4, 5, {
            let mut paths = daily("bars", &four_months, "").paths;
            paths.extend(daily("latest", &latest, "").paths);
            paths
        }),
        of_the_api("API: features, normalized and raw rows", 2, 20, slow),
        of_the_api(
            "API: quality and status",
            1,
            200,
            vec!["/quality/status".to_owned(), "/quality/logs?limit=100".to_owned()],
        ),
        chat("gateway: chats", 4, 10, false),
        chat("gateway: streams of 1.5 s", 50, 1, true),
        Callers {
            name: "gateway: searches, each a new one",
            callers: 4,
            every: Duration::from_millis(1),
            ask: Box::new(move |client, number| {
                let request = client.get(format!("http://{gateway}/search"));
                let caller = format!("figures-{}", number / SEARCHES_PER_CALLER);
                request
                    .query(&[("q", format!("年报 {number} report").as_str()), ("format", "json")])
                    .header("x-twilight-caller", caller)
            }),
        },
        Callers {
            name: "registry: histories of profiles",
            callers: 2,
            every: Duration::from_millis(50),
            ask: Box::new(move |client, number| {
                let name = registry::name(number as usize % profiles);
                client.get(format!("http://{registry}/profiles/{name}/history")).bearer_auth(ADMIN_TOKEN)
            }),
        },
    ])
}

/// A client token of the gateway.
async fn token(gateway: std::net::SocketAddr) -> anyhow::Result<String> {
    let request = http::client(&http::ClientOptions::default())?.post(format!("http://{gateway}/admin/tokens"));
    let wanted = serde_json::json!({"profile": "figures", "scopes": ["llm", "search"]});
    let answer = request.bearer_auth(ADMIN_TOKEN).json(&wanted).send().await?.error_for_status()?;
    let answer: serde_json::Value = answer.json().await?;
    Ok(answer["secret"].as_str().context("an answer without a token")?.to_owned())
}

fn tell_load(report: &mut Report, counted: &[Counted], visits: u64) {
    let mut table =
        Table::new("What callers got meanwhile", ["who", "answers", "failed", "p50 ms", "p99 ms", "max ms"]);
    for one in counted {
        let ms = |value: f64| format!("{value:.1}");
        table.row([
            one.name.to_owned(),
            short(one.answers as f64),
            one.failed.to_string(),
            ms(one.p50_ms),
            ms(one.p99_ms),
            ms(one.max_ms),
        ]);
        if let Some(failure) = &one.first_failure {
            report.fact(&format!("first failure of {}", one.name), failure.as_str());
        }
    }
    table.row(
        ["registry: git pushes and clones".to_owned(), visits.to_string(), "0".to_owned()]
            .into_iter()
            .chain(std::iter::repeat_n(String::new(), 3)),
    );
    report.table(table);
    let failed: u64 = counted.iter().map(|one| one.failed).sum();
    report.below("requests that failed under the limits", failed as f64, 1.0, "");
}

fn tell_memory(report: &mut Report, uses: &[Use]) {
    let mb = |bytes: u64| format!("{:.0}", bytes as f64 / 1e6);
    let mut table = Table::new(
        "Memory, MB (10^6 bytes)",
        [
            "process",
            "limit",
            "its own, at most",
            "of the limit",
            "with pages of files, at most",
            "times at the limit",
            "killed",
        ],
    );
    for Use { name, limit, usage, most_own } in uses {
        let share = *most_own as f64 / *limit as f64 * 100.0;
        table.row([
            (*name).to_owned(),
            mb(*limit),
            mb(*most_own),
            format!("{share:.0} %"),
            mb(usage.peak),
            usage.at_limit.to_string(),
            usage.killed.to_string(),
        ]);
    }
    report.table(table);
    let killed: u64 = uses.iter().map(|one| one.usage.killed).sum();
    report.below("processes killed for memory", killed as f64, 1.0, "");
    let fullest = uses.iter().map(|one| one.most_own as f64 / one.limit as f64 * 100.0).fold(0.0, f64::max);
    report.below("own memory of the fullest, of its limit", fullest, 95.0, "%");
}

/// What came out is whole, both ways.
fn check(report: &mut Report, root: &Path) -> anyhow::Result<()> {
    let published = warehouse::verify(&root.join("published"), None)?;
    anyhow::ensure!(published.is_whole(), "{:?}", published.problems);
    report.fact("generation in the end, verified", published.manifest.generation);
    report.fact("rows", published.rows);
    let exported = verify_parquet(&root.join("parquet"), None)?;
    anyhow::ensure!(exported.is_whole(), "{:?}", exported.problems);
    let files = exported.manifest.files().count();
    report.fact(
        "as Parquet, verified",
        format!("generation {}, {files} files, {:.0} MB", exported.manifest.generation, exported.bytes as f64 / 1e6),
    );
    Ok(())
}
