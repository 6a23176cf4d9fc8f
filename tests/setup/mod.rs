//! `setup`: from homes as people have them to the first session, in a real shell.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;

use crate::harness::binary;
use crate::harness::cases::for_each_case;
use crate::harness::shells::{PROMPT, Shell, for_each_shell, shell};
use crate::harness::terminal::Terminal;
use crate::support::home::Home;
use crate::support::sts::{
    ADMIN_ROLE, Device, Fault, JANES_PHONE, JOES_TABLET, KEY_ID, OTHER_KEY_ID, OTHER_SECRET,
    SECRET, StrictSts, World,
};

/// Thousands of profiles.
mod many;
/// PowerShell, which is asked for its profile.
mod powershell;
/// The rc files of each shell.
mod rc_files;

const CONFIG: &str = ".config/aws-mfa/config.toml";
/// The row of bash.
fn bash() -> &'static Shell {
    shell("bash")
}

/// The rc file of the shell before setup, which must be the same in the end.
fn own_lines(shell: &Shell) -> String {
    format!("# mine\n{}", shell.interactive().prompt)
}

/// Jane's and Joe's STS, and a home without anything that leads to it.
fn bare_home() -> (StrictSts, Home) {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::empty(binary()).env("AWS_ENDPOINT_URL", sts.url());
    (sts, home)
}

fn key(profile: &str) -> String {
    format!("[{profile}]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n")
}

fn other_key(profile: &str) -> String {
    format!(
        "[{profile}]\naws_access_key_id = {OTHER_KEY_ID}\naws_secret_access_key = {OTHER_SECRET}\n"
    )
}

/// What people have in their rc files, from public issues.
#[test]
fn a_script_that_assumes_a_role_does_not_become_an_alias_of_the_user() {
    for (rc, name) in [
        // https://github.com/hashicorp/terraform-provider-aws/issues/10491
        (
            "function set_aws_creds () {\n    unset AWS_ACCESS_KEY_ID\n    \
             read AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY <<< $(aws sts assume-role --profile test-mfa \
             --role-arn $ROLE --token-code $1 --output text)\n    export AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID\n}\n",
            "set_aws_creds",
        ),
        // https://github.com/broamski/aws-mfa/issues/19
        (
            "alias prod='aws-mfa --profile test-mfa --assume-role arn:aws:iam::210987654321:role/Admin'\n",
            "prod",
        ),
        // https://github.com/hashicorp/terraform/issues/11270
        ("alias tf='aws-creds.sh test-mfa'\n", "tf"),
    ] {
        let (_sts, home) = bare_home();
        home.write(".aws/credentials", key("test-mfa"));
        home.write(".bashrc", rc);
        home.write_executable(
            "bin/aws-creds.sh",
            "#!/bin/sh\naws sts assume-role --role-arn \"$R\" --serial-number \"$S\" --token-code \"$1\"\n",
        );
        let setup = home
            .aws_mfa(&["setup", "--dry-run", "--shell", "bash"])
            .success();
        let said = format!("  ~/.bashrc, line 1: {name}\n");
        assert!(setup.stderr.contains(&said), "{}", setup.stderr);
        for wrong in [
            "alias = ",
            "becomes a command",
            "save_to",
            "for account test",
        ] {
            assert!(!setup.stderr.contains(wrong), "{wrong}: {}", setup.stderr);
        }
    }
}

/// <https://github.com/asagage/aws-mfa-script>: its README has `.bashrc` source this file.
#[test]
fn what_a_sourced_file_defines_is_found_and_may_be_kept() {
    let (_sts, home) = bare_home();
    home.write(".aws/credentials", key("test-mfa"));
    home.write(".bashrc", "source ~/aws-mfa-script/alias.sh\n");
    home.write(
        "aws-mfa-script/alias.sh",
        "setToken() {\n    ~/aws-mfa-script/mfa.sh $1 $2\n    source ~/.token_file\n}\nalias mfa=setToken\n",
    );
    home.write_executable(
        "aws-mfa-script/mfa.sh",
        "#!/bin/sh\naws sts get-session-token --token-code $1\n",
    );
    home.aws_mfa(&["setup", "--dry-run", "--shell", "bash"])
        .success()
        .says("  ~/aws-mfa-script/alias.sh, line 1: setToken\n")
        .says("~/aws-mfa-script/alias.sh, line 5, defines it, too");
}

/// The script's two profiles an account, and an alias for each.
fn home_of_script() -> (StrictSts, Home) {
    let (sts, home) = bare_home();
    let session = "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\n";
    home.write(
        ".aws/credentials",
        format!(
            "{}[test]\n{session}\n{}",
            key("test-mfa"),
            other_key("ecogy-prod-mfa")
        ),
    );
    home.write(
        "bin/aws-creds.sh",
        "#!/bin/sh\naws sts get-session-token --profile \"$1\"\n",
    );
    let aliases = format!(
        "alias aws-creds-test='aws-creds.sh test-mfa test {JANES_PHONE}'\nalias ll='ls -l'\n\
         alias aws-creds-prod='aws-creds.sh ecogy-prod-mfa production {JOES_TABLET}'\n"
    );
    home.write(".bash_aliases", aliases);
    home.write(".bashrc", own_lines(bash()) + ". ~/.bash_aliases\n");
    (sts, home)
}

/// Profiles whose keys aws-vault keeps; it prints one if it is called as it must be.
fn home_of_vault() -> (StrictSts, Home) {
    let (sts, home) = bare_home();
    home.write(
        ".aws/config",
        format!(
            "# aws-vault's\n[default]\nregion = eu-west-1\n\n[profile test]\nmfa_serial = {JANES_PHONE}\n\n\
             [profile admin]\nsource_profile = test\nrole_arn = {ADMIN_ROLE}"
        ),
    );
    let script = format!(
        "#!/bin/sh\n[ \"$*\" = 'export --no-session --format=json test' ] || exit 1\n\
         echo '{{\"Version\": 1, \"AccessKeyId\": \"{KEY_ID}\", \"SecretAccessKey\": \"{SECRET}\"}}'\n"
    );
    home.write_executable("bin/aws-vault", script);
    home.write(".bashrc", own_lines(bash()));
    (sts, home)
}

/// The content of config.toml, without its comments.
fn settings(home: &Home) -> String {
    let text = home.read(CONFIG);
    let lines = text.lines().map(str::trim_end);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

/// Every file and directory below the home: content, inode, mode, and when it was written.
fn snapshot(home: &Home) -> BTreeMap<PathBuf, (Vec<u8>, u64, u32, i64, i64)> {
    let mut found = BTreeMap::new();
    let mut directories = vec![home.path("")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let metadata = std::fs::symlink_metadata(&path).unwrap();
            let content = if metadata.is_dir() {
                directories.push(path.clone());
                Vec::new()
            } else if metadata.is_symlink() {
                let target = std::fs::read_link(&path).unwrap();
                target.into_os_string().into_encoded_bytes()
            } else {
                std::fs::read(&path).unwrap()
            };
            let facts = (
                content,
                metadata.ino(),
                metadata.mode(),
                metadata.mtime(),
                metadata.mtime_nsec(),
            );
            found.insert(path, facts);
        }
    }
    found
}

/// Walks through setup in the shell, and agrees `questions` times.
#[track_caller]
fn set_up(shell: &Shell, home: &Home, questions: usize) {
    let mut terminal = shell.open(home);
    terminal.press("aws-mfa setup\r");
    for _ in 0..questions {
        terminal.expect("? [Y/n] ");
        terminal.press("\r");
    }
    terminal.expect("Written: ");
    terminal.expect("Next, open a new shell");
    terminal.expect(PROMPT);
}

/// Walks through setup in the shell, and agrees to these questions.
#[track_caller]
fn set_up_with(shell: &Shell, home: &Home, questions: &[&str]) {
    let mut terminal = shell.open(home);
    terminal.press("aws-mfa setup\r");
    for question in questions {
        terminal.expect(question);
        terminal.expect("? [Y/n] ");
        terminal.press("\r");
    }
    terminal.expect("Written: ");
    terminal.expect(PROMPT);
}

/// Asserts that `command` asks for the code of `device` in a new shell, which then has a session of `account`.
#[track_caller]
fn load(
    shell: &Shell,
    (sts, home): (&StrictSts, &Home),
    command: &str,
    device: &str,
    account: &str,
) {
    let mut terminal = shell.open(home);
    let made = sts.count("GetSessionToken") + sts.count("AssumeRole");
    terminal.press(&format!("{command}\r"));
    terminal.expect(&format!("MFA code for {account} ({device}): "));
    terminal.press(&format!("{}\r", sts.fresh_code(device)));
    terminal.expect(PROMPT);
    terminal.press("echo \"now <$AWS_MFA_ACCOUNT>\"\r");
    terminal.expect(&format!("now <{account}>"));
    assert_eq!(
        sts.count("GetSessionToken") + sts.count("AssumeRole"),
        made + 1
    );
}

/// Asserts that a second run finds nothing to do, and leaves every file as it is.
#[track_caller]
fn nothing_is_left_to_do(shell: &Shell, home: &Home) {
    let before = snapshot(home);
    home.aws_mfa(&["setup", "--yes", "--shell", shell.language])
        .success()
        .prints("")
        .says("Nothing was changed.");
    assert_eq!(snapshot(home), before);
}

for_each_shell!(a_home_of_the_script_and_its_aliases_is_set_up: bash, zsh, fish);
fn a_home_of_the_script_and_its_aliases_is_set_up(shell: &Shell) {
    let (sts, home) = home_of_script();
    if shell.program != "bash" {
        // They understand these aliases, too.
        let rc = shell.interactive().rc;
        home.write(rc, own_lines(shell) + "source ~/.bash_aliases\n");
        home.write(".zshenv", "skip_global_compinit=1\n");
    }
    let aliases = home.read(".bash_aliases");
    // zsh is asked about completion, too.
    set_up(shell, &home, if shell.program == "zsh" { 5 } else { 4 });
    assert_eq!(
        settings(&home),
        "[accounts.ecogy-prod]\nsave_to = \"production\"\nalias = \"aws-creds-prod\"\n\
         [accounts.test]\nalias = \"aws-creds-test\"\npersist = true"
    );
    assert_eq!(home.read(".bash_aliases"), aliases);
    load(shell, (&sts, &home), "mfa test", JANES_PHONE, "test");
    load(
        shell,
        (&sts, &home),
        "aws-creds-prod",
        JOES_TABLET,
        "ecogy-prod",
    );
    assert_eq!(sts.count("ListMFADevices"), 2, "they were looked up once");
    nothing_is_left_to_do(shell, &home);
}

#[test]
fn a_home_of_the_other_aws_mfa_is_set_up() {
    let (sts, home) = bare_home();
    home.write(".bashrc", own_lines(bash()));
    home.write(
        ".aws/credentials",
        format!(
            "{}aws_mfa_device = {JANES_PHONE}\n\n{}aws_mfa_device = {JANES_PHONE}\nassume_role = {ADMIN_ROLE}\n\
             [admin]\nassumed_role = True\nassumed_role_arn = {ADMIN_ROLE}\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\n\
             aws_secret_access_key = x\naws_session_token = y\naws_security_token = y\nexpiration = 2018-01-01 00:00:00\n",
            key("test-long-term"),
            key("admin-long-term"),
        ),
    );
    set_up(bash(), &home, 3);
    assert_eq!(
        settings(&home),
        format!("[accounts.admin]\nrole_arn = \"{ADMIN_ROLE}\"\npersist = true")
    );
    load(bash(), (&sts, &home), "mfa test", JANES_PHONE, "test");
    load(bash(), (&sts, &home), "mfa admin", JANES_PHONE, "admin");
    assert_eq!(sts.count("AssumeRole"), 1);
    nothing_is_left_to_do(bash(), &home);
}

#[test]
fn a_home_of_aws_vault_is_set_up() {
    let (sts, home) = home_of_vault();
    let before = home.read(".aws/config");
    set_up(bash(), &home, 3);
    let after = home.read(".aws/config");
    assert_eq!(
        after.strip_prefix(&before),
        Some(&*format!(
            "\n\n[profile test-mfa]\n# The key stays in aws-vault, which gives it to aws-mfa.\n\
             credential_process = aws-vault export --no-session --format=json test\nmfa_serial = {JANES_PHONE}\n"
        ))
    );
    assert_eq!(
        settings(&home),
        "[accounts.admin]\nsource_profile = \"test-mfa\""
    );
    load(bash(), (&sts, &home), "mfa test", JANES_PHONE, "test");
    load(bash(), (&sts, &home), "mfa admin", JANES_PHONE, "admin");
    assert_eq!(sts.count("ListMFADevices"), 0);
    nothing_is_left_to_do(bash(), &home);
}

#[test]
fn a_key_that_is_nowhere_is_explained() {
    let (_sts, home) = home_of_vault();
    std::fs::remove_file(home.path("bin/aws-vault")).unwrap();
    let before = snapshot(&home);
    home.aws_mfa(&["setup", "--yes", "--shell", "bash"])
        .ends_with(2)
        .says("admin  ! could not use the source profile test of account admin")
        .says("If aws-vault stores the key")
        .says("credential_process = COMMAND in that profile")
        .says("found no account that can be used");
    assert_eq!(snapshot(&home), before);

    // One who does not want it from aws-vault.
    let (_sts, home) = home_of_vault();
    let before = snapshot(&home);
    let mut terminal = bash().open(&home);
    terminal.press("aws-mfa setup; echo status=$?\r");
    terminal.expect("Get the key from aws-vault, and change ~/.aws/config? [Y/n] ");
    terminal.press("what\r");
    terminal.expect("Please answer y or n.");
    terminal.press("n\r");
    terminal.expect("status=2");
    assert_eq!(snapshot(&home), before);
}

#[test]
fn a_home_of_awsume_is_set_up() {
    let (sts, home) = bare_home();
    home.write(".bashrc", own_lines(bash()) + "alias awsume='. awsume'\n");
    home.write(
        ".aws/credentials",
        format!(
            "{}\n[autoawsume-admin]\nmanager = awsume\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\n\
             aws_secret_access_key = x\naws_session_token = y\n",
            key("test")
        ),
    );
    home.write(
        ".aws/config",
        format!(
            "[profile test]\nmfa_serial = {JANES_PHONE}\n\n\
             [profile admin]\nrole_arn = {ADMIN_ROLE}\nsource_profile = test\nregion = eu-west-1\n"
        ),
    );
    // All of it works by convention: there is nothing to ask but for the hook.
    set_up(bash(), &home, 1);
    assert!(!home.path(CONFIG).exists());
    load(bash(), (&sts, &home), "mfa test", JANES_PHONE, "test");
    load(bash(), (&sts, &home), "mfa admin", JANES_PHONE, "admin");
    nothing_is_left_to_do(bash(), &home);
}

#[test]
fn a_home_with_comments_and_crlf_is_set_up() {
    let (sts, home) = bare_home();
    let crlf = |text: String| text.replace('\n', "\r\n");
    let credentials = crlf(format!(
        "; mine\n{}\n# joe's\n[work/joe]\naws_access_key_id={OTHER_KEY_ID}\naws_secret_access_key={OTHER_SECRET}\n",
        key("test-noauth")
    ));
    home.write(".aws/credentials", &credentials);
    home.write(
        ".aws/config",
        crlf(format!(
            "# roles\n[profile base]\nsource_profile = test-noauth\nmfa_serial = {JANES_PHONE}\n\n\
             [profile admin]\ninclude_profile = base\nrole_arn = {ADMIN_ROLE}\n"
        )),
    );
    let config = crlf("# by hand\n[accounts.test]\nregion = 'eu-west-1'  # here\n\n# all\n[defaults]\nduration = \"1h\"\n# end\n".to_owned());
    home.write(CONFIG, &config);
    home.write(
        ".bashrc",
        format!("{}creds() {{\n  aws sts get-session-token --profile \"$1\"\n}}\nalias t='creds test-noauth test'\n", own_lines(bash())),
    );
    set_up(bash(), &home, 3);
    assert_eq!(
        settings(&home),
        format!(
            "[accounts.test]\nregion = 'eu-west-1'  # here\nalias = \"t\"\n[defaults]\nduration = \"1h\"\n\
             [accounts.admin]\nsource_profile = \"test-noauth\"\nmfa_serial = \"{JANES_PHONE}\"\n\
             [accounts.work-joe]\nsource_profile = \"work/joe\""
        )
    );
    let text = home.read(CONFIG);
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    // Nothing of what was there is lost.
    let mut lines = text.lines();
    assert!(
        config.lines().all(|line| lines.any(|new| new == line)),
        "{text}"
    );
    assert_eq!(home.read(".aws/credentials"), credentials);
    load(bash(), (&sts, &home), "mfa test", JANES_PHONE, "test");
    load(bash(), (&sts, &home), "mfa admin", JANES_PHONE, "admin");
    load(
        bash(),
        (&sts, &home),
        "mfa work-joe",
        JOES_TABLET,
        "work-joe",
    );
    load(bash(), (&sts, &home), "t", JANES_PHONE, "test");
    nothing_is_left_to_do(bash(), &home);
}

#[test]
fn a_home_without_a_key_is_told_how_and_then_set_up() {
    let (sts, home) = bare_home();
    home.write(".bashrc", own_lines(bash()));
    let before = snapshot(&home);
    let mut terminal = bash().open(&home);
    terminal.press("aws-mfa setup; echo status=$?\r");
    terminal.expect("found no account that can be used: there is no long-term key");
    terminal.expect("assign an MFA device");
    terminal.expect("Put the key into ~/.aws/credentials");
    terminal.expect("[test-mfa]");
    terminal.expect("status=2");
    assert_eq!(snapshot(&home), before);
    // As it says.
    home.write(".aws/credentials", key("test-mfa"));
    set_up(bash(), &home, 2);
    load(bash(), (&sts, &home), "mfa test", JANES_PHONE, "test");
    nothing_is_left_to_do(bash(), &home);
}

#[test]
fn of_several_devices_one_is_picked_or_told_by_the_alias() {
    const WATCH: &str = "arn:aws:iam::123456789012:mfa/janes-watch";
    let home_with_watch = |aliases: &str| {
        let (sts, home) = bare_home();
        sts.with(|state| state.world.users[0].devices.push(Device::new(WATCH)));
        home.write(".aws/credentials", key("test-mfa"));
        home.write(".bashrc", own_lines(bash()) + aliases);
        (sts, home)
    };
    let (sts, home) = home_with_watch("");
    // No terminal: it is not guessed.
    home.aws_mfa(&["setup", "--yes", "--shell", "bash"])
        .success()
        .says("several MFA devices")
        .says(WATCH)
        .says("You will be asked which one to use");
    assert!(!home.path(CONFIG).exists());
    let mut terminal = bash().open(&home);
    terminal.press("aws-mfa setup\r");
    terminal.expect("Ask AWS for the MFA device? [Y/n] ");
    terminal.press("\r");
    terminal.expect("MFA device:");
    terminal.press("watch");
    terminal.expect("watch");
    terminal.press("\r");
    terminal.expect("? [Y/n] ");
    terminal.press("y\r");
    terminal.expect("Written: ~/.config/aws-mfa/config.toml.");
    assert_eq!(
        settings(&home),
        format!("[accounts.test]\nmfa_serial = \"{WATCH}\"")
    );
    load(bash(), (&sts, &home), "mfa test", WATCH, "test");
    nothing_is_left_to_do(bash(), &home);

    let (sts, home) = home_with_watch(&format!("alias t='aws-creds.sh test-mfa test {WATCH}'\n"));
    set_up(bash(), &home, 3);
    assert_eq!(
        settings(&home),
        format!("[accounts.test]\nalias = \"t\"\nmfa_serial = \"{WATCH}\"")
    );
    load(bash(), (&sts, &home), "t", WATCH, "test");
    nothing_is_left_to_do(bash(), &home);
}

#[test]
fn setup_without_aws_goes_on_and_says_so() {
    let (_sts, home) = home_of_script();
    let home = home.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    home.aws_mfa(&["setup", "--yes", "--shell", "bash"])
        .success()
        .says("Could not look up the MFA device of the key in profile ecogy-prod-mfa: could not connect to IAM")
        .says("; it is set as in ~/.bash_aliases, line 3.\n")
        .says("Written: ~/.config/aws-mfa/config.toml, ~/.bashrc.");
    // What the aliases say is better than nothing.
    assert!(settings(&home).contains(&format!("mfa_serial = \"{JANES_PHONE}\"")));

    // Nor does a key that AWS refuses stop the others.
    let (sts, home) = home_of_script();
    sts.with(|state| state.world.users[1].active = false);
    home.aws_mfa(&["setup", "--yes", "--shell", "bash"])
        .success()
        .says("of the key in profile ecogy-prod-mfa: AWS ")
        .says(&format!(
            "test        key in profile test-mfa, device {JANES_PHONE}"
        ))
        .says("aws-creds-test, aws-creds-prod are to become commands of the hook")
        .says("the shell. `aws-creds-test CODE --persist` also writes it to the profile.")
        // And is not the first to be tried.
        .says("\n  mfa test\n");
}

#[test]
fn a_profile_with_a_saved_session_is_kept_up_to_date_only_if_the_user_agrees() {
    const QUESTION: &str = "Go on saving sessions to this profile? [Y/n] ";
    let (sts, home) = home_of_script();
    let mut terminal = bash().open(&home);
    terminal.press("aws-mfa setup --offline\r");
    terminal.expect("This profile holds a saved session: test.");
    terminal.expect(QUESTION);
    terminal.press("n\r");
    terminal.expect("Write ~/.config/aws-mfa/config.toml? [Y/n] ");
    terminal.press("\r");
    terminal.expect("Write ~/.bashrc? [Y/n] ");
    terminal.press("\r");
    terminal.expect("Written: ");
    assert!(!settings(&home).contains("persist"), "{}", settings(&home));
    drop(terminal);
    // Later: the first session then goes into the shell and into the file.
    set_up_with(
        bash(),
        &home,
        &["Go on saving", "Write ~/.config/aws-mfa/config.toml"],
    );
    assert!(
        settings(&home).contains("persist = true"),
        "{}",
        settings(&home)
    );
    load(bash(), (&sts, &home), "mfa test", JANES_PHONE, "test");
    assert!(
        !home
            .read(".aws/credentials")
            .contains("aws_session_token = y")
    );
    nothing_is_left_to_do(bash(), &home);
}

#[test]
fn no_request_is_signed_before_setup_has_said_so() {
    const ANNOUNCED: &str =
        "No file names the MFA devices of the keys in profiles ecogy-prod-mfa, test-mfa.";
    const LATER: &str = "device looked up at the first use";
    for option in ["--yes", "--dry-run"] {
        let (sts, home) = home_of_script();
        let said = home
            .aws_mfa(&["setup", option, "--shell", "bash"])
            .success()
            .says("one request for each key, signed with it")
            .stderr;
        assert!(said.starts_with(ANNOUNCED), "{said}");
        assert_eq!(sts.count("ListMFADevices"), 2);
        // With --offline, none is sent, and what the old aliases say of the devices is enough.
        let (sts, home) = home_of_script();
        home.aws_mfa(&["setup", option, "--offline", "--shell", "bash"])
            .success()
            .says("AWS is not asked for the MFA devices")
            .says(&format!("+ mfa_serial = \"{JANES_PHONE}\""));
        assert_eq!(sts.log().len(), 0);
    }
    // Without them, setup goes on without the devices.
    let (sts, home) = bare_home();
    home.write(".aws/credentials", key("test-mfa"));
    home.aws_mfa(&["setup", "--yes", "--offline", "--shell", "bash"])
        .success()
        .says(LATER);
    let mut terminal = Terminal::start(home.command("aws-mfa").args(["setup", "--shell", "bash"]));
    terminal.expect("Ask AWS for the MFA device? [Y/n] ");
    assert_eq!(sts.log().len(), 0, "before the answer");
    terminal.press("n\r");
    terminal.expect(LATER);
    terminal.end();
    assert_eq!(sts.log().len(), 0);
    // What an earlier run found is not asked for again.
    home.aws_mfa(&["setup", "--yes", "--shell", "bash"])
        .success();
    let again = home.aws_mfa(&["setup", "--yes", "--shell", "bash"]);
    assert!(!again.success().stderr.contains("AWS"));
    assert_eq!(sts.count("ListMFADevices"), 1);
}

#[test]
fn a_device_that_cannot_be_looked_up_takes_one_line() {
    let (sts, home) = bare_home();
    home.write(".aws/credentials", key("test-mfa") + &other_key("joe-mfa"));
    sts.with(|state| state.world.users[1].devices.clear());
    let said = home
        .aws_mfa(&["setup", "--yes", "--shell", "bash"])
        .success()
        .stderr;
    let about: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("profile joe-mfa: "))
        .collect();
    assert_eq!(
        about,
        [
            "Could not look up the MFA device of the key in profile joe-mfa: could not find an MFA device for account joe: \
          its user has none; assign one in the AWS console: IAM, Users, Security credentials, Multi-factor \
          authentication."
        ],
        "{said}"
    );
    assert!(
        !said.contains("error:") && !said.contains("help:"),
        "{said}"
    );
    sts.with(|state| state.world.users[1].active = false);
    let home = home.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    std::fs::remove_dir_all(home.path(".cache")).unwrap();
    let said = home
        .aws_mfa(&["setup", "--yes", "--shell", "bash"])
        .success()
        .stderr;
    let about = said
        .lines()
        .filter(|line| line.contains("could not connect"));
    assert_eq!(about.count(), 1, "{said}");
    assert!(
        said.contains("; it will be looked up at the first use.\n"),
        "{said}"
    );
}

#[test]
fn a_dry_run_shows_all_and_writes_nothing() {
    for (_sts, home) in [home_of_script(), home_of_vault()] {
        let before = snapshot(&home);
        home.aws_mfa(&["setup", "--dry-run", "--shell", "bash"])
            .success()
            .prints("")
            .says("  + [accounts.")
            .says("  + eval \"$(aws-mfa init bash)\"")
            .says("nothing was written");
        assert_eq!(snapshot(&home), before);
    }
}

#[test]
fn setup_interrupted_at_any_question_leaves_every_file_as_it_was() {
    let questions = [
        "change ~/.aws/config? [Y/n]",
        "Ask AWS for the MFA device? [Y/n]",
        "arrow keys and Enter",
        "config.toml? [Y/n]",
        ".bashrc? [Y/n]",
    ];
    for (answered, last) in questions.iter().enumerate() {
        let (sts, home) = home_of_vault();
        // With a list to pick from in between.
        sts.with(|state| {
            let devices = &mut state.world.users[1].devices;
            devices.push(Device::new("GAHT12345678"));
        });
        home.write(".aws/credentials", other_key("joe-mfa"));
        let before = snapshot(&home);
        let mut terminal =
            Terminal::start(home.command("aws-mfa").args(["setup", "--shell", "bash"]));
        for question in &questions[..answered] {
            terminal.expect(question);
            terminal.press("\r");
        }
        terminal.expect(last);
        terminal.press("\x03");
        assert_eq!(
            terminal.end().signal(),
            Some(2),
            "{last}: {}",
            terminal.text()
        );
        assert_eq!(snapshot(&home), before, "{last}");
    }
    // While AWS is asked.
    let (sts, home) = home_of_script();
    sts.next(Fault::Hang);
    let before = snapshot(&home);
    let mut terminal = Terminal::start(home.command("aws-mfa").args(["setup", "--shell", "bash"]));
    terminal.expect("Ask AWS for the MFA devices? [Y/n]");
    terminal.press("\r");
    terminal.expect("waiting for IAM");
    terminal.press("\x03");
    assert_eq!(terminal.end().signal(), Some(2));
    assert_eq!(snapshot(&home), before);
    // The end of the input, and a no, change nothing either.
    for (keys, said) in [("\x04", "status=5"), ("n\rn\rn\rn\r", "status=0")] {
        let (_sts, home) = home_of_script();
        let mut terminal = bash().open(&home);
        terminal.press("aws-mfa setup; echo status=$?\r");
        terminal.expect("? [Y/n] ");
        let before = snapshot(&home);
        terminal.press(keys);
        terminal.expect(said);
        let mut after = snapshot(&home);
        // That the devices were looked up is remembered.
        after.retain(|path, _| !path.starts_with(home.path(".cache")));
        assert_eq!(after, before);
    }
}

#[test]
fn setup_without_a_terminal_needs_yes_or_dry_run() {
    let (sts, home) = home_of_script();
    let before = snapshot(&home);
    home.aws_mfa(&["setup"])
        .ends_with(2)
        .prints("")
        .says("there is no terminal")
        .says("help: use --yes to accept all proposed changes, or --dry-run");
    assert_eq!(snapshot(&home), before);
    assert_eq!(sts.log().len(), 0);
}

for_each_case! { setup_with_a_broken_file_names_its_line_and_changes_nothing:
    unknown_key_in_config(
        CONFIG,
        "[accounts.test]\nreion = \"x\"\n",
        "could not use ~/.config/aws-mfa/config.toml, line 2: unknown key",
    ),
    config_that_is_no_toml(CONFIG, "[defaults]\n\n[accounts\n", "config.toml, line 3: "),
    block_without_an_end(
        ".bashrc",
        "x\n# BEGIN aws-mfa\n",
        "could not use ~/.bashrc, line 2: `# BEGIN aws-mfa`",
    ),
}
fn setup_with_a_broken_file_names_its_line_and_changes_nothing(file: &str, text: &str, says: &str) {
    let (_sts, home) = home_of_script();
    home.write(file, text);
    let before = snapshot(&home);
    home.aws_mfa(&["setup", "--yes", "--shell", "bash"])
        .ends_with(2)
        .says(says);
    assert_eq!(snapshot(&home), before);
}

#[test]
fn a_line_that_cannot_be_read_keeps_setup_from_one_profile_only() {
    let (_sts, home) = home_of_script();
    home.write(".aws/config", "[profile a]\nregion\n");
    home.aws_mfa(&["setup", "--yes", "--shell", "bash"])
        .success()
        .says("a           ! could not use profile a: ~/.aws/config, line 2: there is no `=`")
        .says("alias = \"aws-creds-prod\"");
}

#[test]
fn setup_writes_the_config_that_the_option_names() {
    let (_sts, home) = home_of_script();
    home.aws_mfa(&[
        "setup",
        "--yes",
        "--shell",
        "bash",
        "--config",
        "mine/c.toml",
    ])
    .success()
    .says("only if AWS_MFA_CONFIG names it");
    assert!(
        home.read("mine/c.toml")
            .contains("alias = \"aws-creds-test\"")
    );
    assert!(!home.path(CONFIG).exists());
}

#[test]
fn another_program_called_aws_mfa_is_reported() {
    let (_sts, home) = home_of_script();
    std::fs::remove_file(home.path("bin/aws-mfa")).unwrap();
    let run = || {
        home.run(
            home.command(binary())
                .args(["setup", "--dry-run", "--shell", "bash"]),
        )
    };
    run()
        .success()
        .says("warning: the hook calls aws-mfa, which is not on PATH: add ");
    home.write_executable("bin/aws-mfa", "#!/usr/bin/env python3\n");
    run()
        .success()
        .says("warning: the hook calls aws-mfa, but PATH leads to another program of that name, ");
}

#[test]
fn tab_completes_the_options_of_setup() {
    let (_sts, home) = bare_home();
    let asked = |words: &[&str]| {
        let mut command = home.command("aws-mfa");
        command
            .env("AWS_MFA_COMPLETE", "bash")
            .arg("--")
            .args(words);
        home.run(&mut command).text()
    };
    let options = asked(&["aws-mfa", "setup", "--"]);
    for option in ["--dry-run", "--remove-hook", "--shell", "--yes"] {
        assert!(options.contains(option), "{options}");
    }
    assert_eq!(asked(&["mfa", "setup", "--shell", "ba"]), "bash\n");
}
