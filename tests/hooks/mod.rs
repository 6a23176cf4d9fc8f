//! The hook in real interactive shells, at a terminal, with the rc line that docs/shells.md names.

use crate::harness::cases::for_each_case;
use crate::harness::requirements::has;
use crate::harness::shells::{Environment, PROMPT, Shell, for_each_shell, installed};
use crate::harness::terminal::Terminal;
use crate::harness::user_namespace::UserNamespace;
use crate::harness::{binary, jane_fixture};
use crate::support::home::{Home, Outcome};
use crate::support::identity::caller_identity;
use crate::support::sts::{Fault, JANES_PHONE, StrictSts};

/// What is loaded.
mod loading;
/// Its command in pipelines and scripts.
mod pipes;
/// The account in the prompt.
mod prompt_segment;
/// Its command.
mod words;

/// The ARN of a signed call with the session in this environment.
fn identity(env: &Environment, sts: &StrictSts) -> String {
    let variable = |name: &str| env.text(name).map(str::to_owned);
    let (_, arn) = caller_identity(&sts.url(), "us-east-1", variable).unwrap();
    arn
}

/// The environment of a shell at a terminal, which must hold a session of this account.
#[track_caller]
fn environment_with_session(
    shell: &Shell,
    home: &Home,
    terminal: &mut Terminal,
    account: &str,
) -> Environment {
    let env = shell.environment(home, terminal);
    assert_eq!(
        env.text("AWS_MFA_ACCOUNT"),
        Some(account),
        "{}",
        terminal.text()
    );
    env
}

for_each_shell!(a_session_is_loaded_switched_and_ended_at_a_terminal: interactive);
fn a_session_is_loaded_switched_and_ended_at_a_terminal(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let home = home
        .env("AWS_PROFILE", "mine")
        .env("KUBECONFIG", "/my/own config");
    // Below an `sh` that writes its own environment at the end.
    let hook = shell.install_hook(&home, "");
    shell.write_rc(&home, &hook);
    let interactive = shell.interactive_command(&home);
    let mut sh = home.command("sh");
    sh.args([
        "-c",
        "\"$@\"; env -0 > parent.new; mv parent.new parent",
        "sh",
    ])
    .arg(shell.path());
    sh.args(interactive.get_args()).envs(
        interactive
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let mut terminal = Terminal::start(&sh);
    terminal.expect(PROMPT);
    let before = shell.environment(&home, &mut terminal).of_session();

    sts.next(Fault::ShortSession(7230));
    terminal.press("mfa test\r");
    terminal.expect("MFA code for test");
    terminal.press(&format!("{}\r", sts.fresh_code(JANES_PHONE)));
    shell.ready(&mut terminal);
    let env = environment_with_session(shell, &home, &mut terminal, "test");
    assert_eq!(env.text("AWS_PROFILE"), None);
    assert_eq!(identity(&env, &sts), "arn:aws:iam::123456789012:user/jane");

    // Without arguments, the command shows what is held; others are passed on.
    terminal.press("mfa\r");
    terminal.expect("2 h 0 min left");
    terminal.expect(", until ");
    shell.ready(&mut terminal);
    terminal.press("mfa list --json\r");
    terminal.expect("\"account\":\"joe\"");
    shell.ready(&mut terminal);

    terminal.press(&format!("mfa prod {}\r", sts.fresh_code(JANES_PHONE)));
    shell.ready(&mut terminal);
    let env = shell.environment(&home, &mut terminal);
    // The name of the session is that of the user, which some shells look up themselves.
    let who = identity(&env, &sts);
    assert!(
        who.starts_with("arn:aws:sts::210987654321:assumed-role/Admin/"),
        "{who}"
    );
    assert_eq!(env.text("KUBECONFIG"), home.path(".kube/prod").to_str());

    // A wrong code changes nothing.
    terminal.press("mfa test 000000\r");
    terminal.expect("AWS refused the MFA code");
    shell.ready(&mut terminal);
    assert_eq!(
        shell.environment(&home, &mut terminal).of_session(),
        env.of_session()
    );

    terminal.press("mfa off\r");
    shell.ready(&mut terminal);
    let after = shell.environment(&home, &mut terminal).of_session();
    assert_eq!(after, before, "{}", terminal.text());

    terminal.press("exit\r");
    let parent = Environment::parse(&terminal.wait_for_file(&home.path("parent")));
    assert_eq!(parent.text("AWS_MFA_ACCOUNT"), None);
}

for_each_shell!(interrupting_the_prompt_keeps_the_old_session: interactive);
fn interrupting_the_prompt_keeps_the_old_session(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
    shell.ready(&mut terminal);
    let before = shell.environment(&home, &mut terminal).of_session();
    assert_eq!(before.text("AWS_MFA_ACCOUNT"), Some("test"));
    terminal.press("mfa prod\r");
    terminal.expect("MFA code for prod");
    terminal.press("\x03");
    shell.ready_after_interrupt(&mut terminal);
    assert_eq!(shell.environment(&home, &mut terminal).of_session(), before);
}

for_each_shell!(every_alias_of_the_config_is_a_command: interactive);
fn every_alias_of_the_config_is_a_command(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let config = std::fs::read_to_string(home.path(".config/aws-mfa/config.toml")).unwrap();
    let config = config.replace(
        "[accounts.test]\n",
        "[accounts.test]\nalias = \"aws-creds-test\"\n",
    );
    home.write(".config/aws-mfa/config.toml", config);
    // The command has another name here; the aliases do not need it.
    let mut terminal = shell.start_with_hook(&home, "--cmd session");
    terminal.press(&format!("aws-creds-test {}\r", sts.fresh_code(JANES_PHONE)));
    shell.ready(&mut terminal);
    environment_with_session(shell, &home, &mut terminal, "test");
    terminal.press("session off\r");
    shell.ready(&mut terminal);
    let env = shell.environment(&home, &mut terminal);
    assert_eq!(env.text("AWS_MFA_ACCOUNT"), None, "{}", terminal.text());
}

for_each_shell!(help_is_shown_and_not_evaluated: interactive);
fn help_is_shown_and_not_evaluated(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    terminal.press("mfa test --help\r");
    terminal.expect("Usage: aws-mfa env");
    shell.ready(&mut terminal);
    terminal.press("mfa --version\r");
    terminal.expect(concat!("aws-mfa ", env!("CARGO_PKG_VERSION")));
    shell.ready(&mut terminal);
    terminal.press("mfa test --no-such-option\r");
    terminal.expect("unexpected argument '--no-such-option'");
    shell.ready(&mut terminal);
}

for_each_shell!(help_is_about_the_command_under_its_name: interactive);
fn help_is_about_the_command_under_its_name(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "--cmd session");
    for line in ["session --help", "session -h", "session help"] {
        terminal.press(&format!("{line}\r"));
        terminal.expect("session ACCOUNT [CODE]");
        terminal.expect("session exec ACCOUNT -- COMMAND");
        terminal.expect("every command and the exit status");
        shell.ready(&mut terminal);
    }
    // With more words, it is the program's.
    terminal.press("session help exec\r");
    terminal.expect("aws-mfa exec test -- terraform plan");
    shell.ready(&mut terminal);
}

for_each_shell!(the_status_at_a_terminal_says_how_to_switch: interactive);
fn the_status_at_a_terminal_says_how_to_switch(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let home = home
        .env("AWS_MFA_ACCOUNT", "test")
        .env("__aws_mfa_previous", "test prod");
    let mut terminal = shell.start_with_hook(&home, "--cmd session");
    terminal.press("session\r");
    terminal.expect(
        "to switch: session ACCOUNT, or session - for prod; to end the session: session off",
    );
    shell.ready(&mut terminal);
    // Not where a program reads it.
    let status = home.aws_mfa(&["status", "--hook", "session"]);
    assert_eq!(status.stderr, "");
}

for_each_shell!(the_end_of_a_session_is_shown_once_at_the_prompt: bash, zsh, fish, pwsh);
fn the_end_of_a_session_is_shown_once_at_the_prompt(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let home = home.env("AWS_PROFILE", "mine");
    let mut terminal = shell.start_with_hook(&home, "");
    sts.next(Fault::ShortSession(590));
    terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
    terminal.expect("the session of test has 9 min left; to renew it: mfa test");
    shell.ready(&mut terminal);
    // Told once; and whatever the last command ended with is not touched.
    terminal.press("sh -c 'exit 42'\r");
    shell.ready(&mut terminal);
    let status = shell.interactive().status;
    terminal.press(&format!("echo \"it was {status}\"\r"));
    terminal.expect("it was 42");
    shell.ready(&mut terminal);

    // So long that it is still there when the next prompt comes.
    sts.next(Fault::ShortSession(10));
    terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
    terminal.expect(" s left; to renew it: mfa test");
    shell.ready(&mut terminal);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !terminal.text().contains(
        "the session of test has expired and is gone from this shell; for a new one: mfa test",
    ) {
        assert!(std::time::Instant::now() < end, "{}", terminal.text());
        terminal.press("\r");
        shell.ready(&mut terminal);
    }
    let env = shell.environment(&home, &mut terminal);
    assert_eq!(env.text("AWS_ACCESS_KEY_ID"), None);
    assert_eq!(env.text("AWS_PROFILE"), Some("mine"));
    let told = terminal.text();
    assert_eq!(told.matches("has 9 min left").count(), 1, "{told}");
    assert_eq!(told.matches("has expired").count(), 1, "{told}");
}

for_each_shell!(the_notice_shows_no_control_character_of_the_account: bash, zsh, fish, pwsh);
fn the_notice_shows_no_control_character_of_the_account(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let forged = "te\u{1b}]0;owned\u{7}st\u{202e}\n";
    let home = home
        .env("AWS_MFA_ACCOUNT", forged)
        .env("AWS_MFA_EXPIRES_AT", (aws_mfa_now() + 330).to_string());
    let mut terminal = shell.start_with_hook(&home, "");
    // The first prompt has shown it.
    terminal.press("\r");
    shell.ready(&mut terminal);
    let shown = terminal.text();
    let notice =
        "aws-mfa: the session of te0ownedst has 5 min left; to renew it: mfa te0ownedst\r\n";
    assert!(shown.contains(notice), "{shown:?}");
}

fn aws_mfa_now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs()
}

for_each_shell!(a_readonly_variable_is_found_before_the_code_is_used: bash, zsh, dash, mksh);
fn a_readonly_variable_is_found_before_the_code_is_used(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let home = home.env("AWS_PROFILE", "mine");
    let load = shell.hook("");
    let code = sts.fresh_code(JANES_PHONE);
    let script = |before: &str| {
        shell.run(
            &home,
            &format!(
                "set -eu; {load}{before}\nmfa test {code} || {{ s=$?; env | grep -c '^AWS_MFA_\\|^AWS_ACCESS' || :; exit $s; }}"
            ),
        )
    };
    for names in ["AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "AWS_MFA_RESTORE"] {
        script(&format!("readonly {names}"))
            .ends_with(2)
            .prints("0\n")
            .says(&format!(
                "could not change this shell's environment: {names} is readonly in it\nhelp: "
            ));
    }
    script("readonly AWS_PROFILE AWS_SESSION_TOKEN=x")
        .ends_with(2)
        .says("readonly in it\nhelp: ")
        .says("AWS_PROFILE")
        .says("AWS_SESSION_TOKEN");
    assert_eq!(sts.log().len(), 0);
    // Not exported, so that the session leaves it alone.
    script("readonly AWS_ROLE_ARN=mine").success();
}

for_each_shell!(without_the_expiry_notice_the_prompt_shows_nothing: bash, zsh, fish, pwsh);
fn without_the_expiry_notice_the_prompt_shows_nothing(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "--no-expiry-notice");
    sts.next(Fault::ShortSession(590));
    terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
    shell.ready(&mut terminal);
    terminal.press("mfa\r");
    terminal.expect("9 min left");
    shell.ready(&mut terminal);
    assert!(
        !terminal.text().contains("the session of test"),
        "{}",
        terminal.text()
    );
}

/// Runs a program with these arguments.
fn run(home: &Home, program: &str, arguments: &[&str]) -> Outcome {
    home.run(home.command(program).args(arguments))
}

/// A home with an alias whose name has characters that mean something to shells.
fn home_with_odd_alias() -> (StrictSts, Home) {
    let (sts, home) = jane_fixture();
    let config = "[accounts.test]\nalias = \"a.b+c@d\"\n";
    home.write(".config/aws-mfa/config.toml", config);
    (sts, home)
}

for_each_case! { a_hook_loaded_twice_under_strict_settings_is_silent:
    bash("bash", &["--noprofile", "--norc", "-euo", "pipefail", "-o", "noclobber", "-c"], "bash"),
    bash_as_posix("bash", &["--posix", "-euc"], "bash"),
    zsh("zsh", &["--no-globalrcs", "--no-rcs", "-euo", "pipefail", "-c"], "zsh"),
    dash("dash", &["-euC", "-c"], "sh"),
    mksh("mksh", &["-euC", "-c"], "sh"),
    ksh93("ksh93", &["-euC", "-c"], "sh"),
    busybox("busybox", &["sh", "-euC", "-c"], "sh"),
}
fn a_hook_loaded_twice_under_strict_settings_is_silent(
    program: &str,
    arguments: &[&str],
    language: &str,
) {
    if !has(program) {
        return;
    }
    let (_sts, home) = home_with_odd_alias();
    let load = format!("\\eval \"$(aws-mfa init {language})\"\n");
    let silent = |before: &str| {
        let script = format!("{before}{load}{load}");
        let arguments = [arguments, &[script.as_str()]].concat();
        let outcome = run(&home, program, &arguments).success().prints("");
        assert_eq!(outcome.stderr, "", "{script}");
    };
    silent("");
    // Where the words that the hook is made of are aliases of something else.
    let expand = if program == "bash" {
        "shopt -s expand_aliases\n"
    } else {
        ""
    };
    let traps = "alias mfa=x command=x eval=x builtin=x unalias=x local=x return=x\n";
    silent(&format!("{expand}{traps}"));
}

for_each_case! { a_hook_that_is_loaded_twice_is_silent:
    fish("fish", &["--no-config", "-c"], "aws-mfa init fish | source; aws-mfa init fish | source"),
    tcsh("tcsh", &["-f", "-e", "-c"], "aws-mfa init tcsh > hook; source hook; source hook"),
    xonsh("xonsh", &["--no-rc", "-c"], &["execx(__import__('subprocess').check_output('aws-mfa init xonsh'.split(), env=${...}.detype()).decode())"; 2].join("; ")),
    nu("nu", &["--no-config-file", "-c"], "source hook.nu; source hook.nu"),
    nu_as_module("nu", &["--no-config-file", "-c"], "use hook.nu *"),
}
fn a_hook_that_is_loaded_twice_is_silent(program: &str, arguments: &[&str], script: &str) {
    if !has(program) {
        return;
    }
    let (_sts, home) = home_with_odd_alias();
    let hook = home.aws_mfa(&["init", "nushell"]).success();
    home.write("hook.nu", hook.stdout);
    let outcome = run(&home, program, &[arguments, &[script]].concat());
    assert_eq!(outcome.success().prints("").stderr, "");
}

#[test]
fn a_broken_config_costs_the_hook_its_aliases_only() {
    let (_sts, home) = jane_fixture();
    home.write(".config/aws-mfa/config.toml", "nonsense");
    let script = "eval \"$(aws-mfa init bash)\"; type mfa > /dev/null && echo defined";
    run(&home, "bash", &["-c", script])
        .success()
        .prints("defined\n")
        .says("no aliases are defined: could not use ~/.config/aws-mfa/config.toml, line 1");
}

for_each_shell!(a_hook_defines_no_names_but_its_own: bash, zsh, dash, mksh);
fn a_hook_defines_no_names_but_its_own(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let names = match shell.program {
        "bash" => "compgen -A function; compgen -v; compgen -a; true",
        "zsh" => "print -l ${(k)functions} ${(k)parameters} ${(k)aliases}",
        _ => "set | cut -d= -f1 | grep -v PIPESTATUS; alias",
    };
    let load = shell.hook("");
    let script = format!("{{ {names}; }} > before\n{load}{{ {names}; }} > after");
    shell.run(&home, &script).success();
    let (before, after) = (home.read("before"), home.read("after"));
    let foreign: Vec<&str> = after
        .lines()
        .filter(|name| !before.lines().any(|known| known == *name))
        .filter(|name| *name != "mfa" && !name.starts_with("__aws_mfa_"))
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

/// Asserts that what a shell knows has none of the secrets in it.
#[track_caller]
fn assert_no_secret(sts: &StrictSts, known: &str) {
    let secrets = sts.with(|state| state.world.all_secrets());
    assert!(
        secrets.iter().all(|secret| !known.contains(secret)),
        "{known}"
    );
}

for_each_shell!(a_failure_is_the_status_and_leaves_no_secret_in_the_shell: bash, zsh, dash, mksh);
fn a_failure_is_the_status_and_leaves_no_secret_in_the_shell(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let load = shell.hook("");
    let script = |rest: &str| shell.run(&home, &format!("{load}{rest}"));
    script("mfa test 000000").ends_with(3);
    script("set -e; mfa test 000000; echo went-on")
        .ends_with(3)
        .prints("");
    script("mfa test 000000 && echo went-on; echo $?")
        .success()
        .prints("3\n");
    script("mfa off").success();
    // All that the shell knows, but for what it exports.
    let code = sts.fresh_code(JANES_PHONE);
    let unexported = "unset AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN; set";
    let known = script(&format!("mfa test {code} || exit; {unexported}"));
    let known = known.success().text();
    assert!(known.contains("AWS_MFA_ACCOUNT"));
    assert_no_secret(&sts, &known);
}

#[test]
fn a_failure_is_the_status_and_leaves_no_secret_in_fish() {
    let Some(fish) = installed("fish") else {
        return;
    };
    let (sts, home) = jane_fixture();
    let load = fish.hook("");
    let code = sts.fresh_code(JANES_PHONE);
    let unexported = "set -e AWS_SECRET_ACCESS_KEY; set -e AWS_SESSION_TOKEN; set";
    let known = fish.run(&home, &format!("{load}mfa test {code}; {unexported}"));
    let known = known.success().text();
    assert!(known.contains("AWS_MFA_ACCOUNT"), "{known}");
    assert_no_secret(&sts, &known);
    fish.run(&home, &format!("{load}mfa test 000000"))
        .ends_with(3);
}

for_each_case! { a_failure_is_the_status_and_leaves_no_secret_at_a_terminal:
    // elvish does not list the variables that it does not export.
    elvish("elvish", "try { mfa test 000000 } catch e { echo status=$e[reason][exit-status]. }", None),
    tcsh(
        "tcsh",
        "mfa test 000000; echo status=$status.",
        Some(("(set; alias) > known.new", "READY")),
    ),
    xonsh(
        "xonsh",
        "mfa test 000000\recho @(f'status={$LAST_RETURN_CODE}.')",
        Some((
            concat!(
                "_ = open('known.new', 'w').write(repr([__xonsh__.ctx, vars(aliases._raw['mfa']), ",
                "aliases._raw['__aws_mfa_command'].__globals__]))"
            ),
            "__aws_mfa_load",
        )),
    ),
    nu(
        "nu",
        "mfa test 000000\rprint $'status=($env.LAST_EXIT_CODE).'",
        Some(("scope variables | to json | save -f known.new", "NU_LIB_DIRS")),
    ),
}
/// `wrong` enters a wrong code and prints the status; `known` writes the variables that are not exported to a
/// file, in which the second text must be.
fn a_failure_is_the_status_and_leaves_no_secret_at_a_terminal(
    program: &str,
    wrong: &str,
    known: Option<(&str, &str)>,
) {
    let Some(shell) = installed(program) else {
        return;
    };
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    for line in wrong.split('\r') {
        terminal.press(&format!("{line}\r"));
        if line.contains("mfa test") {
            terminal.expect("AWS refused the MFA code");
        }
        if line.contains("status=") {
            terminal.expect("status=3.");
        }
        shell.ready(&mut terminal);
    }
    let Some((list, has)) = known else { return };
    terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
    shell.ready(&mut terminal);
    let env = shell.environment(&home, &mut terminal);
    assert_eq!(env.text("AWS_MFA_ACCOUNT"), Some("test"));
    terminal.press(&format!("{list}\r"));
    shell.ready(&mut terminal);
    terminal.press("mv known.new known\r");
    let known = String::from_utf8(terminal.wait_for_file(&home.path("known"))).unwrap();
    assert!(known.contains(has), "{known}");
    assert_no_secret(&sts, &known);
}

for_each_shell!(a_hook_without_its_command_leaves_the_word_mfa_free: interactive);
fn a_hook_without_its_command_leaves_the_word_mfa_free(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let config = "[accounts.test]\nalias = \"aws-creds-test\"\n";
    home.write(".config/aws-mfa/config.toml", config);
    home.write_executable("bin/mfa", "#!/bin/sh\necho \"another $*\"\n");
    let mut terminal = shell.start_with_hook(&home, "--no-cmd");
    terminal.press("mfa some words\r");
    terminal.expect("another some words");
    shell.ready(&mut terminal);
    // The rest of the hook is there.
    terminal.press(&format!("aws-creds-test {}\r", sts.fresh_code(JANES_PHONE)));
    shell.ready(&mut terminal);
    environment_with_session(shell, &home, &mut terminal, "test");
}

for_each_shell!(mfa_without_words_or_session_lets_the_user_pick_an_account: interactive);
fn mfa_without_words_or_session_lets_the_user_pick_an_account(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    terminal.press("mfa\r");
    terminal.expect("210987654321 as Admin");
    // Of joe, prod and test this is one.
    terminal.press("tes");
    terminal.expect("tes");
    terminal.press("\r");
    terminal.expect("MFA code for test");
    terminal.press(&format!("{}\r", sts.fresh_code(JANES_PHONE)));
    shell.ready(&mut terminal);
    environment_with_session(shell, &home, &mut terminal, "test");
}

#[test]
fn init_prints_the_same_bytes_and_no_path() {
    let (_sts, home) = jane_fixture();
    for language in [
        "bash",
        "zsh",
        "sh",
        "fish",
        "powershell",
        "nushell",
        "elvish",
        "tcsh",
        "xonsh",
    ] {
        let first = home.aws_mfa(&["init", language]).success().text();
        assert_eq!(first, home.aws_mfa(&["init", language]).success().text());
        let places = [
            binary().to_str().unwrap().to_owned(),
            home.path("").to_str().unwrap().to_owned(),
        ];
        assert!(
            places.iter().all(|place| !first.contains(place.as_str())),
            "{language}"
        );
    }
    home.aws_mfa(&["init", "cmd"])
        .ends_with(2)
        .says("there is no hook for cmd");
    home.aws_mfa(&["init", "bash", "--cmd", "a b"])
        .ends_with(2)
        .says("`a b` is not a valid command name");
}

for_each_shell!(a_program_in_a_directory_with_a_blank_works: bash, zsh, dash);
fn a_program_in_a_directory_with_a_blank_works(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let directory = home.path("my programs");
    std::fs::create_dir(&directory).unwrap();
    crate::harness::copy_binary(&directory.join("aws-mfa"));
    std::fs::remove_file(home.path("bin/aws-mfa")).unwrap();
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
    let home = home.env("PATH", path);
    let load = shell.hook("");
    let code = sts.fresh_code(JANES_PHONE);
    let script = format!("{load}mfa test {code}; echo $AWS_MFA_ACCOUNT");
    shell.run(&home, &script).success().prints("test\n");
}

for_each_shell!(no_process_is_started_at_a_prompt: bash, zsh, fish);
fn no_process_is_started_at_a_prompt(shell: &Shell) {
    let (sts, home) = jane_fixture();
    // Without this directory, fish makes completions out of man pages in the background.
    home.write(".local/share/fish/generated_completions/.keep", "");
    let mut terminal = shell.start_with_hook(&home, "--prompt");
    terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
    terminal.expect("(test 1");
    shell.ready(&mut terminal);
    // The shell says its own process id; strace watches it from outside.
    let own = if shell.program == "fish" {
        "$fish_pid"
    } else {
        "$$"
    };
    terminal.press(&format!("echo {own} > shell-pid; mv shell-pid pid\r"));
    let pid = String::from_utf8(terminal.wait_for_file(&home.path("pid"))).unwrap();
    shell.ready(&mut terminal);
    let log = home.path("strace.log");
    let mut strace = home
        .command("strace")
        .args(["-f", "-e", "trace=process", "-o"])
        .arg(&log)
        .args(["-p", pid.trim()])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Kept open: strace also tells of each thread there.
    let mut stderr = std::io::BufReader::new(strace.stderr.take().unwrap());
    let mut said = String::new();
    std::io::BufRead::read_line(&mut stderr, &mut said).unwrap();
    assert!(said.contains("attached"), "{said}");
    for _ in 0..3 {
        terminal.press("\r");
        shell.ready(&mut terminal);
    }
    terminal.press("command -v strace > /dev/null; exit\r");
    strace.wait().unwrap();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("exit_group"), "{log}");
    // fish has threads. A call that strace shows in two lines has its flags in the first.
    let starts = |line: &&str| {
        let calls = ["fork", "clone", "execve"];
        let is_call = calls.iter().any(|call| line.contains(call)) && !line.contains(" resumed>");
        is_call && !line.contains("CLONE_THREAD")
    };
    let started: Vec<&str> = log.lines().filter(starts).collect();
    assert!(started.is_empty(), "{started:?}\n{log}");
}

#[test]
fn init_status_and_tab_start_no_thread_and_read_no_certificate() {
    let (_sts, home) = jane_fixture();
    // In there, strace may look into the program; no other user may.
    let namespace = UserNamespace::new();
    for (words, variable, reads) in [
        (&["init", "bash"][..], None, "config.toml"),
        (&["status"], None, "/proc/keys"),
        (
            &["--", "aws-mfa", "env", "te"],
            Some(("AWS_MFA_COMPLETE", "zsh")),
            ".aws/credentials",
        ),
    ] {
        let mut strace = namespace.command(&home, "strace");
        strace.args(["-f", "-o", "log", "-e"]);
        strace.arg("trace=?fork,?vfork,clone,?clone3,execve,?open,openat,socket");
        strace.args(["--", "aws-mfa"]).args(words).envs(variable);
        let outcome = home.run(&mut strace);
        assert!(!outcome.text().is_empty(), "{words:?}: {}", outcome.stderr);
        let log = std::fs::read_to_string(home.path("log")).unwrap();
        assert!(log.contains(reads), "{words:?}: {log}");
        for not in ["fork(", "clone", "socket(", "/ssl/", ".pem", ".crt"] {
            assert!(!log.contains(not), "{words:?}, {not}: {log}");
        }
        assert_eq!(log.matches("execve(").count(), 1, "{words:?}: {log}");
    }
}

/// A line of bash with this `PROMPT_COMMAND`, before which the hook was loaded twice.
fn prompt_command_in_bash(home: &Home, set: &str) -> String {
    let script = format!(
        "{set}\neval \"$(aws-mfa init bash)\"\neval \"$(aws-mfa init bash)\"\nprintf '%s|' \"${{PROMPT_COMMAND[@]}}\""
    );
    let mut bash = home.command("bash");
    bash.args(["--noprofile", "--norc", "-uic", &script]);
    home.run(&mut bash).success().text()
}

#[test]
fn the_hook_keeps_the_prompt_command_of_bash() {
    if !has("bash") {
        return;
    }
    let home = Home::empty(binary());
    for (set, then) in [
        ("unset PROMPT_COMMAND", "__aws_mfa_prompt|"),
        ("PROMPT_COMMAND='true;'", "__aws_mfa_prompt; true;|"),
        (
            "PROMPT_COMMAND=(one 'two 2')",
            "__aws_mfa_prompt; one|two 2|",
        ),
        ("PROMPT_COMMAND=([1]=two)", "__aws_mfa_prompt|two|"),
    ] {
        assert_eq!(prompt_command_in_bash(&home, set), then, "{set}");
    }
}

#[test]
fn the_hook_leaves_a_readonly_prompt_command_of_bash_alone() {
    let home = Home::empty(binary());
    for options in ["-ic", "-uic"] {
        for mode in [&[][..], &["--posix"]] {
            let script = "readonly PROMPT_COMMAND=true; export PROMPT_COMMAND; exec 2>said\neval \"$(aws-mfa init bash)\"\necho \"went on, $PROMPT_COMMAND, $(printenv PROMPT_COMMAND)\"";
            let mut bash = home.command("bash");
            bash.args(["--noprofile", "--norc"]);
            bash.args(mode).args([options, script]);
            home.run(&mut bash)
                .success()
                .prints("went on, true, true\n");
            assert_eq!(std::fs::read_to_string(home.path("said")).unwrap(), "");
        }
    }
}

#[test]
fn a_child_of_bash_does_not_inherit_the_prompt_command() {
    let home = Home::empty(binary());
    for set in [
        "export PROMPT_COMMAND=true",
        "declare -ax PROMPT_COMMAND=(one two)",
        "set -a",
        // As an older hook left it.
        "export PROMPT_COMMAND='__aws_mfa_prompt; true'",
    ] {
        let script = format!(
            "{set}\nexec 2>said\neval \"$(aws-mfa init bash)\"\necho \"${{PROMPT_COMMAND%%[; ]*}} $(printenv PROMPT_COMMAND)\""
        );
        let mut bash = home.command("bash");
        bash.args(["--noprofile", "--norc", "-ic", &script]);
        home.run(&mut bash).success().prints("__aws_mfa_prompt \n");
        assert_eq!(
            std::fs::read_to_string(home.path("said")).unwrap(),
            "",
            "{set}"
        );
    }
}

for_each_case! { with_set_k_no_variable_is_shown_and_no_session_is_lost:
    bash("bash", &["--noprofile", "--norc", "-kc"], "bash"),
    bash_interactive("bash", &["--noprofile", "--norc", "-kic"], "bash"),
    bash_as_posix("bash", &["--posix", "-kc"], "bash"),
    mksh("mksh", &["-kc"], "sh"),
    ksh93("ksh93", &["-kc"], "sh"),
}
/// With `set -k`, every assignment on a command line is for the environment of the command.
fn with_set_k_no_variable_is_shown_and_no_session_is_lost(
    program: &str,
    options: &[&str],
    language: &str,
) {
    if !has(program) {
        return;
    }
    let (sts, home) = jane_fixture();
    let home = home.env("OF_MINE", "not to be shown");
    let code = sts.fresh_code(JANES_PHONE);
    let script = format!(
        "eval \"$(aws-mfa init {language})\"\nmfa test {code}\n\
         case $- in *k*) printf '%s\\n' \"$AWS_MFA_ACCOUNT ${{__aws_mfa_hook##* $$}}\";; esac\n\
         test -z \"${{PROMPT_COMMAND-}}\" || {{ (exit 42); __aws_mfa_prompt; printf '%s\\n' \"$?\"; }}\n\
         printenv AWS_MFA_ACCOUNT __aws_mfa_hook > exported"
    );
    let outcome = run(&home, program, &[options, &[&script]].concat()).success();
    let prints = if options.contains(&"-kic") {
        "test  completion\n42\n"
    } else {
        "test \n"
    };
    let secrets = sts.with(|state| state.world.all_secrets());
    assert_eq!(outcome.text(), prints, "{program} {options:?}");
    assert!(
        !outcome.stderr.contains("not to be shown")
            && secrets
                .iter()
                .all(|secret| !outcome.stderr.contains(secret)),
        "{program} {options:?}: {}",
        outcome.stderr
    );
}

#[test]
fn the_hook_works_under_every_option_of_zsh() {
    if !has("zsh") {
        return;
    }
    let home = Home::empty(binary());
    for option in [
        "ignore_braces",
        "ignore_close_braces",
        "sh_glob",
        "ksh_glob",
        "ksh_arrays",
        "ksh_typeset",
        "sh_word_split",
        "glob_subst",
        "extended_glob",
        "null_glob",
        "rc_expand_param",
        "posix_builtins",
        "posix_identifiers",
        "warn_create_global",
    ] {
        let load = "eval \"$(aws-mfa init zsh)\"\n";
        let script = format!(
            "autoload -Uz compinit; compinit -u; precmd_functions=(one two)\n\
             setopt {option}\n{load}{load}unsetopt {option}\n\
             print -r -- $precmd_functions; whence -w mfa; print -r -- $_comps[mfa] $_comps[aws-mfa]"
        );
        let outcome = run(&home, "zsh", &["-f", "-i", "-c", &script]).success();
        assert_eq!(
            (outcome.text().as_str(), outcome.stderr.as_str()),
            (
                "__aws_mfa_prompt one two\nmfa: function\n__aws_mfa_complete_mfa __aws_mfa_complete\n",
                ""
            ),
            "{option}"
        );
    }
}

#[test]
fn elvish_passes_any_first_word_on() {
    let Some(shell) = installed("elvish") else {
        return;
    };
    let (_sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    for (line, said) in [
        ("mfa ''", "`` is not a valid account name"),
        ("mfa é", "`é` is not a valid account name"),
        (
            "mfa --version",
            concat!("aws-mfa ", env!("CARGO_PKG_VERSION")),
        ),
    ] {
        terminal.press(&format!("{line}\r"));
        terminal.expect(said);
        shell.ready(&mut terminal);
    }
}

#[test]
fn shells_that_start_together_all_have_the_hook() {
    if !has("tcsh") {
        return;
    }
    let home = Home::empty(binary());
    let lines = aws_mfa::setup::rc_file::load_now(aws_mfa::delivery::shell::Shell::Tcsh);
    home.write(".tcshrc", format!("{}\n", lines.unwrap()));
    let started: Vec<_> = (0..20)
        .map(|_| {
            let mut tcsh = home.command("tcsh");
            tcsh.args(["-c", "alias mfa"]);
            tcsh.stdout(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for tcsh in started {
        let output = tcsh.wait_with_output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("tcsh-hook"));
    }
    // What a program that fails has printed is not kept.
    std::fs::remove_file(home.path("bin/aws-mfa")).unwrap();
    run(&home, "tcsh", &["-c", "true"]);
    let left = std::fs::read_dir(home.path("")).unwrap().flatten();
    let left: Vec<_> = left
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".aws-mfa.tcsh"))
        .collect();
    assert_eq!(left, [".aws-mfa.tcsh"]);
}
