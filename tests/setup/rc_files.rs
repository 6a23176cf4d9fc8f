use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::{bare_home, home_of_script, key, snapshot};
use crate::harness::requirements::{has, not_run};
use crate::harness::shells::{InteractiveShell, Shell, for_each_shell};
use crate::harness::terminal::Terminal;
use crate::support::home::{Home, Outcome};
use crate::support::sts::{KEY_ID, OTHER_KEY_ID};

const BLOCK: &str = "# BEGIN aws-mfa\neval \"$(aws-mfa init bash)\"\n# END aws-mfa\n";

pub(super) fn home() -> Home {
    let (_sts, home) = bare_home();
    home.write(
        ".aws/credentials",
        format!("{}mfa_serial = GAHT12345678\n", key("test-mfa")),
    );
    home
}

fn set_up(home: &Home) -> Outcome {
    home.aws_mfa(&["setup", "--yes", "--shell", "bash"])
}

fn remove(home: &Home) -> Outcome {
    home.aws_mfa(&["setup", "--yes", "--shell", "bash", "--remove-hook"])
}

/// Whether a new bash has the hook's command.
fn bash_has_hook(home: &Home) -> bool {
    let outcome = home.run(home.command("bash").args(["-ic", "type -t mfa"]));
    outcome.text() == "function\n"
}

#[test]
fn an_added_hook_is_loaded_by_the_shell_and_can_be_removed() {
    for old in [
        &b""[..],
        b"# mine\nalias x=y\n",
        b"# mine\nalias x=y",
        b"# mine\r\nalias x=y\r\n",
        b"# mine\r\nalias x=y",
        b"# \xff\xfe not UTF-8\n\n\n",
    ] {
        let home = home();
        let rc = home.write(".bashrc", old);
        std::fs::set_permissions(&rc, std::fs::Permissions::from_mode(0o640)).unwrap();
        set_up(&home).success().says("Written: ~/.bashrc.");
        let new = std::fs::read(&rc).unwrap();
        assert!(new.starts_with(old) && new.ends_with(b"\n# END aws-mfa\n"));
        assert!(bash_has_hook(&home), "{old:?}");
        let before = snapshot(&home);
        set_up(&home)
            .success()
            .says("The hook is already in ~/.bashrc.");
        assert_eq!(snapshot(&home), before);
        remove(&home)
            .success()
            .says("  - eval \"$(aws-mfa init bash)\"");
        assert_eq!(std::fs::read(&rc).unwrap(), old);
        assert_eq!(std::fs::metadata(&rc).unwrap().mode() & 0o777, 0o640);
        let before = snapshot(&home);
        remove(&home)
            .success()
            .says("setup has added no hook to ~/.bashrc.");
        assert_eq!(snapshot(&home), before);
    }
}

#[test]
fn a_missing_rc_file_is_created_and_deleted_again() {
    let home = home();
    let before = snapshot(&home);
    set_up(&home).success();
    assert!(bash_has_hook(&home));
    remove(&home)
        .success()
        .says("This deletes ~/.bashrc, which setup created");
    assert_eq!(
        snapshot(&home).keys().collect::<Vec<_>>(),
        before.keys().collect::<Vec<_>>()
    );

    // Not if another program wrote to it meanwhile.
    set_up(&home).success();
    let text = home.read(".bashrc") + "alias x=y\n";
    home.write(".bashrc", text);
    remove(&home).success();
    assert_eq!(home.read(".bashrc"), "alias x=y\n");
}

#[test]
fn lines_around_the_change_are_not_shown() {
    let home = home();
    home.write(".bashrc", "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI");
    let added = set_up(&home)
        .success()
        .says("  line 2:\n  + # BEGIN aws-mfa\n");
    let removed = remove(&home).success().says("  - # BEGIN aws-mfa\n");
    for said in [added.stderr, removed.stderr] {
        assert!(!said.contains("wJalr"), "{said}");
    }
}

#[test]
fn a_link_stays_and_its_target_is_changed() {
    let home = home();
    let link = |to: &str, from: &str| std::os::unix::fs::symlink(to, home.path(from)).unwrap();
    home.write("dotfiles/bash/rc", "alias x=y\n");
    link("bash/rc", "dotfiles/bashrc");
    link("dotfiles/bashrc", ".bashrc");
    set_up(&home).success();
    let target = |file: &str| std::fs::read_link(home.path(file)).unwrap();
    assert_eq!(target(".bashrc"), Path::new("dotfiles/bashrc"));
    assert_eq!(target("dotfiles/bashrc"), Path::new("bash/rc"));
    assert_eq!(home.read("dotfiles/bash/rc"), format!("alias x=y\n{BLOCK}"));
    remove(&home).success();
    assert_eq!(target(".bashrc"), Path::new("dotfiles/bashrc"));
    assert_eq!(home.read("dotfiles/bash/rc"), "alias x=y\n");
}

#[test]
fn an_old_block_is_renewed_and_lines_by_hand_are_left() {
    let home = home();
    home.write(
        ".bashrc",
        "alias x=y\n# BEGIN aws-mfa\nsource <(aws-mfa init bash)\n# END aws-mfa\nalias z=y\n",
    );
    set_up(&home)
        .success()
        .says("  - source <(aws-mfa init bash)\n  + eval \"$(aws-mfa init bash)\"");
    assert_eq!(
        home.read(".bashrc"),
        format!("alias x=y\n{BLOCK}alias z=y\n")
    );
    // Options within the block are the user's wish.
    for (options, then) in [
        ("--cmd session", "  session test\n"),
        ("--no-cmd", "  eval \"$(aws-mfa env test)\"\n"),
    ] {
        home.write(
            ".bashrc",
            BLOCK.replace("init bash", &format!("init bash {options}")),
        );
        let before = snapshot(&home);
        set_up(&home)
            .success()
            .says("You added options to the hook in ~/.bashrc")
            .says(then);
        assert_eq!(snapshot(&home), before);
    }
    // Of one that was copied, nothing stays.
    home.write(".bashrc", format!("{BLOCK}alias x=y\n{BLOCK}"));
    remove(&home).success();
    assert_eq!(home.read(".bashrc"), "alias x=y\n");

    for file in [".bashrc", ".bash_aliases"] {
        home.write(".bashrc", "");
        home.write(file, "alias x=y\neval \"$(aws-mfa init bash)\"\n");
        let before = snapshot(&home);
        set_up(&home)
            .success()
            .says(&format!("The hook is already loaded in ~/{file}, line 2;"))
            .says("Nothing was changed.");
        assert_eq!(snapshot(&home), before);
    }
    home.write(".bashrc", "eval \"$(aws-mfa init bash)\"\n");
    remove(&home)
        .success()
        .says("The hook in ~/.bashrc, line 1 was not added by setup; remove it yourself.");
}

#[test]
fn an_unwritable_directory_is_reported_and_nothing_is_half_done() {
    let (_sts, home) = home_of_script();
    if !rustix::process::geteuid().is_root() {
        not_run("only root can give files to another user; the directory alone is read-only");
        home.set_mode("", 0o555);
        let outcome = set_up(&home);
        home.set_mode("", 0o755);
        outcome.ends_with(1).says("could not write ~/.bashrc: ");
        return;
    }
    let own = |file: &str| {
        std::os::unix::fs::chown(home.path(file), Some(54321), Some(54321)).unwrap();
    };
    std::fs::create_dir_all(home.path(".config")).unwrap();
    for file in [".aws", ".aws/credentials", ".config", ".bashrc"] {
        own(file);
    }
    home.set_mode("", 0o755);
    // The program may lie where a stranger may not look.
    let copy = home.path("aws-mfa-copy");
    crate::harness::copy_binary(&copy);
    let before = snapshot(&home);
    let mut command = home.command("setpriv");
    command.args(["--reuid=54321", "--regid=54321", "--clear-groups", "--"]);
    command
        .arg(copy)
        .args(["setup", "--yes", "--shell", "bash"]);
    home.run(&mut command)
        .ends_with(1)
        .says("could not write ~/.bashrc: Permission denied")
        .says("help: the files are as they were");
    // config.toml could have been written, and was not.
    let mut after = snapshot(&home);
    for changed in [".config", ".cache"] {
        after.retain(|path, _| *path != home.path(changed));
    }
    let mut before = before;
    before.retain(|path, _| *path != home.path(".config"));
    assert_eq!(after, before);
}

#[test]
fn setup_stopped_at_any_moment_leaves_no_file_half_written() {
    let (_sts, home) = home_of_script();
    // What is remembered of the devices is not at stake here.
    home.write(
        ".cache/aws-mfa/mfa-devices.json",
        format!("{{\"{KEY_ID}\":\"GAHT12345678\",\"{OTHER_KEY_ID}\":\"GAHT12345678\"}}"),
    );
    let config = home.path(super::CONFIG);
    let old = home.read(".bashrc");
    let reset = || {
        home.write(".bashrc", &old);
        let _ = std::fs::remove_dir_all(home.path(".config"));
    };
    let beside = || {
        let entries = std::fs::read_dir(home.path("")).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name())
            .collect::<BTreeSet<_>>()
    };
    reset();
    let names = beside();
    for (signal, calls) in [
        (
            "INT",
            &[
                "openat",
                "mkdir",
                "mkdirat",
                "write",
                "fchmod",
                "fsync",
                "rename",
                "renameat",
                "renameat2",
            ][..],
        ),
        (
            "KILL",
            &[
                "write",
                "fchmod",
                "fsync",
                "rename",
                "renameat",
                "renameat2",
            ],
        ),
    ] {
        let mut stopped = 0;
        for call in calls {
            for when in 1.. {
                reset();
                let mut command = home.command("strace");
                // Not every machine has all of them.
                command.args(["-f", "-o", "/dev/null", "-e", &format!("trace=?{call}")]);
                command.args(["-e", &format!("inject=?{call}:signal={signal}:when={when}")]);
                command.args(["--", "aws-mfa", "-q", "setup", "--yes", "--shell", "bash"]);
                let outcome = command.output().unwrap();
                let what = format!(
                    "{signal} at {call} {when}: {}",
                    String::from_utf8_lossy(&outcome.stderr)
                );
                let rc = home.read(".bashrc");
                assert!(rc == old || rc == format!("{old}{BLOCK}"), "{what}: {rc}");
                let text = std::fs::read_to_string(&config).ok();
                assert!(
                    text.as_ref()
                        .is_none_or(|text| text.ends_with("persist = true\n")),
                    "{what}: {text:?}"
                );
                if signal == "INT" {
                    // Both or none, and nothing beside them.
                    assert_eq!(text.is_some(), rc != old, "{what}");
                    let mut left = beside();
                    left.extend(names.iter().cloned());
                    let mut expected = names.clone();
                    expected.extend(text.map(|_| ".config".into()));
                    assert_eq!(left, expected, "{what}");
                }
                if outcome.status.success() {
                    assert_ne!(rc, old, "{what}");
                    // What came in the middle of writing is not forgotten after it.
                    assert!(when > 1 || *call != "fsync", "{what}");
                    break;
                }
                stopped += 1;
                assert!(when < 500, "{call} does not come to an end");
            }
        }
        assert!(stopped > 5, "{signal}: {stopped}");
    }
}

for_each_shell!(a_new_shell_finds_the_hook_where_setup_puts_it: interactive);
fn a_new_shell_finds_the_hook_where_setup_puts_it(shell: &Shell) {
    let home = home();
    let InteractiveShell {
        other_rc: rc,
        prompt,
        autoload,
        ..
    } = *shell.interactive();
    home.write(rc, prompt);
    let home_directory = home.path("");
    let below = |name: &str| home_directory.join(name);
    let home = home
        .env("ZDOTDIR", below("zdot"))
        .env("XDG_CONFIG_HOME", below("cfg"))
        .env("XDG_DATA_HOME", below("data"))
        .env("ENV", below(".shrc"));
    let setup = |more: &[&str]| {
        let words = [&["setup", "--yes", "--shell", shell.language], more].concat();
        home.aws_mfa(&words).success()
    };
    setup(&[]).says("Written: ");
    let written = snapshot(&home);
    setup(&[]).says("Nothing was changed.");
    assert_eq!(snapshot(&home), written);

    let mut terminal = shell.open(&home);
    terminal.press("mfa list --json\r");
    terminal.expect("\"source_profile\":\"test-mfa\"");
    drop(terminal);

    home.aws_mfa(&[
        "setup",
        "--remove-hook",
        "--dry-run",
        "--shell",
        shell.language,
    ])
    .success();
    setup(&["--remove-hook"]).says(if autoload.is_some() {
        "Deleted: "
    } else {
        "Written: "
    });
    assert_eq!(home.read(rc), prompt);
    for hook in ["data/nushell/vendor/autoload/aws-mfa.nu", ".aws-mfa.tcsh"] {
        assert!(!home.path(hook).exists(), "{hook}");
    }
}

#[test]
fn a_shell_without_an_rc_file_is_told_the_line() {
    let home = home();
    let before = snapshot(&home);
    for (shell, said) in [
        (
            "sh",
            "the file that ENV names (ENV is not set):\n  eval \"$(aws-mfa init sh)\"",
        ),
        ("cmd", "There is no hook for cmd."),
    ] {
        home.aws_mfa(&["setup", "--yes", "--shell", shell])
            .success()
            .says(said)
            .says("aws-mfa env test");
        home.aws_mfa(&["setup", "--yes", "--remove-hook", "--shell", shell])
            .success();
    }
    assert_eq!(snapshot(&home), before);
}

#[test]
fn another_command_called_mfa_is_reported() {
    let home = home();
    let by_hand = "under another NAME:\n\n  eval \"$(aws-mfa init bash --cmd NAME)\"\n";
    home.write(".bash_aliases", "# mine\nmfa() {\n  oathtool --totp x\n}\n");
    set_up(&home)
        .success()
        .says("The hook defines `mfa`. ~/.bash_aliases, line 2, defines it, too, and the hook's is to take its place.")
        .says(by_hand);
    remove(&home).success();
    home.write(".bash_aliases", "# mine\n");
    home.write_executable("bin/mfa", "#!/bin/sh\n");
    set_up(&home)
        .success()
        .says("~/bin/mfa has the same name")
        .says(by_hand);
}

#[test]
fn a_shell_with_the_hook_needs_no_new_shell_after_setup() {
    let home = home();
    set_up(&home)
        .success()
        .says("Next, open a new shell, or load the hook here:");
    let script = "eval \"$(aws-mfa init bash)\"; mfa setup --yes; true";
    let again = home.run(home.command("bash").args(["--norc", "-c", script]));
    let again = again.success().says("The hook is already in ~/.bashrc.");
    assert!(
        again.stderr.ends_with(
            "\nNext, type this, and enter the code from your MFA device when asked for it:\n\n  mfa test\n"
        ),
        "{}",
        again.stderr
    );
}

#[test]
fn the_hook_of_another_shell_is_named() {
    let home = home();
    set_up(&home).success();
    home.aws_mfa(&["setup", "--yes", "--remove-hook", "--shell", "zsh"])
        .success()
        .says(
            "bash has the hook, too; to remove it, run `aws-mfa setup --remove-hook --shell bash`",
        );
    // At the terminal it is asked for.
    let words = "aws-mfa setup --remove-hook --shell bash";
    let mut terminal = Terminal::script(home.command("sh"), words);
    terminal.expect("Remove the hook? [Y/n] ");
    terminal.press("n\r");
    terminal.expect("Nothing was changed.");
    terminal.expect("ended=0.");
    assert!(home.read(".bashrc").contains(BLOCK.lines().nth(1).unwrap()));
}

#[test]
fn a_login_shell_that_reads_no_bashrc_is_told() {
    const NOTE: &str = "Your login shells read ~/.bash_profile and not ~/.bashrc: add `[ -r ~/.bashrc ] && . ~/.bashrc` to it.";
    let home = home();
    home.write(".profile", ". ~/.bashrc\n");
    home.write(".bash_profile", "export EDITOR=vi\n");
    set_up(&home)
        .success()
        .says("Written: ~/.bashrc.")
        .says(NOTE);
    assert_eq!(home.read(".bash_profile"), "export EDITOR=vi\n");
    // As long as it is so.
    set_up(&home).success().says("is already in").says(NOTE);
    for line in [". ~/.profile\n", "[ -r ~/.bashrc ] && . ~/.bashrc\n"] {
        home.write(".bash_profile", line);
        let said = set_up(&home).success().stderr;
        assert!(!said.contains("login shells"), "{line}: {said}");
    }
}

#[test]
fn a_zsh_without_compinit_is_offered_completion() {
    const COMPINIT: &str = "autoload -Uz compinit && compinit -i";
    if !has("zsh") {
        return;
    }
    for (rc, keys, is_added) in [
        ("", "\r", true),
        ("# mine\n", "n\r", false),
        ("autoload -Uz compinit && compinit -u\n", "", false),
    ] {
        let home = home();
        // In Ubuntu, /etc/zsh/zshrc runs compinit unless this says otherwise.
        home.write(".zshenv", "skip_global_compinit=1\n");
        home.write(".zshrc", rc);
        let mut terminal =
            Terminal::start(home.command("aws-mfa").args(["setup", "--shell", "zsh"]));
        if !keys.is_empty() {
            terminal.expect("nothing in its rc files runs `compinit`");
            terminal.expect("Turn on completion in zsh, with the hook? [Y/n] ");
            terminal.press(keys);
        }
        terminal.expect("Write ~/.zshrc? [Y/n] ");
        terminal.press("\r");
        terminal.expect("a new zsh loads the hook; its commands are: `mfa`");
        terminal.end();
        let text = terminal.text();
        assert_eq!(
            text.contains("Turn on completion"),
            !keys.is_empty(),
            "{text}"
        );
        assert_eq!(home.read(".zshrc").contains(COMPINIT), is_added, "{rc}");
        let completes = "print \"completes $+functions[compdef] ${_comps[mfa]}\"";
        let said = home
            .run(home.command("zsh").args(["-ic", completes]))
            .text();
        assert_eq!(
            said.contains("completes 1 _"),
            is_added || rc.starts_with("auto"),
            "{said}"
        );
        // What was agreed to stays, and goes with the hook.
        let before = snapshot(&home);
        if keys != "n\r" {
            home.aws_mfa(&["setup", "--yes", "--shell", "zsh"])
                .success()
                .says("is already in");
            let mut after = snapshot(&home);
            after.retain(|path, _| before.contains_key(path));
            assert_eq!(after, before);
        }
        home.aws_mfa(&["setup", "--yes", "--shell", "zsh", "--remove-hook"])
            .success();
        assert_eq!(home.read(".zshrc"), rc);
    }
}

/// The ~/.profile and the ~/.bashrc of a new user in Debian, as far as they matter here (/etc/skel).
const DEBIANS_PROFILE: &str = "\
if [ -n \"$BASH_VERSION\" ]; then
    if [ -f \"$HOME/.bashrc\" ]; then
\t. \"$HOME/.bashrc\"
    fi
fi
if [ -d \"$HOME/bin\" ] ; then
    PATH=\"$HOME/bin:$PATH\"
fi
";
const DEBIANS_BASHRC: &str = "case $- in\n    *i*) ;;\n      *) return;;\nesac\n";

/// What a login shell of bash says on its way to these words, with the PATH of a login.
fn in_login_shell(home: &Home, words: &str) -> Outcome {
    let mut command = home.command("bash");
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
    home.run(command.args(["-lic", words]))
}

#[test]
fn a_login_shell_that_extends_path_after_bashrc_loads_the_hook_without_a_word() {
    let home = home();
    home.write(".profile", DEBIANS_PROFILE);
    home.write(".bashrc", DEBIANS_BASHRC);
    // What setup is there to prevent.
    home.write(".bashrc", format!("{DEBIANS_BASHRC}{BLOCK}"));
    let said = in_login_shell(&home, "type -t mfa");
    assert!(
        said.stderr.contains("aws-mfa: command not found"),
        "{}",
        said.stderr
    );

    set_up(&home)
        .success()
        .says("  + [ ! -x ~/bin/aws-mfa ] || eval \"$(~/bin/aws-mfa init bash)\"\n")
        .says("a new bash loads the hook; its commands are: `mfa`");
    let said = in_login_shell(&home, "type -t mfa; mfa list --json").success();
    assert!(said.text().starts_with("function\n"), "{}", said.text());
    assert!(said.text().contains("test-mfa"), "{}", said.text());
    assert!(!said.stderr.contains("aws-mfa"), "{}", said.stderr);
    assert!(bash_has_hook(&home));
    let before = snapshot(&home);
    set_up(&home).success().says("Nothing was changed.");
    assert_eq!(snapshot(&home), before);
    // doctor knows that line for the hook's.
    let script = "aws-mfa doctor; true";
    let doctor = home
        .run(home.command("bash").args(["--norc", "-c", script]))
        .text();
    assert!(
        doctor.contains("although its line is in ~/.bashrc"),
        "{doctor}"
    );
    // Once the program is gone, nothing is printed.
    let program = home.path("bin/aws-mfa");
    let aside = home.path("aside");
    std::fs::rename(&program, &aside).unwrap();
    let said = in_login_shell(&home, "echo $?").success().prints("0\n");
    assert!(!said.stderr.contains("aws-mfa"), "{}", said.stderr);
    std::fs::rename(&aside, &program).unwrap();
    remove(&home).success();
    assert_eq!(home.read(".bashrc"), DEBIANS_BASHRC);
}

#[test]
fn a_bashrc_that_finds_the_program_by_itself_gets_the_plain_line() {
    let home = home();
    home.write(".profile", DEBIANS_PROFILE);
    home.write(".bashrc", "PATH=~/bin:$PATH\n");
    set_up(&home).success();
    assert!(home.read(".bashrc").ends_with(BLOCK));
}

for_each_shell!(an_alias_after_the_hook_is_reported_and_not_promised_away: bash, zsh, fish);
fn an_alias_after_the_hook_is_reported_and_not_promised_away(shell: &Shell) {
    let (_sts, home) = home_of_script();
    let InteractiveShell { rc, prompt, .. } = *shell.interactive();
    home.write(rc, prompt);
    let set_up = || {
        home.aws_mfa(&["setup", "--yes", "--offline", "--shell", shell.language])
            .success()
    };
    let name = shell.language;
    set_up().says(&format!(
        "a new {name} loads the hook; its commands are: `mfa`, `aws-creds-prod`, `aws-creds-test`"
    ));
    // The old aliases are read after the hook's lines.
    let text = home.read(rc) + "alias aws-creds-test='echo old'\nalias mfa='echo mine'\n";
    home.write(rc, &text);
    let what = if name == "fish" {
        "a function"
    } else {
        "an alias"
    };
    let line = |definition: &str| {
        let at = text.lines().position(|line| line.contains(definition));
        at.unwrap() + 1
    };
    let problems = ["aws-creds-test", "mfa"].map(|command| {
        let line = line(&format!("alias {command}="));
        format!(
            "in a new {name}, `{command}` is {what} of yours (~/{rc}, line {line}) and not the hook's command"
        )
    });
    let said = set_up().says("a new").stderr;
    for problem in &problems {
        assert!(
            said.contains(&format!("warning: {problem}: delete that definition")),
            "{said}"
        );
    }
    assert!(
        said.contains("its commands are: `aws-creds-prod`\n"),
        "{said}"
    );
    let mut terminal = shell.open(&home);
    let doctor = shell.output_of(&home, &mut terminal, "aws-mfa doctor");
    let doctor = String::from_utf8(doctor).unwrap();
    for problem in &problems {
        assert!(
            doctor.contains(&format!("warning  hook          {problem}")),
            "{doctor}"
        );
    }
    assert!(
        doctor.contains("fix: delete that definition, or move it above the hook's line"),
        "{doctor}"
    );
}

#[test]
fn an_alias_of_a_login_shell_that_hides_the_hooks_command_is_reported() {
    let home = home();
    home.write(
        ".bash_profile",
        ". ~/.bashrc\nPATH=~/bin:$PATH\nalias mfa='echo mine'\n",
    );
    set_up(&home)
        .success()
        .says("in a new login bash, `mfa` is an alias of yours (~/.bash_profile, line 3)");
}

#[test]
fn a_hook_that_an_rc_file_never_reaches_is_reported() {
    let home = home();
    home.write(".bashrc", "return\n");
    set_up(&home)
        .success()
        .says("warning: a new bash did not load the hook: look at what one prints");
}
