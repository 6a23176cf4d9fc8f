//! `aws-mfa config`: editing and checking config.toml, and the account lists that it includes.

use crate::harness::terminal::Terminal;
use crate::harness::{binary, jane_fixture};
use crate::support::home::Home;
use crate::support::sts::{ADMIN_ROLE, JANES_PHONE, StrictSts};

const CONFIG: &str = ".config/aws-mfa/config.toml";

/// A home whose config.toml includes `team.toml` in the directory `infra`.
fn including(own: &str, team: &str) -> (StrictSts, Home) {
    let (sts, home) = jane_fixture();
    home.write(CONFIG, format!("include = [\"~/infra/team.toml\"]\n{own}"));
    home.write("infra/team.toml", team);
    (sts, home)
}

fn names(home: &Home) -> String {
    let json = home.aws_mfa(&["list", "--json"]).success().text();
    let list: serde_json::Value = serde_json::from_str(&json).unwrap();
    let names = list.as_array().unwrap().iter();
    let names: Vec<&str> = names
        .map(|entry| entry["account"].as_str().unwrap())
        .collect();
    names.join(" ")
}

#[test]
fn an_included_file_adds_accounts_that_sessions_can_be_requested_for() {
    let (sts, home) = including(
        "",
        &format!("[accounts.team]\nsource_profile = \"test-mfa\"\nrole_arn = \"{ADMIN_ROLE}\"\n"),
    );
    assert_eq!(names(&home), "joe team test");
    home.aws_mfa(&["env", "team", &sts.fresh_code(JANES_PHONE), "--json"])
        .success();
    assert_eq!(sts.count("AssumeRole"), 1);
}

#[test]
fn a_relative_include_is_relative_to_the_including_file() {
    let home = Home::empty(binary());
    home.write(
        ".config/aws-mfa/lists/a.toml",
        "[accounts.a]\nsource_profile = \"x\"\n",
    );
    home.write(CONFIG, "include = [\"lists/a.toml\"]\n");
    assert_eq!(names(&home), "a");
}

#[test]
fn an_untrusted_file_runs_exports_and_defines_nothing() {
    let team = format!(
        "[accounts.team]\nsource_profile = \"test-mfa\"\nrole_arn = \"{ADMIN_ROLE}\"\nalias = \"t\"\n\
         mfa_command = \"touch $HOME/ran; echo 123456\"\naskpass = \"touch $HOME/ran\"\nshare = true\npersist = true\n\
         save_to = \"default\"\nconfirm = false\nenv = {{ TEAM = \"1\" }}\n"
    );
    let (sts, home) = including("", &team);
    let hook = home.aws_mfa(&["init", "bash"]).success().text();
    assert!(!hook.contains("register alias t"), "{hook}");
    let code = sts.fresh_code(JANES_PHONE);
    let loaded = home
        .aws_mfa(&["env", "team", &code, "--shell", "fish"])
        .success()
        .says("alias, save_to, mfa_command, askpass, confirm, share, persist, env of team in ~/infra/team.toml has no effect")
        .says("aws-mfa config trust ~/infra/team.toml");
    assert!(!loaded.text().contains("TEAM"));
    assert!(!home.path("ran").exists());
    assert!(!home.read(".aws/credentials").contains("aws_session_token"));
    let saved_to = || {
        let list = home.aws_mfa(&["list", "--json"]).success().text();
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        assert_eq!(list[1]["account"], "team");
        list[1]["save_to"].clone()
    };
    assert_eq!(saved_to(), "team");

    // What the trusted file shares would be in the keyring of the user who runs the tests.
    let team = team.replace("share = true\n", "");
    home.write("infra/team.toml", &team);
    home.aws_mfa(&[
        "config",
        "trust",
        home.path("infra/team.toml").to_str().unwrap(),
    ])
    .success()
    .says("~/infra/team.toml is trusted until it changes")
    .says("alias, save_to, mfa_command, askpass, confirm, persist, env of team");
    let hook = home.aws_mfa(&["init", "bash"]).success().text();
    assert!(hook.contains("register alias t"), "{hook}");
    let code = sts.fresh_code(JANES_PHONE);
    let loaded = home
        .aws_mfa(&["env", "team", &code, "--shell", "fish"])
        .success();
    assert!(loaded.text().contains(" TEAM "), "{}", loaded.text());
    assert!(home.read(".aws/credentials").contains("aws_session_token"));
    assert!(!loaded.stderr.contains("trust"), "{}", loaded.stderr);

    // Every change of the file ends the trust.
    home.write("infra/team.toml", format!("{team}# x\n"));
    let hook = home.aws_mfa(&["init", "bash"]).success().text();
    assert!(!hook.contains("register alias t"), "{hook}");
}

#[test]
fn an_untrusted_file_changes_nothing_that_the_users_own_files_define() {
    let team = format!(
        "[accounts.test]\nrole_arn = \"{ADMIN_ROLE}\"\n[accounts.mine]\nrole_arn = \"{ADMIN_ROLE}\"\n\
         [accounts.joe]\nsource_profile = \"test-mfa\"\n"
    );
    let (_sts, home) = including("[accounts.mine]\nsource_profile = \"test-mfa\"\n", &team);
    let leads_to = |name: &str| {
        let json = home.aws_mfa(&["list", "--json"]).text();
        let list: serde_json::Value = serde_json::from_str(&json).unwrap();
        let mut entries = list.as_array().unwrap().iter();
        let entry = entries.find(|entry| entry["account"] == name).unwrap();
        (entry["role_arn"].clone(), entry["source_profile"].clone())
    };
    let before = ["test", "mine", "joe"].map(leads_to);
    assert!(before.iter().all(|(role, _)| role.is_null()), "{before:?}");
    assert_eq!(before[2].1, "joe-long-term");
    home.aws_mfa(&["env", "test", "--shell", "bash", "12"])
        .ends_with(2);
    home.aws_mfa(&["config", "check"])
        .success()
        .says("~/infra/team.toml defines mine, too, but is not trusted");

    home.aws_mfa(&[
        "config",
        "trust",
        home.path("infra/team.toml").to_str().unwrap(),
    ])
    .success()
    .says("all of joe, which your own files define, too; all of mine");
    let after = ["test", "mine", "joe"].map(leads_to);
    assert_eq!(
        (&after[0].0, &after[1].0),
        (&ADMIN_ROLE.into(), &ADMIN_ROLE.into())
    );
    assert_eq!(after[2].1, "test-mfa");

    home.aws_mfa(&[
        "config",
        "untrust",
        home.path("infra/team.toml").to_str().unwrap(),
    ])
    .success()
    .says("is not trusted any more");
    assert_eq!(["test", "mine", "joe"].map(leads_to), before);
}

#[test]
fn a_trusted_file_never_overrides_the_including_file() {
    let (_sts, home) = including(
        "[accounts.team]\nsource_profile = \"test-mfa\"\nregion = \"eu-west-1\"\nalias = \"x\"\n\
         env = { A = \"own\" }\n",
        "[defaults]\nregion = \"us-east-1\"\n[accounts.team]\nalias = \"y\"\nenv = { A = \"team\", B = \"team\" }\n\
         [accounts.other]\nsource_profile = \"test-mfa\"\nalias = \"x\"\n",
    );
    home.aws_mfa(&[
        "config",
        "trust",
        home.path("infra/team.toml").to_str().unwrap(),
    ])
    .success();
    let hook = home.aws_mfa(&["init", "bash"]).success().text();
    assert!(hook.contains("__aws_mfa_register alias x"), "{hook}");
    assert!(!hook.contains("register alias y"), "{hook}");
    assert!(!hook.contains("env other"), "{hook}");
    let list = home.aws_mfa(&["list", "--json"]).success().text();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let regions: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["account"].clone(), entry["region"].clone()))
        .collect();
    assert!(
        regions.contains(&("team".into(), "eu-west-1".into())),
        "{regions:?}"
    );
    assert!(
        regions.contains(&("other".into(), "us-east-1".into())),
        "{regions:?}"
    );
}

#[test]
fn a_missing_or_broken_include_costs_its_accounts_alone() {
    let (_sts, home) = jane_fixture();
    home.write(
        CONFIG,
        "include = [\"gone.toml\", \"broken.toml\", \"nested.toml\"]\n[accounts.mine]\nsource_profile = \"test-mfa\"\n",
    );
    home.write(
        ".config/aws-mfa/broken.toml",
        "[accounts.a]\nmfa_command = \"hush\n",
    );
    home.write(
        ".config/aws-mfa/nested.toml",
        "include = [\"x.toml\"]\n[accounts.b]\n",
    );
    let listed = home
        .aws_mfa(&["list"])
        .success()
        .says("the accounts in ~/.config/aws-mfa/gone.toml are missing: could not read")
        .says("the accounts in ~/.config/aws-mfa/broken.toml are missing: could not use")
        .says("broken.toml, line 2")
        .says("nested.toml, line 1: unknown key `include`");
    assert!(listed.text().contains("mine"));
    assert!(!listed.stderr.contains("hush"), "{}", listed.stderr);
    home.aws_mfa(&["config", "check"])
        .ends_with(2)
        .says("3 problems were found");
    home.aws_mfa(&["init", "bash"]).success();
}

#[test]
fn only_an_included_file_can_be_trusted() {
    let (_sts, home) = including("", "");
    let other = home.write("other.toml", "");
    home.aws_mfa(&["config", "trust", other.to_str().unwrap()])
        .ends_with(2)
        .says("config.toml does not include it")
        .says("add its path to `include`");
    home.aws_mfa(&["config", "trust", "/nonexistent.toml"])
        .ends_with(2)
        .says("could not read /nonexistent.toml");
}

#[test]
fn the_path_is_printed_whether_the_file_exists_or_not() {
    let home = Home::empty(binary());
    let path = format!("{}\n", home.path(CONFIG).display());
    home.aws_mfa(&["config", "path"]).success().prints(&path);
    home.aws_mfa(&["--config", "/x/y.toml", "config", "path"])
        .success()
        .prints("/x/y.toml\n");
}

#[test]
fn check_names_each_account_that_cannot_be_used() {
    let (_sts, home) = jane_fixture();
    home.aws_mfa(&["config", "check"])
        .success()
        .prints("checked 3 accounts, 2 of them from ~/.config/aws-mfa/config.toml\n");
    home.write(
        CONFIG,
        "[accounts.a]\nsource_profile = \"nope\"\n[accounts.b]\nsource_profile = \"test-mfa\"\nduration = 60\n",
    );
    let checked = home
        .aws_mfa(&["config", "check"])
        .ends_with(2)
        .says("2 problems were found");
    let text = checked.text();
    assert!(
        text.contains("a: could not find the source profile nope"),
        "{text}"
    );
    assert!(text.contains("b: duration of [accounts.b] is 1m"), "{text}");
}

#[test]
fn an_account_named_like_a_later_subcommand_still_works() {
    let (sts, home) = jane_fixture();
    home.write(
        CONFIG,
        "[accounts.config]\nsource_profile = \"test-mfa\"\nalias = \"c\"\n",
    );
    home.aws_mfa(&["env", "config", &sts.fresh_code(JANES_PHONE), "--json"])
        .success()
        .says("`mfa config` is a subcommand and not account config");
    home.aws_mfa(&["list"]).success();
}

/// An editor that replaces the file, as many do, by the text in `new.toml`.
fn editor(home: &Home) -> String {
    let script = "#!/bin/sh\nif ! test -e \"$HOME/new.toml\"; then exit 1; fi\n\
                  cp \"$HOME/new.toml\" \"$2.new\" && mv \"$2.new\" \"$2\"\n";
    let path = home.write_executable("my editor", script);
    format!("'{}' --wait", path.display())
}

fn leftovers(home: &Home) -> Vec<String> {
    let files = std::fs::read_dir(home.path(".config/aws-mfa")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "config.toml").collect()
}

#[test]
fn edit_replaces_the_file_by_the_edited_copy() {
    let home = Home::empty(binary());
    let home = {
        let editor = editor(&home);
        home.env("EDITOR", editor)
    };
    home.write("new.toml", "[accounts.a]\nsource_profile = \"x\"\n");
    home.aws_mfa(&["config", "edit"])
        .ends_with(2)
        .says("1 problem was found");
    assert_eq!(home.read(CONFIG), home.read("new.toml"));
    assert_eq!(leftovers(&home), [""; 0]);

    // An editor that fails, and one that changes nothing.
    std::fs::remove_file(home.path("new.toml")).unwrap();
    let before = home.read(CONFIG);
    home.aws_mfa(&["config", "edit"])
        .ends_with(2)
        .says("ended with exit status: 1")
        .says("set VISUAL or EDITOR");
    let home = home.env("VISUAL", "true");
    home.aws_mfa(&["config", "edit"])
        .success()
        .says("~/.config/aws-mfa/config.toml was not changed");
    assert_eq!(home.read(CONFIG), before);
    assert_eq!(leftovers(&home), [""; 0]);
}

#[test]
fn edit_never_leaves_a_broken_file() {
    let home = Home::empty(binary());
    let home = {
        let editor = editor(&home);
        home.env("EDITOR", editor)
    };
    let before = "[defaults]\nregion = \"eu-west-1\"\n";
    home.write(CONFIG, before);
    home.write("new.toml", "[defaults\n");
    let mut detached = home.command("setsid");
    detached.args(["--wait", "aws-mfa", "config", "edit"]);
    home.run(&mut detached)
        .ends_with(2)
        .says("line 1: unclosed table")
        .says("your text is in ~/.config/aws-mfa/config.");
    assert_eq!(home.read(CONFIG), before);
    let kept = leftovers(&home);
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(
        home.read(&format!(".config/aws-mfa/{}", kept[0])),
        "[defaults\n"
    );

    let mut terminal = Terminal::script(
        home.command("sh"),
        "aws-mfa config edit; echo \"status $?\"",
    );
    terminal.expect("unclosed table");
    terminal.expect("Edit again? [Y/n] ");
    home.write("new.toml", "[defaults]\nregion = \"us-east-1\"\n");
    terminal.press("\n");
    terminal.expect("status 0");
    assert_eq!(home.read(CONFIG), home.read("new.toml"));
}
