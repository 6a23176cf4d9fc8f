//! One command with a session: what it gets, and that nothing stands between it and the caller.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use crate::harness::requirements::{is_root, not_run};
use crate::harness::terminal::Terminal;
use crate::harness::user_namespace::UserNamespace;
use crate::harness::{copy_binary, jane_fixture};
use crate::support::home::Home;
use crate::support::sts::{JANES_PHONE, KEY_ID, SECRET, StrictSts};

/// A home whose processes hold a session of `test`, so that no command below needs a code.
fn holding_a_session() -> (StrictSts, Home) {
    let (sts, mut home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let dotenv = home.aws_mfa(&["env", "--shell", "nushell", "test", &code]);
    let session: BTreeMap<String, Option<String>> =
        serde_json::from_slice(&dotenv.success().stdout).unwrap();
    for (name, value) in session {
        if let Some(value) = value {
            home = home.env(name, value);
        }
    }
    (sts, home)
}

fn exec(home: &Home, words: &[&str]) -> Command {
    let mut command = home.command("aws-mfa");
    command.args(["exec", "test", "--"]).args(words);
    command
}

#[test]
fn exec_has_the_exit_status_of_its_command() {
    let (sts, home) = holding_a_session();
    for status in 0..=255 {
        let ended = exec(&home, &["sh", "-c", &format!("exit {status}")]).status();
        assert_eq!(ended.unwrap().code(), Some(status));
    }
    for (name, number) in [("TERM", 15), ("KILL", 9), ("INT", 2)] {
        let ended = exec(&home, &["sh", "-c", &format!("kill -{name} $$")]).status();
        assert_eq!(ended.unwrap().signal(), Some(number), "{name}");
    }
    // All of them had the shell's own session.
    assert_eq!(sts.log().len(), 1);
    home.run(&mut exec(&home, &["no-such-command"]))
        .ends_with(127)
        .prints("")
        .says("could not run no-such-command: there is no such command");
    home.write_executable("bin/uninterpreted", "#!/no/such/interpreter\n");
    home.run(&mut exec(&home, &["uninterpreted"]))
        .ends_with(127)
        .says("could not run uninterpreted: the interpreter that its first line names is missing");
    let file = home.write("plain", "");
    home.run(&mut exec(&home, &[file.to_str().unwrap()]))
        .ends_with(126)
        .says("plain: Permission denied");
    // Without a session, nothing is run.
    home.aws_mfa(&["exec", "test", "--code", "000000", "--", "echo", "ran"])
        .ends_with(3)
        .prints("");
    home.aws_mfa(&["exec", "prod", "--", "echo", "ran"])
        .ends_with(5)
        .prints("")
        .says("aws-mfa exec prod --code CODE");
    // The `--` may be missing, the command may not.
    home.aws_mfa(&["exec", "test", "sh", "-c", "exit 7"])
        .ends_with(7);
    home.aws_mfa(&["exec", "test", "--"]).ends_with(2);
}

#[test]
fn three_gigabytes_through_a_pipe_are_unchanged() {
    let (_sts, home) = holding_a_session();
    let script = "head -c 3221225472 /dev/zero | aws-mfa exec test -- cat | wc -c";
    home.run(home.command("sh").args(["-c", script]))
        .success()
        .prints("3221225472\n");
    let script =
        "head -c 3000000 /dev/urandom > data; aws-mfa exec test -- cat < data | cmp - data";
    home.run(home.command("sh").args(["-c", script])).success();
    // A reader that goes away ends the command as it would have without us.
    let script = "aws-mfa exec test -- sh -c 'yes; echo $? >> ended' | head -n 1; cat ended";
    home.run(home.command("bash").args(["-c", script]))
        .success()
        .prints("y\n141\n");
}

#[test]
fn the_command_of_exec_has_the_session_and_otherwise_its_own_environment() {
    let (sts, home) = jane_fixture();
    let home = home
        .env("AWS_PROFILE", "other")
        .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/old")
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/")
        .env("AWS_REGION", "eu-north-1")
        .env("KEPT", "as it was");
    let environment = |command: &mut Command| -> BTreeMap<String, String> {
        let text = home.run(command).success().text();
        let pairs = text
            .split_terminator('\0')
            .filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    };
    let before = environment(home.command("env").arg("-0"));
    let code = sts.fresh_code(JANES_PHONE);
    let mut command = home.command("aws-mfa");
    command.args(["exec", "prod", "--code", &code, "--", "env", "-0"]);
    let after = environment(&mut command);

    let changed: Vec<&str> = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        changed,
        [
            "AWS_ACCESS_KEY_ID",
            "AWS_CREDENTIAL_EXPIRATION",
            "AWS_MFA_ACCOUNT",
            "AWS_MFA_EXPIRES_AT",
            "AWS_MFA_RESTORE",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_EXPIRATION",
            "AWS_SESSION_TOKEN",
            "KUBECONFIG",
            "__aws_mfa_restore",
        ]
    );
    let gone: Vec<&str> = before
        .keys()
        .filter(|name| !after.contains_key(*name))
        .map(String::as_str)
        .collect();
    assert_eq!(
        gone,
        [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_PROFILE",
            "AWS_ROLE_ARN",
        ]
    );
}

#[test]
fn the_command_of_exec_has_the_terminal() {
    let (_sts, home) = holding_a_session();
    let mut bash = home.command("bash");
    bash.args(["--noprofile", "--norc", "-i"])
        .env("PS1", "READY> ");
    let mut terminal = Terminal::start(&bash);
    terminal.expect("READY> ");
    // What is typed before the shell has given the terminal away would be lost between the two.
    terminal.press("aws-mfa exec test -- sh -c 'echo on; exec cat'\n");
    terminal.expect("\ron\r\n");
    terminal.press("hello\n");
    terminal.expect("hello\r\nhello");
    terminal.press("\x1a");
    terminal.expect("Stopped");
    terminal.expect("READY> ");
    terminal.press("fg\n");
    terminal.expect("exec cat'\r\n");
    terminal.press("again\n");
    terminal.expect("again\r\nagain");
    terminal.press("\x03");
    terminal.expect("READY> ");
    terminal.press("echo \"status=$?.\"\n");
    terminal.expect("status=130.");
    // What is interrupted is the command, and not the session.
    terminal.press("aws-mfa exec test -- sh -c 'trap \"echo caught; exit 7\" INT; echo waiting; while :; do sleep 0.05; done'\n");
    terminal.expect("\rwaiting\r\n");
    terminal.press("\x03");
    terminal.expect("caught");
    terminal.expect("READY> ");
    terminal.press("echo \"status=$?.\"\n");
    terminal.expect("status=7.");
}

/// A process of a user without any rights, who wants core dumps as large as may be.
fn as_nobody(home: &Home, command: &str) -> std::process::Child {
    let mut other_user = home.command("setpriv");
    let script = format!("ulimit -S -c \"$(ulimit -H -c)\"; exec {command}");
    other_user.args([
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "sh",
        "-c",
    ]);
    other_user.arg(script).stdin(Stdio::null()).spawn().unwrap()
}

/// The exit status of a process that gets the signal to dump its core.
fn abort(mut process: std::process::Child) -> std::process::ExitStatus {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(process.id()).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::ABORT).unwrap();
    process.wait().unwrap()
}

#[test]
fn a_process_with_secrets_cannot_be_inspected_and_dumps_no_core() {
    if !is_root("become a user without any rights") {
        return;
    }
    let (_sts, home) = jane_fixture();
    // The program may be in a directory that this user may not read.
    let program = home.path("bin/aws-mfa");
    std::fs::remove_file(&program).unwrap();
    copy_binary(&program);
    let asking = home.path("asking");
    home.write(
        ".config/aws-mfa/config.toml",
        format!(
            "[accounts.test]\nmfa_command = \"touch {}; sleep 30\"\n",
            asking.display()
        ),
    );
    let directory = home.path("");
    let mut chown = Command::new("chown");
    chown.args(["-R", "65534:65534"]).arg(&directory);
    assert!(chown.status().unwrap().success());
    let process = as_nobody(&home, "aws-mfa exec test -- true");
    let start = std::time::Instant::now();
    while !asking.exists() {
        assert!(start.elapsed().as_secs() < 10, "it never asks");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let pid = process.id();
    let can_read = |file: &str, pid: u32| {
        let mut cat = Command::new("setpriv");
        cat.args(["--reuid=65534", "--regid=65534", "--clear-groups", "cat"]);
        cat.arg(format!("/proc/{pid}/{file}")).stderr(Stdio::null());
        cat.stdout(Stdio::null()).status().unwrap().success()
    };
    // The same user may look into a process that does not mind.
    let open = as_nobody(&home, "sleep 30");
    let comm = format!("/proc/{}/comm", open.id());
    while std::fs::read_to_string(&comm).unwrap_or_default().trim() != "sleep" {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    for file in ["environ", "maps", "auxv"] {
        assert!(can_read(file, open.id()), "{file}");
        assert!(!can_read(file, pid), "{file}");
    }
    // It would have its core dumped, too, where this system does that.
    if !abort(open).core_dumped() {
        not_run("this system dumps no core of any process");
    }
    let ended = abort(process);
    assert_eq!(ended.signal(), Some(6));
    assert!(!ended.core_dumped());
}

#[test]
fn keys_set_after_the_session_are_not_taken_for_it() {
    let (sts, home) = holding_a_session();
    home.run(&mut exec(&home, &["true"])).success();
    let home = home.env("AWS_ACCESS_KEY_ID", "ASIAI44QH8DHBEXAMPLE");
    home.run(&mut exec(&home, &["echo", "ran"]))
        .ends_with(5)
        .prints("");
    let status = UserNamespace::new()
        .aws_mfa(&home, &["status"])
        .ends_with(1)
        .text();
    assert_eq!(
        status,
        "test: AWS_ACCESS_KEY_ID was changed after the session was loaded\n"
    );
    assert_eq!(sts.log().len(), 1);
}

#[test]
fn a_code_on_standard_input_leaves_the_rest_to_the_command() {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let script = format!("printf '{code}\\none\\ntwo\\n' | aws-mfa exec test --code - -- cat");
    home.run(home.command("sh").args(["-c", &script]))
        .success()
        .prints("one\ntwo\n");
}

#[test]
fn a_key_that_a_command_prints_leaves_standard_input_to_the_command() {
    let (sts, home) = jane_fixture();
    let url = sts.url();
    let key = |json: &str| {
        home.write(
            ".aws/config",
            format!(
                "[profile vault-mfa]\nendpoint_url = {url}\nmfa_serial = {JANES_PHONE}\n\
                 credential_process = cat; echo unlocked >&2; echo '{json}'\n"
            ),
        );
        let code = sts.fresh_code(JANES_PHONE);
        let script = format!("echo input | aws-mfa exec vault --code {code} -- cat");
        home.run(home.command("sh").args(["-c", &script]))
    };
    let good = format!(
        "{{\"Version\": 1, \"AccessKeyId\": \"{KEY_ID}\", \"SecretAccessKey\": \"{}\"}}",
        SECRET.replace('/', "\\/")
    );
    key(&good).success().prints("input\n").says("unlocked\n");
    for (json, said) in [
        (good.replace('1', "2"), "its JSON has no Version 1"),
        (
            good.replace("SecretAccessKey", "secret"),
            "its JSON has no SecretAccessKey",
        ),
        (good.replace(KEY_ID, ""), "its JSON has no AccessKeyId"),
        (
            good.replace('1', "\"hush-hush\""),
            "its output is not the JSON of a key, at line 1, column ",
        ),
        (
            good.replace('}', ", \"SessionToken\": \"hush-hush\"}"),
            "it printed session credentials",
        ),
    ] {
        let outcome = key(&json).ends_with(2).prints("").says(said);
        let told = &outcome.stderr;
        assert!(
            !told.contains("hush-hush") && !told.contains(SECRET),
            "{told}"
        );
        outcome.says("help: ");
    }
}

#[test]
fn exec_without_a_command_starts_a_shell_at_a_terminal_only() {
    let (_sts, home) = holding_a_session();
    let home = home.env("SHELL", "/bin/sh").env("PS1", "READY> ");
    home.run(home.command("aws-mfa").args(["exec", "test"]))
        .ends_with(2)
        .prints("")
        .says("there is no command to run")
        .says("aws-mfa exec test -- aws sts get-caller-identity");
    let mut terminal = Terminal::script(home.command("sh"), "aws-mfa exec test; echo \"left $?\"");
    terminal.expect("test: this shell has a session, live for ");
    terminal.expect("READY> ");
    terminal.press("echo \"<$AWS_MFA_ACCOUNT>\"\n");
    terminal.expect("<test>");
    terminal.press("exit 7\n");
    terminal.expect("left 7");
}

#[test]
fn a_code_in_the_place_of_the_command_is_explained_before_a_code_is_used() {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let outcome = home
        .aws_mfa(&["exec", "test", &code, "true"])
        .ends_with(127)
        .prints("")
        .says("it looks like an MFA code")
        .says("aws-mfa exec test --code CODE -- COMMAND");
    assert!(!outcome.stderr.contains(&code), "{}", outcome.stderr);
    assert_eq!(sts.log().len(), 0);
    // A program of such a name is one.
    home.write_executable("bin/123456", "#!/bin/sh\nexit 9\n");
    home.aws_mfa(&["exec", "test", "--code", &code, "123456"])
        .ends_with(9);
}
