use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use crate::harness::{binary, env_test, jane_fixture, short_limits_binary};
use crate::support::home::{Home, Outcome};
use crate::support::sts::http::{Connection, tls_config};
use crate::support::sts::{Fault, StrictSts, World};

/// The outcome of `env` with a server that answers each request with these bytes and hangs up, and the number of
/// requests that it got.
fn env_with_answer(answer: &[u8]) -> (Outcome, usize) {
    let (sts, home) = jane_fixture();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = answer.to_vec();
    let server = std::thread::spawn(move || {
        let mut requests = 0;
        loop {
            let (mut socket, _) = listener.accept().unwrap();
            let Ok(mut connection) = Connection::open(socket.try_clone().unwrap(), None) else {
                return requests;
            };
            if connection.read_request().is_err() {
                return requests;
            }
            requests += 1;
            let _ = socket.write_all(&answer);
        }
    });
    let outcome = env_test(&sts, &home.env("AWS_ENDPOINT_URL", &url));
    // A connection without a request ends the server.
    drop(std::net::TcpStream::connect(url.trim_start_matches("http://")).unwrap());
    (outcome, server.join().unwrap())
}

#[test]
fn what_is_not_http_is_told_as_that_and_gets_the_code_once() {
    let many = "X-Header: value\r\n".repeat(200);
    for answer in [
        "SSH-2.0-OpenSSH_9.6\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
        "HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx".to_owned(),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnumber\r\n".to_owned(),
    ] {
        let (outcome, requests) = env_with_answer(answer.as_bytes());
        outcome
            .ends_with(4)
            .says("could not use the response of STS at http://127.0.0.1")
            .says(": it is not valid HTTP")
            .says("; a code that was sent may have been used up, so wait for the next one");
        assert_eq!(requests, 1, "{answer}");
    }
}

#[test]
fn a_407_that_is_not_the_proxys_is_not_said_to_be() {
    let (outcome, _) = env_with_answer(b"HTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n");
    let outcome = outcome.ends_with(4);
    assert!(!outcome.stderr.contains("password"), "{}", outcome.stderr);
    outcome.says("HTTP 407 with no type is not from AWS");
}

#[test]
fn a_long_text_from_a_server_is_cut() {
    let long = "A".repeat(100_000);
    let (sts, home) = jane_fixture();
    sts.next(Fault::Refuse {
        status: 400,
        code: "ValidationError",
        message: format!("begin {long} end"),
    });
    let refused = env_test(&sts, &home)
        .ends_with(3)
        .says("begin AAA")
        .says("AAA…");
    let (page, _) = env_with_answer(
        format!("HTTP/1.1 403 X\r\nContent-Type: text/{long}\r\nContent-Length: 0\r\n\r\n")
            .as_bytes(),
    );
    let code = format!(
        "<ErrorResponse><Error><Code>{long}</Code><Message>x</Message></Error>\
         <RequestId>{long}</RequestId></ErrorResponse>"
    );
    let head = format!("HTTP/1.1 403 X\r\nContent-Length: {}\r\n\r\n", code.len());
    let (code, _) = env_with_answer(format!("{head}{code}").as_bytes());
    for outcome in [refused, page.ends_with(4), code.ends_with(3)] {
        assert!(
            outcome.stderr.len() < 3000,
            "{} bytes",
            outcome.stderr.len()
        );
    }
}

#[test]
fn a_code_that_may_be_used_up_is_said_to_be_whatever_the_answer_was() {
    let server_error = Fault::ServerError { after_work: false };
    let bad_token = Fault::Replace {
        element: "SessionToken",
        text: "$".to_owned(),
    };
    let ended = Fault::Replace {
        element: "Expiration",
        text: "2020-01-01T00:00:00Z".to_owned(),
    };
    for (faults, status) in [
        (
            vec![Fault::Html(502), Fault::Html(502), Fault::Html(502)],
            4,
        ),
        (
            vec![server_error.clone(), server_error.clone(), Fault::Html(503)],
            4,
        ),
        (vec![server_error.clone(), Fault::Endless], 4),
        (vec![server_error, Fault::Html(403)], 4),
        (vec![Fault::Endless], 4),
        (vec![Fault::Html(200)], 4),
        (vec![bad_token], 1),
        (vec![ended], 1),
    ] {
        let (sts, home) = jane_fixture();
        for fault in &faults {
            sts.next(fault.clone());
        }
        let said = env_test(&sts, &home).ends_with(status).stderr;
        assert!(
            said.contains("used up") && said.contains("wait for the next one"),
            "{faults:?}: {said}"
        );
    }
    // A portal that turned the request away, and a device list, used up nothing.
    for status in [302, 403] {
        let (sts, home) = jane_fixture();
        sts.next(Fault::Html(status));
        let said = env_test(&sts, &home).ends_with(4).stderr;
        assert!(!said.contains("used up"), "{said}");
    }
}

#[test]
fn the_try_that_found_the_code_used_up_is_counted() {
    let (sts, home) = jane_fixture();
    sts.next(Fault::ServerError { after_work: false });
    sts.next(Fault::ServerError { after_work: true });
    env_test(&sts, &home)
        .ends_with(3)
        .says("at the third try; the second try failed (HTTP 500 InternalFailure) and may have used it up");
}

#[test]
fn a_server_that_demands_a_certificate_of_the_client_is_told_in_words() {
    let sts = StrictSts::http(World::of_jane());
    let (_, ca_pem) = tls_config();
    let home = Home::of_jane(binary(), &sts);
    home.write("ca.pem", &ca_pem);
    let script = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out own.pem \
                  -subj /CN=localhost -addext subjectAltName=DNS:localhost \
                  -addext basicConstraints=critical,CA:FALSE 2> /dev/null";
    let made = home.command("sh").args(["-c", script]).status().unwrap();
    assert!(made.success());
    for (version, said) in [
        ("-tls1_2", "it refused the TLS connection"),
        ("-tls1_3", "TLS"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let mut server = home.command("openssl");
        server.args([
            "s_server", "-quiet", "-Verify", "1", "-cert", "own.pem", "-key", "key.pem", version,
        ]);
        server.args(["-accept", &port.to_string()]);
        let mut server = server.spawn().unwrap();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        let own = home.path("own.pem");
        let home = Home::of_jane(binary(), &sts)
            .env("AWS_ENDPOINT_URL", format!("https://localhost:{port}"))
            .env("AWS_CA_BUNDLE", own);
        let outcome = env_test(&sts, &home).ends_with(4).says(said);
        server.kill().unwrap();
        server.wait().unwrap();
        assert!(
            !outcome.stderr.contains("fatal alert"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_tls_connection_that_ends_in_the_middle_is_told_in_words() {
    let (tls, ca_pem) = tls_config();
    let sts = StrictSts::http(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    let ca = home.write("ca.pem", ca_pem);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // Without `close_notify` at the end, and without the length of the answer.
    let server = std::thread::spawn(move || {
        for _ in 0..3 {
            let (socket, _) = listener.accept().unwrap();
            let session = rustls::ServerConnection::new(Arc::clone(&tls)).unwrap();
            let mut stream = rustls::StreamOwned::new(session, socket);
            let _ = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n<xml>").unwrap();
        }
    });
    let home = home
        .env("AWS_ENDPOINT_URL", format!("https://localhost:{port}"))
        .env("AWS_CA_BUNDLE", ca);
    env_test(&sts, &home)
        .ends_with(4)
        .says("the connection broke after the request was sent: it was closed before the answer was complete\n");
    server.join().unwrap();
}

#[test]
fn a_proxy_that_does_not_answer_is_named() {
    let sts = StrictSts::http(World::of_jane());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let home = Home::of_jane(&short_limits_binary(), &sts)
        .env("AWS_ENDPOINT_URL", "https://sts.example.com")
        .env("HTTPS_PROXY", &proxy);
    env_test(&sts, &home)
        .ends_with(4)
        .says(&format!(
            "could not connect to STS at https://sts.example.com within 1 s through the proxy {proxy}"
        ))
        .says("help: check the proxy in HTTPS_PROXY or ALL_PROXY");
    let server = std::thread::spawn(move || {
        for _ in 0..4 {
            let _ = listener.accept().unwrap();
        }
    });
    // The first connection is that of the run above.
    let home = Home::of_jane(binary(), &sts)
        .env("AWS_ENDPOINT_URL", "https://sts.example.com")
        .env("HTTPS_PROXY", &proxy);
    env_test(&sts, &home).ends_with(4).says(
        "could not connect to STS at https://sts.example.com: the proxy closed the connection",
    );
    drop(server);
}
