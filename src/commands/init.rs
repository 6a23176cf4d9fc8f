//! `aws-mfa init`: prints the hook. It runs whenever a shell starts, so it reads config.toml and nothing else.

use super::print;
use crate::account::Config;
use crate::account::values::Alias;
use crate::cli::{GlobalOptions, InitArgs};
use crate::context::Context;
use crate::error::Result;
use crate::hook::{self, HookOptions};

/// Prints the hook of a shell. If config.toml cannot be used, the hook is printed without aliases, with a warning: a
/// shell that starts must not fail because of it.
///
/// # Errors
///
/// If the shell has no hook, or the name given by `--cmd` is not allowed.
pub fn run(context: &Context, global: &GlobalOptions, args: &InitArgs) -> Result<u8> {
    let mut config = Config::load(context, global.config.as_deref()).unwrap_or_else(|failure| {
        context
            .console
            .warn(&format!("no aliases are defined: {failure}"));
        Config::default()
    });
    for (name, account) in &mut config.accounts {
        let is_command = |alias: &mut Alias| !args.no_cmd && alias.as_str() == args.cmd;
        if account.alias.take_if(is_command).is_some() {
            context.console.warn(&format!(
                "the alias {} of account {name} is not defined: the hook's command has the same name; \
                 use --cmd to give it another one",
                args.cmd
            ));
        }
    }
    let options = HookOptions {
        command: (!args.no_cmd).then_some(args.cmd.as_str()),
        expiry_notice: !args.no_expiry_notice,
        prompt: args.prompt,
    };
    print(hook::script(args.shell, options, &config)?.as_bytes())?;
    Ok(0)
}
