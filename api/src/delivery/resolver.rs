//! Name resolution for deliveries: asynchronous, so that a slow name server ties up no thread, and guarded, so that a name cannot
//! lead where its URL may not.

use super::{
    egress_proxy::EgressProxy,
    guard::{Policy, Refused},
    probe::Probe,
};
use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig},
    net::{NetError, runtime::TokioRuntimeProvider},
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use shared::Code;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
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
}

/// Resolves names as this machine is set up to, without search domains.
#[derive(Clone)]
pub struct GuardedResolver {
    resolver: TokioResolver,
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
        let with = |config| Resolver::builder_with_config(config, TokioRuntimeProvider::default());
        let mut builder = if name_servers.is_empty() {
            Resolver::builder_tokio().unwrap_or_else(|error| {
                // Such as a container without resolv.conf: the hosts file still counts, and addresses need no name server.
                tracing::warn!(%error, "no name server is set up on this machine");
                with(ResolverConfig::default())
            })
        } else {
            with(ResolverConfig::from_name_servers(name_servers.iter().map(name_server).collect()))
        };
        // Both families: a name is refused for any of its addresses.
        builder.options_mut().ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        let resolver = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { resolver, policy, proxy: proxy.map(Arc::new) })
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
    pub(super) fn unguarded(&self) -> TokioResolver {
        self.resolver.clone()
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
        let found = self.resolver.lookup_ip(whole).await.map_err(|error| not_found(name, &error))?;
        let mut addresses: Vec<_> = found.iter().collect();
        check(&self.policy, name, port, &addresses)?;
        addresses.truncate(MOST_ADDRESSES);
        Ok(addresses)
    }
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
}
