//! The way to AWS: regions and hosts, proxies, certificates, limits.

/// Servers whose answers are not those of AWS, or not even HTTP.
mod broken;
/// The connection that is made while a code is asked for.
mod in_advance;
/// The proxy that a setting means, in whatever form it is written.
mod proxies;

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crate::harness::limits::SHORT_LIMITS;
use crate::harness::{binary, env_test, jane_fixture, short_limits_binary};
use crate::support::home::Home;
use crate::support::sts::http::{Certificate, Connection, Reply, Request, tls_config};
use crate::support::sts::{ADMIN_ROLE, Fault, JANES_PHONE, KEY_ID, SECRET, StrictSts, World};

/// An address at which no program listens: the system would give a free port to the next program.
const CLOSED_PORT: &str = "127.0.0.1:1";

#[test]
fn a_request_for_another_partition_goes_to_its_endpoint() {
    let sts = StrictSts::http(World::of_jane());
    for (partition, region, host) in [
        (
            "aws-cn",
            "cn-north-1",
            "sts.cn-north-1.amazonaws.com.cn:443",
        ),
        (
            "aws-us-gov",
            "us-gov-west-1",
            "sts.us-gov-west-1.amazonaws.com:443",
        ),
        ("aws", "us-east-1", "sts.us-east-1.amazonaws.com:443"),
    ] {
        let home = Home::empty(binary());
        home.write(
            ".aws/credentials",
            format!("[test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"),
        );
        let serial = format!("arn:{partition}:iam::123456789012:mfa/jane");
        let command = ["env", "test", "123456", "--mfa-serial", &serial];
        let at_sts = home
            .command("aws-mfa")
            .env("AWS_ENDPOINT_URL", sts.url())
            .args(command)
            .output()
            .unwrap();
        assert_eq!(at_sts.status.code(), Some(3));
        assert_eq!(sts.log().last().unwrap().region, region);
        assert_eq!(connects_to(&home, &command), host);
    }
}

/// The host and port that this needs a connection to, as a proxy is told that goes no further.
#[track_caller]
fn connects_to(home: &Home, words: &[&str]) -> String {
    let (port, asked) = asking_proxy(None);
    let mut command = home.command("aws-mfa");
    command.env("HTTPS_PROXY", format!("http://localhost:{port}"));
    home.run(command.args(words)).ends_with(4);
    let asked = asked.join().unwrap();
    assert_eq!(asked.method, "CONNECT");
    asked.path
}

#[test]
fn fips_and_dual_stack_endpoints_are_used_where_configured() {
    let words = [
        "env",
        "test",
        "123456",
        "--region",
        "us-east-1",
        "--mfa-serial",
        JANES_PHONE,
    ];
    for (fips, dual_stack, host) in [
        (false, false, "sts.us-east-1.amazonaws.com:443"),
        (true, false, "sts-fips.us-east-1.amazonaws.com:443"),
        (false, true, "sts.us-east-1.api.aws:443"),
        (true, true, "sts-fips.us-east-1.api.aws:443"),
    ] {
        let home = |more: &str| {
            let home = Home::empty(binary());
            home.write(
                ".aws/credentials",
                format!("[test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n{more}"),
            );
            home
        };
        let of_variables = home("")
            .env("AWS_USE_FIPS_ENDPOINT", fips.to_string())
            .env("AWS_USE_DUALSTACK_ENDPOINT", dual_stack.to_string());
        assert_eq!(connects_to(&of_variables, &words), host);
        let of_profile = home(&format!(
            "use_fips_endpoint = {fips}\nuse_dualstack_endpoint = {dual_stack}\n"
        ));
        assert_eq!(connects_to(&of_profile, &words), host);
    }
}

/// A proxy that knows CONNECT and nothing else, for one connection; what it was asked.
fn connect_proxy() -> (String, JoinHandle<String>) {
    connect_proxy_after(0)
}

/// The same, but it refuses so many connections first.
fn connect_proxy_after(refusals: usize) -> (String, JoinHandle<String>) {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpStream;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let accept = || {
            let (client, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(client.try_clone().unwrap()).lines();
            let asked = lines.next().unwrap().unwrap();
            while !lines.next().unwrap().unwrap().is_empty() {}
            (client, asked)
        };
        for _ in 0..refusals {
            let (mut client, _) = accept();
            client.write_all(b"HTTP/1.1 503 No\r\n\r\n").unwrap();
        }
        let (mut client, asked) = accept();
        let target = asked.split(' ').nth(1).unwrap().to_owned();
        let mut server = TcpStream::connect(&target).unwrap();
        client
            .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            .unwrap();
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let up = std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        let _ = std::io::copy(&mut server, &mut client);
        let _ = client.shutdown(std::net::Shutdown::Both);
        let _ = up.join();
        asked
    });
    (url, thread)
}

#[test]
fn a_proxy_is_used_unless_no_proxy_names_the_host() {
    let sts = StrictSts::https(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    let ca = home.write("ca.pem", sts.ca_pem());
    let home = home.env("AWS_CA_BUNDLE", ca);
    let (proxy, asked) = connect_proxy();
    let home = home.env("HTTPS_PROXY", &proxy);
    env_test(&sts, &home).success();
    let host = sts.url().replace("https://", "");
    assert_eq!(asked.join().unwrap(), format!("CONNECT {host} HTTP/1.1"));
    // No program is at this one: a request through it fails, and NO_PROXY avoids it.
    let home = home.env("HTTPS_PROXY", format!("http://{CLOSED_PORT}"));
    env_test(&sts, &home)
        .ends_with(4)
        .says("could not connect to STS");
    env_test(&sts, &home.env("NO_PROXY", "localhost")).success();
}

#[test]
fn what_a_proxy_refused_has_used_up_no_code() {
    let sts = StrictSts::https(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    let ca = home.write("ca.pem", sts.ca_pem());
    let home = home.env("AWS_CA_BUNDLE", ca);
    let (proxy, _) = connect_proxy_after(3);
    let home = home.env("HTTPS_PROXY", proxy);
    let said = env_test(&sts, &home).ends_with(4).stderr;
    assert!(
        said.contains("could not connect to STS at https://localhost")
            && said.contains("the proxy refuses to connect to it")
            && !said.contains("used"),
        "{said}"
    );
    // Nor has it when the code turns out to be wrong at the second try.
    let (proxy, _) = connect_proxy_after(1);
    home.env("HTTPS_PROXY", proxy)
        .aws_mfa(&["env", "test", "000000"])
        .ends_with(3)
        .says("AWS refused the MFA code for account test: it is wrong");
}

#[test]
fn no_proxy_for_any_host_means_addresses_too() {
    let sts = StrictSts::https(World::of_jane());
    let address = sts.url().replace("localhost", "127.0.0.1");
    for no_proxy in ["*", "example.com, *"] {
        let home = Home::of_jane(binary(), &sts);
        let ca = home.write("ca.pem", sts.ca_pem());
        let home = home
            .env("AWS_CA_BUNDLE", ca)
            .env("AWS_ENDPOINT_URL", &address)
            .env("HTTPS_PROXY", "http://localhost:1")
            .env("NO_PROXY", no_proxy);
        env_test(&sts, &home).success();
    }
}

#[test]
fn an_address_that_does_not_answer_leaves_time_for_the_others() {
    // A listener that accepts no connection, with a queue that is full.
    let script = "import socket, sys\n\
        listener = socket.socket()\n\
        listener.bind(('127.0.0.1', 0))\n\
        listener.listen(0)\n\
        waiting = [socket.socket() for _ in range(3)]\n\
        for each in waiting:\n\
        \x20   each.setblocking(False)\n\
        \x20   each.connect_ex(listener.getsockname())\n\
        print(listener.getsockname()[1], flush=True)\n\
        sys.stdin.read()\n";
    let mut dead = Command::new("python3");
    dead.args(["-c", script]);
    dead.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut dead = dead.spawn().unwrap();
    let mut port = String::new();
    let mut said = std::io::BufReader::new(dead.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut said, &mut port).unwrap();
    let port = port.trim();
    let sts = StrictSts::http_at(World::of_jane(), &format!("127.0.0.2:{port}"));
    let home = Home::of_jane(binary(), &sts);
    // The first is the one that resolvers prefer, being this machine's own address.
    home.write("hosts", "127.0.0.1 sts.test\n127.0.0.2 sts.test\n");
    let script = format!(
        "mount --bind hosts /etc/hosts; AWS_MFA_ALLOW_HTTP=sts.test AWS_ENDPOINT_URL=http://sts.test:{port} aws-mfa env test {}",
        sts.fresh_code(JANES_PHONE)
    );
    let mut unshare = home.command("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    home.run(&mut unshare).success();
    drop(dead.stdin.take());
    dead.wait().unwrap();
}

/// A proxy that only wants to know who asks: what it was asked, once it was.
fn asking_proxy(tls: Option<Arc<rustls::ServerConfig>>) -> (u16, JoinHandle<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let mut connection = Connection::open(socket, tls).unwrap();
        let request = connection.read_request().unwrap();
        connection.send(&Reply::text(407, "who are you?"), 0);
        request
    });
    (port, thread)
}

#[test]
fn a_proxy_gets_the_login_and_the_target_of_a_request() {
    let sts = StrictSts::http(World::of_jane());
    let (tls, ca_pem) = tls_config();
    // "jane:secret" in Base64.
    let login = Some("Basic amFuZTpzZWNyZXQ=");
    let url = |port: u16| format!("http://jane:secret@localhost:{port}");
    for (scheme, method, target) in [
        // Without TLS to the endpoint, the proxy does the asking and needs the whole address.
        ("http", "POST", "http://sts.example.com/"),
        ("https", "CONNECT", "sts.example.com:443"),
    ] {
        let home = Home::of_jane(binary(), &sts)
            .env("AWS_MFA_ALLOW_HTTP", "sts.example.com")
            .env("AWS_ENDPOINT_URL", format!("{scheme}://sts.example.com"));
        let (port, asked) = asking_proxy(None);
        let name = format!("{}_PROXY", scheme.to_uppercase());
        let outcome = env_test(&sts, &home.env(name, url(port)));
        outcome
            .ends_with(4)
            .says("the proxy requires a user name and a password (HTTP 407)")
            .says("help: put them into HTTPS_PROXY");
        let asked = asked.join().unwrap();
        assert_eq!((&*asked.method, &*asked.path), (method, target));
        assert_eq!(asked.header("proxy-authorization"), login);

        // The way to the proxy may have TLS of its own.
        let home = Home::of_jane(binary(), &sts)
            .env("AWS_MFA_ALLOW_HTTP", "sts.example.com")
            .env("AWS_ENDPOINT_URL", format!("{scheme}://sts.example.com"));
        let ca = home.write("ca.pem", &ca_pem);
        let (port, asked) = asking_proxy(Some(Arc::clone(&tls)));
        let home = home
            .env("ALL_PROXY", url(port).replace("http:", "https:"))
            .env("SSL_CERT_FILE", ca);
        env_test(&sts, &home).ends_with(4);
        let asked = asked.join().unwrap();
        assert_eq!((&*asked.method, &*asked.path), (method, target));
        assert_eq!(asked.header("proxy-authorization"), login);
    }
    // The host is named as it was signed, without a port that goes without saying.
    for (url, host) in [
        ("http://sts.example.com:80", "sts.example.com"),
        ("http://sts.example.com:8080", "sts.example.com:8080"),
    ] {
        let (port, asked) = asking_proxy(None);
        let home = Home::of_jane(binary(), &sts)
            .env("AWS_ENDPOINT_URL", url)
            .env("AWS_MFA_ALLOW_HTTP", "sts.example.com");
        let home = home.env("HTTP_PROXY", format!("http://localhost:{port}"));
        env_test(&sts, &home).ends_with(4);
        assert_eq!(asked.join().unwrap().header("host"), Some(host));
    }
    // What cannot be understood is not gone without.
    for value in [
        "http://us er:geheim@localhost:1",
        "://x",
        "ftp://localhost:1",
        "http://",
    ] {
        let home = Home::of_jane(binary(), &sts).env("HTTPS_PROXY", value);
        let said = env_test(&sts, &home).ends_with(2).stderr;
        assert!(
            said.contains("HTTPS_PROXY is not the URL of a proxy") && !said.contains("geheim"),
            "{said}"
        );
    }
    let home = Home::of_jane(binary(), &sts)
        .env("AWS_ENDPOINT_URL", "https://sts.example.com")
        .env("ALL_PROXY", "socks5://localhost:1");
    env_test(&sts, &home)
        .ends_with(4)
        .says("the proxy is of kind socks5, and only http and https can be used");
}

#[test]
fn a_certificate_that_no_bundle_fixes_is_told_apart() {
    for (certificate, said, help) in [
        (
            Certificate::Expired,
            ": it expired at 2020-02-03T00:00:00Z, and this machine's clock says 2",
            "help: correct this machine's clock if it is wrong",
        ),
        (
            Certificate::OfAuthority,
            ": it is a CA certificate, which a server must not use as its own",
            "help: have a certificate authority issue the server's certificate",
        ),
        (
            Certificate::Sha1,
            ": it is signed by a method that is too weak or unknown, such as SHA-1",
            "help: have it issued again with a signature by SHA-256",
        ),
    ] {
        let sts = StrictSts::https_with(World::of_jane(), certificate);
        let home = Home::of_jane(binary(), &sts);
        let ca = home.write("ca.pem", sts.ca_pem());
        env_test(&sts, &home.env("AWS_CA_BUNDLE", ca))
            .ends_with(4)
            .says(said)
            .says(help);
    }
}

#[test]
fn an_endpoint_that_cannot_be_reached_is_reported_with_the_reason() {
    let (_sts, home) = jane_fixture();
    let home = home.env("AWS_ENDPOINT_URL", format!("http://{CLOSED_PORT}"));
    home.aws_mfa(&["env", "test", "123456"])
        .ends_with(4)
        .says("Connection refused");
    // No resolver is asked for a label of more than 63 letters.
    let host = format!("{}.invalid", "x".repeat(70));
    let home = home
        .env("AWS_ENDPOINT_URL", format!("http://{host}"))
        .env("AWS_MFA_ALLOW_HTTP", &host);
    home.aws_mfa(&["env", "test", "123456"])
        .ends_with(4)
        .says("its host name cannot be resolved");
    let home = home.env("AWS_ENDPOINT_URL", "ftp://localhost");
    home.aws_mfa(&["env", "test", "123456"])
        .ends_with(2)
        .says("AWS_ENDPOINT_URL: `ftp://localhost` is not an endpoint URL");
}

#[test]
fn a_code_that_was_sent_once_is_not_said_to_be_unused() {
    let (_sts, home) = jane_fixture();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = home.env(
        "AWS_ENDPOINT_URL",
        format!("http://{}", listener.local_addr().unwrap()),
    );
    // It takes the request and ends, so that no other connection can be made.
    let asked = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        drop(listener);
        let mut connection = Connection::open(socket, None).unwrap();
        connection.read_request().unwrap();
    });
    home.aws_mfa(&["env", "test", "123456"])
        .ends_with(4)
        .says(": Connection refused")
        .says("; an earlier try failed (")
        .says(") and may have used up the code, so wait for the next one");
    asked.join().unwrap();
}

#[test]
fn a_server_that_never_answers_is_waited_for_until_the_limit_of_a_request() {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::of_jane(&short_limits_binary(), &sts);
    sts.next(Fault::Hang);
    let start = Instant::now();
    env_test(&sts, &home)
        .ends_with(4)
        .says("did not answer within 2 s");
    assert!(start.elapsed() >= SHORT_LIMITS.request);
    // And is not asked a second time, which would be as long again.
    assert_eq!(sts.count("GetSessionToken"), 1);
}

#[test]
fn a_connection_that_never_comes_is_waited_for_until_the_limit_of_a_connection() {
    let sts = StrictSts::http(World::of_jane());
    // A client waits for an answer: no program accepts the connections.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let home = Home::of_jane(&short_limits_binary(), &sts)
        .env("AWS_ENDPOINT_URL", "https://sts.example.com")
        .env("HTTPS_PROXY", proxy);
    let start = Instant::now();
    env_test(&sts, &home)
        .ends_with(4)
        .says("could not connect to STS at https://sts.example.com within 1 s");
    assert!(start.elapsed() >= SHORT_LIMITS.connect);
    // Once: it would be as long each time.
    listener.set_nonblocking(true).unwrap();
    let tries = listener.incoming().take_while(Result::is_ok);
    assert_eq!(tries.count(), 1);
}

#[test]
fn certificates_are_checked_and_refused_at_once() {
    let sts = StrictSts::https(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    env_test(&sts, &home)
        .ends_with(4)
        .says("could not trust the certificate of STS at https://localhost")
        .says(": its issuer is not trusted\nhelp: if a proxy intercepts TLS");
    let connections = sts.with(|state| state.connections);
    assert_eq!(connections, 1, "a certificate is not tried again");

    let ca = home.write("ca.pem", sts.ca_pem());
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let home = Home::of_jane(binary(), &sts).env(variable, &ca);
        env_test(&sts, &home).success();
    }
    let directory = home.write("certificates/any.pem", sts.ca_pem());
    let directory = directory.parent().unwrap();
    let of_directory = Home::of_jane(binary(), &sts).env("SSL_CERT_DIR", directory);
    env_test(&sts, &of_directory).success();
    // Among many others, whose lines end as those of Windows do.
    let others = std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap();
    let many = home.write("many.pem", (others + sts.ca_pem()).replace('\n', "\r\n"));
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let home = Home::of_jane(binary(), &sts).env(variable, &many);
        env_test(&sts, &home).success();
    }
    let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
    let line = format!("[profile test-mfa]\nca_bundle = {}\n", ca.display());
    home.write(".aws/config", config.replace("[profile test-mfa]\n", &line));
    env_test(&sts, &home).success();

    for (content, said) in [
        ("", "no PEM certificate"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "could not use the certificates",
        ),
        (
            &format!("{}\n-----BEGIN CERTIFICATE-----\n%", sts.ca_pem()),
            "its PEM certificate number 2 cannot be read",
        ),
    ] {
        home.write("ca.pem", content);
        env_test(&sts, &home)
            .ends_with(2)
            .says("ca_bundle of profile test-mfa")
            .says(said);
    }
    std::fs::remove_file(&ca).unwrap();
    env_test(&sts, &home)
        .ends_with(2)
        .says("ca.pem (ca_bundle of profile test-mfa): No such file");
}

/// With the authority among the system's own certificates, in a mount namespace where that can be.
#[test]
fn the_systems_certificates_are_trusted() {
    const SYSTEM: &str = "/etc/ssl/certs/ca-certificates.crt";
    let sts = StrictSts::https(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    let others = std::fs::read_to_string(SYSTEM).unwrap();
    let code = sts.fresh_code(JANES_PHONE);
    let next = sts.fresh_code(JANES_PHONE);
    // In the file of all of them, which is all that is read then; or in the directory beside it.
    home.write("file.pem", others + sts.ca_pem());
    home.write("directory/one.pem", sts.ca_pem());
    let script = format!(
        "set -e
        mount --bind file.pem {SYSTEM}
        strace -f -qq -e trace=openat -o trace aws-mfa env test {code} > /dev/null
        umount {SYSTEM}
        mount --bind directory /etc/ssl/certs
        aws-mfa env test {next} > /dev/null"
    );
    let mut unshare = home.command("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    home.run(&mut unshare).success();
    let trace = std::fs::read_to_string(home.path("trace")).unwrap();
    let opened = trace.lines().filter(|line| line.contains("/etc/ssl/"));
    assert_eq!(opened.count(), 1, "{trace}");
    assert_eq!(sts.count("GetSessionToken"), 2);
}

#[test]
fn certificates_that_an_account_exports_are_not_trusted_for_the_next_one() {
    const SYSTEM: &str = "/etc/ssl/certs/ca-certificates.crt";
    let sts = StrictSts::https(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    let others = std::fs::read_to_string(SYSTEM).unwrap();
    let ca = home.write("exported/ca.pem", sts.ca_pem());
    home.write("file.pem", others + sts.ca_pem());
    let config = std::fs::read_to_string(home.path(".config/aws-mfa/config.toml")).unwrap();
    let env = format!(
        "{{ SSL_CERT_FILE = \"{}\", SSL_CERT_DIR = \"{}\" }}",
        ca.display(),
        ca.parent().unwrap().display()
    );
    home.write(
        ".config/aws-mfa/config.toml",
        format!("{config}[accounts.local]\nsource_profile = \"test-mfa\"\nenv = {env}\n"),
    );
    let codes: [String; 3] = std::array::from_fn(|_| sts.fresh_code(JANES_PHONE));
    // The system's do not have the authority at first, but they are found all the same.
    let script = format!(
        "eval \"$(AWS_CA_BUNDLE=exported/ca.pem aws-mfa env local {})\"
        printenv SSL_CERT_FILE SSL_CERT_DIR > /dev/null || exit 1
        aws-mfa env test {} && exit 1
        mount --bind file.pem {SYSTEM}
        aws-mfa env test -vv {} > /dev/null",
        codes[0], codes[1], codes[2]
    );
    let mut unshare = home.command("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    home.run(&mut unshare)
        .success()
        .says("could not trust the certificate of STS")
        .says("trusted certificates: the system's");
    assert_eq!(sts.count("GetSessionToken"), 2);
}

/// An account whose code a command prints, and three roles of the same user, for `save --all`.
fn three_roles() -> (StrictSts, Home) {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    let code = sts.fresh_code(JANES_PHONE);
    let role = |name: &str| {
        format!("[accounts.{name}]\nsource_profile = \"test-mfa\"\nrole_arn = \"{ADMIN_ROLE}\"\n")
    };
    let roles = ["a", "b", "c"].map(role).concat();
    home.write(
        ".config/aws-mfa/config.toml",
        format!("[accounts.test]\nmfa_command = \"echo {code}\"\n{roles}"),
    );
    (sts, home)
}

#[test]
fn requests_of_one_run_to_one_server_share_a_connection() {
    let (sts, home) = three_roles();
    home.aws_mfa(&["save", "--all"]);
    assert_eq!(sts.count("AssumeRole"), 3);
    assert_eq!(sts.with(|state| state.connections), 1);
}

#[test]
fn an_idle_connection_that_the_server_closed_is_replaced_silently() {
    // The next request may be faster than the end of the connection; that is a try that failed, and told.
    let is_silent = || {
        let (sts, home) = three_roles();
        sts.with(|state| state.closes_idle = true);
        let outcome = home.aws_mfa(&["-v", "save", "--all"]);
        let requests = sts.log().len();
        assert_eq!(sts.count("AssumeRole"), 3);
        assert_eq!(sts.with(|state| state.connections), requests);
        !outcome.stderr.contains(", try ")
    };
    assert!((0..10).any(|_| is_silent()));
}

#[test]
fn an_endpoint_without_tls_on_another_machine_is_refused_unless_allowed() {
    let (sts, home) = jane_fixture();
    let said = "AWS_ENDPOINT_URL: `http://sts.example.com` is not encrypted";
    let home = home.env("AWS_ENDPOINT_URL", "http://sts.example.com");
    env_test(&sts, &home)
        .ends_with(2)
        .says(said)
        .says("AWS_MFA_ALLOW_HTTP=sts.example.com");
    let doctor = home.aws_mfa(&["doctor"]).ends_with(1).text();
    assert!(
        doctor.contains(said) && doctor.contains("problem"),
        "{doctor}"
    );
    let home = home
        .env("AWS_MFA_ALLOW_HTTP", "sts.example.com")
        .env("HTTP_PROXY", format!("http://{CLOSED_PORT}"));
    env_test(&sts, &home).ends_with(4);
}

#[test]
fn the_fault_of_a_proxy_is_told_as_the_proxys() {
    let (sts, home) = jane_fixture();
    let home = home.env("AWS_ENDPOINT_URL", "https://sts.example.com");
    let unknown = format!("{}.invalid", "x".repeat(70));
    for (proxy, fault) in [
        (format!("http://{CLOSED_PORT}"), "Connection refused"),
        (
            format!("http://jane:geheim@{unknown}"),
            "its host name cannot be resolved",
        ),
    ] {
        let home = Home::of_jane(binary(), &sts)
            .env("AWS_ENDPOINT_URL", "https://sts.example.com")
            .env("HTTPS_PROXY", &proxy);
        let shown = proxy.replace("jane:geheim@", "");
        let said = format!(
            "could not connect to STS at https://sts.example.com: could not use the proxy {shown}: {fault}"
        );
        let outcome = env_test(&sts, &home).ends_with(4);
        assert!(!outcome.stderr.contains("geheim"), "{}", outcome.stderr);
        outcome
            .says(&said)
            .says("help: check the proxy in HTTPS_PROXY");
    }
    for (url, fault) in [
        (
            "http:/localhost:1",
            "its scheme is not followed by two slashes",
        ),
        (
            "http://localhost:65536",
            "its port is not a number from 1 to 65535",
        ),
        (
            "http://jane:ge/heim@localhost:1",
            "its user name or password contains /, ?, # or @ as it is",
        ),
    ] {
        let home = Home::of_jane(binary(), &sts).env("HTTPS_PROXY", url);
        let said = format!("HTTPS_PROXY is not the URL of a proxy: {fault}");
        let outcome = env_test(&sts, &home).ends_with(2);
        assert!(!outcome.stderr.contains("heim@"), "{}", outcome.stderr);
        outcome.says(&said);
        let doctor = home.aws_mfa(&["doctor"]).text();
        assert!(doctor.contains(&said), "{doctor}");
    }
    // As for curl, the variable in lower case comes first.
    let home = home
        .env("HTTPS_PROXY", "http://localhost:1")
        .env("https_proxy", format!("http://{CLOSED_PORT}"));
    env_test(&sts, &home)
        .ends_with(4)
        .says(&format!("could not use the proxy http://{CLOSED_PORT}: "));
    assert!(
        home.aws_mfa(&["doctor"])
            .text()
            .contains(&format!("http://{CLOSED_PORT} (https_proxy)"))
    );
}

#[test]
fn a_server_that_hangs_up_on_tls_is_told_in_words() {
    let sts = StrictSts::http(World::of_jane());
    let url = sts.url().replace("http:", "https:");
    let home = Home::of_jane(binary(), &sts).env("AWS_ENDPOINT_URL", &url);
    env_test(&sts, &home).ends_with(4).says(&format!(
        "could not connect to STS at {url}: it closed the connection during the TLS handshake"
    ));
}

#[test]
fn what_an_account_exports_does_not_move_the_next_ones_settings() {
    let (sts, home) = jane_fixture();
    let config = home.read(".config/aws-mfa/config.toml");
    let names = ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"];
    let env = names
        .map(|name| format!("{name} = \"/nowhere\""))
        .join(", ");
    home.write(
        ".config/aws-mfa/config.toml",
        format!(
            "{config}[accounts.local]\nsource_profile = \"test-mfa\"\nenv = {{ {env}, REQUEST_METHOD = \"GET\", USER = \"mallory\" }}\n"
        ),
    );
    // `prod` is known only to that config.toml.
    let script = format!(
        "eval \"$(aws-mfa env local {})\"
        printenv XDG_CONFIG_HOME REQUEST_METHOD > /dev/null || exit 1
        aws-mfa env prod {} > /dev/null",
        sts.fresh_code(JANES_PHONE),
        sts.fresh_code(JANES_PHONE)
    );
    home.run(home.command("sh").args(["-c", &script])).success();
    let log = sts.log();
    let assumed = log.last().unwrap();
    assert_eq!(assumed.action, "AssumeRole");
    let name = assumed.parameter("RoleSessionName").unwrap();
    assert!(!name.contains("mallory"), "{name}");
}

#[test]
fn a_certificate_for_another_host_is_told_by_its_names() {
    let sts = StrictSts::https(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    home.write("ca.pem", sts.ca_pem());
    home.write("hosts", "127.0.0.1 sts.test\n");
    let url = sts.url().replace("localhost", "sts.test");
    let script = format!(
        "mount --bind hosts /etc/hosts
        AWS_CA_BUNDLE=ca.pem AWS_ENDPOINT_URL={url} aws-mfa env test {}",
        sts.fresh_code(JANES_PHONE)
    );
    let mut unshare = home.command("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    home.run(&mut unshare)
        .ends_with(4)
        .says(": it is for localhost, 127.0.0.1, not for sts.test\nhelp: correct the endpoint URL");
}

/// The port or the host of such a URL is not the one that is meant, and no request may go there.
#[test]
fn an_endpoint_url_that_may_mean_another_host_is_an_error() {
    use std::os::unix::ffi::OsStrExt as _;
    let (sts, home) = jane_fixture();
    for url in [
        &b"http://127.0.0.1:99999"[..],
        b"http://127.0.0.1:",
        b"https://jane:ge/heim@localhost:1",
        b"https://jane:47/heim@localhost:1",
        b"https://jane:ge@ge/heim@localhost:1",
        b"https://localhost:1/\xe2\x80\xaeheim",
        b"https://localhost\xff",
    ] {
        let home =
            Home::of_jane(binary(), &sts).env("AWS_ENDPOINT_URL", std::ffi::OsStr::from_bytes(url));
        let outcome = env_test(&sts, &home).ends_with(2);
        let is_login = url.contains(&b'@');
        assert!(
            !is_login || !outcome.stderr.contains("heim"),
            "{}",
            outcome.stderr
        );
        outcome
            .says("AWS_ENDPOINT_URL: `")
            .says("` is not an endpoint URL");
    }
    drop(home);
}

#[test]
fn certificates_that_the_user_named_and_that_cannot_be_read_are_an_error_at_once() {
    let sts = StrictSts::https(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    home.write("good/ca.pem", sts.ca_pem());
    home.write("empty/readme", "none");
    let script = "mkfifo pipe good/pipe && truncate --size 10G good/large";
    home.run(home.command("sh").args(["-c", script])).success();
    let with = |file: Option<&str>, directory: &str| {
        let home_of_run = Home::of_jane(binary(), &sts).env("SSL_CERT_DIR", home.path(directory));
        match file {
            None => home_of_run,
            Some(file) => home_of_run.env("SSL_CERT_FILE", home.path(file)),
        }
    };
    env_test(&sts, &with(None, "good")).success();
    for (file, directory, said) in [
        (
            Some("pipe"),
            "good",
            "pipe (SSL_CERT_FILE): it is not a regular file",
        ),
        (
            Some("missing"),
            "good",
            "missing (SSL_CERT_FILE): No such file",
        ),
        (
            None,
            "missing",
            "missing (SSL_CERT_DIR): none of them can be read",
        ),
        (
            None,
            "empty",
            "empty (SSL_CERT_DIR): none of them can be read",
        ),
    ] {
        let home = with(file, directory);
        env_test(&sts, &home).ends_with(2).says(said);
        let doctor = home.aws_mfa(&["doctor"]).text();
        assert!(doctor.contains(said), "{doctor}");
    }
}
