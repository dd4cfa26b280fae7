//! Name resolution for deliveries: asynchronous, so that a slow name server ties up no thread, and guarded, so that a name cannot
//! lead where its URL may not.

use super::{
    egress_proxy::EgressProxy,
    guard::{Policy, Refused},
    probe::Probe,
};
use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts},
    lookup_ip::LookupIp,
    net::{NetError, runtime::TokioRuntimeProvider},
    system_conf::read_system_conf,
};
use parking_lot::RwLock;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use shared::Code;
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use url::{Host, Url};

/// No more addresses of one name are tried; all of them are checked.
const MOST_ADDRESSES: usize = 32;
/// How long whoever saves a URL waits to hear where its name leads.
const LOOK_WITHIN: Duration = Duration::from_secs(1);

/// Why a name did not lead to an address that may be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The name has no address, or no name server answered.
    #[error("{0}")]
    NotFound(String),
    /// One of its addresses may not be called.
    #[error("{0}")]
    Blocked(Refused),
    /// No name server could be asked: a fault of ours.
    #[error("{0}")]
    Unasked(String),
}

/// Reads how this machine looks names up.
type ReadSettings = dyn Fn() -> Result<(ResolverConfig, ResolverOpts), NetError> + Send + Sync;

/// Looks names up, and vets nothing.
#[derive(Clone)]
pub(super) struct Names {
    resolver: Arc<RwLock<TokioResolver>>,
    /// Reads the settings, where there were none at the start: they may come later.
    missing: Arc<RwLock<Option<Box<ReadSettings>>>>,
    /// Whether no name server could be asked the last time.
    is_away: Arc<AtomicBool>,
}

/// Resolves names as this machine is set up to, without search domains.
#[derive(Clone)]
pub struct GuardedResolver {
    names: Names,
    policy: Arc<Policy>,
    proxy: Option<Arc<EgressProxy>>,
}

impl GuardedResolver {
    /// A resolver whose addresses all pass that policy. It asks those name servers, or else the machine's. Where requests leave by a
    /// proxy, receivers' names are the proxy's to look up.
    ///
    /// # Errors
    /// When the machine's resolver settings cannot be used.
    pub fn new(policy: Arc<Policy>, name_servers: &[SocketAddr], proxy: Option<EgressProxy>) -> Result<Self, String> {
        let names = if name_servers.is_empty() {
            Names::of_this_machine(read_system_conf)
        } else {
            Names::asking(name_servers)
        };
        Ok(Self { names: names.map_err(|error| error.to_string())?, policy, proxy: proxy.map(Arc::new) })
    }

    /// What may be called.
    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The proxy that requests leave by.
    pub(super) const fn proxy(&self) -> Option<&Arc<EgressProxy>> {
        self.proxy.as_ref()
    }

    /// What looks names up and vets nothing, for the proxy's own.
    pub(super) fn unguarded(&self) -> Names {
        self.names.clone()
    }

    /// Checks a payload URL before it is saved, and where its name leads now, unless a proxy looks that up. A name that leads nowhere yet,
    /// or is slow to say where, is fine: each attempt looks again.
    pub async fn check_url(&self, text: &str) -> Result<Url, Refused> {
        let url = self.policy.check_url(text)?;
        let found = match url.host() {
            Some(Host::Domain(name)) if self.proxy.is_none() => {
                let addresses = self.addresses(name, url.port_or_known_default());
                tokio::time::timeout(LOOK_WITHIN, addresses).await.ok()
            }
            _ => None,
        };
        match found {
            Some(Err(ResolveError::Blocked(refused))) => Err(refused),
            _ => Ok(url),
        }
    }

    /// The addresses of a name, none of which is blocked; `port` is that of its URL.
    pub(super) async fn addresses(&self, name: &str, port: Option<u16>) -> Result<Vec<IpAddr>, ResolveError> {
        // As a whole name: otherwise the machine's search domains would be tried too.
        let whole = if name.ends_with('.') { name.to_owned() } else { format!("{name}.") };
        let found = self.names.lookup(&whole).await.map_err(|error| not_found(name, &error))?;
        let mut addresses: Vec<_> = found.iter().collect();
        check(&self.policy, name, port, &addresses)?;
        addresses.truncate(MOST_ADDRESSES);
        Ok(addresses)
    }
}

impl Names {
    fn asking(name_servers: &[SocketAddr]) -> Result<Self, NetError> {
        let config = ResolverConfig::from_name_servers(name_servers.iter().map(name_server).collect());
        Self::new(config, ResolverOpts::default(), None)
    }

    fn of_this_machine(
        read: impl Fn() -> Result<(ResolverConfig, ResolverOpts), NetError> + Send + Sync + 'static,
    ) -> Result<Self, NetError> {
        match read() {
            Ok((config, options)) => Self::new(config, options, None),
            Err(error) => {
                // Such as a container without resolv.conf: the hosts file still counts, and addresses need no name server.
                tracing::warn!(%error, "no name server is set up on this machine");
                Self::new(ResolverConfig::default(), ResolverOpts::default(), Some(Box::new(read)))
            }
        }
    }

    fn new(
        config: ResolverConfig,
        options: ResolverOpts,
        missing: Option<Box<ReadSettings>>,
    ) -> Result<Self, NetError> {
        let resolver = Arc::new(RwLock::new(resolver(config, options)?));
        Ok(Self { resolver, missing: Arc::new(RwLock::new(missing)), is_away: Arc::default() })
    }

    /// The addresses of a name; where no name server could be asked for want of any, this is looked for once more.
    pub(super) async fn lookup(&self, name: &str) -> Result<LookupIp, NetError> {
        let found = match self.current().lookup_ip(name).await {
            Err(error) if could_not_ask(&error) && self.are_set_up_now() => self.current().lookup_ip(name).await,
            found => found,
        };
        // Told once, however many names are looked up meanwhile.
        match found.as_ref().err().filter(|error| could_not_ask(error)) {
            Some(error) if !self.is_away.swap(true, Ordering::Relaxed) => {
                tracing::error!(name, %error, "no name server can be asked");
            }
            Some(_) => {}
            None if self.is_away.swap(false, Ordering::Relaxed) => tracing::info!("name servers can be asked again"),
            None => {}
        }
        found
    }

    fn current(&self) -> TokioResolver {
        self.resolver.read().clone()
    }

    /// Whether there are settings now that were missing before.
    fn are_set_up_now(&self) -> bool {
        let mut missing = self.missing.write();
        let read = missing.as_ref().and_then(|read| read().ok());
        let Some(Ok(found)) = read.map(|(config, options)| resolver(config, options)) else { return false };
        *self.resolver.write() = found;
        *missing = None;
        tracing::info!("name servers are set up on this machine now");
        true
    }
}

fn resolver(config: ResolverConfig, options: ResolverOpts) -> Result<TokioResolver, NetError> {
    let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    // Both families: a name is refused for any of its addresses.
    builder.options_mut().ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    builder.build()
}

/// Whether the fault is this machine's: it has no name server, or cannot reach any, for want of a socket among others. One that does not
/// answer may be the name's own.
const fn could_not_ask(error: &NetError) -> bool {
    matches!(error, NetError::Io(_) | NetError::NoConnections | NetError::Busy)
}

fn name_server(address: &SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.into())
}

/// What a name server said, for people; the library's words have its records in them.
fn not_found(name: &str, error: &NetError) -> ResolveError {
    if could_not_ask(error) {
        return ResolveError::Unasked(format!("no name server could be asked for {name}"));
    }
    ResolveError::NotFound(match error {
        NetError::Timeout => format!("no name server has answered for {name}"),
        _ if error.is_no_records_found() => format!("{name} has no address"),
        _ => error.to_string(),
    })
}

/// Refuses the whole answer for any address in it: which one is called is not ours to choose.
fn check(policy: &Policy, name: &str, port: Option<u16>, addresses: &[IpAddr]) -> Result<(), ResolveError> {
    if addresses.is_empty() {
        return Err(ResolveError::NotFound(format!("{name} has no address")));
    }
    for &address in addresses {
        policy.check_target(address, port).map_err(|refused| blocked(name, address, refused.code))?;
    }
    Ok(())
}

/// The address is for the log only: whoever typed the name must not learn what it stands for inside the network.
fn blocked(name: &str, address: IpAddr, code: Code) -> ResolveError {
    tracing::warn!(name, %address, code = code.name(), "a payload URL's name leads where it may not");
    let detail = if code == Code::TargetIsSelf {
        format!("{name} resolves to this server. Use another address.")
    } else {
        format!(
            "{name} resolves to an address that is not public. Whoever runs this server can allow its network with \
             HOOKWRIGHT_ALLOW_NETWORKS."
        )
    };
    ResolveError::Blocked(Refused { code, detail })
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (this, probe) = (self.clone(), Probe::current());
        Box::pin(async move {
            let start = Instant::now();
            probe.mark(|marks| marks.resolving = true);
            let addresses = this.addresses(name.as_str(), probe.port()).await;
            probe.mark(|marks| marks.dns = Some(start.elapsed()));
            let addresses: Addrs = Box::new(addresses?.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_blocked_address_blocks_the_name() {
        let policy = Policy::default();
        let check = |text: &str| {
            let addresses: Vec<_> = text.split(',').filter_map(|address| address.parse().ok()).collect();
            check(&policy, "hooks.example.com", Some(443), &addresses)
        };
        assert_eq!(check("93.184.216.34,2606:4700:4700::1111"), Ok(()));
        for blocked in ["93.184.216.34,10.0.0.5", "93.184.216.34,fd00::1", "::ffff:169.254.169.254"] {
            let Err(ResolveError::Blocked(refused)) = check(blocked) else { panic!("{blocked}") };
            assert_eq!(refused.code, Code::TargetAddressBlocked);
            assert!(
                refused.detail.starts_with("hooks.example.com resolves to an address that is not public"),
                "{refused}"
            );
        }
        assert!(matches!(check(""), Err(ResolveError::NotFound(_))));
    }

    #[tokio::test]
    async fn name_servers_that_are_set_up_after_the_start_are_asked() {
        let server = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap();
        let is_set_up = Arc::new(AtomicBool::new(false));
        let read = Arc::clone(&is_set_up);
        let names = Names::of_this_machine(move || {
            let config = ResolverConfig::from_name_servers(vec![name_server(&address)]);
            let read = read.load(Ordering::Relaxed).then(|| (config, ResolverOpts::default()));
            read.ok_or(NetError::Message("there is no such file"))
        })
        .unwrap();
        let unasked = names.lookup("hooks.example.com.").await.unwrap_err();
        assert!(matches!(not_found("hooks.example.com", &unasked), ResolveError::Unasked(_)), "{unasked}");
        is_set_up.store(true, Ordering::Relaxed);
        let mut query = [0; 512];
        tokio::select! {
            found = names.lookup("hooks.example.com.") => panic!("nobody has answered: {found:?}"),
            asked = server.recv_from(&mut query) => assert!(asked.is_ok()),
        }
    }
}
