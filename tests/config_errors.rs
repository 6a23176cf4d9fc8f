//! A config.toml that cannot be used: every command says where and why, without a panic and without a secret, and no
//! shell loses its hook.

use crate::harness::binary;
use crate::support::home::Home;

const CONFIG: &str = ".config/aws-mfa/config.toml";

/// Texts that are not TOML, or not a config.toml.
fn broken_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "[accounts.test]\r\nregion = \"eu-west-1\r\n",
        "[accounts.test]\r\nregion = \"eu-west-1\r",
        "[accounts.test]\rregion = 'eu-west-1",
        "[accounts.test]\r\nregion = \"\"\"eu-west-1\r\n\r\n",
        "[accounts.test\r\n",
        "[accounts.test]\r\nregion =\r\n",
        "region = \"\u{1f4a9}\r\n",
        "[accounts.test]\n\tregion\t=\t\"a\u{7}\"\u{202e}\n",
        "\r\n\r\n=",
        "\r",
        "\u{feff}\u{feff}x",
        "[accounts.\u{e4}\u{0308}]\r\nregion = \u{65e5}\u{672c}\r\n",
    ]
    .map(str::to_owned)
    .into();
    for columns in [65_534, 65_535, 65_536, 70_000, 300_000] {
        texts.push(format!("{}x", " ".repeat(columns)));
        texts.push(format!("region = \"{}\" x\r\n", "\u{65e5}".repeat(columns)));
        texts.push(format!(
            "[accounts.test]\nregion = \"{}",
            "a".repeat(columns)
        ));
        texts.push(format!("[accounts.test]\n{} = 1", "a".repeat(columns)));
        texts.push(format!(
            "[accounts.test]\nenv = {{ {} = 1 }}",
            "A".repeat(columns)
        ));
        texts.push(format!("a = {}", "[".repeat(columns)));
    }
    texts
}

#[test]
fn no_text_of_config_toml_costs_the_hook_or_panics() {
    let home = Home::empty(binary());
    let hook = home.aws_mfa(&["init", "bash"]).success().text();
    for text in broken_texts() {
        home.write(CONFIG, &text);
        let start: String = text.chars().take(60).collect();
        let outcome = home.aws_mfa(&["init", "bash"]);
        assert_eq!(outcome.status, Some(0), "{start:?}: {}", outcome.stderr);
        assert_eq!(outcome.text(), hook, "{start:?}");
        assert!(
            outcome
                .stderr
                .contains("warning: no aliases are defined: could not use"),
            "{start:?}: {}",
            outcome.stderr
        );
        for words in [&["list"][..], &["env", "test", "123456"], &["doctor"]] {
            let outcome = home.aws_mfa(words);
            let said = outcome.text() + &outcome.stderr;
            assert!(!said.contains("panicked"), "{start:?}: {said}");
            assert!(said.contains("could not use "), "{start:?}: {said}");
            assert!(
                said.lines().all(|line| line.chars().count() < 400),
                "{start:?}: {said}"
            );
        }
    }
}

/// Texts with a mistake beside or in a value `{}` that may be a secret.
const SECRET_PLACES: [&str; 26] = [
    "[accounts.test]\nmfa_command = \"{}\n",
    "[accounts.test]\nmfa_command = '{}\n",
    "[accounts.test]\r\nmfa_command = \"{}\r\n",
    "[accounts.test]\nmfa_command = \"{}\" x\n",
    "[accounts.test]\nmfa_command = {}\n",
    "[accounts.test]\nmfa_command = [\"{}\"]\n",
    "[accounts.test]\nmfa_command = { x = \"{}\" }\n",
    "[accounts.test]\nmfa_command = \"\"\"\nregion = \"{}\" \\q\n\"\"\"\n",
    "[accounts.test]\nmfa_command = '''\n{}\n",
    "[accounts.test]\nmfa_command \"{}\"\n",
    "[accounts.test]\nmfa_comand = \"{}\"\n",
    "[accounts.test]\n'mfa_command' = \"{}\" x\n",
    "[accounts.test] mfa_command = \"{}\"\n",
    "[accounts]\ntest = { mfa_command = \"{}\", reion = \"x\" }\n",
    "accounts.test.mfa_command = \"{}\"\naccounts.test.mfa_command = \"{}\"\n",
    "[accounts.test]\nexternal_id = \"{} \u{e4}\"\n",
    "[accounts.test]\nexternal_id = [\"{}\"]\n",
    "[accounts.test]\nenv = \"{}\"\n",
    "[accounts.test]\nenv = { A = \"{}\", B = 1 }\n",
    "[accounts.test]\nenv = { A = \"{}\\u0000\" }\n",
    "[accounts.test.env]\nregion = [\"{}\"]\n",
    "[accounts.test.env]\nregion = \"{}\n",
    "[accounts.test]\nenv.region = \"{}\n",
    "[accounts.test]\nenv = {\n  region = \"{}\n",
    "[accounts.test]\ncredential_process = \"echo {}\"\n",
    "[accounts.test]\naws_secret_access_key = \"{}\"\n",
];

#[test]
fn no_error_shows_a_value_that_may_be_a_secret() {
    let home = Home::empty(binary());
    for place in SECRET_PLACES {
        for secret in ["hunter-2", "4711"] {
            home.write(CONFIG, place.replace("{}", secret));
            for words in [
                &["list"][..],
                &["init", "bash"],
                &["doctor"],
                &["-vv", "env", "test"],
            ] {
                let outcome = home.aws_mfa(words);
                let said = outcome.text() + &outcome.stderr;
                assert!(said.contains("config.toml, line "), "{place}: {said}");
                assert!(!said.contains(secret), "{place}: {said}");
            }
        }
    }
}
