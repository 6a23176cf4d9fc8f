use aws_mfa::account::aws_profiles::conversion_in_powershell;
use aws_mfa::aws_files::Encoding;

use crate::harness::cases::for_each_case;
use crate::harness::jane_fixture;
use crate::harness::shells::{PROMPT, installed};
use crate::support::home::{Home, Outcome};
use crate::support::sts::{Fault, JANES_PHONE, StrictSts};

/// Loads the hook, as docs/shells.md says.
const LOAD: &str = "Invoke-Expression (& { (aws-mfa init powershell) -join \"`n\" })\n";

/// Jane's fixture with the alias `aws-creds-test`; `None` on a machine without PowerShell.
fn fixture() -> Option<(StrictSts, Home)> {
    installed("pwsh")?;
    let (sts, home) = jane_fixture();
    let config = home.read(".config/aws-mfa/config.toml");
    let config = config.replace(
        "[accounts.test]\n",
        "[accounts.test]\nalias = \"aws-creds-test\"\n",
    );
    home.write(".config/aws-mfa/config.toml", config);
    Some((sts, home.env("NO_COLOR", "1")))
}

/// Runs a script in one PowerShell, since each start takes most of a second.
fn run(home: &Home, script: &str) -> Outcome {
    let pwsh = installed("pwsh").expect("the fixture has asked");
    pwsh.run(home, script)
}

/// Asserts that each line that a script prints as `NAME: RESULT` is as expected.
#[track_caller]
fn assert_results(outcome: Outcome, expected: &[(&str, &str)]) {
    let printed = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let shown = format!("{printed}\n{}", outcome.stderr);
    for (name, result) in expected {
        let start = format!("{name}: ");
        let found: Vec<&str> = printed
            .lines()
            .filter_map(|line| line.strip_prefix(&start))
            .collect();
        assert_eq!(found, [*result], "{name}: {shown}");
    }
    outcome.success();
}

#[test]
fn a_refusal_fails_the_command_and_prints_only_the_message_of_aws_mfa() {
    let Some((_sts, home)) = fixture() else {
        return;
    };
    let script = r#"
mfa prod 000000 && 'and: went on'
"mfa: $? $LASTEXITCODE $($Error.Count)"
mfa prod 000000 || 'or: ran'
aws-creds-test 000000 && 'and: went on'
aws-creds-test 000000
"alias: $? $LASTEXITCODE $($Error.Count)"
mfa list nonsense 2>$null && 'and: went on'
mfa list nonsense 2>$null
"list: $? $LASTEXITCODE $($Error.Count)"
mfa off nonsense 2>$null
"off: $? $LASTEXITCODE $($Error.Count)"
mfa list > $null && 'good: went on'
mfa list > $null
"list again: $? $LASTEXITCODE"
"#;
    let outcome = run(&home, &format!("{LOAD}{script}"));
    let printed = String::from_utf8_lossy(&outcome.stdout).into_owned();
    assert!(!printed.contains("and: went on"), "{printed}");
    let refusals = outcome.stderr.matches("AWS refused the MFA code").count();
    assert_eq!(refusals, 4, "{}", outcome.stderr);
    for of_powershell in ["Line |", "ended with status", "Exception"] {
        assert!(
            !outcome.stderr.contains(of_powershell),
            "{}",
            outcome.stderr
        );
    }
    assert_results(
        outcome,
        &[
            ("mfa", "False 3 0"),
            ("or", "ran"),
            ("alias", "False 3 0"),
            ("list", "False 2 0"),
            ("off", "False 2 0"),
            ("good", "went on"),
            ("list again", "True 0"),
        ],
    );
}

#[test]
fn a_refusal_can_be_caught_where_errors_stop() {
    let Some((_sts, home)) = fixture() else {
        return;
    };
    let script = r#"
$PSNativeCommandUseErrorActionPreference = $true
Set-StrictMode -Version Latest
& { $ErrorActionPreference = 'Stop'; try { mfa prod 000000; 'stop: went on' } catch { "stop: $_" } }
& { $ErrorActionPreference = 'Stop'; try { aws-creds-test 000000; 'alias: went on' } catch { "alias: $_" } }
try { mfa prod 000000 -ErrorAction Stop; 'parameter: went on' } catch { "parameter: $_" }
New-Module -Name example {
    $ErrorActionPreference = 'Stop'
    function Use-Prod { try { mfa prod 000000; 'module: went on' } catch { "module: $_" } }
} | Import-Module
Use-Prod
try { mfa prod 000000; "continue: $?" } catch { "continue: caught" }
"#;
    let message = "aws-mfa ended with status 3";
    assert_results(
        run(&home, &format!("{LOAD}{script}")),
        &[
            ("stop", message),
            ("alias", message),
            ("parameter", message),
            ("module", message),
            ("continue", "False"),
        ],
    );
}

#[test]
fn exec_passes_on_words_and_pipes_as_they_were_typed() {
    let Some((sts, home)) = fixture() else {
        return;
    };
    let code = sts.fresh_code(JANES_PHONE);
    let lines = home.write("lines", "one\ntwo\n");
    let script = r#"
"words: " + (mfa exec test -- printf '[%s]' a 'b c' -- -q -v --x -o yaml '"' '')
"without: " + (mfa exec test printf '[%s]' a -z)
$words = 'exec', 'test', '--', 'printf', '[%s]', 'sp lat'
"splat: " + (mfa @words)
$ids = 'i-1', 'i-2'
"arrays: " + (mfa exec test -- printf '[%s]' Name=x,Values=y $ids)
"literals: " + (mfa exec test -- printf '[%s]' @('a', 'b') @(1,2) 'c','d')
"colons: " + (mfa exec test -- printf '[%s]' -x:y '-a:' b -Dk:"v w")
"quoted: " + (mfa exec test -- printf '[%s]' '*' "li?es" '~' '[l]ines' '~/"''x’’')
"both: " + $(Get-ChildItem l*s > $null; mfa exec test -- printf '[%s]' 'l*s')
"wildcards: " + (mfa exec test -- printf '[%s]' l*s ~/lines)
"piped: " + (('text', 'more' | mfa exec test -- cat) -join '+')
"file: " + ((Get-Content lines | mfa exec test -- cat) -join '+')
"empty: " + (@() | mfa exec test -- wc -c)
"on: " + (mfa exec test -- printf 'a\nb\n' | ForEach-Object { "<$_>" })
mfa exec test -- sh -c 'exit 7' && 'status: went on'
"status: $? $LASTEXITCODE"
$Error.Clear()
# What PowerShell takes for itself never reaches the program, so the program does not run.
foreach ($option in '-v', '-d', '-i x', '-w', '-p', '-pv x', '-ea Stop', '-o yaml') {
    $name = $option.Substring(1, 1)
    try { Invoke-Expression "`$taken = mfa exec test printf '[%s]' $option" 2>$null } catch { }
    "taken ${option}: [$taken] $LASTEXITCODE"
    Invoke-Expression "`$kept = mfa exec test -- printf '[%s]' $option"
    "kept ${option}: $kept"
}
"other: " + (mfa exec test printf '[%s]' -a)
"#;
    assert_results(
        run(&home, &format!("{LOAD}mfa test {code}\n{script}")),
        &[
            ("words", "[a][b c][--][-q][-v][--x][-o][yaml][\"][]"),
            ("without", "[a][-z]"),
            ("splat", "[sp lat]"),
            ("arrays", "[Name=x,Values=y][i-1][i-2]"),
            ("literals", "[a][b][1][2][c,d]"),
            ("colons", "[-x:y][-a:][b][-Dk:v w]"),
            ("quoted", "[*][li?es][~][[l]ines][~/\"'x’]"),
            ("both", "[l*s]"),
            ("wildcards", &format!("[lines][{}]", lines.display())),
            ("piped", "text+more"),
            ("file", "one+two"),
            ("empty", "0"),
            ("on", "<a> <b>"),
            ("status", "False 7"),
            ("taken -v", "[] 2"),
            ("taken -d", "[] 2"),
            ("taken -i x", "[] 2"),
            ("taken -w", "[] 2"),
            ("taken -p", "[] 2"),
            ("taken -pv x", "[] 2"),
            ("taken -ea Stop", "[] 2"),
            ("taken -o yaml", "[] 2"),
            ("kept -v", "[-v]"),
            ("kept -d", "[-d]"),
            ("kept -i x", "[-i][x]"),
            ("kept -w", "[-w]"),
            ("kept -p", "[-p]"),
            ("kept -pv x", "[-pv][x]"),
            ("kept -ea Stop", "[-ea][Stop]"),
            ("kept -o yaml", "[-o][yaml]"),
            ("other", "[-a]"),
        ],
    );
}

#[test]
fn exec_passes_on_each_word_as_it_was_typed_and_not_as_one_like_it_was() {
    let Some((sts, home)) = fixture() else {
        return;
    };
    let code = sts.fresh_code(JANES_PHONE);
    home.write("lines", "");
    let script = r#"
$star = 'l*s'
$id = 'i-1'
$words = 'l*s', '-x:', 'y'
"twins: " + (mfa exec test -- printf '[%s]' l*s "$star" 'l*s' $star)
"home: " + (mfa exec test -- printf '[%s]' $HOME/l*s "$HOME/l*s")
"colons: " + (mfa exec test -- printf '[%s]' -x: y -x:y -a:b,c -p:80)
"numbers: " + (mfa exec test -- printf '[%s]' 012345678901,123456789012 1e3,0x10 007)
"list: " + (mfa exec test -- printf '[%s]' "Name=a,Values=$id" Name=a,Values=$id $id,$id)
"lines: " + (mfa exec test -- printf '[%s]' `
        Name=a,Values=b -x:y `
        l*s 'l*s' 007,08)
"splat: " + (mfa exec test -- printf '[%s]' l*s @words 'l*s' -x:y 007,08)
"splats: " + (mfa exec test -- printf '[%s]' @words l*s @words -x:y)
"pipe: " + (mfa exec test -- printf '%s\n' l*s | mfa exec test -- sh -c 'cat; echo "$0"' 'l*s')
"text: " + (Invoke-Expression 'mfa exec test -- printf "[%s]" l*s "l*s" 007,08')
Set-Alias other mfa
"alias: " + (other exec test -- printf '[%s]' l*s 'l*s' 007,08)
# Called without any line.
$call = [powershell]::Create('CurrentRunspace').AddCommand('mfa')
foreach ($word in 'exec', 'test', 'printf', '[%s]', 'l*s', @('a', 'b')) { $null = $call.AddArgument($word) }
"call: " + $call.Invoke()
"#;
    let here = home.path("lines");
    assert_results(
        run(&home, &format!("{LOAD}mfa test {code}\n{script}")),
        &[
            ("twins", "[lines][l*s][l*s][l*s]"),
            (
                "home",
                &format!("[{}][{}]", here.display(), home.path("l*s").display()),
            ),
            ("colons", "[-x:][y][-x:y][-a:b,c][-p:80]"),
            ("numbers", "[012345678901,123456789012][1e3,0x10][007]"),
            ("list", "[Name=a,Values=i-1][Name=a,Values=i-1][i-1][i-1]"),
            ("lines", "[Name=a,Values=b][-x:y][lines][l*s][007,08]"),
            ("splat", "[lines][l*s][-x:][y][l*s][-x:y][007,08]"),
            ("splats", "[l*s][-x:][y][l*s][l*s][-x:][y][-x:y]"),
            ("pipe", "lines l*s"),
            ("text", "[lines][l*s][007,08]"),
            ("alias", "[lines][l*s][007,08]"),
            ("call", "[l*s][a][b]"),
        ],
    );
}

#[test]
fn default_parameters_of_the_user_take_no_word_and_count() {
    let Some((sts, home)) = fixture() else {
        return;
    };
    let code = sts.fresh_code(JANES_PHONE);
    let script = r#"
$PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop'; '*:OutVariable' = 'kept' }
"exec: " + (mfa exec test -- printf '[%s]' -v a)
"no dashes: " + (mfa exec test printf '[%s]' a)
try { mfa exec test printf '[%s]' -v a; 'typed: ran' } catch { "typed: $LASTEXITCODE" }
function Invoke-Mine { mfa @args }
try { Invoke-Mine exec test printf '[%s]' -v a; 'splat: ran' } catch { "splat: $LASTEXITCODE" }
try { mfa prod 000000; 'stop: went on' } catch { "stop: $_" }
$PSDefaultParameterValues = @{}
mfa prod 000000 -ErrorVariable failure && 'and: went on'
"variable: $($failure.Count) $failure"
"#;
    assert_results(
        run(&home, &format!("{LOAD}mfa test {code}\n{script}")),
        &[
            ("exec", "[-v][a]"),
            ("no dashes", "[a]"),
            ("typed", "2"),
            ("splat", "2"),
            ("stop", "aws-mfa ended with status 3"),
            ("variable", "1 aws-mfa ended with status 3"),
        ],
    );
}

#[test]
fn an_alias_of_the_configuration_replaces_one_of_the_profile() {
    let Some((_sts, home)) = fixture() else {
        return;
    };
    let script = format!(
        "Set-Alias aws-creds-test Get-Date\nSet-Alias mfa Get-Date\n$WhatIfPreference = $true\n{LOAD}\
         \"alias: $((Get-Command aws-creds-test).CommandType)\"\n\"mfa: $((Get-Command mfa).CommandType)\"\n"
    );
    assert_results(
        run(&home, &script),
        &[("alias", "Function"), ("mfa", "Function")],
    );
}

#[test]
fn preferences_and_strange_settings_change_nothing() {
    let Some((sts, home)) = fixture() else {
        return;
    };
    let home = home.env("AWS_PROFILE", "mine");
    let code = sts.fresh_code(JANES_PHONE);
    let settings = "$WhatIfPreference = $true\n$ConfirmPreference = 'Low'\nSet-StrictMode -Version Latest\n\
                    $ErrorActionPreference = 'Stop'\n$OFS = '!'\n";
    let script = format!(
        "Set-Alias mfa Get-Date\n{settings}{LOAD}{LOAD}mfa test {code}\n\
         \"loaded: $env:AWS_MFA_ACCOUNT [$env:AWS_PROFILE]\"\nmfa off\n\
         \"ended: [$env:AWS_MFA_ACCOUNT] [$env:AWS_ACCESS_KEY_ID] $env:AWS_PROFILE\"\n"
    );
    let outcome = run(&home, &script);
    let printed = String::from_utf8_lossy(&outcome.stdout).into_owned();
    assert!(!printed.contains("What if"), "{printed}");
    assert_results(outcome, &[("loaded", "test []"), ("ended", "[] [] mine")]);
}

#[test]
fn a_hook_loaded_twice_under_strict_settings_is_silent_and_defines_no_other_names() {
    let Some((_sts, home)) = fixture() else {
        return;
    };
    let names = "$(Get-ChildItem Function:, Alias:, Variable: | ForEach-Object Name)";
    let script = format!(
        "Set-StrictMode -Version Latest\n$ErrorActionPreference = 'Stop'\n\
         $PSNativeCommandUseErrorActionPreference = $true\n$before = $after = $null\naws-mfa --version > $null\n\
         Import-Module Microsoft.PowerShell.Utility, Microsoft.PowerShell.Management\n\
         $before = {names}\n{LOAD}{LOAD}$after = {names}\n\
         $after | Where-Object {{ $before -cnotcontains $_ -and $_ -cnotlike '__aws_mfa_*' }}\n"
    );
    let outcome = run(&home, &script).success();
    assert_eq!(outcome.stderr, "");
    assert_eq!(outcome.text(), "aws-creds-test\nmfa\n");
}

#[test]
fn the_constrained_language_mode_loads_and_ends_sessions() {
    let Some((sts, home)) = fixture() else {
        return;
    };
    let code = sts.fresh_code(JANES_PHONE);
    let script = r#"
"errors: $($Error.Count)"
mfa test @CODE@
"loaded: $env:AWS_MFA_ACCOUNT"
"piped: " + (('text', 'more' | mfa exec test -- cat) -join '+')
mfa prod 000000
"refused: $LASTEXITCODE $env:AWS_MFA_ACCOUNT"
$ErrorActionPreference = 'Stop'
try { mfa prod 000000; 'stop: went on' } catch { "stop: $_" }
$ErrorActionPreference = 'Continue'
mfa off
"ended: [$env:AWS_MFA_ACCOUNT] [$env:AWS_ACCESS_KEY_ID]"
"errors again: $($Error.Count)"
"hook: $($env:__aws_mfa_hook -like '* completion')"
"#;
    let script = script.replace("@CODE@", &code);
    let constrained =
        "$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'\n".to_owned();
    assert_results(
        run(&home, &format!("{constrained}{LOAD}{script}")),
        &[
            ("errors", "0"),
            ("loaded", "test"),
            ("piped", "text+more"),
            ("refused", "3 test"),
            ("stop", "aws-mfa ended with status 3"),
            ("ended", "[] []"),
            // Of the statement that was caught.
            ("errors again", "1"),
            ("hook", "False"),
        ],
    );
}

#[test]
fn a_program_that_left_path_is_found_where_it_was_or_missed_in_one_line() {
    let Some((_sts, home)) = fixture() else {
        return;
    };
    let script = r#"
$env:PATH = '/nonexistent'
"there: $((mfa --version) -like 'aws-mfa *')"
$__aws_mfa_place = '/nonexistent/aws-mfa'
$Error.Clear()
mfa test 000000 2>$null
"gone: $? $LASTEXITCODE $($Error.Count) $($Error[0])"
"#;
    assert_results(
        run(&home, &format!("{LOAD}{script}")),
        &[
            ("there", "True"),
            (
                "gone",
                "False 127 1 aws-mfa is not on PATH, and no longer at /nonexistent/aws-mfa",
            ),
        ],
    );
}

#[test]
fn tab_offers_words_accounts_in_any_case_and_options_but_no_files() {
    let Some((_sts, home)) = fixture() else {
        return;
    };
    home.write("tex", "");
    home.write("a directory/a file", "");
    let script = r#"
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
Set-StrictMode -Version Latest
& { $PSNativeCommandUseErrorActionPreference = $false; sh -c 'exit 42' }
$line = "mfa --config 'a directory/a'"
'quoted: ' + (TabExpansion2 $line ($line.Length - 1)).CompletionMatches.CompletionText
foreach ($line in 'mfa te', 'mfa TE', 'mfa test --dur', 'aws-creds-test -', 'mfa test -', 'mfa exec test -- cat te',
    'aws-creds-test ', 'mfa test ', 'aws-mfa env test ', 'mfa nothing te', 'mfa test 12', "mfa 'nothing te") {
    "${line}: " + ((TabExpansion2 $line $line.Length).CompletionMatches.CompletionText -join ' ')
}
"status: $LASTEXITCODE"
"#;
    let outcome = run(&home, &format!("{LOAD}{script}"));
    let printed = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let offered = |line: &str| -> Vec<String> {
        let start = format!("{line}: ");
        let mut lines = printed.lines();
        let found = lines.find_map(|printed| printed.strip_prefix(&start));
        let found = found.unwrap_or_else(|| panic!("{line}: {printed}"));
        found.split(' ').map(str::to_owned).collect()
    };
    assert_eq!(offered("status"), ["42"]);
    assert_eq!(offered("quoted"), ["'a", "directory/a", "file'"]);
    assert_eq!(offered("mfa te"), ["test"]);
    assert_eq!(offered("mfa TE"), ["test"]);
    assert_eq!(offered("mfa test --dur"), ["--duration"]);
    assert_eq!(offered("mfa exec test -- cat te"), ["tex"]);
    for line in ["aws-creds-test -", "mfa test -"] {
        let offered = offered(line);
        assert!(offered.contains(&"--duration".to_owned()), "{offered:?}");
        assert!(
            offered.iter().all(|word| word.starts_with("--")),
            "{offered:?}"
        );
    }
    // Nothing but what is there, and a blank after a blank.
    for line in ["aws-creds-test ", "mfa test ", "aws-mfa env test "] {
        assert_eq!(offered(line), ["", ""], "{line}");
    }
    assert_eq!(offered("mfa nothing te"), ["te"]);
    assert_eq!(offered("mfa test 12"), ["12"]);
    assert_eq!(offered("mfa 'nothing te"), ["'nothing", "te"]);
    outcome.success();
}

/// A prompt in the way of Starship and oh-my-posh: from a module, it looks at what the last command ended with, runs a
/// program, and sets both back.
const MODULE_PROMPT: &str = r#"$null = New-Module -Name imitation {
    function global:prompt {
        $succeeded = $global:?
        $status = $global:LASTEXITCODE
        $shown = sh -c "echo '[$succeeded $status]'; exit 9"
        $global:LASTEXITCODE = $status
        if ($global:? -ne $succeeded) {
            if ($succeeded) { 1 + 1 | Out-Null } else { Write-Error '' -ErrorAction 'Ignore' }
        }
        "$shown`nREADY> "
    }
}
"#;

for_each_case! { the_notice_comes_with_a_prompt_that_shows_the_status:
    defined_before_the_hook(true),
    defined_after_the_hook(false),
}
fn the_notice_comes_with_a_prompt_that_shows_the_status(is_before: bool) {
    let Some(pwsh) = installed("pwsh") else {
        return;
    };
    let (sts, home) = jane_fixture();
    let hook = pwsh.install_hook(&home, "");
    let lines = if is_before {
        format!("{MODULE_PROMPT}{hook}")
    } else {
        format!("{hook}{MODULE_PROMPT}")
    };
    let mut terminal = pwsh.start(&home, &lines);
    sts.next(Fault::ShortSession(590));
    let code = sts.fresh_code(JANES_PHONE);
    // The prompt is there, then the notice in its place, and the prompt again.
    terminal.press(&format!("mfa test {code}; sh -c 'exit 42'\r"));
    let notice = "aws-mfa: the session of test has 9 min left";
    for shown in ["[False 42]", PROMPT, notice, "[False 42]", PROMPT] {
        terminal.expect(shown);
    }
    terminal.press("\"it was $? $LASTEXITCODE\"\r");
    for shown in ["it was False 42", "[True 42]", PROMPT] {
        terminal.expect(shown);
    }
    terminal.press("$env:AWS_PROFILE = 'other'\r");
    let notice = "AWS_PROFILE was set after the session was loaded";
    for shown in ["[True 42]", PROMPT, notice, "[True 42]", PROMPT] {
        terminal.expect(shown);
    }
    terminal.press("\"it was $? $LASTEXITCODE\"\r");
    terminal.expect("it was True 42");
}

#[test]
fn the_notice_comes_with_a_prompt_that_fails() {
    let Some(pwsh) = installed("pwsh") else {
        return;
    };
    let (sts, home) = jane_fixture();
    let hook = pwsh.install_hook(&home, "");
    let mut terminal = pwsh.start(&home, &hook);
    let code = sts.fresh_code(JANES_PHONE);
    pwsh.enter(
        &mut terminal,
        &format!("mfa test {code}"),
        "loaded into this shell",
    );
    terminal.press("function prompt { if ($env:AWS_PROFILE) { throw 'failed' }; 'READY> ' }; $env:AWS_PROFILE = 'x'\r");
    terminal.expect("AWS_PROFILE was set after the session was loaded");
    // PowerShell's own prompt.
    terminal.expect("PS>");
    terminal.press("\"the answer is $(40 + 2)\"\r");
    terminal.expect("the answer is 42");
}

#[test]
fn help_is_shown_as_powershell_shows_it() {
    let Some((_sts, home)) = fixture() else {
        return;
    };
    let script = "Get-Help mfa | Out-String\n'----'\nmfa -? | Out-String\n";
    let printed = run(&home, &format!("{LOAD}{script}")).success().text();
    let (get_help, question_mark) = printed.split_once("----").unwrap();
    for help in [get_help, question_mark] {
        assert!(help.contains("mfa ACCOUNT [CODE]"), "{help}");
        assert!(help.contains("mfa off"), "{help}");
    }
}

#[test]
fn the_line_that_converts_a_file_from_utf_16_works_in_powershell() {
    let Some((_sts, home)) = fixture() else {
        return;
    };
    let text = "[jürgen]\r\nregion = eu-west-1\r\n";
    let low_first =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let high_first =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_be_bytes).collect() };
    let marked = format!("\u{feff}{text}");
    let mut script = String::new();
    let files = [
        low_first(&marked),
        high_first(&marked),
        low_first(text),
        high_first(text),
    ];
    for (at, content) in files.iter().enumerate() {
        home.write(&format!("it's {at}"), content);
        let encoding = Encoding::detect(content).unwrap();
        script += &conversion_in_powershell(encoding, &format!("~/it's {at}"));
        script.push('\n');
    }
    let outcome = run(&home, &script).success();
    assert_eq!(outcome.stderr, "");
    for at in 0..files.len() {
        assert_eq!(home.read(&format!("it's {at}")), text, "{at}");
    }
}

#[test]
fn what_is_printed_for_powershell_is_powershell_to_its_own_parser() {
    let Some((sts, home)) = fixture() else {
        return;
    };
    let config =
        "[accounts.test]\nalias = \"aws-creds.test+1\"\nenv = { A = \"it's ‘quoted’ $x `n\" }\n";
    home.write(".config/aws-mfa/config.toml", config);
    let home = home.env("AWS_PROFILE", "x");
    let code = sts.fresh_code(JANES_PHONE);
    let env = |code| ["env", "--shell", "powershell", "test", code];
    let texts = [
        home.aws_mfa(&["init", "powershell"]).success().text(),
        home.aws_mfa(&["init", "powershell", "--no-cmd"])
            .success()
            .text(),
        home.aws_mfa(&env(&code)).success().text(),
        home.aws_mfa(&env("000000")).ends_with(3).text(),
        "if (".to_owned(),
    ];
    for (at, text) in texts.iter().enumerate() {
        home.write(&format!("{at}.ps1"), text);
    }
    let script = r#"
foreach ($at in 0..4) {
    $errors = $null
    $path = Join-Path $HOME "$at.ps1"
    [void][System.Management.Automation.Language.Parser]::ParseFile($path, [ref]$null, [ref]$errors)
    "${at}: $($errors.Count -eq 0)"
}
"#;
    let expected = [
        ("0", "True"),
        ("1", "True"),
        ("2", "True"),
        ("3", "True"),
        // The parser finds what is none.
        ("4", "False"),
    ];
    assert_results(run(&home, script), &expected);
}
