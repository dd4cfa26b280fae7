//! The guard: which URLs and addresses may be called, so that nobody reaches an internal service through us (SSRF).
//!
//! A URL is checked when a webhook is saved and again before each attempt; an address when a name was resolved, unless an egress proxy
//! resolves it. What each case must answer stands in `tests/data/ssrf-cases.tsv`.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use shared::{Code, check_payload_url};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    str::FromStr,
};
use url::{Host, Position, Url};

const LONGEST_HOST: usize = 253;
const LONGEST_LABEL: usize = 63;
/// The port of a service that does nothing with what it gets (RFC 863).
const DISCARD: u16 = 9;

/// Endings of names that lead inside a network (RFC 6761, 6762, 8375, and what clouds and containers use).
const INTERNAL_ENDINGS: [&str; 6] = ["localhost", "localdomain", "local", "internal", "lan", "home.arpa"];

/// Names by which clouds tell a machine its credentials, whatever network they lie in. Only who allows the exact address of such a
/// service may use them.
const METADATA_NAMES: [&str; 4] =
    ["metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"];

/// Ports from 1024 on where something listens that speaks no HTTP, or that nobody should reach: databases, queues, caches,
/// container and cluster control.
const SERVICE_PORTS: [u16; 24] = [
    1433, 1521, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5672, 5900, 5984, 6379, 6443, 6667, 9042, 9092, 9200,
    9300, 10250, 11211, 15672, 27017,
];

/// Where clouds tell a machine its credentials: link-local addresses, and the others of their metadata services. A range never allows
/// one, only its exact address does.
const METADATA_V4: [Ipv4Net; 4] =
    [v4(169, 254, 0, 0, 16), v4(100, 100, 100, 200, 32), v4(192, 0, 0, 192, 32), v4(168, 63, 129, 16, 32)];
const METADATA_V6: [Ipv6Net; 7] = [
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0], 32),
    v6([0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe], 128),
    v6([0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42], 128),
    v6([0xfd00, 0x100, 0, 0, 0, 0, 0x100, 0x200], 128),
    v6([0xfd00, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 1], 128),
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128),
];

/// IPv4 that is not public (IANA special-purpose registry).
const BLOCKED_V4: [Ipv4Net; 15] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

/// All of IPv6 that is public lies in here, but not all of this is public.
const PUBLIC_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
/// What is not public in it: protocol assignments with Teredo, documentation, 6to4, documentation again.
const BLOCKED_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];
/// IPv4 behind a translator; such an address is as good as the IPv4 address in it (RFC 6052).
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);

/// This machine, by the addresses that every machine calls itself by.
pub(crate) const LOCALHOST: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}

/// Whether payload URLs may be `http://`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AllowHttp {
    /// Only `https://`.
    #[default]
    Never,
    /// Only to this machine's own addresses.
    Loopback,
    /// Everywhere; what is sent can be read on the way.
    Always,
}

impl FromStr for AllowHttp {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "false" => Ok(Self::Never),
            "loopback" => Ok(Self::Loopback),
            "true" => Ok(Self::Always),
            _ => Err("one of: false, loopback, true"),
        }
    }
}

/// What may be called.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Whether payload URLs may be `http://`.
    pub allow_http: AllowHttp,
    /// Private networks that may be called all the same, by addresses and by names inside a network.
    pub allow_networks: Vec<IpNet>,
    /// Where this server itself listens: events sent there would go round in circles.
    pub own_addresses: Vec<SocketAddr>,
    /// The address that browsers reach this server by, if it is set.
    pub own_url: Option<Url>,
    /// Whether requests leave by a proxy: where a name leads is not seen here then, and `localhost` would be the proxy's machine.
    pub by_proxy: bool,
}

/// Why a URL may not be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refused {
    /// What clients branch on.
    pub code: Code,
    /// What to do about it.
    pub detail: String,
}

fn refused<T>(code: Code, detail: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { code, detail: detail.into() })
}

impl Policy {
    /// Checks a payload URL and returns it in its canonical form. What its name resolves to is not looked at.
    pub fn check_url(&self, text: &str) -> Result<Url, Refused> {
        if let Err((code, detail)) = check_payload_url(text) {
            return refused(code, detail);
        }
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return refused(Code::UrlInvalid, format!("The URL cannot be read: {error}.")),
        };
        let Some((authority, tail)) = split(text) else {
            return not_canonical(&url);
        };
        self.check_host(&url)?;
        check_canonical(authority, tail, &url)?;
        check_port(&url)?;
        Ok(url)
    }

    /// Checks where a request would go: an address that a name has resolved to, or that stands in a URL, and the URL's port. Where that
    /// is not known, it may be any.
    pub fn check_target(&self, address: IpAddr, port: Option<u16>) -> Result<(), Refused> {
        if self.is_own(address, port) {
            return refused(Code::TargetIsSelf, "Use an address other than this server's.");
        }
        self.check_address(address)
    }

    /// Whether this server listens there. Listening everywhere, it has every address of this machine.
    fn is_own(&self, address: IpAddr, port: Option<u16>) -> bool {
        let address = canonical(address);
        self.own_addresses.iter().any(|own| {
            let (ip, is_port) = (own.ip().to_canonical(), port.is_none_or(|port| port == own.port()));
            // To no address at all means to this machine.
            is_port && (ip == address || address.is_unspecified() || ip.is_unspecified() && is_of_this_machine(address))
        })
    }

    /// Checks an address, whoever listens there.
    pub fn check_address(&self, address: IpAddr) -> Result<(), Refused> {
        let address = canonical(address);
        let allowed = if is_metadata(address) {
            self.allow_networks.iter().any(|network| is_exactly(network, address))
        } else {
            is_public(address) || self.allow_networks.iter().any(|network| network.contains(&address))
        };
        if allowed {
            return Ok(());
        }
        let detail = format!(
            "{address} is not a public address. Whoever runs this server can allow its network with HOOKWRIGHT_ALLOW_NETWORKS."
        );
        refused(Code::TargetAddressBlocked, detail)
    }

    fn check_host(&self, url: &Url) -> Result<(), Refused> {
        let host = url.host();
        let (here, literal) = match &host {
            Some(Host::Domain(name)) => (is_localhost(name) && self.allows_loopback(), None),
            Some(Host::Ipv4(address)) => (address.is_loopback(), Some(IpAddr::V4(*address))),
            Some(Host::Ipv6(address)) => (address.is_loopback(), Some(canonical(IpAddr::V6(*address)))),
            None => return refused(Code::UrlInvalid, "Give the URL a host."),
        };
        let here = here && !self.by_proxy;
        let may_be_http = match self.allow_http {
            AllowHttp::Never => false,
            AllowHttp::Loopback => here,
            AllowHttp::Always => true,
        };
        if url.scheme() == "http" && !may_be_http {
            return refused(
                Code::UrlSchemeNotAllowed,
                "Use https://, so that nobody can read the events on their way.",
            );
        }
        let port = url.port_or_known_default();
        if self.own_url.as_ref().is_some_and(|own| own.origin() == url.origin())
            || here && LOCALHOST.into_iter().any(|address| self.is_own(address, port))
        {
            return refused(Code::TargetIsSelf, "Use an address other than this server's.");
        }
        match (host, literal) {
            (_, Some(address)) => self.check_target(address, port),
            (Some(Host::Domain(_)), None) if here => Ok(()),
            (Some(Host::Domain(name)), None) => self.check_name(name),
            _ => Ok(()),
        }
    }

    /// Checks a name. One inside a network may pass where a network is allowed and what it resolves to is vetted: whether that lies in the
    /// allowed one is decided there.
    fn check_name(&self, name: &str) -> Result<(), Refused> {
        let name = name.strip_suffix('.').unwrap_or(name);
        if name.len() > LONGEST_HOST || name.split('.').any(|label| label.is_empty() || label.len() > LONGEST_LABEL) {
            return refused(
                Code::UrlInvalid,
                "The host's name has a part that is empty or longer than 63 characters, or is too long.",
            );
        }
        if METADATA_NAMES.contains(&name) && !self.allows_metadata() {
            let detail = format!(
                "{name} is where a cloud tells a machine its credentials. Whoever runs this server can allow its exact address with \
                 HOOKWRIGHT_ALLOW_NETWORKS."
            );
            return refused(Code::TargetHostNotAllowed, detail);
        }
        if is_inside(name) && (self.allow_networks.is_empty() || self.by_proxy) {
            let way = if self.by_proxy {
                "This server's requests leave by a proxy, which leads to no such name."
            } else {
                "Whoever runs this server can allow its network with HOOKWRIGHT_ALLOW_NETWORKS."
            };
            let detail = format!("{name} is a name inside a network. Use one that is public. {way}");
            return refused(Code::TargetHostNotAllowed, detail);
        }
        Ok(())
    }

    fn allows_loopback(&self) -> bool {
        self.check_address(Ipv4Addr::LOCALHOST.into()).is_ok()
    }

    /// Whether the exact address of a metadata service is allowed.
    fn allows_metadata(&self) -> bool {
        let allows = |network: &IpNet| is_metadata(network.addr()) && is_exactly(network, network.addr());
        self.allow_networks.iter().any(allows)
    }
}

/// Whether that network is that address and no other.
fn is_exactly(network: &IpNet, address: IpAddr) -> bool {
    network.addr() == address && network.prefix_len() == network.max_prefix_len()
}

/// Only an address of its own is one that a machine sends from to itself. That a socket can be bound to it says less: a machine that takes
/// over the addresses of others (`ip_nonlocal_bind`) lets that be done with any, and only sends from none but its own. On IPv6 it may do
/// even that; there it sends to itself from the very address, which on IPv4 may be another one of the same network. Nothing is sent.
fn is_of_this_machine(address: IpAddr) -> bool {
    let from = if address.is_ipv4() { address } else { Ipv6Addr::UNSPECIFIED.into() };
    let connected = UdpSocket::bind((from, 0)).and_then(|socket| {
        socket.connect((address, DISCARD))?;
        socket.local_addr()
    });
    connected.is_ok_and(|from| from.ip() == address)
}

fn is_localhost(name: &str) -> bool {
    matches!(name, "localhost" | "localhost.")
}

/// Whether a name leads inside a network.
fn is_inside(name: &str) -> bool {
    let ends_in = |ending: &&str| name.strip_suffix(*ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !name.contains('.') || INTERNAL_ENDINGS.iter().any(ends_in)
}

/// The authority of a URL, and what stands behind it; nothing where other parsers would find another host than ours.
fn split(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("://")?;
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let plain = !authority.is_empty() && !authority.contains('%');
    plain.then_some((authority, tail))
}

/// Refuses what was read as something else than what is written: an IPv4 address in another notation, a path with dots.
fn check_canonical(authority: &str, tail: &str, url: &Url) -> Result<(), Refused> {
    if let Some(Host::Ipv4(address)) = url.host() {
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        if host != address.to_string() {
            return not_canonical(url);
        }
    }
    let path_and_query = &url[Position::BeforePath..];
    let same = tail == path_and_query || path_and_query.strip_prefix('/') == Some(tail) || !tail.is_ascii();
    if same { Ok(()) } else { not_canonical(url) }
}

fn not_canonical<T>(url: &Url) -> Result<T, Refused> {
    refused(Code::UrlNotCanonical, format!("Write the URL as {url}."))
}

fn check_port(url: &Url) -> Result<(), Refused> {
    let port = url.port_or_known_default().unwrap_or_default();
    if matches!(port, 80 | 443) || port >= 1024 && !SERVICE_PORTS.contains(&port) {
        return Ok(());
    }
    refused(
        Code::UrlPortNotAllowed,
        format!("Port {port} belongs to another service. Use 443, or a free one from 1024 on."),
    )
}

/// The IPv4 address in a mapped or translated one, or the address itself.
fn canonical(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if NAT64.contains(&v6) => {
            let [.., a, b, c, d] = v6.octets();
            Ipv4Addr::new(a, b, c, d).into()
        }
        other => other.to_canonical(),
    }
}

fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => METADATA_V4.iter().any(|network| network.contains(&v4)),
        IpAddr::V6(v6) => METADATA_V6.iter().any(|network| network.contains(&v6)),
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !BLOCKED_V4.iter().any(|network| network.contains(&v4)),
        IpAddr::V6(v6) => PUBLIC_V6.contains(&v6) && !BLOCKED_V6.iter().any(|network| network.contains(&v6)),
    }
}

#[cfg(test)]
mod tests;
