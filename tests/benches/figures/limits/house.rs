//! The five daemons and two Redis, each in its group, over simulated vendors and providers.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use tokio::process::Command;

use super::{
    compose::{self, Service},
    configuration::{self, Outside},
    group::{Group, Groups, Usage},
};
use crate::{
    daemon::{self, Daemon},
    place::Place,
};

/// The daemons in the order of their start.
pub(super) const DAEMONS: [&str; 5] =
    ["ingest-worker", "quality-worker", "warehouse-api", "gateway-proxy", "profile-registry"];

/// Options of Redis that are another machine's.
const ELSEWHERE: [&str; 4] = ["--dir", "--port", "--bind", "--protected-mode"];

const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Everything that runs, and what each may use.
pub(super) struct House {
    members: BTreeMap<&'static str, Member>,
    pub(super) queue: String,
    pub(super) cache: String,
    most: Arc<Mutex<BTreeMap<&'static str, u64>>>,
    groups: Groups,
}

struct Member {
    daemon: Daemon,
    address: Option<SocketAddr>,
    group: Arc<Group>,
}

/// What one of them was granted and has used; bytes.
pub(super) struct Use {
    pub(super) name: &'static str,
    pub(super) limit: u64,
    pub(super) usage: Usage,
    /// The most of its own at any look.
    pub(super) most_own: u64,
}

impl House {
    /// Starts everything over the warehouse in `root`.
    ///
    /// # Errors
    /// When compose grants one of them nothing, or one does not start.
    pub(super) async fn start(
        groups: Groups,
        place: &Place,
        root: &Path,
        folder: &Path,
        outside: &Outside,
    ) -> anyhow::Result<Self> {
        let services = compose::services(&place.checkout()?)?;
        let mut house =
            Self { members: BTreeMap::new(), queue: String::new(), cache: String::new(), most: Arc::default(), groups };
        house.queue = house.redis("redis-queue", &services, folder).await?;
        house.cache = house.redis("redis-cache", &services, folder).await?;
        // The registry and the API ask the gateway, whose address is known when it runs.
        for name in ["gateway-proxy", "profile-registry", "ingest-worker", "quality-worker", "warehouse-api"] {
            let config = folder.join(format!("{name}.toml"));
            let gateway = house.members.get("gateway-proxy").and_then(|member| member.address);
            let text = configuration::write(place, root, folder, (&house.queue, &house.cache), outside, gateway)?;
            std::fs::write(&config, text).context("write the configuration")?;
            let mut command = Command::new(daemon::binary(name)?);
            command.arg("--config").arg(&config);
            let group = house.group(name, &services)?;
            let (daemon, address) = Daemon::serve(name, group.confine(&command), folder).await?;
            house.members.insert(name, Member { daemon, address: Some(address), group });
        }
        Ok(house)
    }

    fn group(&self, name: &str, services: &BTreeMap<String, Service>) -> anyhow::Result<Arc<Group>> {
        let limit = services
            .get(name)
            .and_then(|service| service.memory)
            .with_context(|| format!("compose grants {name} no memory"))?;
        Ok(Arc::new(self.groups.group(name, limit)?))
    }

    async fn redis(
        &mut self,
        name: &'static str,
        services: &BTreeMap<String, Service>,
        folder: &Path,
    ) -> anyhow::Result<String> {
        let data = folder.join(name);
        crate::place::empty(&data)?;
        // Free a moment ago; nothing else on this machine listens meanwhile.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let words = services.get(name).map(|service| service.command.as_slice()).unwrap_or_default();
        let [program, options @ ..] = words else { anyhow::bail!("compose does not say how {name} starts") };
        let mut command = Command::new(program);
        // Each option with its value; where the data lies and who may come is another thing here.
        for option in options.chunks(2).filter(|option| !ELSEWHERE.contains(&option[0].as_str())) {
            command.args(option);
        }
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]).arg("--dir").arg(&data);
        let group = self.group(name, services)?;
        let mut daemon = Daemon::spawn(name, group.confine(&command), folder)?;
        daemon.wait_for(|line| line.contains("Ready to accept connections").then_some(())).await?;
        self.members.insert(name, Member { daemon, address: None, group });
        Ok(format!("redis://127.0.0.1:{port}/"))
    }

    /// Where a daemon serves.
    ///
    /// # Errors
    /// For what is no daemon of these.
    pub(super) fn address(&self, name: &str) -> anyhow::Result<SocketAddr> {
        self.members.get(name).and_then(|member| member.address).with_context(|| format!("no {name}"))
    }

    /// The process.
    ///
    /// # Errors
    /// As [`House::address`].
    pub(super) fn daemon(&self, name: &str) -> anyhow::Result<&Daemon> {
        Ok(&self.members.get(name).with_context(|| format!("no {name}"))?.daemon)
    }

    /// Looks at everybody's own memory again and again, as long as anybody waits for it.
    pub(super) fn watch(&self) -> impl Future<Output = Infallible> + use<> {
        let groups: Vec<_> = self.members.iter().map(|(name, member)| (*name, member.group.clone())).collect();
        let most = self.most.clone();
        async move {
            let mut looks = tokio::time::interval(LOOK_EVERY);
            loop {
                looks.tick().await;
                let mut most = most.lock().unwrap_or_else(PoisonError::into_inner);
                for (name, group) in &groups {
                    if let Ok(usage) = group.usage() {
                        let own = most.entry(name).or_default();
                        *own = usage.own.max(*own);
                    }
                }
            }
        }
    }

    /// What each has used.
    ///
    /// # Errors
    /// When the system does not tell.
    pub(super) fn uses(&self) -> anyhow::Result<Vec<Use>> {
        let most = self.most.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |(name, member): (&&'static str, &Member)| {
            let usage = member.group.usage()?;
            let most_own = most.get(name).copied().unwrap_or_default().max(usage.own);
            Ok(Use { name, limit: member.group.limit, usage, most_own })
        };
        self.members.iter().map(of).collect()
    }

    /// Asks the daemons to end, and each must end well; then Redis.
    ///
    /// # Errors
    /// When one does not.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        for name in DAEMONS {
            let member = self.members.remove(name).with_context(|| format!("no {name}"))?;
            member.daemon.stop().await?;
        }
        for (_, member) in std::mem::take(&mut self.members) {
            member.daemon.kill().await?;
        }
        Ok(())
    }
}

/// Where a daemon's state lies in `folder`.
pub(super) fn state(folder: &Path, name: &str) -> PathBuf {
    folder.join("state").join(name)
}
