use super::print;
use crate::account::Config;
use crate::account::values::Alias;
use crate::cli::{GlobalOptions, InitArgs};
use crate::context::Context;
use crate::error::Result;
use crate::hook::{self, HookOptions};

/// Prints the hook of a shell. A configuration that cannot be used costs the aliases and not the
/// shell that is starting.
///
/// # Errors
///
/// If the shell has no hook, or the command cannot have the name asked for.
pub fn run(context: &Context, global: &GlobalOptions, args: &InitArgs) -> Result<u8> {
    let mut config = Config::load(context, global.config.as_deref()).unwrap_or_else(|failure| {
        context.console.warn(&format!("no aliases: {failure}"));
        Config::default()
    });
    for (name, account) in &mut config.accounts {
        let command = |alias: &mut Alias| !args.no_cmd && alias.as_str() == args.cmd;
        if account.alias.take_if(command).is_some() {
            context.console.warn(&format!(
                "no alias {} for account {name}: the hook's own command has that name; --cmd gives it another one",
                args.cmd
            ));
        }
    }
    let options = HookOptions {
        command: (!args.no_cmd).then_some(args.cmd.as_str()),
        expiry_notice: !args.no_expiry_notice,
    };
    print(hook::script(args.shell, options, &config)?.as_bytes())?;
    Ok(0)
}
