//! The shells: one table, and one test of each name for what all of them must do.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::process::Command;

use super::requirements::{find, has};
use super::terminal::Terminal;
use crate::support::home::{Home, Outcome};

/// A row of the table: what the tests know about a shell.
#[derive(Debug)]
pub(crate) struct Shell {
    /// The name of the program; tests are called by it.
    pub(crate) program: &'static str,
    /// The name in `--shell` and `init`.
    pub(crate) language: &'static str,
    /// The arguments before a script, so that no rc file of this machine is read.
    pub(crate) script_arguments: &'static [&'static str],
    /// Evaluates what the command `{}` prints.
    load: &'static str,
    load_file: &'static str,
    /// Goes on only if what comes before did not fail.
    and_then: &'static str,
    /// Prints the environment of a program as `env -0` does.
    dump: &'static str,
    /// The number of random cases that a property test runs: fewer in slow shells.
    pub(crate) property_cases: u32,
    /// The properties at a terminal; `None` for a shell that only runs scripts here.
    interactive: Option<InteractiveShell>,
}

/// The properties of a shell at a terminal.
#[derive(Debug)]
pub(crate) struct InteractiveShell {
    /// The arguments that make it interactive.
    pub(crate) arguments: &'static [&'static str],
    /// Its rc file, below the home.
    pub(crate) rc: &'static str,
    /// Its rc file where `ZDOTDIR` is `zdot` below the home and `XDG_CONFIG_HOME` `cfg`; for tcsh, the other
    /// of the two files that it reads.
    pub(crate) other_rc: &'static str,
    /// The lines that set the prompt to [`PROMPT`] and turn off what would mix escape sequences with it.
    pub(crate) prompt: &'static str,
    /// The line of docs/shells.md that loads the hook; `{}` are the options of `init`.
    hook: &'static str,
    /// The file, below the home, that the shell loads the hook from by itself. It needs no line then.
    pub(crate) autoload: Option<&'static str>,
    /// The sequence that tells the end of a command, where the prompt alone does not: nushell draws its
    /// prompt anew at each key.
    command_end: Option<&'static str>,
    /// Redirects standard output to a file.
    redirect: &'static str,
    /// The status of the last command, within double quotes.
    pub(crate) status: &'static str,
    /// Sets the environment variable `{name}` to `{value}`.
    set: &'static str,
    /// Unsets the environment variable `{name}`.
    unset: &'static str,
    /// Whether what is typed right after a ^C may be lost.
    loses_keys_after_interrupt: bool,
    /// The properties that the tests of TAB completion need; `None` where it does not work.
    pub(crate) completion: Option<Completion>,
}

/// The properties of a shell that the tests of TAB completion need.
#[derive(Debug)]
pub(crate) struct Completion {
    /// The lines before the completion script: what the shell itself needs for completion.
    pub(crate) setup: &'static str,
    /// Defines the hook's command `mfa` and the alias `creds@test`; both run `aws-mfa` with the word `mfa`
    /// or `alias` before their arguments.
    pub(crate) functions: &'static str,
    /// Defines a function called `aws-mfa`; `None` where such a definition brings completion of its own.
    pub(crate) function_of_same_name: Option<&'static str>,
    /// Words that run `touch evil` when they are evaluated.
    pub(crate) evil: &'static [&'static str],
    /// Sources the file `{}`.
    pub(crate) source: &'static str,
    /// Whether a line is thrown away by ^C, and not by ^U: a menu may be open.
    interrupts_to_clear: bool,
}

/// The prompt of every shell.
pub(crate) const PROMPT: &str = "READY> ";

const DASH: Shell = Shell {
    program: "dash",
    language: "sh",
    script_arguments: &["-c"],
    load: "eval \"$({})\"",
    load_file: ". '{}'",
    and_then: " && ",
    dump: "env -0",
    property_cases: 24,
    interactive: Some(DASH_AT_TERMINAL),
};

const DASH_AT_TERMINAL: InteractiveShell = InteractiveShell {
    arguments: &["-i"],
    rc: ".shrc",
    other_rc: ".shrc",
    prompt: "PS1='READY> '\n",
    hook: "eval \"$(aws-mfa init sh {})\"\n",
    autoload: None,
    command_end: None,
    redirect: ">",
    status: "$?",
    set: "export {name}={value}",
    unset: "unset {name}",
    loses_keys_after_interrupt: false,
    completion: None,
};

const BASH: Shell = Shell {
    program: "bash",
    language: "bash",
    script_arguments: &["--noprofile", "--norc", "-c"],
    interactive: Some(InteractiveShell {
        rc: ".bashrc",
        other_rc: ".bashrc",
        prompt: "PS1='READY> '\nbind 'set enable-bracketed-paste off'\n",
        hook: "eval \"$(aws-mfa init bash {})\"\n",
        completion: Some(BASH_COMPLETION),
        ..DASH_AT_TERMINAL
    }),
    ..DASH
};

const BASH_COMPLETION: Completion = Completion {
    setup: "",
    functions: "mfa() { command aws-mfa mfa \"$@\"; }\ncreds@test() { command aws-mfa alias \"$@\"; }\n",
    function_of_same_name: Some(
        "aws-mfa() { printf function; printf ' [%s]' \"$@\"; printf '\\n'; }\n",
    ),
    evil: &["$(touch evil)", "`touch evil`", "\"$(touch evil)\""],
    source: "source '{}'",
    interrupts_to_clear: false,
};

/// Every shell. A new one is one row here, and its name in [`shell_group`].
static SHELLS: [Shell; 12] = [
    BASH,
    Shell {
        program: "zsh",
        language: "zsh",
        script_arguments: &["-f", "-c"],
        interactive: Some(InteractiveShell {
            // Without the rc files of this machine in /etc.
            arguments: &["-d", "-i"],
            rc: ".zshrc",
            other_rc: "zdot/.zshrc",
            prompt: "PROMPT='READY> '\nunsetopt zle_bracketed_paste 2>/dev/null\n",
            hook: "eval \"$(aws-mfa init zsh {})\"\n",
            completion: Some(Completion {
                setup: "autoload -Uz compinit\ncompinit -u\n",
                ..BASH_COMPLETION
            }),
            ..DASH_AT_TERMINAL
        }),
        ..DASH
    },
    DASH,
    Shell {
        program: "mksh",
        ..DASH
    },
    Shell {
        program: "ksh93",
        interactive: None,
        ..DASH
    },
    Shell {
        program: "busybox",
        script_arguments: &["sh", "-c"],
        interactive: None,
        ..DASH
    },
    Shell {
        program: "fish",
        language: "fish",
        script_arguments: &["--no-config", "-c"],
        load: "{} | source",
        load_file: "source '{}'",
        and_then: "; and ",
        dump: "command env -0",
        property_cases: 16,
        interactive: Some(InteractiveShell {
            rc: ".config/fish/config.fish",
            other_rc: "cfg/fish/config.fish",
            prompt: "set -g fish_greeting\nfunction fish_prompt; echo -n 'READY> '; end\n",
            hook: "aws-mfa init fish {} | source\n",
            status: "$status",
            unset: "set -e {name}",
            completion: Some(Completion {
                functions: "function mfa; command aws-mfa mfa $argv; end\nfunction creds@test; command aws-mfa alias $argv; end\n",
                function_of_same_name: Some(
                    "function aws-mfa; printf function; printf ' [%s]' $argv; echo; end\n",
                ),
                evil: &["(touch evil)", "\"$(touch evil)\""],
                ..BASH_COMPLETION
            }),
            ..DASH_AT_TERMINAL
        }),
    },
    Shell {
        program: "elvish",
        language: "elvish",
        script_arguments: &["-norc", "-c"],
        load: "eval ({} | slurp)",
        load_file: "eval (e:cat '{}' | slurp)",
        and_then: "; ",
        dump: "e:env -0",
        property_cases: 16,
        interactive: Some(InteractiveShell {
            arguments: &[],
            rc: ".config/elvish/rc.elv",
            other_rc: "cfg/elvish/rc.elv",
            prompt: "set edit:prompt = { put 'READY> ' }\nset edit:rprompt = { }\n",
            hook: "eval (aws-mfa init elvish {} | slurp)\n",
            set: "set-env {name} {value}",
            unset: "unset-env {name}",
            completion: Some(Completion {
                functions: "fn mfa {|@words| e:aws-mfa mfa $@words }\nedit:add-var mfa~ $mfa~\nfn 'creds@test' {|@words| e:aws-mfa alias $@words }\nedit:add-var 'creds@test~' $'creds@test~'\n",
                function_of_same_name: Some(
                    "use str\nfn aws-mfa {|@words| echo 'function ['(str:join '] [' $words)']' }\nedit:add-var aws-mfa~ $aws-mfa~\n",
                ),
                evil: &["(touch evil)"],
                source: "eval (e:cat '{}' | slurp)",
                ..BASH_COMPLETION
            }),
            ..DASH_AT_TERMINAL
        }),
    },
    Shell {
        program: "tcsh",
        language: "tcsh",
        script_arguments: &["-f", "-c"],
        load: "eval \"`{}`\"",
        load_file: "source '{}'",
        and_then: " && ",
        dump: "env -0",
        property_cases: 16,
        interactive: Some(InteractiveShell {
            rc: ".tcshrc",
            other_rc: ".cshrc",
            prompt: "set prompt = 'READY> '\n",
            hook: "aws-mfa init tcsh {} >! ~/.aws-mfa.tcsh.$$ && mv -f ~/.aws-mfa.tcsh.$$ ~/.aws-mfa.tcsh || rm -f ~/.aws-mfa.tcsh.$$\nsource ~/.aws-mfa.tcsh\n",
            status: "$status",
            set: "setenv {name} {value}",
            unset: "unsetenv {name}",
            ..DASH_AT_TERMINAL
        }),
    },
    Shell {
        program: "xonsh",
        language: "xonsh",
        script_arguments: &["--no-rc", "-c"],
        load: "execx(__import__('subprocess').check_output('{}'.split(), env=${...}.detype()).decode())",
        load_file: "source '{}'",
        and_then: "; ",
        dump: "env -0",
        property_cases: 3,
        interactive: Some(InteractiveShell {
            rc: ".xonshrc",
            other_rc: ".xonshrc",
            prompt: "$PROMPT = 'READY> '\n$SHELL_TYPE = 'readline'\n",
            hook: "execx(__import__('subprocess').check_output('aws-mfa init xonsh {}'.split(), env=${...}.detype()).decode())\n",
            set: "${name} = '{value}'",
            unset: "del ${name}",
            loses_keys_after_interrupt: true,
            ..DASH_AT_TERMINAL
        }),
    },
    Shell {
        program: "nu",
        language: "nushell",
        script_arguments: &["--no-config-file", "-c"],
        load: "^{} | from json | load-env",
        load_file: "open --raw '{}' | from json | load-env",
        and_then: "; ",
        dump: "^env -0",
        property_cases: 8,
        interactive: Some(InteractiveShell {
            rc: ".config/nushell/config.nu",
            other_rc: "cfg/nushell/config.nu",
            prompt: "$env.config.show_banner = false\n$env.PROMPT_COMMAND = 'READY> '\n$env.PROMPT_COMMAND_RIGHT = ''\n$env.PROMPT_INDICATOR = ''\n",
            hook: "",
            autoload: Some(".local/share/nushell/vendor/autoload/aws-mfa.nu"),
            command_end: Some("\x1b]133;D;"),
            redirect: "o>",
            set: "$env.{name} = '{value}'",
            unset: "hide-env {name}",
            completion: Some(Completion {
                functions: "@complete '__aws_mfa_complete_mfa'\ndef --wrapped mfa [...words] { ^aws-mfa mfa ...$words }\n@complete '__aws_mfa_complete_alias'\ndef --wrapped creds@test [...words] { ^aws-mfa alias ...$words }\n",
                function_of_same_name: None,
                evil: &["(touch evil)"],
                interrupts_to_clear: true,
                ..BASH_COMPLETION
            }),
            ..DASH_AT_TERMINAL
        }),
    },
    Shell {
        program: "pwsh",
        language: "powershell",
        script_arguments: &["-NoProfile", "-NonInteractive", "-Command"],
        load: "Invoke-Expression (({}) -join \"`n\")",
        load_file: "Invoke-Expression (Get-Content -Raw -LiteralPath '{}')",
        and_then: " && ",
        dump: "& (Get-Command env -CommandType Application)[0] -0",
        property_cases: 3,
        interactive: Some(InteractiveShell {
            arguments: &["-NoLogo"],
            rc: ".config/powershell/profile.ps1",
            other_rc: "cfg/powershell/profile.ps1",
            prompt: "function prompt { 'READY> ' }\nSet-PSReadLineOption -PredictionSource None\n",
            hook: "Invoke-Expression (& { (aws-mfa init powershell {}) -join \"`n\" })\n",
            status: "$LASTEXITCODE",
            set: "$env:{name} = '{value}'",
            unset: "$env:{name} = $null",
            completion: Some(Completion {
                functions: "function mfa { aws-mfa mfa @args }\nfunction creds@test { aws-mfa alias @args }\n",
                function_of_same_name: Some(
                    "function aws-mfa { 'function [' + ($args -join '] [') + ']' }\n",
                ),
                evil: &["(touch evil)", "$(touch evil)", "\"$(touch evil)\""],
                source: "Invoke-Expression (Get-Content -Raw -LiteralPath '{}')",
                ..BASH_COMPLETION
            }),
            ..DASH_AT_TERMINAL
        }),
    },
];

/// Hands the names of a group of shells to a macro, after the arguments in its parentheses. The test
/// `every_row_of_the_table_is_in_the_groups_that_it_belongs_to` compares the groups with the table.
macro_rules! shell_group {
    // Every shell.
    (every => $with:ident!($($before:tt)*)) => {
        $with! { $($before)* bash, zsh, dash, mksh, ksh93, busybox, fish, elvish, tcsh, xonsh, nu, pwsh }
    };
    // Those with a hook, at a terminal.
    (interactive => $with:ident!($($before:tt)*)) => {
        $with! { $($before)* bash, zsh, dash, mksh, fish, elvish, tcsh, xonsh, nu, pwsh }
    };
    // Those in which the TAB key works.
    (completing => $with:ident!($($before:tt)*)) => {
        $with! { $($before)* bash, zsh, fish, elvish, nu, pwsh }
    };
}
pub(crate) use shell_group;

/// Makes one test for each shell of a group of [`shell_group`], or of a list of names. The test
/// `MODULE::CHECK::SHELL` calls the function `CHECK` with the row of that shell:
///
/// ```text
/// for_each_shell!(help_is_shown: interactive);
/// fn help_is_shown(shell: &Shell) { … }
/// ```
macro_rules! for_each_shell {
    ($check:ident: every) => {
        $crate::harness::shells::shell_group! { every => for_each_shell!($check:) }
    };
    ($check:ident: interactive) => {
        $crate::harness::shells::shell_group! { interactive => for_each_shell!($check:) }
    };
    ($check:ident: completing) => {
        $crate::harness::shells::shell_group! { completing => for_each_shell!($check:) }
    };
    ($check:ident: $($shell:ident),+) => {
        mod $check {
            $(
                #[test]
                fn $shell() {
                    if let Some(shell) = $crate::harness::shells::installed(stringify!($shell)) {
                        super::$check(shell);
                    }
                }
            )+
        }
    };
}
pub(crate) use for_each_shell;

#[test]
fn every_row_of_the_table_is_in_the_groups_that_it_belongs_to() {
    macro_rules! names {
        ($($shell:ident),+) => { [$(stringify!($shell)),+] };
    }
    let those = |belongs: fn(&Shell) -> bool| -> Vec<&str> {
        let rows = SHELLS.iter().filter(|shell| belongs(shell));
        rows.map(|shell| shell.program).collect()
    };
    assert_eq!(those(|_| true), shell_group!(every => names!()));
    assert_eq!(
        those(|shell| shell.interactive.is_some()),
        shell_group!(interactive => names!())
    );
    assert_eq!(
        those(|shell| {
            let interactive = shell.interactive.as_ref();
            interactive.is_some_and(|shell| shell.completion.is_some())
        }),
        shell_group!(completing => names!())
    );
}

/// The row of a shell.
pub(crate) fn shell(program: &str) -> &'static Shell {
    let mut rows = SHELLS.iter();
    rows.find(|shell| shell.program == program)
        .unwrap_or_else(|| panic!("{program} is not in the table"))
}

/// The row of a shell, if this machine has it; see [`has`].
pub(crate) fn installed(program: &str) -> Option<&'static Shell> {
    let shell = shell(program);
    has(shell.program).then_some(shell)
}

impl Shell {
    /// Runs a script in this shell, without a terminal.
    pub(crate) fn run(&self, home: &Home, script: &str) -> Outcome {
        home.run(&mut self.command(home, script))
    }

    /// The program, or its name where that is enough.
    pub(crate) fn path(&self) -> std::path::PathBuf {
        find(self.program).unwrap_or_else(|| self.program.into())
    }

    /// This shell with a script, not yet running.
    pub(crate) fn command(&self, home: &Home, script: &str) -> Command {
        let mut command = home.command(self.path());
        command.args(self.script_arguments).arg(script);
        command
    }

    /// The words that make the shell evaluate what a command prints.
    pub(crate) fn loading(&self, command: &str) -> String {
        self.load.replace("{}", command)
    }

    /// The words that make the shell evaluate the statements in a file.
    pub(crate) fn loading_file(&self, file: &str) -> String {
        self.load_file.replace("{}", file)
    }

    /// `first`, and `then` only if it did not fail.
    pub(crate) fn and_then(&self, first: &str, then: &str) -> String {
        format!("{first}{}{then}", self.and_then)
    }

    /// The environment, in bytes, that a program sees after these words, which print nothing.
    #[track_caller]
    pub(crate) fn environment_after(&self, home: &Home, words: &[String]) -> Environment {
        let mut script: Vec<&str> = words.iter().map(String::as_str).collect();
        script.push(self.dump);
        let outcome = self.run(home, &script.join("\n"));
        let clean = outcome.status == Some(0) && outcome.stderr.is_empty();
        assert!(
            clean,
            "{}: {}\n{:?} {}",
            self.program,
            script.join("\n"),
            outcome.status,
            outcome.stderr
        );
        Environment::parse(&outcome.stdout)
    }
}

/// At a terminal.
impl Shell {
    /// The properties of the shell at a terminal.
    #[track_caller]
    pub(crate) fn interactive(&self) -> &InteractiveShell {
        let row = self.interactive.as_ref();
        row.unwrap_or_else(|| panic!("{} is no interactive shell here", self.program))
    }

    /// The properties of the shell for TAB completion.
    #[track_caller]
    pub(crate) fn completion(&self) -> &Completion {
        let row = self.interactive().completion.as_ref();
        row.unwrap_or_else(|| panic!("the TAB key does not work in {}", self.program))
    }

    /// The line that loads the hook, with these options of `init`.
    pub(crate) fn hook(&self, options: &str) -> String {
        let space = if options.is_empty() { " {}" } else { "{}" };
        self.interactive().hook.replace(space, options)
    }

    /// The shell as a user starts it, not yet running.
    pub(crate) fn interactive_command(&self, home: &Home) -> Command {
        let mut command = home.command(self.path());
        command.args(self.interactive().arguments);
        // The rc file of the POSIX shells.
        command.env("ENV", home.path(".shrc"));
        command
    }

    /// Starts the shell at a terminal, with the rc file that is there, and waits for its prompt.
    #[track_caller]
    pub(crate) fn open(&self, home: &Home) -> Terminal {
        let mut terminal = Terminal::start(&self.interactive_command(home));
        terminal.expect(PROMPT);
        terminal
    }

    /// Starts the shell at a terminal, with these lines in its rc file after those for the prompt.
    #[track_caller]
    pub(crate) fn start(&self, home: &Home, lines: &str) -> Terminal {
        self.write_rc(home, lines);
        self.open(home)
    }

    /// Starts the shell at a terminal with the hook, which is given these options of `init`.
    #[track_caller]
    pub(crate) fn start_with_hook(&self, home: &Home, options: &str) -> Terminal {
        let hook = self.install_hook(home, options);
        self.start(home, &hook)
    }

    /// Writes the rc file: the prompt, and these lines.
    pub(crate) fn write_rc(&self, home: &Home, lines: &str) {
        let shell = self.interactive();
        home.write(shell.rc, format!("{}{lines}", shell.prompt));
    }

    /// The lines for the rc file that load the hook with these options of `init`. Writes the file that the
    /// shell loads the hook from, where it needs no line.
    pub(crate) fn install_hook(&self, home: &Home, options: &str) -> String {
        if let Some(file) = self.interactive().autoload {
            let options: Vec<&str> = options.split_whitespace().collect();
            let init = [&["init", self.language], &options[..]].concat();
            home.write(file, home.aws_mfa(&init).success().stdout);
        }
        self.hook(options)
    }

    /// The lines for the rc file that the shell itself needs for completion, if any.
    pub(crate) fn completion_setup(&self) -> &'static str {
        let completion = self.interactive().completion.as_ref();
        completion.map_or("", |completion| completion.setup)
    }

    /// The line that sets an environment variable.
    pub(crate) fn setting(&self, name: &str, value: &str) -> String {
        let line = self.interactive().set.replace("{name}", name);
        line.replace("{value}", value)
    }

    /// The line that unsets an environment variable.
    pub(crate) fn unsetting(&self, name: &str) -> String {
        self.interactive().unset.replace("{name}", name)
    }

    /// Runs a script that loads the hook first, without a terminal.
    pub(crate) fn run_with_hook(&self, home: &Home, script: &str) -> Outcome {
        let hook = self.install_hook(home, "");
        let hook = match self.interactive().autoload {
            // A script reads no such file by itself.
            Some(file) => format!("source '{}'\n", home.path(file).display()),
            // The hook defines `mfa` for the interactive shell only.
            None if self.program == "elvish" => {
                let define = "&on-end={|hook| set mfa~ = $hook[__aws_mfa_command~] }";
                format!(
                    "var mfa~ = $nop~\n{}",
                    hook.replace("eval ", &format!("eval {define} "))
                )
            }
            None => hook,
        };
        self.run(home, &format!("{hook}{script}"))
    }

    /// Waits for the prompt after a command.
    #[track_caller]
    pub(crate) fn ready(&self, terminal: &mut Terminal) {
        if let Some(end) = self.interactive().command_end {
            terminal.expect(end);
        }
        terminal.expect(PROMPT);
    }

    /// Waits for the prompt after a ^C, and until the shell takes keys again.
    #[track_caller]
    pub(crate) fn ready_after_interrupt(&self, terminal: &mut Terminal) {
        self.ready(terminal);
        let a_moment = std::time::Duration::from_secs(4);
        let mut answers = || {
            terminal.press("\r");
            terminal.shows_within(PROMPT, a_moment).is_ok()
        };
        let loses_keys = self.interactive().loses_keys_after_interrupt;
        assert!(
            !loses_keys || (0..5).any(|_| answers()),
            "the shell takes no keys"
        );
    }

    /// Enters a line; waits for what it shows, unless that is empty, and for the next prompt.
    #[track_caller]
    pub(crate) fn enter(&self, terminal: &mut Terminal, line: &str, shows: &str) {
        terminal.press(&format!("{line}\r"));
        if !shows.is_empty() {
            terminal.expect(shows);
        }
        self.ready(terminal);
    }

    /// Throws away the line that is being typed.
    #[track_caller]
    pub(crate) fn clear_line(&self, terminal: &mut Terminal) {
        if self.completion().interrupts_to_clear {
            terminal.press("\x03");
            self.ready(terminal);
        } else {
            terminal.press("\x15");
        }
    }

    /// The output of a command that is run at the terminal.
    #[track_caller]
    pub(crate) fn output_of(&self, home: &Home, terminal: &mut Terminal, command: &str) -> Vec<u8> {
        let redirect = self.interactive().redirect;
        // The file appears when it is whole.
        self.enter(terminal, &format!("{command} {redirect} output.new"), "");
        terminal.press("mv output.new output\r");
        let output = terminal.wait_for_file(&home.path("output"));
        self.ready(terminal);
        output
    }

    /// The environment of a program that is run at the terminal in this directory below the home.
    #[track_caller]
    pub(crate) fn environment_in(
        &self,
        home: &Home,
        terminal: &mut Terminal,
        directory: &str,
    ) -> Environment {
        let redirect = self.interactive().redirect;
        let (file, dump) = (format!("{directory}/environment"), self.dump);
        self.enter(terminal, &format!("{dump} {redirect} environment.new"), "");
        terminal.press("mv environment.new environment\r");
        let environment = terminal.wait_for_file(&home.path(&file));
        self.ready(terminal);
        Environment::parse(&environment)
    }

    /// The environment of a program that is run at the terminal.
    #[track_caller]
    pub(crate) fn environment(&self, home: &Home, terminal: &mut Terminal) -> Environment {
        Environment::parse(&self.output_of(home, terminal, self.dump))
    }
}

/// The environment of a program, with values in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Environment(BTreeMap<OsString, Vec<u8>>);

impl Environment {
    /// Parses the output of `env -0`.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let entries = text.split(|byte| *byte == 0).filter_map(|entry| {
            let at = entry.iter().position(|byte| *byte == b'=')?;
            let name = String::from_utf8(entry[..at].to_vec()).ok()?;
            Some((name.into(), entry[at + 1..].to_vec()))
        });
        Self(entries.collect())
    }

    /// The value of a variable.
    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.get(OsStr::new(name)).map(Vec::as_slice)
    }

    /// The value of a variable that is text.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let text = |value| std::str::from_utf8(value).unwrap_or_else(|_| panic!("{name}: no text"));
        self.bytes(name).map(text)
    }

    /// The variables that a session has to do with in these tests.
    pub(crate) fn of_session(&self) -> Self {
        let of_session = |name: &OsStr| {
            name.to_str()
                .is_some_and(|name| name.starts_with("AWS_") || name == "KUBECONFIG")
        };
        let variables = self.0.iter().filter(|(name, _)| of_session(name));
        Self(
            variables
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        let variables = variables.into_iter();
        Self(
            variables
                .map(|(name, value)| (name.into(), value.as_bytes().to_vec()))
                .collect(),
        )
    }
}
