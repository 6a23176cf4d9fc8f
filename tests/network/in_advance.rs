use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use crate::harness::relay::{Cut, Relay};
use crate::harness::terminal::Terminal;
use crate::harness::{binary, jane_fixture, short_limits_binary};
use crate::support::home::Home;
use crate::support::sts::http::{Connection, Reply};
use crate::support::sts::{ADMIN_ROLE, Fault, JANES_PHONE, StrictSts, World};

/// The command of these tests, and its status.
const ENV_TEST: &str = "aws-mfa -vv env test > out 2> messages; echo status=$?";

/// A strict STS with TLS and a home that trusts it; requests go to `url` instead.
fn home_with_tls(sts: &StrictSts, url: &str) -> Home {
    let home = Home::of_jane(binary(), sts);
    let ca = home.write("ca.pem", sts.ca_pem());
    home.env("AWS_CA_BUNDLE", ca).env("AWS_ENDPOINT_URL", url)
}

/// The same, with a relay on the way.
fn relayed_home() -> (StrictSts, Relay, Home) {
    let sts = StrictSts::https(World::of_jane());
    let relay = Relay::to(&sts.url());
    let home = home_with_tls(&sts, &format!("https://localhost:{}", relay.port));
    (sts, relay, home)
}

/// A script at a terminal that has asked for the code.
#[track_caller]
fn asked(home: &Home, script: &str) -> Terminal {
    let mut terminal = Terminal::script(home.command("sh"), script);
    terminal.expect("MFA code for test");
    terminal
}

/// Enters a good code, and expects the session.
#[track_caller]
fn enter_code(terminal: &mut Terminal, sts: &StrictSts, home: &Home) {
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("status=");
    terminal.expect("0");
    assert!(home.read("out").contains("AWS_SESSION_TOKEN"));
}

#[test]
fn after_enter_a_session_takes_one_round_trip() {
    let (sts, relay, home) = relayed_home();
    let mut terminal = asked(&home, ENV_TEST);
    sts.wait_for_handshakes(1);
    assert_eq!(sts.received(), 0, "nothing leaves before Enter");
    let before = relay.flights();
    enter_code(&mut terminal, &sts, &home);
    assert!(relay.flights() <= before + 1);
    assert_eq!(relay.with(<[_]>::len), 1);
    assert_eq!(sts.log().len(), 1);
    let said = home.read("messages");
    assert!(said.contains("connected to https://localhost:"), "{said}");
}

#[test]
fn after_enter_a_session_takes_one_round_trip_through_a_proxy() {
    let sts = StrictSts::https(World::of_jane());
    let proxy = Relay::proxy();
    let url = format!("http://jane:secret@localhost:{}", proxy.port);
    let home = home_with_tls(&sts, &sts.url()).env("HTTPS_PROXY", url);
    let mut terminal = asked(&home, ENV_TEST);
    sts.wait_for_handshakes(1);
    assert_eq!(sts.received(), 0);
    let before = proxy.flights();
    enter_code(&mut terminal, &sts, &home);
    assert!(proxy.flights() <= before + 1);
    assert_eq!(proxy.with(<[_]>::len), 1);
}

#[test]
fn nothing_is_sent_before_enter_where_there_is_no_tls() {
    let sts = StrictSts::http(World::of_jane());
    let relay = Relay::to(&sts.url());
    let home = Home::of_jane(binary(), &sts).env(
        "AWS_ENDPOINT_URL",
        format!("http://localhost:{}", relay.port),
    );
    let mut terminal = asked(&home, ENV_TEST);
    relay.wait_until(|connections| connections.len() == 1);
    assert_eq!(relay.with(|connections| connections[0].sent), 0);
    enter_code(&mut terminal, &sts, &home);
    // The only bytes were those of the request.
    assert_eq!(
        relay.with(|connections| connections[0].sent),
        sts.received()
    );
    assert_eq!(relay.flights(), 1);
}

#[test]
fn a_connection_that_breaks_before_enter_costs_no_code() {
    for cut in [Cut::AtOnce, Cut::AtFirstBytes] {
        let (sts, relay, home) = relayed_home();
        relay.cut_next(&[cut]);
        let mut terminal = asked(&home, ENV_TEST);
        relay.wait_until(|connections| connections.len() == 1 && !connections[0].is_open);
        enter_code(&mut terminal, &sts, &home);
        let said = home.read("messages");
        assert!(
            said.contains("could not connect to https://localhost:")
                && said.contains(" in advance"),
            "{said}"
        );
        assert!(!said.contains(", try "), "{said}");
        assert_eq!((relay.with(<[_]>::len), sts.log().len()), (2, 1), "{cut:?}");
    }
    // After the handshake.
    let (sts, relay, home) = relayed_home();
    let mut terminal = asked(&home, ENV_TEST);
    sts.wait_for_handshakes(1);
    relay.cut_all();
    enter_code(&mut terminal, &sts, &home);
    assert!(!home.read("messages").contains(", try "));
    assert_eq!(sts.log().len(), 1);
}

#[test]
fn a_connection_that_breaks_after_enter_is_said_to_have_perhaps_cost_the_code() {
    let (sts, relay, home) = relayed_home();
    let mut terminal = asked(&home, ENV_TEST);
    sts.wait_for_handshakes(1);
    relay.cut_at_next_bytes();
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("status=0");
    let said = home.read("messages");
    assert!(said.contains(", try 1, after "), "{said}");
    assert_eq!(sts.log().len(), 1, "STS did not get the first request");
    // STS took the code at the first try, and its answer was lost.
    let (sts, _relay, home) = relayed_home();
    sts.next(Fault::Reset);
    let mut terminal = asked(&home, "aws-mfa env test > out; echo status=$?");
    sts.wait_for_handshakes(1);
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("may have used it up");
    terminal.expect("MFA code for test");
    enter_code(&mut terminal, &sts, &home);
}

#[test]
fn an_idle_connection_is_renewed_for_a_while_and_then_closed() {
    let sts = StrictSts::https(World::of_jane());
    let relay = Relay::to(&sts.url());
    let home = Home::of_jane(&short_limits_binary(), &sts);
    let ca = home.write("ca.pem", sts.ca_pem());
    let home = home.env("AWS_CA_BUNDLE", ca).env(
        "AWS_ENDPOINT_URL",
        format!("https://localhost:{}", relay.port),
    );
    let mut terminal = asked(&home, ENV_TEST);
    relay.wait_until(|connections| connections.len() >= 3);
    relay.wait_until(|connections| connections.iter().all(|each| !each.is_open));
    assert_eq!(sts.received(), 0);
    let before = relay.with(<[_]>::len);
    enter_code(&mut terminal, &sts, &home);
    assert_eq!(relay.with(<[_]>::len), before + 1);
    assert_eq!(sts.log().len(), 1);
}

#[test]
fn no_connection_is_made_before_a_confirmation_or_for_a_live_session() {
    let (sts, home) = jane_fixture();
    let relay = Relay::to(&sts.url());
    let home = home.env(
        "AWS_ENDPOINT_URL",
        format!("http://localhost:{}", relay.port),
    );
    home.write(
        ".config/aws-mfa/config.toml",
        "[accounts.test]\nconfirm = true\n",
    );
    let mut terminal = Terminal::script(home.command("sh"), ENV_TEST);
    terminal.expect("[y/N]");
    terminal.press("n\n");
    terminal.expect("status=5");
    assert_eq!(relay.with(<[_]>::len), 0);
    let script = format!(
        "{ENV_TEST}; . ./out; {}; echo again",
        ENV_TEST.replace("out", "again")
    );
    let mut terminal = Terminal::script(home.command("sh"), &script);
    terminal.expect("[y/N]");
    terminal.press("y\n");
    terminal.expect("MFA code for test");
    relay.wait_until(|connections| connections.len() == 1);
    enter_code(&mut terminal, &sts, &home);
    terminal.expect("status=0");
    terminal.expect("again");
    assert_eq!(relay.with(<[_]>::len), 1);
}

#[test]
fn ctrl_c_does_not_wait_for_the_connection() {
    let sts = StrictSts::http(World::of_jane());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let home = Home::of_jane(binary(), &sts).env("AWS_ENDPOINT_URL", url);
    let mut terminal = Terminal::start(home.command("aws-mfa").args(["env", "test"]));
    terminal.expect("MFA code for test");
    // It waits for the server's part of the handshake.
    let _client = listener.accept().unwrap();
    let start = Instant::now();
    terminal.press("\x03");
    assert_eq!(terminal.end().signal(), Some(2));
    // The limit of a connection is 5 s.
    assert!(start.elapsed() < Duration::from_secs(4));
}

#[test]
fn a_code_that_is_entered_early_waits_for_the_connection_that_is_being_made() {
    let (sts, _, home) = relayed_home();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let home = home.env("AWS_ENDPOINT_URL", url);
    let mut terminal = asked(&home, ENV_TEST);
    let (mut client, _) = listener.accept().unwrap();
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    let port: u16 = sts.url().rsplit(':').next().unwrap().parse().unwrap();
    let mut server = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (mut up, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || std::io::copy(&mut up, &mut to));
    std::thread::spawn(move || std::io::copy(&mut server, &mut client));
    terminal.expect("status=0");
    assert_eq!(sts.log().len(), 1);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "there was one connection");
}

#[test]
fn a_proxy_that_refuses_the_connection_in_advance_is_reported_after_enter() {
    let sts = StrictSts::https(World::of_jane());
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://jane:wrong@{}", proxy.local_addr().unwrap());
    let home = home_with_tls(&sts, &sts.url()).env("HTTPS_PROXY", url);
    let mut terminal = asked(&home, "aws-mfa env test > out; echo status=$?");
    let refuse = || {
        let (socket, _) = proxy.accept().unwrap();
        let mut connection = Connection::open(socket, None).unwrap();
        assert_eq!(connection.read_request().unwrap().method, "CONNECT");
        connection.send(&Reply::text(407, "who are you?"), 0);
    };
    refuse();
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    refuse();
    terminal.expect("the proxy requires a user name and a password");
    terminal.expect("status=4");
    let said = terminal.text();
    assert!(!said.contains("in advance"), "{said}");
    assert_eq!(said.matches("aws-mfa:").count(), 1, "{said}");
}

#[test]
fn a_command_and_a_program_that_ask_have_the_connection_made_meanwhile() {
    for (settings, variable) in [
        ("[accounts.test]\nmfa_command = \"cat code\"\n", None),
        ("[accounts.test]\naskpass = \"cat code #\"\n", None),
        ("", Some("askpass")),
    ] {
        let (sts, _relay, home) = relayed_home();
        home.write(".config/aws-mfa/config.toml", settings);
        home.write_executable("askpass", "#!/bin/sh\ncat \"$HOME/code\"\n");
        let home = match variable {
            None => home,
            Some(name) => {
                let program = home.path(name);
                home.env("AWS_MFA_ASKPASS", program)
            }
        };
        let made = home.command("mkfifo").arg("code").status().unwrap();
        assert!(made.success());
        std::thread::scope(|scope| {
            let run = scope.spawn(|| home.aws_mfa(&["env", "test"]));
            sts.wait_for_handshakes(1);
            assert_eq!(sts.received(), 0);
            std::fs::write(home.path("code"), sts.fresh_code(JANES_PHONE)).unwrap();
            run.join().unwrap().success();
        });
        assert_eq!(
            (sts.log().len(), sts.with(|state| state.connections)),
            (1, 1)
        );
    }
}

#[test]
fn the_connection_to_sts_is_made_while_iam_lists_the_devices() {
    let (sts, _relay, home) = relayed_home();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let home = home.env("AWS_ENDPOINT_URL_IAM", url);
    home.write(".aws/config", "");
    let code = sts.fresh_code(JANES_PHONE);
    let run = std::thread::scope(|scope| {
        let run = scope.spawn(|| home.aws_mfa(&["env", "test", &code]));
        let (socket, _) = listener.accept().unwrap();
        let mut connection = Connection::open(socket, None).unwrap();
        connection.read_request().unwrap();
        sts.wait_for_handshakes(1);
        assert_eq!(sts.received(), 0);
        let list = format!(
            "<ListMFADevicesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListMFADevicesResult>\
             <MFADevices><member><UserName>jane</UserName><SerialNumber>{JANES_PHONE}</SerialNumber>\
             <EnableDate>2026-01-02T03:04:05Z</EnableDate></member></MFADevices><IsTruncated>false</IsTruncated>\
             </ListMFADevicesResult></ListMFADevicesResponse>"
        );
        connection.send(&Reply::xml(list), 0);
        run.join().unwrap()
    });
    run.success();
    assert_eq!(sts.with(|state| state.connections), 1);
}

#[test]
fn twenty_roles_of_one_device_are_saved_over_one_connection() {
    let (sts, relay, home) = relayed_home();
    let roles = (0..20).map(|number| {
        format!(
            "[accounts.role{number}]\nsource_profile = \"test-mfa\"\nrole_arn = \"{ADMIN_ROLE}\"\n"
        )
    });
    let code = sts.fresh_code(JANES_PHONE);
    home.write(
        ".config/aws-mfa/config.toml",
        format!(
            "[accounts.test]\nmfa_command = \"echo {code}\"\n{}",
            roles.collect::<String>()
        ),
    );
    home.write(
        ".aws/config",
        format!("[profile test-mfa]\nmfa_serial = {JANES_PHONE}\n"),
    );
    let credentials = home.read(".aws/credentials");
    let janes = credentials.split("[joe").next().unwrap().to_owned();
    home.write(".aws/credentials", janes);
    home.aws_mfa(&["save", "--all"]).success();
    assert_eq!(sts.count("AssumeRole"), 20);
    assert_eq!(relay.with(<[_]>::len), 1);
    let flights = relay.flights();
    assert!(flights <= 21 + 2, "{flights}");
}
