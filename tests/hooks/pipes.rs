use super::{JANES_PHONE, Shell, for_each_shell, jane_fixture};

for_each_shell!(mfa_exec_passes_on_pipes_words_and_the_status_in_a_script: interactive);
fn mfa_exec_passes_on_pipes_words_and_the_status_in_a_script(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let lines = [
        &format!("mfa -q test {code}"),
        "echo one | mfa exec test -- cat",
        "sh -c echo",
        "mfa exec test -- echo two | sed s/two/2/",
        "echo three | mfa exec test -- cat | mfa exec test -- sed s/three/3/ | sed s/3/III/",
        "sh -c echo",
        // More than a pipe holds.
        "sh -c 'seq 20000' | mfa exec test -- cat | wc -l",
        "mfa list --json | tr ',' '\\n' | grep -c '.account.:'",
        "mfa exec test -- printf '[%s]' 'a b' \"it's\" 'say \"x\"' '' -- '-x:y' '-q' 'a,b' '*' '%41'",
        "mfa exec test -- sh -c 'exit 7'",
    ];
    let script = match shell.program {
        // There, a failing program is no exception.
        "xonsh" => format!("{} && echo went-on", lines.join("\n")),
        _ => shell.and_then(&lines.join("\n"), "echo went-on"),
    };
    let outcome = shell.run_with_hook(&home, &script);
    // elvish shows the exception that ends the script.
    if shell.program != "elvish" {
        assert_eq!(outcome.stderr, "", "{}", shell.program);
    }
    // nushell prints a text without a line feed as it is, hence the empty lines. wc has blanks before its number on
    // some systems.
    let text = outcome.text();
    let words: Vec<&str> = text.split_whitespace().collect();
    let expected = "one 2 III 20000 3 [a b][it's][say \"x\"][][--][-x:y][-q][a,b][*][%41]";
    assert_eq!(words.join(" "), expected, "{}: {text}", shell.program);
    let status = match shell.program {
        // An exception ends the script.
        "elvish" => 2,
        // It is in $LASTEXITCODE; the program's own is 1 for anything that failed.
        "pwsh" => 1,
        _ => 7,
    };
    outcome.ends_with(status);
}

for_each_shell!(a_refused_code_shows_only_the_message_of_aws_mfa: bash, zsh, dash, mksh, fish, tcsh, nu, pwsh);
fn a_refused_code_shows_only_the_message_of_aws_mfa(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let outcome = shell.run_with_hook(&home, &shell.and_then("mfa prod 000000", "echo went-on"));
    assert_eq!(outcome.text(), "", "{}", shell.program);
    let expected = "aws-mfa: AWS refused the MFA code for account prod: it is wrong, too old, or was used before\n\
                    help: wait for the next code, then try again; each code works once\n";
    assert_eq!(outcome.stderr, expected, "{}", shell.program);
    outcome.ends_with(if shell.program == "pwsh" { 1 } else { 3 });
}

for_each_shell!(a_refused_code_can_be_caught: nu, elvish);
fn a_refused_code_can_be_caught(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let script = match shell.program {
        "nu" => {
            "try { mfa prod 000000; echo went-on } catch { print $\"caught ($env.LAST_EXIT_CODE)\" }"
        }
        _ => {
            "try { mfa prod 000000; echo went-on } catch error { echo caught $error[reason][exit-status] }"
        }
    };
    shell
        .run_with_hook(&home, script)
        .success()
        .prints("caught 3\n");
}

for_each_shell!(off_ends_a_session_that_displaced_nothing_in_a_script: interactive);
fn off_ends_a_session_that_displaced_nothing_in_a_script(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let script = format!("mfa test {code}\nmfa off\nenv");
    let outcome = shell.run_with_hook(&home, &script).success();
    let said = "aws-mfa: test: ended; this shell is as it was before\n";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    let environment = outcome.text();
    let left: Vec<&str> = environment
        .lines()
        .filter(|line| line.starts_with("AWS_"))
        .collect();
    assert!(left.is_empty(), "{}: {left:?}", shell.program);
}
