use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, value};

use super::proposal::{Proposal, Setting};
use crate::account::{AccountName, Config};
use crate::error::{Failure, Result};

/// What a new file begins with.
const HEADER: &str = "\
# Accounts of aws-mfa. All of it is optional: `aws-mfa list` shows what is found without it.
# This file is yours. `aws-mfa setup` adds to it and changes nothing that is in it.
";

/// The text of config.toml with what is proposed, and all else as it is. `shown` names the file in
/// errors.
///
/// # Errors
///
/// If it cannot be understood, or not be added to without changing what is there.
pub fn with(text: &str, proposal: &Proposal, shown: &str) -> Result<String> {
    if proposal.is_empty() {
        return Ok(text.to_owned());
    }
    let (bom, rest) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", text),
    };
    let by_hand = || {
        Failure::usage(format!(
            "could not add to {shown} without changing what is in it"
        ))
        .help(format!("add this by hand:\n{}", to_toml(proposal)))
    };
    let crlf = rest.contains("\r\n");
    let with_ends = |text: String| {
        if crlf {
            text.replace('\n', "\r\n")
        } else {
            text
        }
    };
    let mut document: DocumentMut = rest.replace("\r\n", "\n").parse().map_err(|_| by_hand())?;
    let unchanged = document.to_string();
    let is_there = |name: &AccountName| {
        let accounts = document.get("accounts");
        let closed = accounts.is_some_and(Item::is_inline_table);
        closed || accounts.is_some_and(|accounts| accounts.get(name.as_str()).is_some())
    };
    let (there, new): (Vec<_>, Vec<_>) = proposal.iter().partition(|(name, _)| is_there(name));
    for (name, settings) in there {
        add(&mut document, name, settings).ok_or_else(by_hand)?;
    }
    let changed = document.to_string();
    let mut text = if changed == unchanged {
        rest.to_owned()
    } else {
        // Whatever the editor would not give back as it was, it must not touch.
        let given_back = with_ends(unchanged);
        let end = with_ends("\n".to_owned());
        if given_back != rest && given_back != format!("{rest}{end}") {
            return Err(by_hand());
        }
        with_ends(changed)
    };
    if text.trim().is_empty() {
        HEADER.clone_into(&mut text);
    }
    // Behind all that is there, with its comments.
    for (name, settings) in new {
        if !text.ends_with('\n') {
            text += &with_ends("\n".to_owned());
        }
        text += &with_ends(format!("\n{}", account(name, settings)));
    }
    let new = format!("{bom}{text}");
    Config::parse(&new, shown).map_err(|_| by_hand())?;
    Ok(new)
}

/// The proposal as the lines of a file of its own.
#[must_use]
pub fn to_toml(proposal: &Proposal) -> String {
    let accounts = proposal.iter();
    let accounts: Vec<String> = accounts
        .map(|(name, settings)| account(name, settings))
        .collect();
    accounts.join("\n")
}

/// `[accounts.NAME]` with its settings.
fn account(name: &AccountName, settings: &[Setting]) -> String {
    let mut document = DocumentMut::new();
    let mut accounts = Table::new();
    accounts.set_implicit(true);
    accounts.insert(name.as_str(), Item::Table(Table::new()));
    document.insert("accounts", Item::Table(accounts));
    let _ = add(&mut document, name, settings);
    document.to_string()
}

/// `None` if what is there has another form than it must have.
fn add(document: &mut DocumentMut, name: &AccountName, settings: &[Setting]) -> Option<()> {
    let accounts = document.get_mut("accounts")?.as_table_like_mut()?;
    if !accounts.contains_key(name.as_str()) {
        // Here, all accounts stand within one pair of braces.
        accounts.insert(name.as_str(), value(InlineTable::new()));
    }
    let account = accounts.get_mut(name.as_str())?;
    // Within braces there is no room for comments.
    let commented = account.as_table().is_some_and(|table| !table.is_dotted());
    let account: &mut dyn TableLike = account.as_table_like_mut()?;
    for setting in settings {
        if account.contains_key(setting.key) {
            continue;
        }
        account.insert(setting.key, value(setting.value.as_str()));
        if commented && let Some(mut key) = account.key_mut(setting.key) {
            key.leaf_decor_mut()
                .set_prefix(format!("# {}\n", setting.why));
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
    fn a_new_file_has_comments_and_nothing_needless() {
        assert_eq!(
            with("", &proposal(), "c.toml").unwrap(),
            format!(
                "{HEADER}\n[accounts.test]\n# as in ~/.bashrc, line 3\nalias = \"aws-creds-test\"\n"
            )
        );
        assert_eq!(with("", &Proposal::default(), "c.toml").unwrap(), "");
    }

    #[test]
    fn what_is_there_stays() {
        for (old, new) in [
            (
                "# mine\n[defaults]\nduration='12h' # odd\n\n\n[accounts . \"prod\"]\n  region = \"eu-west-1\"\n# end",
                "# mine\n[defaults]\nduration='12h' # odd\n\n\n[accounts . \"prod\"]\n  region = \"eu-west-1\"\n# end\n\n[accounts.test]\n# as in ~/.bashrc, line 3\nalias = \"aws-creds-test\"\n",
            ),
            (
                "[defaults]\r\nduration = \"12h\"\n",
                "[defaults]\r\nduration = \"12h\"\n\r\n[accounts.test]\r\n# as in ~/.bashrc, line 3\r\nalias = \"aws-creds-test\"\r\n",
            ),
            (
                "# mine\n",
                "# mine\n\n[accounts.test]\n# as in ~/.bashrc, line 3\nalias = \"aws-creds-test\"\n",
            ),
            (
                "[accounts.test]\r\nregion = \"eu-west-1\"\r\n\r\n# of prod\r\n[accounts.prod]\r\nregion = \"eu-west-1\"\r\n",
                "[accounts.test]\r\nregion = \"eu-west-1\"\r\n# as in ~/.bashrc, line 3\r\nalias = \"aws-creds-test\"\r\n\r\n# of prod\r\n[accounts.prod]\r\nregion = \"eu-west-1\"\r\n",
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
                "[accounts.test]\n# as in ~/.bashrc, line 3\nalias = \"aws-creds-test\"\n[accounts.test.env]\nA = \"b\"\n",
            ),
            (
                "\u{feff}[accounts.test]\nregion = \"eu-west-1\"",
                "\u{feff}[accounts.test]\nregion = \"eu-west-1\"\n# as in ~/.bashrc, line 3\nalias = \"aws-creds-test\"\n",
            ),
        ] {
            assert_eq!(with(old, &proposal(), "c.toml").unwrap(), new, "{old}");
            // A second time there is nothing to add.
            assert_eq!(with(new, &proposal(), "c.toml").unwrap(), new);
        }
    }

    #[test]
    fn mixed_line_ends_are_for_their_owner() {
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
