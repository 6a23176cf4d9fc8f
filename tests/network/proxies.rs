use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt as _;

use super::asking_proxy;
use crate::harness::{binary, env_test};
use crate::support::home::Home;
use crate::support::sts::{StrictSts, World};

/// A home whose requests would go to a host that no resolver knows.
fn home_with_endpoint(sts: &StrictSts, url: &str) -> Home {
    Home::of_jane(binary(), sts).env("AWS_ENDPOINT_URL", url)
}

#[test]
fn a_proxy_is_asked_in_whatever_form_its_url_is_written() {
    let sts = StrictSts::http(World::of_jane());
    for form in [
        "http://localhost:PORT",
        "HTTP://localhost:PORT/",
        "localhost:PORT",
        "localhost:PORT/",
        "localhost:PORT/path?query#fragment",
        "http://localhost:PORT/<path>",
        "jane:geheim@localhost:PORT/",
    ] {
        for variable in ["HTTPS_PROXY", "ALL_PROXY"] {
            let (port, asked) = asking_proxy(None);
            let home = home_with_endpoint(&sts, "https://sts.invalid")
                .env(variable, form.replace("PORT", &port.to_string()));
            env_test(&sts, &home)
                .ends_with(4)
                .says("the proxy requires a user name");
            let asked = asked.join().unwrap();
            assert_eq!(
                (&*asked.method, &*asked.path),
                ("CONNECT", "sts.invalid:443")
            );
            let login = form.starts_with("jane").then_some("Basic amFuZTpnZWhlaW0=");
            assert_eq!(asked.header("proxy-authorization"), login, "{form}");
        }
    }
}

#[test]
fn a_proxy_that_cannot_be_understood_is_an_error_and_no_direct_connection() {
    let sts = StrictSts::https(World::of_jane());
    let home = |name: &str, value: &[u8]| {
        let home = Home::of_jane(binary(), &sts);
        let ca = home.write("ca.pem", sts.ca_pem());
        home.env("AWS_CA_BUNDLE", ca)
            .env(name, OsStr::from_bytes(value))
    };
    for value in [
        &b"http://jan\xc3\xa9:geheim@localhost:1"[..],
        b"http://jane:ge<heim@localhost:1",
        b"http://jane:ge\"heim@localhost:1",
        b"http://j\xffane:geheim@localhost:1",
        b"localhost:1\xff",
    ] {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
            let home = home(name, value);
            let outcome = env_test(&sts, &home).ends_with(2);
            let said = format!("{name} is not the URL of a proxy: ");
            assert!(
                outcome.stderr.contains(&said) && !outcome.stderr.contains("heim"),
                "{}",
                outcome.stderr
            );
            let doctor = home.aws_mfa(&["doctor"]).text();
            assert!(
                doctor.contains(&said) && !doctor.contains("heim"),
                "{doctor}"
            );
        }
    }
    assert_eq!(sts.with(|state| state.connections), 0);
}

/// As in curl, which reads `HTTP_PROXY` in lower case only, because a CGI script's caller can set the other one
/// (CVE-2016-5385).
#[test]
fn a_cgi_script_uses_all_proxies_but_http_proxy_in_upper_case() {
    let sts = StrictSts::http(World::of_jane());
    for (url, variable) in [
        ("https://sts.invalid", "HTTPS_PROXY"),
        ("http://sts.invalid", "http_proxy"),
        ("http://sts.invalid", "ALL_PROXY"),
    ] {
        let (port, asked) = asking_proxy(None);
        let home = home_with_endpoint(&sts, url)
            .env("AWS_MFA_ALLOW_HTTP", "sts.invalid")
            .env("REQUEST_METHOD", "GET")
            .env(variable, format!("http://localhost:{port}"));
        env_test(&sts, &home)
            .ends_with(4)
            .says("the proxy requires a user name");
        asked.join().unwrap();
    }
    let home = home_with_endpoint(&sts, "http://sts.invalid")
        .env("AWS_MFA_ALLOW_HTTP", "sts.invalid")
        .env("REQUEST_METHOD", "GET")
        .env("HTTP_PROXY", "http://localhost:1");
    env_test(&sts, &home)
        .ends_with(4)
        .says("its host name cannot be resolved");
}

#[test]
fn no_proxy_reads_what_goes_to_this_machine_without_tls() {
    let sts = StrictSts::http(World::of_jane());
    for host in ["localhost", "127.0.0.1"] {
        for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
            let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}", proxy.local_addr().unwrap());
            let home =
                home_with_endpoint(&sts, &sts.url().replace("localhost", host)).env(variable, url);
            env_test(&sts, &home).success();
            proxy.set_nonblocking(true).unwrap();
            assert!(proxy.accept().is_err(), "{host} through {variable}");
        }
    }
}

#[test]
fn a_login_of_the_endpoint_is_not_sent_to_a_proxy() {
    let sts = StrictSts::http(World::of_jane());
    let (port, asked) = asking_proxy(None);
    let home = home_with_endpoint(&sts, "http://jane:geheim@sts.invalid/path")
        .env("AWS_MFA_ALLOW_HTTP", "sts.invalid")
        .env("HTTP_PROXY", format!("http://localhost:{port}"));
    env_test(&sts, &home).ends_with(4);
    assert_eq!(asked.join().unwrap().path, "http://sts.invalid/path/");
}

/// Names of this machine go to this machine, whatever a resolver says.
#[test]
fn a_name_of_this_machine_leads_to_no_other() {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    let port = sts.url().rsplit(':').next().unwrap().to_owned();
    // An address for documentation (RFC 5737), to which no request can go.
    home.write("hosts", "192.0.2.1 localhost sts.localhost\n");
    let script = format!(
        "mount --bind hosts /etc/hosts
        strace -f -qq -e trace=connect -o trace env AWS_ENDPOINT_URL=http://localhost:{port} aws-mfa env test {} &&
        AWS_ENDPOINT_URL=http://sts.localhost:{port} aws-mfa env test {}",
        sts.fresh_code(super::JANES_PHONE),
        sts.fresh_code(super::JANES_PHONE)
    );
    let mut unshare = home.command("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    home.run(&mut unshare).success();
    let trace = home.read("trace");
    assert!(!trace.contains("192.0.2.1"), "{trace}");
    assert_eq!(sts.count("GetSessionToken"), 2);
}
