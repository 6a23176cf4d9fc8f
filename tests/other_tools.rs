//! Other tools with the exported session: the AWS CLI, boto3 and moto's server.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::harness::requirements::python_tools;
use crate::harness::{binary, jane_fixture};
use crate::support::home::Home;
use crate::support::sts::{ACCOUNT_ID, JANES_PHONE, KEY_ID, OTHER_ACCOUNT_ID, SECRET};

/// Commands that print the account and the ARN of the identity that they use.
fn clients(tools: &Path) -> [String; 2] {
    let tools = tools.display();
    [
        format!(
            "'{tools}/python' -c \"import boto3; i = boto3.client('sts').get_caller_identity(); print(i['Account'], i['Arn'])\""
        ),
        format!("'{tools}/aws' sts get-caller-identity --query '[Account, Arn]' --output text"),
    ]
}

/// The identity of a client that has the variables of `aws-mfa env` and no AWS files.
fn identity(home: &Home, account: &str, code: &str, endpoint: &str, client: &str) -> String {
    let words = format!(
        "eval \"$(aws-mfa env {account} {code})\" || exit
        export AWS_ENDPOINT_URL='{endpoint}' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
        export AWS_DEFAULT_REGION=\"${{AWS_DEFAULT_REGION:-us-east-1}}\"
        {client}"
    );
    home.run(home.command("sh").args(["-c", &words]))
        .success()
        .text()
}

#[test]
fn the_aws_cli_and_boto3_are_who_the_session_is() {
    let Some(tools) = python_tools() else { return };
    let (sts, home) = jane_fixture();
    let home = home.env("AWS_PROFILE", "does-not-exist");
    for (account, id, arn) in [
        ("test", ACCOUNT_ID, "arn:aws:iam::123456789012:user/jane"),
        (
            "prod",
            OTHER_ACCOUNT_ID,
            "arn:aws:sts::210987654321:assumed-role/Admin/jane",
        ),
    ] {
        for client in clients(&tools) {
            let said = identity(
                &home,
                account,
                &sts.fresh_code(JANES_PHONE),
                &sts.url(),
                &client,
            );
            assert_eq!(
                said.split_whitespace().collect::<Vec<_>>(),
                [id, arn],
                "{client}"
            );
        }
    }
    let asked = sts
        .log()
        .into_iter()
        .filter(|entry| entry.action == "GetCallerIdentity");
    let keys: Vec<String> = asked.map(|entry| entry.access_key_id).collect();
    assert_eq!(keys.len(), 4);
    assert!(keys.iter().all(|key| key.starts_with("ASIA")), "{keys:?}");
}

/// moto's server, which ends with this value.
struct Moto {
    process: Child,
    url: String,
}

impl Moto {
    fn start(tools: &Path, home: &Home) -> Self {
        // On a port that the system gives it; it says which.
        let mut process = home
            .command(tools.join("moto_server"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stderr.take().unwrap());
        let (send, url) = channel();
        // To its end, so that it can always say something.
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                if let Some((_, url)) = line.split_once("Running on ") {
                    let _ = send.send(url.to_owned());
                }
            }
        });
        let mut moto = Self {
            process,
            url: String::new(),
        };
        moto.url = url
            .recv_timeout(Duration::from_mins(1))
            .expect("moto's server starts");
        moto
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn motos_server_accepts_requests_and_sessions() {
    let Some(tools) = python_tools() else { return };
    let home = Home::empty(binary());
    let moto = Moto::start(&tools, &home);
    home.write(
        ".aws/credentials",
        format!("[test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"),
    );
    let role = "arn:aws:iam::123456789012:role/Admin";
    home.write(
        ".aws/config",
        format!(
            "[profile test-mfa]\nendpoint_url = {0}\nmfa_serial = {JANES_PHONE}\n\n\
             [profile prod]\nrole_arn = {role}\nsource_profile = test-mfa\nendpoint_url = {0}\n",
            moto.url
        ),
    );
    // moto takes any code; each is good once all the same.
    for (client, codes) in clients(&tools)
        .iter()
        .zip([["111111", "222222"], ["333333", "444444"]])
    {
        let said = identity(&home, "test", codes[0], &moto.url, client);
        assert!(said.starts_with(ACCOUNT_ID), "{client}: {said}");
        let said = identity(&home, "prod", codes[1], &moto.url, client);
        assert!(
            said.contains(":assumed-role/Admin/jane"),
            "{client}: {said}"
        );
    }
}
