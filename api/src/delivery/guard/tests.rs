//! Every row of `ssrf-cases.tsv` that can be decided from the URL and the addresses that a name resolves to.

use super::*;
use proptest::prelude::*;

const CASES: &str = include_str!("../../../tests/data/ssrf-cases.tsv");

/// The verdict on a URL whose name resolves to those addresses: nothing, or the code of the refusal.
fn verdict(policy: &Policy, url: &str, addresses: &[IpAddr]) -> Option<&'static str> {
    let checked = policy.check_url(url).and_then(|url| {
        let port = url.port_or_known_default();
        addresses.iter().try_for_each(|&address| policy.check_target(address, port))
    });
    checked.err().map(|refused| refused.code.name())
}

/// The policy, the URL and the addresses that a row's text stands for.
fn case(url: &str, setup: &str) -> (Policy, String, Vec<IpAddr>) {
    let mut policy = Policy::default();
    if setup.contains("allow_http=true") {
        policy.allow_http = AllowHttp::Always;
    }
    if let Some((_, networks)) = setup.split_once("allow_networks=") {
        policy.allow_networks = vec![networks.split(' ').next().unwrap().parse().unwrap()];
    }
    let url = match url {
        "https://exa\\tmple.com/ (raw TAB inside)" => "https://exa\tmple.com/".into(),
        "https://example.com/\\r\\nX-Injected: 1 (raw CRLF)" => "https://example.com/\r\nX-Injected: 1".into(),
        "https://example.com/a…(2,049 chars)" => format!("https://example.com/{}", "a".repeat(2_029)),
        "https://longname.test (254+ chars)" => format!("https://{}test", "longname.".repeat(28)),
        "https://<own public host>/api/v1/events" => {
            policy.own_url = Some("https://hooks.example.com".parse().unwrap());
            "https://hooks.example.com/api/v1/events".into()
        }
        other => other.to_owned(),
    };
    // What a name turns into later is for the attempts.
    let setup = setup.split("then").next().unwrap();
    let addresses = setup.split([' ', ',', '=', ';']).filter_map(|word| word.parse().ok()).collect();
    (policy, url, addresses)
}

#[test]
fn every_case_has_its_verdict() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for line in CASES.lines().skip(1) {
        let [id, url, setup, at_create, _, code, _] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let (policy, url, addresses) = case(url, setup);
        let expected = (at_create == "reject").then_some(code);
        let got = verdict(&policy, &url, &addresses);
        seen += 1;
        if got != expected {
            wrong.push(format!("{id} {url}: {got:?} instead of {expected:?}"));
        }
    }
    assert!(seen > 100, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn http_can_be_allowed_for_this_machine_only() {
    let policy = Policy {
        allow_http: AllowHttp::Loopback,
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
        own_addresses: vec!["127.0.0.1:8080".parse().unwrap()],
        ..Policy::default()
    };
    assert_eq!(verdict(&policy, "http://127.0.0.1:9000/hook", &[]), None);
    assert_eq!(verdict(&policy, "http://localhost:9000/hook", &[]), None);
    assert_eq!(verdict(&policy, "http://localhost:8080/hook", &[]), Some("target_is_self"));
    assert_eq!(verdict(&policy, "http://example.com/hook", &[]), Some("url_scheme_not_allowed"));
    assert_eq!(verdict(&policy, "http://10.0.0.1/hook", &[]), Some("url_scheme_not_allowed"));
    assert_eq!(verdict(&Policy::default(), "https://localhost/", &[]), Some("target_host_not_allowed"));
}

#[test]
fn a_metadata_address_is_allowed_by_itself_only() {
    let wide = allowing(&["0.0.0.0/0", "::/0", "169.254.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10"]);
    for neighbour in ["10.0.0.1", "100.100.100.201", "fd00:42::43", "fd12::1"] {
        assert!(wide.check_address(neighbour.parse().unwrap()).is_ok(), "{neighbour}");
    }
    for metadata in [
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "169.254.42.42",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd00:c1::a9fe:a9fe",
        "fd00:42::42",
        "fd20:ce::254",
        "fe80::a9fe:a9fe",
    ] {
        let address = metadata.parse().unwrap();
        assert!(wide.check_address(address).is_err(), "{metadata}");
        let exactly = IpNet::from(canonical(address)).to_string();
        assert!(allowing(&[&exactly]).check_address(address).is_ok(), "{exactly}");
    }
}

fn allowing(networks: &[&str]) -> Policy {
    let allow_networks = networks.iter().map(|network| network.parse().unwrap()).collect();
    Policy { allow_networks, ..Policy::default() }
}

#[test]
fn a_name_inside_a_network_passes_where_one_is_allowed_and_its_addresses_decide() {
    let (none, some) = (Policy::default(), allowing(&["10.0.0.0/8"]));
    let (within, beyond): ([IpAddr; 1], [IpAddr; 1]) =
        (["10.1.2.3".parse().unwrap()], ["192.168.0.1".parse().unwrap()]);
    for name in
        ["receiver", "intranet", "hooks.corp.internal", "svc.ns.svc.cluster.local", "printer.lan", "a.localhost."]
    {
        let url = format!("https://{name}:8443/hook");
        assert_eq!(verdict(&some, &url, &within), None, "{name}");
        assert_eq!(verdict(&some, &url, &beyond), Some("target_address_blocked"), "{name}");
        assert_eq!(verdict(&none, &url, &within), Some("target_host_not_allowed"), "{name}");
        let detail = none.check_url(&url).unwrap_err().detail;
        assert!(detail.contains("HOOKWRIGHT_ALLOW_NETWORKS"), "{detail}");
    }
}

#[test]
fn a_metadata_name_passes_where_such_an_address_is_allowed_by_itself_only() {
    for name in ["metadata", "metadata.google.internal", "metadata.google.internal.", "instance-data.ec2.internal"] {
        let url = format!("https://{name}/");
        for policy in [allowing(&[]), allowing(&["0.0.0.0/0", "169.254.0.0/16", "10.0.0.1/32"])] {
            let refused = policy.check_url(&url).unwrap_err();
            assert_eq!(refused.code, Code::TargetHostNotAllowed, "{name}");
            assert!(refused.detail.contains("its exact address with HOOKWRIGHT_ALLOW_NETWORKS"), "{refused}");
        }
        assert_eq!(verdict(&allowing(&["169.254.169.254/32"]), &url, &[]), None, "{name}");
    }
}

#[test]
fn the_server_itself_is_no_target() {
    let policy = |own: &str| Policy {
        allow_http: AllowHttp::Always,
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
        own_addresses: vec![own.parse().unwrap()],
        own_url: Some("https://hooks.example.com".parse().unwrap()),
        ..Policy::default()
    };
    for (own, url, refused) in [
        ("127.0.0.1:8080", "https://hooks.example.com/api/v1/events", true),
        ("127.0.0.1:8080", "https://HOOKS.example.com:443/api/v1/events", true),
        ("127.0.0.1:8080", "https://hooks.example.com:8443/", false),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/api/v1/events", true),
        ("127.0.0.1:8080", "http://localhost:8080/api/v1/events", true),
        ("127.0.0.1:8080", "http://127.0.0.1:8081/", false),
        // Listening everywhere, it has every address of this machine, and no other one.
        ("0.0.0.0:8080", "http://127.0.0.1:8080/", true),
        ("0.0.0.0:8080", "http://127.0.0.2:8080/", true),
        ("0.0.0.0:8080", "http://localhost:8080/", true),
        ("[::]:8080", "http://127.0.0.1:8080/", true),
        ("0.0.0.0:8080", "http://93.184.216.34:8080/", false),
        ("0.0.0.0:8080", "http://127.0.0.1:8081/", false),
    ] {
        let expected = refused.then_some("target_is_self");
        assert_eq!(verdict(&policy(own), url, &[]), expected, "{own} {url}");
    }
}

#[test]
fn the_server_by_another_name_is_no_target() {
    let policy = |own: &str| Policy {
        allow_networks: ["127.0.0.0/8", "0.0.0.0/8", "::1/128", "255.255.255.255/32"]
            .map(|network| network.parse().unwrap())
            .to_vec(),
        own_addresses: vec![own.parse().unwrap()],
        ..Policy::default()
    };
    for (own, address, refused) in [
        ("127.0.0.1:8080", "127.0.0.1", true),
        ("127.0.0.1:8080", "::ffff:127.0.0.1", true),
        ("[::ffff:127.0.0.1]:8080", "127.0.0.1", true),
        ("127.0.0.1:8080", "0.0.0.0", true),
        ("127.0.0.1:8080", "127.0.0.2", false),
        ("0.0.0.0:8080", "127.0.0.2", true),
        ("[::]:8080", "127.0.0.1", true),
        // A socket can be bound to it, and no machine has it.
        ("0.0.0.0:8080", "255.255.255.255", false),
        ("127.0.0.1:8443", "127.0.0.1", false),
    ] {
        let (policy, address) = (policy(own), address.parse().unwrap());
        let expected = refused.then_some("target_is_self");
        assert_eq!(verdict(&policy, "https://hooks.example.org:8080/", &[address]), expected, "{own} {address}");
        // Where the port is not known, it may be this server's.
        let blind = policy.check_target(address, None).err().map(|refused| refused.code.name());
        let same_port = policy.check_target(address, Some(own.rsplit(':').next().unwrap().parse().unwrap()));
        assert_eq!(blind, same_port.err().map(|refused| refused.code.name()), "{own} {address}");
    }
}

#[test]
fn what_people_paste_is_accepted() {
    for url in [
        "https://example.com",
        "https://Example.COM/Hook",
        "https://example.com:443/hook",
        "https://example.com?tenant=1",
        "https://example.com/ol%C3%A1",
        "https://example.com/olá",
        "https://93.184.216.34:443/",
        "https://example.com./",
    ] {
        assert_eq!(verdict(&Policy::default(), url, &[]), None, "{url}");
    }
    assert_eq!(verdict(&Policy::default(), "https://example.com/a/../b", &[]), Some("url_not_canonical"));
    assert_eq!(verdict(&Policy::default(), "https://example.com/#top", &[]), Some("url_fragment_not_allowed"));
}

#[test]
fn a_million_ipv4_addresses_get_the_same_verdict_in_each_of_their_ipv6_forms() {
    let policy = Policy::default();
    let (mut allowed, mut blocked) = (0, 0);
    for number in 0..1_000_000_u32 {
        // Scattered over all addresses (Fibonacci hashing), and the same ones each time.
        let bits = number.wrapping_mul(0x9e37_79b9);
        let v4 = Ipv4Addr::from_bits(bits);
        let verdict = policy.check_address(v4.into()).is_ok();
        *if verdict { &mut allowed } else { &mut blocked } += 1;
        let translated = Ipv6Addr::from_bits(0x0064_ff9b_u128 << 96 | u128::from(bits));
        for same in [v4.to_ipv6_mapped(), translated] {
            assert_eq!(policy.check_address(same.into()).is_ok(), verdict, "{same}");
        }
        // IPv4-compatible, ISATAP and 6to4 lead to it too, and have no honest use.
        for wrapped in
            [u128::from(bits), 0x5efe_u128 << 32 | u128::from(bits), 0x2002_u128 << 112 | u128::from(bits) << 80]
        {
            assert!(policy.check_address(Ipv6Addr::from_bits(wrapped).into()).is_err(), "{v4}");
        }
    }
    assert!(allowed > 800_000 && blocked > 100_000, "{allowed} {blocked}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn no_text_makes_the_check_panic(text in "\\PC*") {
        let _ = Policy::default().check_url(&text);
        let _ = Policy::default().check_url(&format!("https://{text}"));
    }
}
