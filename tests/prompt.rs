//! Asking for the code: at the terminal while a shell captures the output, on standard input, or
//! not at all.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::harness::limits::SHORT_LIMITS;
use crate::harness::terminal::Terminal;
use crate::harness::{binary, jane_fixture, short_limits_binary};
use crate::support::home::Home;
use crate::support::sts::{Device, Fault, JANES_PHONE, StrictSts, World};

/// A shell script at a terminal.
fn script(home: &Home, text: &str) -> Terminal {
    Terminal::script(home.command("sh"), text)
}

#[test]
fn the_terminal_is_asked_while_standard_input_and_output_are_captured() {
    let (sts, home) = jane_fixture();
    let mut terminal = script(
        &home,
        "out=$(aws-mfa env test </dev/null); echo status=$?; eval \"$out\"; echo \"key=${AWS_ACCESS_KEY_ID%${AWS_ACCESS_KEY_ID#ASIA}}\"",
    );
    terminal.expect(&format!("MFA code for test ({JANES_PHONE}): "));
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("status=0");
    terminal.expect("key=ASIA");
    terminal.expect("ended=0.");
}

#[test]
fn statements_shown_at_a_terminal_come_with_what_to_do() {
    let (sts, home) = jane_fixture();
    let env = |more: &str| format!("aws-mfa env test {}{more}", sts.fresh_code(JANES_PHONE));
    let mut terminal = script(&home, &env(""));
    terminal.expect("export AWS_SESSION_TOKEN=");
    terminal.expect(
        "aws-mfa: no session is loaded yet: the shell must evaluate this output, as in\r\n  eval \"$(aws-mfa env test)\"\r\n",
    );
    terminal.expect("ended=0.");
    // Not who evaluates them, and not who wants to hear nothing.
    let evaluated = format!("eval \"$({})\"", env(""));
    for line in [evaluated, env(" -q"), env(" --json")] {
        let mut terminal = script(&home, &line);
        terminal.expect("ended=0.");
        let shown = terminal.text();
        assert!(!shown.contains("loaded yet"), "{line}: {shown}");
    }
}

#[test]
fn spaces_in_a_code_are_no_mistake() {
    let (sts, home) = jane_fixture();
    let mut terminal = script(&home, "aws-mfa env test > /dev/null; echo status=$?");
    terminal.expect("MFA code for test");
    let code = sts.fresh_code(JANES_PHONE);
    terminal.press(&format!(" {} {}\n", &code[..3], &code[3..]));
    terminal.expect("status=0");

    let code = sts.fresh_code(JANES_PHONE);
    home.aws_mfa(&["env", "test", &code[..3], &code[3..]])
        .success();
    let code = sts.fresh_code(JANES_PHONE);
    home.aws_mfa(&["env", "test", &format!("{} {}", &code[..3], &code[3..])])
        .success();
}

#[test]
fn an_invalid_or_refused_code_is_asked_for_again() {
    let (sts, home) = jane_fixture();
    let mut terminal = script(&home, "aws-mfa env test > out; echo status=$?");
    terminal.expect("MFA code for test");
    terminal.press("12345\n");
    terminal.expect("the MFA code has 5 digits; it must have six");
    terminal.expect("MFA code for test");
    terminal.press_bytes(b"12\xff456\n");
    terminal.expect("the MFA code contains something other than digits");
    terminal.expect("MFA code for test");
    terminal.press("000000\n");
    terminal.expect("AWS refused the MFA code for account test");
    terminal.expect("MFA code for test");
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("status=0");
    assert!(
        std::fs::read_to_string(home.path("out"))
            .unwrap()
            .contains("AWS_SESSION_TOKEN")
    );
}

#[test]
fn the_third_refusal_is_the_last() {
    let (sts, home) = jane_fixture();
    let mut terminal = script(&home, "aws-mfa env test > out; echo status=$?");
    for _ in 0..3 {
        terminal.expect("MFA code for test");
        terminal.press("000000\n");
    }
    terminal.expect("status=3");
    assert_eq!(sts.count("GetSessionToken"), 3);
    assert_eq!(
        std::fs::read_to_string(home.path("out")).unwrap(),
        "(exit 3);\n"
    );
}

#[test]
fn interrupting_is_130_and_leaves_the_terminal_as_it_was() {
    let (sts, home) = jane_fixture();
    // The trap keeps the script alive to tell the tale; the program itself has no such luck.
    let tale = "trap : INT; stty -a > before; aws-mfa env test </dev/null > out; echo status=$?; stty -a > after";
    let mut terminal = script(&home, tale);
    terminal.expect("MFA code for test");
    terminal.press("12\x03");
    terminal.expect("status=130");
    terminal.expect("ended=0.");
    let read = |name: &str| std::fs::read_to_string(home.path(name)).unwrap();
    assert_eq!(read("before"), read("after"));
    assert_eq!(read("out"), "(exit 130);\n");
    assert_eq!(sts.count("GetSessionToken"), 0);

    // Scripts stop, because the program ends as SIGINT ends programs.
    let mut terminal = Terminal::start(home.command("aws-mfa").args(["env", "test"]));
    terminal.expect("MFA code for test");
    terminal.press("\x03");
    assert_eq!(terminal.end().signal(), Some(2));
}

#[test]
fn interrupting_an_interactive_shell_keeps_its_old_session() {
    let (_sts, home) = jane_fixture();
    let home = home
        .env("AWS_ACCESS_KEY_ID", "ASIAOLDOLDOLDOLDOLDO")
        .env("PS1", "$ ");
    let mut terminal = Terminal::start(home.command("bash").args(["--noprofile", "--norc", "-i"]));
    terminal.expect("$ ");
    terminal.press("eval \"$(aws-mfa env test)\"\n");
    terminal.expect("MFA code for test");
    terminal.press("\x03");
    terminal.expect("$ ");
    terminal.press("echo \"status=$? key=$AWS_ACCESS_KEY_ID\"\n");
    terminal.expect("status=130 key=ASIAOLDOLDOLDOLDOLDO");
}

#[test]
fn interrupting_a_request_ends_it_at_once() {
    let (sts, home) = jane_fixture();
    sts.next(Fault::Hang);
    let mut terminal = script(&home, "trap : INT; aws-mfa env test > out; echo status=$?");
    terminal.expect("MFA code for test");
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    // Until the request is under way.
    let start = std::time::Instant::now();
    while sts.count("GetSessionToken") == 0 {
        assert!(start.elapsed().as_secs() < 10, "no request was made");
        std::thread::yield_now();
    }
    terminal.press("\x03");
    terminal.expect("status=130");
    assert!(start.elapsed().as_secs() < 10);
}

#[test]
fn an_empty_answer_is_no_code() {
    let (sts, home) = jane_fixture();
    for keys in ["\n", "\x04"] {
        let mut terminal = script(&home, "aws-mfa env test > out; echo status=$?");
        terminal.expect("MFA code for test");
        terminal.press(keys);
        terminal.expect("no MFA code was given");
        terminal.expect("status=5");
    }
    assert_eq!(sts.log().len(), 0);
}

#[test]
fn the_shell_of_a_command_is_never_one_in_the_current_directory() {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    home.write(
        ".config/aws-mfa/config.toml",
        format!("[accounts.test]\nmfa_command = \"echo {code}\"\n"),
    );
    home.write_executable("sh", "#!/bin/sh\ntouch evil\necho 000000\n");
    let path = home
        .variables()
        .into_iter()
        .find(|(name, _)| name == "PATH");
    let mut path = path.map(|(_, path)| path).unwrap_or_default();
    for relative in [".", "", "./"] {
        let mut relative = std::ffi::OsString::from(format!("{relative}:"));
        relative.push(path);
        path = relative;
    }
    let home = home.env("PATH", path);
    let binary = home.path("bin/aws-mfa");
    home.run(
        home.command(binary)
            .args(["env", "--shell", "bash", "test"]),
    )
    .success();
    assert!(!home.path("evil").exists());
}

#[test]
fn a_command_gives_the_code_when_one_is_needed() {
    let (sts, home) = jane_fixture();
    let config = |command: &str| {
        home.write(
            ".config/aws-mfa/config.toml",
            format!("[accounts.test]\nmfa_command = {command:?}\n"),
        );
    };
    config(&format!(
        "echo ran >> log; echo {}",
        sts.fresh_code(JANES_PHONE)
    ));
    home.aws_mfa(&["env", "test"]).success();
    // A code that is given is used, and a live session needs none.
    home.aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    let words = format!(
        "eval \"$(aws-mfa env test {})\"; aws-mfa env test",
        sts.fresh_code(JANES_PHONE)
    );
    home.run(home.command("sh").args(["-c", &words])).success();
    assert_eq!(std::fs::read_to_string(home.path("log")).unwrap(), "ran\n");

    for (command, said) in [
        ("true", "it printed nothing"),
        (
            "echo no code today",
            "its output is not an MFA code: the MFA code contains something other than digits",
        ),
        (
            "echo 12345",
            "its output is not an MFA code: the MFA code has 5 digits",
        ),
        ("echo oh dear >&2; exit 7", "it ended with exit status: 7"),
        ("no-such-command", "it ended with exit status: 127"),
        (
            "echo 123456; sleep 30 2>/dev/null &",
            "a process that it started keeps its output open",
        ),
    ] {
        config(command);
        let outcome = home.aws_mfa(&["env", "test"]).ends_with(5);
        assert!(
            outcome
                .stderr
                .contains("could not get the MFA code from mfa_command: "),
            "{command}: {}",
            outcome.stderr
        );
        outcome.says(said).says("help: run the command by itself");
    }
    config("echo oh dear >&2; exit 7");
    home.aws_mfa(&["env", "test"]).says("oh dear");

    // An account without one, where all others have one.
    home.write(
        ".config/aws-mfa/config.toml",
        "[defaults]\nmfa_command = \"echo 000000\"\n[accounts.test]\nmfa_command = \"\"\n",
    );
    home.aws_mfa(&["env", "test"])
        .ends_with(5)
        .says("there is no terminal");

    // The name that other tools have for it, in the profile.
    home.write(".config/aws-mfa/config.toml", "");
    let text = std::fs::read_to_string(home.path(".aws/config")).unwrap();
    let line = format!(
        "[profile test-mfa]\nmfa_process = echo {}\n",
        sts.fresh_code(JANES_PHONE)
    );
    home.write(".aws/config", text.replace("[profile test-mfa]\n", &line));
    home.aws_mfa(&["env", "test"]).success();
}

#[test]
fn a_command_for_the_code_has_the_terminal() {
    let (sts, home) = jane_fixture();
    let command = "printf 'PIN: ' >&2; read pin; echo $pin";
    home.write(
        ".config/aws-mfa/config.toml",
        format!("[accounts.test]\nmfa_command = {command:?}\n"),
    );
    let mut terminal = script(&home, "out=$(aws-mfa env test </dev/null); echo status=$?");
    terminal.expect("PIN: ");
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("status=0");
    // ^C ends it all.
    let mut terminal = script(
        &home,
        "trap : INT; out=$(aws-mfa env test </dev/null); echo status=$?",
    );
    terminal.expect("PIN: ");
    terminal.press("\x03");
    terminal.expect("status=130");
}

#[test]
fn a_used_code_is_not_sent_again_but_waited_out() {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    home.aws_mfa(&["env", "test", &code]).success();
    let mut terminal = script(&home, "aws-mfa env test > out; echo status=$?");
    terminal.expect("MFA code for test");
    terminal.press(&format!("{code}\n"));
    terminal.expect("this MFA code was used ");
    // At the end of its half minute, there is nothing to wait for.
    terminal.expect_one_of(&[
        "The next code comes in ",
        "Enter the code that the device shows now.",
    ]);
    terminal.expect_within("MFA code for test", std::time::Duration::from_secs(40));
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("status=0");
    assert_eq!(sts.count("GetSessionToken"), 2);
}

/// Whether a process is there that was given this path.
fn is_at_work(path: &str) -> bool {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let mut given = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    given.any(|words| {
        words
            .split(|byte| *byte == 0)
            .any(|word| word == path.as_bytes())
    })
}

#[test]
fn a_user_command_that_hangs_is_killed_with_its_children() {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::of_jane(&short_limits_binary(), &sts);
    let path = home.write("never ends", "").display().to_string();
    // What hangs is not the shell itself, and would hold what it has of it for longer.
    let command = format!("(timeout 90 tail -f '{path}'; true) | cat; true");
    let start = Instant::now();
    home.write(
        ".config/aws-mfa/config.toml",
        format!("[accounts.test]\nmfa_command = {command:?}\n"),
    );
    let url = sts.url();
    let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
    home.write(
        ".aws/config",
        format!(
            "{config}[profile vault-mfa]\nendpoint_url = {url}\ncredential_process = {command}\n"
        ),
    );
    std::thread::scope(|scope| {
        let runs = [(&["env", "test"][..], 5), (&["env", "vault", "123456"], 2)];
        for (words, status) in runs {
            let home = &home;
            scope.spawn(move || {
                home.aws_mfa(words)
                    .ends_with(status)
                    .says("it did not end within 2 s");
            });
        }
    });
    assert!(start.elapsed() >= SHORT_LIMITS.user_command);
    assert!(start.elapsed() < SHORT_LIMITS.user_command + Duration::from_secs(20));
    assert!(!is_at_work(&path));
    assert_eq!(sts.log().len(), 0);
}

#[test]
fn a_command_that_is_interrupted_is_no_failure_of_its_own() {
    let (_sts, home) = jane_fixture();
    let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
    let run = |command: &str, signal: i32| {
        home.write(
            ".config/aws-mfa/config.toml",
            format!("[accounts.test]\nmfa_command = {command:?}\n"),
        );
        home.write(
            ".aws/config",
            format!(
                "{config}[profile vault-mfa]\nmfa_serial = {JANES_PHONE}\ncredential_process = {command}\n"
            ),
        );
        for words in [&["env", "test"][..], &["env", "vault", "123456"]] {
            let mut command = home.command("aws-mfa");
            let ended = command
                .args(words)
                .env("SHELL", "/bin/sh")
                .output()
                .unwrap();
            assert_eq!(ended.status.signal(), Some(signal), "{:?}", ended.status);
            let printed = String::from_utf8(ended.stdout).unwrap();
            let said = String::from_utf8(ended.stderr).unwrap();
            let failing = format!("(exit {});\n", 128 + signal);
            assert_eq!((printed, said), (failing, String::new()));
        }
    };
    run("kill -INT $$", 2);
    run("exit 130", 2);
    // The process ends at once, whatever the command does with the signal.
    for _ in 0..10 {
        run("kill -TERM $PPID; exit 7", 15);
    }
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let (sts, home) = jane_fixture();
    let mut command = home.command("sh");
    command.args(["-c", "trap '' HUP INT; exec aws-mfa env test -"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let tasks = format!("/proc/{}/task", process.id());
    let patience = Instant::now() + Duration::from_secs(20);
    while std::fs::read_dir(&tasks).unwrap().count() < 2 {
        assert!(Instant::now() < patience, "it never waits");
        std::thread::sleep(Duration::from_millis(5));
    }
    for signal in [rustix::process::Signal::HUP, rustix::process::Signal::INT] {
        let pid = rustix::process::Pid::from_child(&process);
        rustix::process::kill_process(pid, signal).unwrap();
    }
    let mut keyboard = process.stdin.take().unwrap();
    std::io::Write::write_all(&mut keyboard, sts.fresh_code(JANES_PHONE).as_bytes()).unwrap();
    drop(keyboard);
    let ended = process.wait_with_output().unwrap();
    assert!(ended.status.success(), "{:?}", ended.status);
}

#[test]
fn without_a_terminal_there_is_no_code() {
    let (sts, home) = jane_fixture();
    home.aws_mfa(&["env", "test"])
        .ends_with(5)
        .says("could not ask for the MFA code of account test: there is no terminal")
        .says("help: give the code: aws-mfa env test CODE");
    assert_eq!(sts.log().len(), 0);
}

#[test]
fn a_dash_reads_the_code_from_standard_input() {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let piped = |text: &str| {
        let words = format!("printf '{text}' | aws-mfa env test -");
        home.run(home.command("sh").args(["-c", &words]))
    };
    let outcome = piped(&format!("{code}\\n")).success();
    assert!(outcome.text().contains("AWS_SESSION_TOKEN"));
    piped("").ends_with(5).says("standard input is empty");
    piped("12345\\n").ends_with(2).says("has 5 digits");
}

/// Runs the command line that is its argument at a terminal, and closes that as soon as it shows "account:".
const CLOSED_TERMINAL: &str = r#"
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp("sh", ["sh", "-c", sys.argv[1]])
shown = b""
while b"account:" not in shown:
    shown += os.read(terminal, 1024)
"#;

#[test]
fn a_list_ends_with_its_terminal_even_if_the_shell_ignores_that() {
    let (_sts, home) = jane_fixture();
    let script =
        "trap '' HUP; aws-mfa env --shell sh > out; echo \"$?\" > status.new; mv status.new status";
    let mut python = home.command("python3");
    python.args(["-c", CLOSED_TERMINAL, script]);
    home.run(python.current_dir(home.path(""))).success();
    let end = Instant::now() + Duration::from_secs(20);
    while !home.path("status").exists() {
        assert!(Instant::now() < end, "it goes on without a terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(home.read("status"), "129\n");
    assert_eq!(home.read("out"), "(exit 129);\n");
}

#[test]
fn an_account_is_picked_at_the_terminal() {
    let (sts, home) = jane_fixture();
    let mut terminal = script(
        &home,
        "out=$(aws-mfa env </dev/null); echo status=$?; eval \"$out\"; echo account=$AWS_MFA_ACCOUNT",
    );
    terminal.expect("account:");
    terminal.expect("210987654321 as Admin");
    // What is typed filters: of joe, prod and test this is one.
    terminal.press("prd");
    terminal.expect("prd");
    terminal.press("\r");
    terminal.expect("MFA code for prod");
    terminal.press(&format!("{}\r", sts.fresh_code(JANES_PHONE)));
    terminal.expect("status=0");
    terminal.expect("account=prod");
}

#[test]
fn of_several_devices_one_is_picked_and_remembered() {
    let (sts, home) = jane_fixture();
    let watch = "arn:aws:iam::123456789012:mfa/joes-watch";
    let fido = "arn:aws:iam::123456789012:u2f/user/joe/key";
    sts.with(|state| {
        state.world.users[1]
            .devices
            .extend([Device::new(watch), Device::new(fido)]);
    });
    // No terminal: they are named, but not the one that has no codes.
    let outcome = home
        .aws_mfa(&["env", "joe", "123456"])
        .ends_with(2)
        .says(watch)
        .says("help: choose one with --mfa-serial");
    assert!(!outcome.stderr.contains(fido), "{}", outcome.stderr);
    let mut terminal = script(&home, "aws-mfa env joe > out; echo status=$?");
    terminal.expect("MFA device:");
    terminal.press("watch");
    terminal.expect("watch");
    terminal.press("\r");
    terminal.expect(&format!("MFA code for joe ({watch})"));
    terminal.press(&format!("{}\r", sts.fresh_code(watch)));
    terminal.expect("status=0");
    home.aws_mfa(&["env", "joe", &sts.fresh_code(watch)])
        .success();
    // Only one that gives no codes, and none.
    for (devices, said) in [
        (vec![Device::new(fido)], "only FIDO security keys"),
        (vec![], "its user has none"),
    ] {
        let home = Home::of_jane(binary(), &sts);
        sts.with(|state| state.world.users[1].devices = devices);
        home.aws_mfa(&["env", "joe", "123456"])
            .ends_with(2)
            .says(said);
    }
}

#[test]
fn a_pick_that_is_cancelled_loads_no_session() {
    let (sts, home) = jane_fixture();
    let tale = "trap : INT; stty -a > before; aws-mfa env > out; echo status=$?; stty -a > after";
    for (key, status) in [("\x1b", "status=5"), ("\x03", "status=130")] {
        let mut terminal = script(&home, tale);
        terminal.expect("account:");
        terminal.press(key);
        terminal.expect(status);
        terminal.expect("ended=0.");
        let read = |name: &str| std::fs::read_to_string(home.path(name)).unwrap();
        assert_eq!(read("before"), read("after"));
        assert_eq!(read("out"), format!("(exit {});\n", &status[7..]));
    }
    assert_eq!(sts.log().len(), 0);
}

#[test]
fn a_slow_request_is_announced_until_it_is_done() {
    let (sts, home) = jane_fixture();
    let run = |options: &str| {
        let code = sts.fresh_code(JANES_PHONE);
        let line = format!("aws-mfa env test {code} > out {options}; echo status=$?");
        let mut terminal = script(&home, &line);
        terminal.expect("status=0");
        terminal.text()
    };
    let waiting = format!("aws-mfa: waiting for STS at {} …", sts.url());
    sts.next(Fault::Slow);
    let shown = run("");
    // Back to the start of the line, which is cleared, so that nothing of it is left.
    assert!(
        shown.starts_with(&format!("{waiting}\r\x1b[Kstatus=0")),
        "{shown}"
    );
    // Not for what is quick, as one of three is on a busy machine, too; and not where no
    // terminal shows it or the user does not want it.
    assert!((0..3).any(|_| !run("").contains("waiting")));
    for options in ["2> err", "-q"] {
        sts.next(Fault::Slow);
        assert!(!run(options).contains("waiting"), "{options}");
    }
    assert_eq!(std::fs::read_to_string(home.path("err")).unwrap(), "");
}

/// What `aws-mfa` prints that is sent a signal, so many times in a row, as soon as it is where it shall be
/// sent one. It ends by that signal.
#[track_caller]
fn signalled(
    home: &Home,
    arguments: &[&str],
    signal: &str,
    times: usize,
    is_there: impl Fn(u32) -> bool,
) -> String {
    let mut command = home.command(home.path("bin/aws-mfa"));
    command.args(arguments).env("SHELL", "/bin/sh");
    let pipe = Stdio::piped;
    let mut process = command.stdin(pipe()).stdout(pipe()).spawn().unwrap();
    let _keyboard = process.stdin.take();
    let patience = Instant::now() + Duration::from_secs(20);
    while !is_there(process.id()) {
        assert!(Instant::now() < patience, "it never waits");
        std::thread::sleep(Duration::from_millis(5));
    }
    let process_id = process.id().to_string();
    let mut kill = home.command("sh");
    kill.args(["-c", r#"kill -s "$0" "$@""#, signal])
        .args(std::iter::repeat_n(&process_id, times));
    // A second signal may come too late for a process that is gone by then.
    let _ = kill.stderr(Stdio::null()).status().unwrap();
    let ended = process.wait_with_output().unwrap();
    assert!(ended.status.signal().is_some(), "{:?}", ended.status);
    String::from_utf8(ended.stdout).unwrap()
}

#[test]
fn a_signal_at_any_moment_is_a_failure_in_the_shell() {
    let (sts, home) = jane_fixture();
    // Once and, as `timeout` and a terminal that is closed do it, twice: while it waits for a code, …
    let waiting = |process: u32| {
        // … with the thread that looks for signals …
        std::fs::read_dir(format!("/proc/{process}/task")).is_ok_and(|tasks| tasks.count() > 1)
    };
    for (signal, status) in [("TERM", 143), ("HUP", 129), ("QUIT", 131), ("INT", 130)] {
        for times in [1, 2] {
            let ended = signalled(&home, &["env", "test", "-"], signal, times, waiting);
            assert_eq!(ended, format!("(exit {status});\n"), "{signal} {times}");
        }
    }
    // … and while it waits for AWS.
    for times in [1, 2] {
        sts.next(Fault::Hang);
        let (asked, code) = (sts.count("GetSessionToken"), sts.fresh_code(JANES_PHONE));
        let asks = |_| sts.count("GetSessionToken") > asked;
        let ended = signalled(&home, &["env", "test", &code], "TERM", times, asks);
        assert_eq!(ended, "(exit 143);\n", "{times}");
    }

    // And Ctrl-\\ at the prompt.
    let mut bash = home.command("bash");
    bash.args(["--noprofile", "--norc", "-i"])
        .env("PS1", "READY> ");
    let mut terminal = Terminal::start(&bash);
    terminal.expect("READY> ");
    terminal.press("eval \"$(aws-mfa env test)\" && echo \"R\"AN.\n");
    terminal.expect("MFA code for test");
    terminal.press("\x1c");
    terminal.expect("READY> ");
    terminal.press("echo \"status=$?.\"\n");
    terminal.expect("status=131.");
    assert!(!terminal.text().contains("RAN."), "{}", terminal.text());
}
