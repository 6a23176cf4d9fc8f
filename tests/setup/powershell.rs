//! `aws-mfa setup` for PowerShell, which it asks for its profile.

use super::rc_files::home;
use crate::harness::cases::for_each_case;
use crate::harness::shells::{Shell, installed};
use crate::support::home::{Home, Outcome};

/// A home without a profile, whose configuration is in `cfg`, and PowerShell; `None` on a machine without PowerShell.
fn fixture() -> Option<(Home, &'static Shell)> {
    let pwsh = installed("pwsh")?;
    let home = home();
    let directory = home.path("cfg");
    Some((home.env("XDG_CONFIG_HOME", directory), pwsh))
}

const PROFILE: &str = "cfg/powershell/profile.ps1";

/// Runs `setup` in PowerShell, which is on no PATH.
fn set_up(home: &Home, pwsh: &Shell, options: &str) -> Outcome {
    pwsh.run(
        home,
        &format!("aws-mfa setup --yes {options}; exit $LASTEXITCODE"),
    )
}

#[test]
fn the_profile_that_powershell_names_is_created_and_checked_in_a_new_shell() {
    let Some((home, pwsh)) = fixture() else {
        return;
    };
    set_up(&home, pwsh, "")
        .success()
        .says("profile.ps1")
        .says("a new PowerShell loads the hook");
    let line = "Invoke-Expression (& { (aws-mfa init powershell) -join \"`n\" })\n";
    assert!(home.read(PROFILE).contains(line));
    set_up(&home, pwsh, "")
        .success()
        .says("Nothing was changed.");
    set_up(&home, pwsh, "--remove-hook")
        .success()
        .says("Deleted: ");
    assert!(!home.path(PROFILE).exists());
}

for_each_case! { a_profile_keeps_every_byte_and_its_encoding:
    in_utf_16(&utf_16("# für mich\r\n$mine = 1\r\n")),
    in_utf_16_without_a_line_end(&utf_16("# mine")),
    in_utf_8_with_a_mark("\u{feff}# für mich\r\n".as_bytes()),
    in_another_encoding(b"# f\xfcr mich\r\n"),
}
fn a_profile_keeps_every_byte_and_its_encoding(profile: &[u8]) {
    let Some((home, pwsh)) = fixture() else {
        return;
    };
    home.write(PROFILE, profile);
    set_up(&home, pwsh, "")
        .success()
        .says("a new PowerShell loads the hook");
    let written = std::fs::read(home.path(PROFILE)).unwrap();
    assert!(written.starts_with(profile));
    set_up(&home, pwsh, "")
        .success()
        .says("Nothing was changed.");
    set_up(&home, pwsh, "--remove-hook")
        .success()
        .says("Written: ");
    assert_eq!(std::fs::read(home.path(PROFILE)).unwrap(), profile);
}

/// A text in UTF-16 with a byte order mark, as Windows PowerShell writes it with `>`.
fn utf_16(text: &str) -> Vec<u8> {
    let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_profile_that_does_not_reach_the_hook_is_reported() {
    let Some((home, pwsh)) = fixture() else {
        return;
    };
    home.write(PROFILE, "return\n");
    set_up(&home, pwsh, "")
        .success()
        .says("a new PowerShell did not load the hook");
}

#[test]
fn a_profile_in_broken_utf_16_is_not_changed() {
    let Some((home, pwsh)) = fixture() else {
        return;
    };
    let broken = [&utf_16("# mine\n")[..], b"x"].concat();
    home.write(PROFILE, &broken);
    set_up(&home, pwsh, "")
        .ends_with(2)
        .says("begins as UTF-16, but is not UTF-16 text throughout");
    assert_eq!(std::fs::read(home.path(PROFILE)).unwrap(), broken);
}

for_each_case! { an_execution_policy_that_blocks_the_profile_is_reported:
    of_windows_powershell(
        "Restricted",
        "LocalMachine Undefined",
        "for you alone, run this in PowerShell:\n\n  Set-ExecutionPolicy -Scope CurrentUser RemoteSigned\n",
    ),
    of_an_administrator(
        "AllSigned",
        "MachinePolicy AllSigned",
        "an administrator has set its execution policy to AllSigned",
    ),
}
fn an_execution_policy_that_blocks_the_profile_is_reported(policy: &str, scope: &str, says: &str) {
    // Only on Windows does PowerShell have such policies.
    let home = home();
    let units: Vec<String> = home
        .path("Documents/profile.ps1")
        .to_str()
        .unwrap()
        .encode_utf16()
        .map(|unit| unit.to_string())
        .collect();
    home.write_executable(
        "bin/pwsh",
        format!(
            "#!/bin/sh\nprintf '%s\\r\\n' '{}' '{policy}' '{scope}'\n",
            units.join(" ")
        ),
    );
    let outcome = home
        .aws_mfa(&["setup", "--yes", "--shell", "powershell"])
        .success()
        .says(says);
    // It would not load the hook, and there is nothing to add to that.
    assert!(
        !outcome.stderr.contains("a new PowerShell"),
        "{}",
        outcome.stderr
    );
    assert!(
        home.read("Documents/profile.ps1")
            .contains("aws-mfa init powershell")
    );
}
