use super::{good, in_bash};
use crate::harness::requirements::has;
use crate::harness::shells::{Shell, for_each_shell};
use crate::harness::terminal::Terminal;
use crate::support::home::Home;

/// The report of `doctor` in the shell, with these options.
fn doctor(shell: &Shell, home: &Home, terminal: &mut Terminal, options: &str) -> String {
    let report = shell.output_of(home, terminal, &format!("aws-mfa doctor {options}"));
    String::from_utf8(report).unwrap()
}

/// Starts the shell with the hook, after what the shell itself needs for completion.
fn start_with_hook(shell: &Shell, home: &Home) -> Terminal {
    let hook = shell.install_hook(home, "");
    shell.start(home, &format!("{}{hook}", shell.completion_setup()))
}

for_each_shell!(doctor_in_a_good_home_reports_no_problem: interactive);
fn doctor_in_a_good_home_reports_no_problem(shell: &Shell) {
    let (sts, home) = good();
    let mut terminal = start_with_hook(shell, &home);
    let said = doctor(shell, &home, &mut terminal, "");
    assert_eq!(sts.with(|state| state.connections), 0);
    let online = doctor(shell, &home, &mut terminal, "--online");
    for (said, lines) in [(&said, 12), (&online, 18)] {
        let (found, count) = said
            .split_once("\n\n")
            .expect("a count after an empty line");
        let bad: Vec<&str> = found
            .lines()
            .filter(|line| !line.starts_with("ok "))
            .collect();
        assert!(bad.is_empty(), "{bad:#?}");
        assert!(found.lines().count() >= lines, "{said}");
        assert_eq!(count.trim_end(), "no problems, no warnings");
    }
    assert!(
        said.contains(concat!("loaded, version ", env!("CARGO_PKG_VERSION"))),
        "{said}"
    );
    let completes = shell.interactive().completion.is_some();
    assert_eq!(said.contains("loaded with the hook"), completes, "{said}");
    for said in [
        "STS at http://localhost:",
        "clock         correct",
        "the key of profile test-mfa works: arn:aws:iam::123456789012:user/jane",
        "the key of profile joe-long-term is 0 days old",
        "joe: arn:aws:iam::123456789012:mfa/joe",
        "prod: arn:aws:iam::123456789012:mfa/janes-phone belongs to the user",
    ] {
        assert!(online.contains(said), "no {said:?}: {online}");
    }
    // Each key once, however many accounts use it; and no code is asked for.
    assert_eq!(sts.count("GetCallerIdentity"), 2);
    assert_eq!(sts.count("ListMFADevices"), 2);
    assert_eq!(sts.count("GetSessionToken"), 0);
}

for_each_shell!(a_missing_hook_is_reported_with_its_line: interactive);
fn a_missing_hook_is_reported_with_its_line(shell: &Shell) {
    let (_sts, home) = good();
    let mut terminal = shell.start(&home, "");
    let said = doctor(shell, &home, &mut terminal, "");
    let line = match shell.program {
        "nu" => "aws-mfa init nushell | save -f ",
        _ => &format!(
            "~/{}: {}",
            shell.interactive().rc,
            shell.hook("").trim_end().replace('\n', "; ")
        ),
    };
    let warned = said
        .lines()
        .any(|said| said.starts_with("warning  hook          not loaded in this "));
    assert!(warned && said.contains(line), "{said}");
    // With the line there, a shell that was open before is told from one that was not.
    let hook = shell.install_hook(&home, "");
    shell.write_rc(&home, &hook);
    let said = doctor(shell, &home, &mut terminal, "");
    assert!(
        said.contains("although its line is in ~/")
            && said.contains("open a new interactive shell"),
        "{said}"
    );
}

for_each_shell!(the_fix_that_unsets_a_variable_works: interactive);
fn the_fix_that_unsets_a_variable_works(shell: &Shell) {
    let (_sts, home) = good();
    let home = home
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "x");
    let mut terminal = start_with_hook(shell, &home);
    let said = doctor(shell, &home, &mut terminal, "");
    let fix = said.split("fix: run `").nth(1);
    let fix = fix.and_then(|rest| rest.split_once("`, and remove them where they are set"));
    let (fix, _) = fix.unwrap_or_else(|| panic!("{said}"));
    terminal.press(&format!("{fix}\r"));
    shell.ready(&mut terminal);
    let said = doctor(shell, &home, &mut terminal, "");
    assert!(
        said.contains("ok       variables     no other credentials in this shell"),
        "{fix}: {said}"
    );
}

#[test]
fn a_child_shell_without_the_hook_is_not_taken_for_its_parent() {
    let (_sts, home) = good();
    let said = in_bash(&home, "dash -c 'aws-mfa doctor; true'")
        .success()
        .text();
    assert!(
        said.contains("warning  hook          not loaded in this sh"),
        "{said}"
    );
    let said = in_bash(&home, "bash --norc -c 'aws-mfa doctor; true'");
    assert!(
        said.text()
            .contains("warning  hook          not loaded in this bash"),
        "{}",
        said.text()
    );
    // A copy of the shell has what the shell has.
    for copied in [
        "mfa doctor | cat",
        "echo \"$(mfa doctor)\"",
        "(mfa doctor; :)",
    ] {
        let said = in_bash(&home, copied).success().text();
        assert!(
            said.contains("ok       hook          loaded"),
            "{copied}: {said}"
        );
    }
    // A shell that becomes this program has not lost it.
    let script = "eval \"$(aws-mfa init bash)\"; exec aws-mfa doctor";
    let said = home
        .run(home.command("bash").args(["--norc", "-c", script]))
        .success()
        .text();
    assert!(said.contains("ok       hook          loaded"), "{said}");
}

#[test]
fn a_hook_of_another_version_is_reported() {
    let (_sts, home) = good();
    let said = in_bash(
        &home,
        "export __aws_mfa_hook=\"0.0.9 $$ completion\"; aws-mfa doctor",
    )
    .success()
    .text();
    assert!(
        said.contains("warning  hook          loaded, but its version is 0.0.9"),
        "{said}"
    );
    assert!(said.contains("fix: open a new shell"), "{said}");
    // A function of another program is no hook.
    let said = in_bash(&home, "export __aws_mfa_hook=nonsense; aws-mfa doctor")
        .success()
        .text();
    assert!(said.contains("warning  hook          not loaded"), "{said}");
}

#[test]
fn a_zsh_without_compinit_is_told_why_tab_does_nothing() {
    if !has("zsh") {
        return;
    }
    let (_sts, home) = good();
    let script = "eval \"$(aws-mfa init zsh)\"; aws-mfa doctor; exit $?";
    let said = home
        .run(home.command("zsh").args(["-f", "-c", script]))
        .success()
        .text();
    assert!(
        said.contains("warning  completion    not loaded: zsh had no compdef"),
        "{said}"
    );
    assert!(said.contains("autoload -Uz compinit && compinit"), "{said}");
}

#[test]
fn a_login_shell_that_reads_no_bashrc_is_told_how() {
    let (_sts, home) = good();
    // The PATH of the home, whatever /etc/profile says.
    let path = format!("PATH={}:$PATH", home.path("bin").display());
    home.write(
        ".bashrc",
        format!("{path}\neval \"$(aws-mfa init bash)\"\n"),
    );
    let doctor = || {
        let script = format!("{path}; aws-mfa doctor; exit $?");
        let login = home.run(home.command("bash").args(["-l", "-c", &script]));
        login.text()
    };
    let wrong = "fix: login shells read ~/.bash_profile and not ~/.bashrc: add `[ -r ~/.bashrc ] && . ~/.bashrc` to it";
    home.write(".profile", ". ~/.bashrc\n");
    home.write(".bash_profile", "# not ~/.bashrc\nexport EDITOR=vi\n");
    let said = doctor();
    assert!(said.contains(wrong), "{said}");
    // By the line that it says, or by way of the other file, the hook is there.
    for line in ["[ -r ~/.bashrc ] && . ~/.bashrc\n", ". ~/.profile\n"] {
        home.write(".bash_profile", line);
        let said = doctor();
        assert!(said.contains("ok       hook          loaded"), "{said}");
    }
}
