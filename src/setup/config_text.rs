//! Additions to the text of config.toml that keep the user's text, comments and line ends.

use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, value};

use super::proposal::{Proposal, Setting, SettingValue};
use crate::account::{AccountName, Config};
use crate::console::printable_line;
use crate::error::{Failure, Result};

/// The first lines of a new file.
const HEADER: &str = "\
# Accounts of aws-mfa. All of it is optional: `aws-mfa list` shows what is found without it.
# This file is yours. `aws-mfa setup` adds to it and changes nothing that is in it.
";

/// Returns the text of config.toml with the proposed settings added and nothing else changed. `display` is the name of
/// the file in errors.
///
/// # Errors
///
/// If the text cannot be parsed, or the settings cannot be added without changing other text.
pub fn with(text: &str, proposal: &Proposal, display: &str) -> Result<String> {
    if proposal.is_empty() {
        return Ok(text.to_owned());
    }
    let (bom, rest) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", text),
    };
    let unsupported = || {
        Failure::usage(format!(
            "could not add to {display} without changing what is in it"
        ))
        .help(format!(
            "add this yourself:\n  {}",
            to_toml(proposal).trim_end().replace('\n', "\n  ")
        ))
    };
    let crlf = rest.contains("\r\n");
    let with_ends = |text: String| {
        if crlf {
            text.replace('\n', "\r\n")
        } else {
            text
        }
    };
    let mut document: DocumentMut = rest
        .replace("\r\n", "\n")
        .parse()
        .map_err(|_| unsupported())?;
    let unchanged = document.to_string();
    let must_edit = |name: &AccountName| {
        let accounts = document.get("accounts");
        // An inline table cannot be extended by a [section] elsewhere:
        // https://toml.io/en/v1.0.0#inline-table.
        let is_inline = accounts.is_some_and(Item::is_inline_table);
        is_inline || accounts.is_some_and(|accounts| accounts.get(name.as_str()).is_some())
    };
    let (edited, new): (Vec<_>, Vec<_>) = proposal.iter().partition(|(name, _)| must_edit(name));
    for (name, settings) in edited {
        add(&mut document, name, settings).ok_or_else(unsupported)?;
    }
    let changed = document.to_string();
    let mut text = if changed == unchanged {
        rest.to_owned()
    } else {
        // Only if the parser reproduces the whole text, but for a missing last line end, does it change nothing else.
        let reproduced = with_ends(unchanged);
        let end = with_ends("\n".to_owned());
        if reproduced != rest && reproduced != format!("{rest}{end}") {
            return Err(unsupported());
        }
        with_ends(changed)
    };
    if text.trim().is_empty() {
        HEADER.clone_into(&mut text);
    }
    // New accounts follow the existing text, including its last comments.
    for (name, settings) in new {
        if !text.ends_with('\n') {
            text += &with_ends("\n".to_owned());
        }
        text += &with_ends(format!("\n{}", section(name, settings)));
    }
    let new = format!("{bom}{text}");
    Config::parse(&new, display).map_err(|_| unsupported())?;
    Ok(new)
}

/// Returns the proposal as TOML, without any other text.
#[must_use]
pub fn to_toml(proposal: &Proposal) -> String {
    let sections: Vec<String> = proposal
        .iter()
        .map(|(name, settings)| section(name, settings))
        .collect();
    sections.join("\n")
}

/// The section `[accounts.NAME]` with these settings.
fn section(name: &AccountName, settings: &[Setting]) -> String {
    let mut document = DocumentMut::new();
    let mut accounts = Table::new();
    accounts.set_implicit(true);
    accounts.insert(name.as_str(), Item::Table(Table::new()));
    document.insert("accounts", Item::Table(accounts));
    let _ = add(&mut document, name, settings);
    document.to_string()
}

/// Adds the settings that the account does not have; `None` if `accounts` or the account is no table.
fn add(document: &mut DocumentMut, name: &AccountName, settings: &[Setting]) -> Option<()> {
    let accounts = document.get_mut("accounts")?.as_table_like_mut()?;
    if !accounts.contains_key(name.as_str()) {
        // `accounts` is an inline table here: other new accounts get a section of their own.
        accounts.insert(name.as_str(), value(InlineTable::new()));
    }
    let account = accounts.get_mut(name.as_str())?;
    // A comment needs a line of its own, which an inline table and a dotted key do not have.
    let has_comments = account.as_table().is_some_and(|table| !table.is_dotted());
    let account: &mut dyn TableLike = account.as_table_like_mut()?;
    for setting in settings {
        if account.contains_key(setting.key) {
            continue;
        }
        let item = match &setting.value {
            SettingValue::Text(text) => value(text),
            SettingValue::Flag(flag) => value(*flag),
        };
        account.insert(setting.key, item);
        if has_comments && let Some(mut key) = account.key_mut(setting.key) {
            key.leaf_decor_mut()
                .set_prefix(format!("# {}\n", printable_line(&setting.why)));
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal() -> Proposal {
        let mut proposal = Proposal::default();
        let name = "test".parse().unwrap();
        proposal.add(&name, "alias", "aws-creds-test", "as in ~/.bashrc, line 3");
        proposal
    }

    #[test]
    fn a_new_file_has_the_header_and_comments_and_none_is_made_for_no_settings() {
        assert_eq!(
            with("", &proposal(), "c.toml").unwrap(),
            format!(
                "{HEADER}\n[accounts.test]\n# as in ~/.bashrc, line 3\nalias = \"aws-creds-test\"\n"
            )
        );
        assert_eq!(with("", &Proposal::default(), "c.toml").unwrap(), "");
    }

    #[test]
    fn existing_text_stays_and_a_second_run_adds_nothing() {
        for (old, new) in [
            (
                "# mine\n[defaults]\nduration='12h' # odd\n\n\n\
                 [accounts . \"prod\"]\n  region = \"eu-west-1\"\n# end",
                "# mine\n[defaults]\nduration='12h' # odd\n\n\n\
                 [accounts . \"prod\"]\n  region = \"eu-west-1\"\n# end\n\n\
                 [accounts.test]\n# as in ~/.bashrc, line 3\nalias = \"aws-creds-test\"\n",
            ),
            (
                "[defaults]\r\nduration = \"12h\"\n",
                "[defaults]\r\nduration = \"12h\"\n\r\n\
                 [accounts.test]\r\n# as in ~/.bashrc, line 3\r\nalias = \"aws-creds-test\"\r\n",
            ),
            (
                "# mine\n",
                "# mine\n\n[accounts.test]\n# as in ~/.bashrc, line 3\nalias = \"aws-creds-test\"\n",
            ),
            (
                "[accounts.test]\r\nregion = \"eu-west-1\"\r\n\r\n\
                 # of prod\r\n[accounts.prod]\r\nregion = \"eu-west-1\"\r\n",
                "[accounts.test]\r\nregion = \"eu-west-1\"\r\n\
                 # as in ~/.bashrc, line 3\r\nalias = \"aws-creds-test\"\r\n\r\n\
                 # of prod\r\n[accounts.prod]\r\nregion = \"eu-west-1\"\r\n",
            ),
            (
                "[accounts]\ntest = { region = \"eu-west-1\" } # x\n",
                "[accounts]\ntest = { region = \"eu-west-1\" , alias = \"aws-creds-test\" } # x\n",
            ),
            (
                "accounts = { prod = { region = \"eu-west-1\" } }\n",
                "accounts = { prod = { region = \"eu-west-1\" } , test = { alias = \"aws-creds-test\" } }\n",
            ),
            (
                "accounts.test.region = \"eu-west-1\"\n",
                "accounts.test.region = \"eu-west-1\"\naccounts.test.alias = \"aws-creds-test\"\n",
            ),
            (
                "[accounts.test.env]\nA = \"b\"\n",
                "[accounts.test]\n# as in ~/.bashrc, line 3\nalias = \"aws-creds-test\"\n\
                 [accounts.test.env]\nA = \"b\"\n",
            ),
            (
                "\u{feff}[accounts.test]\nregion = \"eu-west-1\"",
                "\u{feff}[accounts.test]\nregion = \"eu-west-1\"\n\
                 # as in ~/.bashrc, line 3\nalias = \"aws-creds-test\"\n",
            ),
        ] {
            assert_eq!(with(old, &proposal(), "c.toml").unwrap(), new, "{old}");
            assert_eq!(with(new, &proposal(), "c.toml").unwrap(), new);
        }
    }

    #[test]
    fn a_text_with_mixed_line_ends_is_left_to_the_user() {
        let failure = with(
            "[accounts.test]\r\nregion = \"eu-west-1\"\n",
            &proposal(),
            "c.toml",
        )
        .unwrap_err();
        assert!(failure.to_string().contains("could not add to c.toml"));
        let help = failure.next_step().unwrap();
        assert!(help.contains("[accounts.test]\n") && help.contains("alias = \"aws-creds-test\""));
    }
}
