//! A session is loaded completely or not at all, however the shell is set up and whenever Ctrl-C is pressed.

use super::{identity, run};
use crate::harness::cases::for_each_case;
use crate::harness::jane_fixture;
use crate::harness::requirements::has;
use crate::harness::shells::{Shell, for_each_shell};
use crate::support::sts::JANES_PHONE;

for_each_shell!(an_empty_account_fails_although_the_shell_holds_a_session: bash, zsh, dash, mksh, fish, elvish, xonsh, nu);
fn an_empty_account_fails_although_the_shell_holds_a_session(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    let code = sts.fresh_code(JANES_PHONE);
    shell.enter(
        &mut terminal,
        &format!("mfa test {code}"),
        "aws-mfa: test: loaded",
    );
    // As in `mfa "$account" 123456 && terraform apply`.
    shell.enter(
        &mut terminal,
        "mfa '' 123456",
        "`` is not a valid account name",
    );
    if ["bash", "zsh", "dash", "mksh", "fish"].contains(&shell.program) {
        shell.enter(
            &mut terminal,
            "mfa '' 123456 || echo refused''-it",
            "refused-it",
        );
    }
}

for_each_shell!(a_readonly_variable_of_an_account_fails_in_the_hook: bash, zsh, dash, mksh, ksh93, busybox);
fn a_readonly_variable_of_an_account_fails_in_the_hook(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let script = format!(
        "eval \"$(aws-mfa init {})\"\nreadonly KUBECONFIG\nmfa prod {code} && echo went-on\nexit $?",
        shell.language
    );
    shell
        .run(&home, &script)
        .ends_with(2)
        .prints("")
        .says("nothing was changed: that variable is readonly");
}

for_each_shell!(a_shell_that_can_open_no_pipe_fails_and_keeps_its_session: bash, zsh, dash, mksh, busybox);
fn a_shell_that_can_open_no_pipe_fails_and_keeps_its_session(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let outcome = shell.run(
        &home,
        &format!(
            "eval \"$(aws-mfa init {})\"\nmfa test {code}\nulimit -n 3\nmfa prod 123456 && echo went-on with $AWS_MFA_ACCOUNT",
            shell.language
        ),
    );
    assert!(
        outcome.status != Some(0) && outcome.text().is_empty(),
        "{:?} {} {}",
        outcome.status,
        outcome.text(),
        outcome.stderr
    );
}

for_each_shell!(the_prompt_does_not_end_a_shell_with_errexit: bash, zsh);
fn the_prompt_does_not_end_a_shell_with_errexit(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    let code = sts.fresh_code(JANES_PHONE);
    for load in ["true", &format!("mfa test {code}")] {
        shell.enter(&mut terminal, load, "");
        // A status that does not end the shell.
        shell.enter(&mut terminal, "set -e; false && true", "");
        shell.enter(&mut terminal, "echo st''ill here", "still here");
    }
}

for_each_case! { no_attribute_of_a_variable_changes_a_session:
    bash_integer("bash", "typeset -i AWS_SECRET_ACCESS_KEY"),
    bash_upper_case("bash", "typeset -u AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"),
    bash_lower_case("bash", "typeset -l AWS_ACCESS_KEY_ID"),
    bash_array("bash", "typeset -a AWS_SESSION_TOKEN"),
    bash_map("bash", "typeset -A AWS_SESSION_TOKEN"),
    zsh_integer("zsh", "typeset -i AWS_SECRET_ACCESS_KEY"),
    zsh_upper_case("zsh", "typeset -u AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"),
    zsh_array("zsh", "typeset -a AWS_SESSION_TOKEN"),
    mksh_integer("mksh", "typeset -i AWS_SECRET_ACCESS_KEY"),
    mksh_zeroes("mksh", "typeset -Z5 AWS_ACCESS_KEY_ID"),
    ksh93_integer("ksh93", "typeset -i AWS_SECRET_ACCESS_KEY"),
    ksh93_upper_case("ksh93", "typeset -u AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"),
    ksh93_zeroes("ksh93", "typeset -Z5 AWS_ACCESS_KEY_ID"),
}
fn no_attribute_of_a_variable_changes_a_session(program: &str, declaration: &str) {
    if !has(program) {
        return;
    }
    let shell = crate::harness::shells::shell(program);
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let load = format!(
        "{declaration}\neval \"$(aws-mfa init {})\"\nmfa -q test {code}",
        shell.language
    );
    let env = shell.environment_after(&home, &[load]);
    assert!(identity(&env, &sts).contains("jane"));
}

/// The session would be in part that of the function, and gone with it.
#[test]
fn a_session_outlives_what_bash_sets_for_one_command_or_function() {
    if !has("bash") {
        return;
    }
    for call in [
        "AWS_PROFILE=other AWS_REGION=us-east-2 mfa -q test",
        "f() { local -x AWS_PROFILE=other AWS_REGION=us-east-2; mfa -q test \"$@\"; }\nf",
        "f() { local AWS_REGION; mfa -q test \"$@\"; }\nf",
    ] {
        let shell = crate::harness::shells::shell("bash");
        let (sts, home) = jane_fixture();
        let home = home.env("AWS_PROFILE", "work");
        let code = sts.fresh_code(JANES_PHONE);
        let load = format!("eval \"$(aws-mfa init bash)\"\n{call} {code}");
        let env = shell.environment_after(&home, &[load]);
        assert_eq!(env.text("AWS_PROFILE"), None, "{call}");
        assert_eq!(env.text("AWS_REGION"), Some("eu-west-1"), "{call}");
        assert!(identity(&env, &sts).contains("jane"), "{call}");
    }
}

#[test]
fn no_global_alias_of_zsh_becomes_part_of_the_hook() {
    if !has("zsh") {
        return;
    }
    let (_sts, home) = jane_fixture();
    // The first two are in the manual of bat: https://github.com/sharkdp/bat
    let script = "alias -g -- -h='-h 2>&1 | cat'\nalias -g -- --help='--help 2>&1 | cat'\n\
                  for word in -V --version -- off list env exec status test --shell --evaluated zsh init save; do\n\
                  alias -g -- $word='| no-such-program'\ndone\n\
                  \\eval \"$(aws-mfa 'init' 'zsh')\"\n'mfa' '-q' 'off'\n'mfa' 'list' '--json'";
    let outcome = run(&home, "zsh", &["-f", "-c", script]).success();
    assert!(outcome.text().contains("\"account\":\"joe\""));
    assert_eq!(outcome.stderr, "");
}

for_each_shell!(an_interrupt_within_the_statements_leaves_no_half_of_them: bash, zsh, dash, mksh, fish, elvish, xonsh);
/// One of the statements, which a program in place of `aws-mfa` prints, is what Ctrl-C does to the shell.
fn an_interrupt_within_the_statements_leaves_no_half_of_them(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let [first, interrupt, last] = match shell.language {
        "fish" => [
            "set -gx FIRST 1",
            "test -e once; or begin; touch once; kill -INT $fish_pid; sleep 1; end",
            "set -gx LAST 1",
        ],
        "elvish" => [
            "set-env FIRST 1",
            "if (not ?(e:test -e once)) { e:touch once; e:kill -INT $pid; e:sleep 1 }",
            "set-env LAST 1",
        ],
        "xonsh" => [
            "$FIRST = '1'",
            "__import__('os').kill(__import__('os').getpid(), 2)",
            "$LAST = '1'",
        ],
        _ => [
            "export FIRST=1",
            "test -e once || { touch once; kill -INT $$; sleep 1; }",
            "export LAST=1",
        ],
    };
    home.write("statements", format!("{first};\n{interrupt};\n{last};\n"));
    let hook = home.aws_mfa(&["init", shell.language]).success().stdout;
    home.write("hook", hook);
    std::fs::remove_file(home.path("bin/aws-mfa")).unwrap();
    home.write_executable(
        "bin/aws-mfa",
        "#!/bin/sh\ncase $1 in init) cat ~/hook ;; *) cat ~/statements ;; esac\n",
    );
    let mut terminal = shell.start_with_hook(&home, "");
    terminal.press("mfa test 123456\r");
    shell.ready_after_interrupt(&mut terminal);
    let env = shell.environment(&home, &mut terminal);
    assert_eq!(
        (env.text("FIRST"), env.text("LAST")),
        (Some("1"), Some("1"))
    );
    // Ctrl-C works again.
    terminal.press("sh -c 'echo start\"\"ed; exec sleep 100'\r");
    terminal.expect("started");
    terminal.press("\x03");
    shell.ready_after_interrupt(&mut terminal);
}
