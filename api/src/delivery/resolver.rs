//! Name resolution for deliveries: asynchronous, so that a slow name server ties up no thread, and guarded, so that a name cannot
//! lead where its URL may not.

use super::{guard::Policy, probe::Probe};
use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};

/// No more addresses of one name are tried; all of them are checked.
const MOST_ADDRESSES: usize = 32;

/// Why a name did not lead to an address that may be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The name has no address, or no name server answered.
    #[error("{0}")]
    NotFound(String),
    /// One of its addresses may not be called.
    #[error("{0}")]
    Blocked(String),
}

/// Resolves names as this machine is set up to, without search domains.
#[derive(Clone)]
pub struct GuardedResolver {
    resolver: TokioResolver,
    policy: Arc<Policy>,
}

impl GuardedResolver {
    /// A resolver whose addresses all pass that policy. It asks those name servers, or else the machine's.
    ///
    /// # Errors
    /// When the machine's resolver settings cannot be used.
    pub fn new(policy: Arc<Policy>, name_servers: &[SocketAddr]) -> Result<Self, String> {
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
        Ok(Self { resolver, policy })
    }

    /// The addresses of a name, none of which is blocked.
    pub(super) async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        // As a whole name: otherwise the machine's search domains would be tried too.
        let whole = if name.ends_with('.') { name.to_owned() } else { format!("{name}.") };
        let found = self.resolver.lookup_ip(whole).await.map_err(|error| ResolveError::NotFound(error.to_string()))?;
        let mut addresses: Vec<_> = found.iter().collect();
        check(&self.policy, &addresses)?;
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

/// Refuses the whole answer for any address in it: which one is called is not ours to choose.
fn check(policy: &Policy, addresses: &[IpAddr]) -> Result<(), ResolveError> {
    if addresses.is_empty() {
        return Err(ResolveError::NotFound("the name has no address".into()));
    }
    for &address in addresses {
        policy.check_address(address).map_err(|refused| ResolveError::Blocked(refused.detail))?;
    }
    Ok(())
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (this, probe) = (self.clone(), Probe::current());
        Box::pin(async move {
            let start = Instant::now();
            probe.mark(|marks| marks.resolving = true);
            let addresses = this.addresses(name.as_str()).await;
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
        let addresses = |text: &str| text.split(',').map(|address| address.parse().unwrap()).collect::<Vec<_>>();
        assert_eq!(check(&policy, &addresses("93.184.216.34,2606:4700:4700::1111")), Ok(()));
        for blocked in ["93.184.216.34,10.0.0.5", "93.184.216.34,fd00::1", "::ffff:169.254.169.254"] {
            assert!(matches!(check(&policy, &addresses(blocked)), Err(ResolveError::Blocked(_))), "{blocked}");
        }
        assert!(matches!(check(&policy, &[]), Err(ResolveError::NotFound(_))));
    }
}
