//! The commands that the hook defines for accounts with an alias.

use crate::account::AccountName;
use crate::delivery::shell::Shell;

/// The definition of a command for one account: `ALIAS [CODE]`. Empty for cmd, which has no hook.
///
/// The names of aliases and accounts consist of ASCII letters, digits and `._@+-`, none of which is special
/// between quotes in any of these shells.
pub(super) fn definition(shell: Shell, alias: &str, account: &AccountName) -> String {
    let shell_name = shell.to_string().to_ascii_lowercase();
    let arguments = [
        "env",
        "--evaluated",
        "--shell",
        &shell_name,
        account.as_str(),
    ];
    let load = format!("__aws_mfa_load {}", arguments.join(" "));
    match shell {
        // In POSIX mode, bash accepts a function only if its name is an identifier:
        // https://www.gnu.org/software/bash/manual/html_node/Bash-POSIX-Mode.html
        Shell::Bash => format!(
            r#"
if \shopt -oq posix; then
    \alias '{alias}={load}'
else
    \builtin unalias '{alias}' >/dev/null 2>&1 || \builtin :
    function {alias} {{
        {load} "$@"
    }}
fi
"#
        ),
        Shell::Zsh => format!(
            r#"
\builtin unalias '{alias}' >/dev/null 2>&1 || \builtin :
function '{alias}' {{
    {load} "$@"
}}
"#
        ),
        // Not every POSIX shell accepts a `-` or `.` in the name of a function or an alias. One that does not
        // has no command for this account.
        Shell::Sh => format!(
            r"
\alias '{alias}={load}' 2>/dev/null || \:
"
        ),
        Shell::Fish => format!(
            r"
function {alias} --description 'Load a session of {account}'
    {load} $argv
end
"
        ),
        // The braces quote the name. An assignment, unlike Set-Item, obeys no preference variable. An alias of the user's
        // would take precedence over the function.
        Shell::Powershell => format!(
            r"
Microsoft.PowerShell.Management\Remove-Item -LiteralPath 'Alias:{alias}' -Force -ErrorAction Ignore `
    -WhatIf:$false -Confirm:$false
${{function:global:{alias}}} = {{
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(DontShow, Position = 0, ValueFromRemainingArguments = $true)] $__aws_mfa_words,
        [Parameter(DontShow, ValueFromPipeline = $true)] $__aws_mfa_input,
        [Parameter(DontShow)] [Alias('e', 'i', 'o', 'p', 'w')] [switch] $__aws_mfa_taken
    )
    end {{
        __aws_mfa_main $PSCmdlet $ErrorActionPreference '{account}' $__aws_mfa_words @($input)
    }}
}}
"
        ),
        Shell::Nushell => {
            let arguments = quoted(&arguments).join(" ");
            format!(
                r#"
# Load a session of {account}
@complete '__aws_mfa_complete_alias'
export def --env --wrapped "{alias}" [...words: string] {{
    __aws_mfa_load [{arguments} ...$words]
}}
"#
            )
        }
        Shell::Elvish => format!(
            r"
__aws_mfa_define '{alias}' {{|@words| {load} $@words }}
"
        ),
        Shell::Tcsh => format!(
            r#"
alias {alias} 'eval "`\aws-mfa {} \!*:q`"'
"#,
            arguments.join(" ")
        ),
        Shell::Xonsh => {
            let arguments = quoted(&arguments).join(", ");
            format!(
                r#"
from xonsh.tools import unthreadable as __aws_mfa_unthreadable

aliases["__aws_mfa_alias_{alias}"] = __aws_mfa_unthreadable(
    lambda args: __aws_mfa_load([{arguments}, *args])
)
aliases["{alias}"] = __aws_mfa_Alias("__aws_mfa_alias_{alias}")
"#
            )
        }
        Shell::Cmd => String::new(),
    }
}

/// The arguments in double quotes.
fn quoted(arguments: &[&str]) -> Vec<String> {
    let arguments = arguments.iter();
    arguments
        .map(|argument| format!("\"{argument}\""))
        .collect()
}
