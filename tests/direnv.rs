//! Sessions that belong to a directory: direnv loads and unloads them.

use std::process::Command;

use crate::harness::jane_fixture;
use crate::support::home::Home;
use crate::support::sts::JANES_PHONE;

/// A bash in the home, with direnv as its prompt would run it.
fn bash(home: &Home, script: &str) -> Command {
    let mut bash = home.command("bash");
    bash.args([
        "-c",
        &format!(
            "enter() {{ cd \"$1\" && eval \"$(direnv export bash 2>>\"$HOME/said\")\"; }}\n{script}"
        ),
    ]);
    bash.current_dir(home.path(""));
    bash
}

#[test]
fn a_session_of_an_envrc_is_there_in_its_directory_alone() {
    let (sts, home) = jane_fixture();
    let line = "eval \"$(aws-mfa env test || echo \"(exit $?)\")\"\n";
    home.write("project/.envrc", line);
    home.write("code", sts.fresh_code(JANES_PHONE));
    home.write(
        ".config/aws-mfa/config.toml",
        "[accounts.test]\nmfa_command = \"cat ~/code\"\n",
    );
    let script = "direnv allow project
        export AWS_PROFILE=mine
        enter project
        echo \"in <$AWS_MFA_ACCOUNT> <${AWS_SESSION_TOKEN:+token}> <$AWS_PROFILE>\"
        enter ..
        echo \"out <$AWS_MFA_ACCOUNT> <${AWS_SESSION_TOKEN:+token}> <$AWS_PROFILE> <$AWS_MFA_RESTORE>\"";
    home.run(&mut bash(&home, script))
        .success()
        .prints("in <test> <token> <>\nout <> <> <mine> <>\n");
    // A refusal leaves the directory without a session, and says so.
    home.write("code", "000000");
    home.run(&mut bash(&home, script))
        .success()
        .prints("in <> <> <mine>\nout <> <> <mine> <>\n");
    assert!(home.read("said").contains("AWS refused the MFA code"));
}
