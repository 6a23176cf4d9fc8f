//! config.toml and the AWS files, with their permissions.

use std::path::Path;

use super::super::LoadedConfig;
use super::report::Report;
use crate::account::aws_profiles::{FileState, fix_for};
use crate::account::{AwsProfiles, Config};
use crate::aws_files::{Cost, FaultKind};
use crate::cli::GlobalOptions;
use crate::context::Context;
use crate::files::input;

/// The fix for config.toml, where the failure suggests none.
const FIX_CONFIG: &str = "correct the line that is named; docs/configuration.md describes every key, \
                          and `aws-mfa list` shows the line itself";

/// Checks and reads config.toml and the AWS files; `None` if one of them cannot be used.
pub(super) fn check(
    context: &Context,
    global: &GlobalOptions,
    report: &mut Report,
) -> Option<LoadedConfig> {
    let config = Config::load(context, global.config.as_deref());
    match &config {
        Ok(config) => report_config(context, config, report),
        Err(failure) => report.failure("config", &failure.without_values(), FIX_CONFIG),
    }
    let profiles = AwsProfiles::load(context);
    match &profiles {
        Ok(profiles) => report_files(context, profiles, report),
        Err(failure) => report.failure("aws files", failure, "set HOME"),
    }
    check_permissions(context, global, report);
    let (mut config, profiles) = (config.ok()?, profiles.ok()?);
    config.remove_untrusted(context, &profiles);
    report_includes(&config, report);
    Some(LoadedConfig { config, profiles })
}

/// Reports the account lists that config.toml includes.
fn report_includes(config: &Config, report: &mut Report) {
    for include in &config.includes {
        let display = &include.display;
        match &include.content {
            Err(error) => report.failure("config", &error.without_values(), FIX_CONFIG),
            Ok(included) if included.needs_trust() && !included.is_trusted => report.warning(
                "config",
                format!("{display} is not trusted: it only adds accounts"),
                format!("review the file, then run `aws-mfa config trust {display}`"),
            ),
            Ok(included) => {
                let count = included.names.len();
                report.ok(
                    "config",
                    format!("{display}, included, with {count} accounts"),
                );
            }
        }
    }
}

fn report_config(context: &Context, config: &Config, report: &mut Report) {
    let from_variable = context.path_setting("AWS_MFA_CONFIG");
    match (&config.path, from_variable) {
        (Some(path), _) => report.ok("config", context.display_path(path)),
        (None, Some(missing)) => report.warning(
            "config",
            format!(
                "AWS_MFA_CONFIG names {}, which does not exist",
                context.display_path(&missing)
            ),
            "create the file, or unset the variable",
        ),
        (None, None) => report.ok("config", "no config.toml; it is optional"),
    }
}

fn report_files(context: &Context, profiles: &AwsProfiles, report: &mut Report) {
    let mut all_exist = true;
    for file in profiles.files() {
        let variable = file.location.variable();
        let Some(path) = file.location.path() else {
            all_exist = false;
            report.warning(
                "aws files",
                format!("{variable} is set, but empty: no file is read"),
                "set it to a file, or unset the variable",
            );
            continue;
        };
        let display = context.display_path(path);
        match &file.state {
            FileState::Missing if file.location.is_set() && path != Path::new("/dev/null") => {
                all_exist = false;
                report.warning(
                    "aws files",
                    format!("{variable} names {display}, which does not exist"),
                    "set it to an existing file, or unset the variable",
                );
            }
            FileState::Unusable(why) => {
                all_exist = false;
                let fix = fix_for(why, &display);
                report.problem(
                    "aws files",
                    format!("{display} is not used: {why}"),
                    fix.unwrap_or_else(|| "put a file there, or remove it".to_owned()),
                );
            }
            FileState::Missing | FileState::Read => {}
        }
        for fault in profiles.document(file.kind).faults() {
            all_exist = false;
            let cost = match fault.cost {
                Cost::Nothing => "",
                Cost::Key => "; aws-mfa ignores that key",
                Cost::Section => "; aws-mfa does not use that profile",
            };
            let text = format!(
                "the AWS CLI cannot read {display}, line {}: {}{cost}",
                fault.line, fault.kind
            );
            let fix = fix_for_fault(fault.kind);
            if fault.cost == Cost::Section {
                report.problem("aws files", text, fix);
            } else {
                report.warning("aws files", text, fix);
            }
        }
    }
    if all_exist {
        report.ok("aws files", profiles.display_files(context));
    }
}

/// The step that corrects a line.
fn fix_for_fault(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::ByteOrderMark => "save the file as UTF-8 without a byte order mark",
        FaultKind::NotUtf8 | FaultKind::ValueNotUtf8 => "save the file as UTF-8",
        FaultKind::BeforeFirstSection => "remove the line, or move it below a section header",
        FaultKind::UnclosedHeader | FaultKind::NamelessHeader => {
            "write the header as [NAME], in the config file as [profile NAME]"
        }
        FaultKind::NoDelimiter | FaultKind::NestedWithoutEquals => {
            "write the line as KEY = VALUE, or remove it"
        }
        FaultKind::NoKey | FaultKind::Nuls => "remove the line",
        FaultKind::DuplicateSection { .. } => "join the two sections; here, the later keys count",
        FaultKind::DuplicateKey { .. } => "remove one of the two; here, the later one counts",
        FaultKind::TooLarge => "remove what is no configuration",
    }
}

/// Checks that other users can neither read a file with keys nor change any of the files: config.toml names commands
/// that are run.
#[cfg(unix)]
fn check_permissions(context: &Context, global: &GlobalOptions, report: &mut Report) {
    let mut all_private = true;
    let mut check = |path: &Path, mode: u32| all_private &= is_private(context, path, mode, report);
    if let Some(home) = &context.directories.home {
        check(&home.join(".aws"), 0o755);
    }
    for path in AwsProfiles::paths(context).into_iter().flatten() {
        // A pipe was emptied when the profiles were read.
        let holds_key = path.is_file()
            && input::read(&path).is_ok_and(|bytes| {
                String::from_utf8_lossy(&bytes).contains("aws_secret_access_key")
            });
        if holds_key || path.file_name().is_some_and(|name| name == "credentials") {
            check(&path, 0o600);
        }
    }
    if let Some(path) = Config::file_path(context, global.config.as_deref()) {
        check(&path, 0o644);
    }
    if all_private {
        report.ok(
            "permissions",
            "only you can read the keys, and only you can change the files",
        );
    }
}

/// Whether other users have no more than the `wanted` permissions on a file; otherwise a finding says so. A missing
/// file has none.
#[cfg(unix)]
fn is_private(context: &Context, path: &Path, wanted: u32, report: &mut Report) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    let Ok(metadata) = std::fs::metadata(path) else {
        return true;
    };
    let mode = metadata.permissions().mode() & 0o777;
    let display = context.display_path(path);
    let others_may = mode & 0o077 & !wanted != 0;
    let quoted = if display.contains(|c: char| c.is_whitespace() || "'\"\\$&();".contains(c)) {
        let path = path.to_string_lossy();
        shell_escape::unix::escape(path).into_owned()
    } else {
        display.clone()
    };
    let fix = format!("chmod {:o} {quoted}", mode & (wanted | 0o700));
    if mode & 0o002 != 0 {
        report.problem(
            "permissions",
            format!("{display} can be changed by every user (mode {mode:o})"),
            fix,
        );
    } else if mode & 0o020 != 0 {
        // No problem by itself: a umask of 002 goes with a group of which the user is the only member.
        report.warning(
            "permissions",
            format!("{display} can be changed by its group (mode {mode:o})"),
            fix,
        );
    } else if others_may {
        report.warning(
            "permissions",
            format!("{display} can be read by others (mode {mode:o})"),
            fix,
        );
    }
    !others_may
}

#[cfg(not(unix))]
fn check_permissions(_: &Context, _: &GlobalOptions, report: &mut Report) {
    report.ok("permissions", "not checked on this system");
}
