# The hook of aws-mfa for Windows PowerShell 5.1 and PowerShell 7. In the file that $PROFILE names:
#
#     Invoke-Expression (& { (aws-mfa init powershell) -join "`n" })
#
# Company policies (AppLocker, WDAC) put PowerShell into the constrained language mode, which refuses methods and most
# .NET types: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_language_modes
# What needs them is left out there. Statements name no cmdlet that honors $WhatIfPreference or $ConfirmPreference.

# A marker for `aws-mfa doctor`: the version of the hook, the process ID of its shell, and whether it loaded
# completion.
$env:__aws_mfa_hook = "@VERSION@ $PID"
if ($ExecutionContext.SessionState.LanguageMode -eq 'FullLanguage') {
    $env:__aws_mfa_hook += ' completion'
}

# The aws-mfa on PATH; nothing if there is none.
function global:__aws_mfa_on_path {
    if ($ExecutionContext.SessionState.LanguageMode -eq 'FullLanguage') {
        # In a fiftieth of the time of Get-Command.
        $ExecutionContext.InvokeCommand.GetCommand('aws-mfa', 'Application')
    } else {
        Microsoft.PowerShell.Core\Get-Command -Name aws-mfa -CommandType Application -TotalCount 1 -ErrorAction Ignore
    }
}
$global:__aws_mfa_place = $null
foreach ($__aws_mfa_found in @(__aws_mfa_on_path)) {
    $global:__aws_mfa_place = $__aws_mfa_found.Path
}

# The program: the one on PATH, else the one that loaded this hook; nothing if that is gone, too.
function global:__aws_mfa_program {
    $found = __aws_mfa_on_path
    if ($found) {
        $found
    } elseif ($global:__aws_mfa_place -and
        (Microsoft.PowerShell.Management\Test-Path -LiteralPath $global:__aws_mfa_place -PathType Leaf)) {
        $global:__aws_mfa_place
    }
}

# Whether the line has this as a word of its own, and nowhere in quotes.
function global:__aws_mfa_typed($line, $word) {
    $word = [regex]::Escape($word)
    $line -cmatch "(?<=[\s,])$word(?=[\s,;|&)]|$)" -and $line -cnotmatch "['`"]$word['`"]"
}

# How the words of a command were typed: in Sources, a Start, an End and an Ast for each of $count words, or $null where
# that is not known, as with a splatted variable. Options tells whether a parameter can be among what was typed.
function global:__aws_mfa_sources($invocation, $count) {
    $text = if ($invocation.PSObject.Properties['Statement']) { $invocation.Statement }
    if (-not $text -and $invocation.OffsetInLine -gt 0 -and $invocation.Line.Length -ge $invocation.OffsetInLine) {
        # Before PowerShell 7.5, only the first line of a statement is known.
        $text = $invocation.Line.Substring($invocation.OffsetInLine - 1)
    }
    $tree = [System.Management.Automation.Language.Parser]::ParseInput("$text", [ref]$null, [ref]$null)
    $command = $tree.Find({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)
    $front = @()
    $back = @()
    $splatted = $false
    $ended = $false
    $options = -not $command
    for ($at = 1; $command -and $at -lt $command.CommandElements.Count; $at++) {
        $element = $command.CommandElements[$at]
        $start = $element.Extent.StartOffset
        if ($element -is [System.Management.Automation.Language.CommandParameterAst]) {
            if ($element.Extent.Text -ceq '--') {
                # Not among the words.
                $ended = $true
                continue
            }
            $options = $true
            $found = @(@{ Start = $start; End = $start + $element.ParameterName.Length + 2; Ast = $null })
            if ($element.Argument) {
                $extent = $element.Argument.Extent
                $found += @{ Start = $extent.StartOffset; End = $extent.EndOffset; Ast = $element.Argument }
            }
        } elseif ($element -is [System.Management.Automation.Language.VariableExpressionAst] -and $element.Splatted) {
            $options = $options -or -not $ended
            $splatted = $true
            $back = @()
            continue
        } else {
            $found = @(@{ Start = $start; End = $element.Extent.EndOffset; Ast = $element })
        }
        if ($splatted) { $back += $found } else { $front += $found }
    }
    # What is between two splatted variables is not known.
    $sources = @($null) * $count
    if ($front.Count + $back.Count -le $count -and ($splatted -or $front.Count -eq $count)) {
        for ($at = 0; $at -lt $front.Count; $at++) { $sources[$at] = $front[$at] }
        for ($at = 1; $at -le $back.Count; $at++) { $sources[$count - $at] = $back[$back.Count - $at] }
    }
    @{ Sources = $sources; Options = $options }
}

# A list as it was typed: `Name=x,Values=y`, or `007,08`, of which a function gets the numbers. Nothing if it comes from
# a variable, or if blanks, variables or expressions are among its elements.
function global:__aws_mfa_list($values, $ast) {
    if ($ast -isnot [System.Management.Automation.Language.ArrayLiteralAst] -or $ast.Elements.Count -ne $values.Count) {
        return
    }
    $parts = @()
    $end = $ast.Extent.StartOffset - 1
    for ($at = 0; $at -lt $values.Count; $at++) {
        $element = $ast.Elements[$at]
        if ($element.Extent.StartOffset -ne $end + 1) { return }
        $end = $element.Extent.EndOffset
        $parts += if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst] -or
            $element -is [System.Management.Automation.Language.ExpandableStringExpressionAst]) {
            "$($values[$at])"
        } elseif ($element -is [System.Management.Automation.Language.ConstantExpressionAst]) {
            $element.Extent.Text
        } else {
            return
        }
    }
    $parts -join ','
}

# Whether a word with a wildcard or ~ was typed without quotes: a program gets names of files in its place.
function global:__aws_mfa_is_bare($word, $ast) {
    if ($ast -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
        "$($ast.StringConstantType)" -eq 'BareWord' -and $ast.Extent.Text -ceq $word
    } elseif ($ast -is [System.Management.Automation.Language.ExpandableStringExpressionAst]) {
        "$($ast.StringConstantType)" -eq 'BareWord' -and $ast.Extent.Text -match '[*?[]|^~'
    } else {
        $false
    }
}

# The words for a program of the values that PowerShell hands to a function, and for each word whether it is bare. To a
# program, PowerShell hands `Name=x,Values=y` as it was typed, and the elements of an array in a variable as words of
# their own; to a function, both are arrays, and `-x:y` is two words. $sources is how the values were typed. It is $null
# in the constrained language mode, which has no parser; there, the line tells it, as far as it can.
function global:__aws_mfa_words($typed, $sources, $line) {
    $unquoted = $line -replace '["'']'
    $words = @()
    $bare = @()
    $last = $null
    for ($at = 0; $at -lt $typed.Count; $at++) {
        $value = $typed[$at]
        $source = if ($sources) { $sources[$at] }
        if ($value -is [array]) {
            $joined = if ($sources) {
                if ($source) { __aws_mfa_list $value $source.Ast }
            } elseif (__aws_mfa_typed $unquoted ($value -join ',')) {
                $value -join ','
            }
            if ($joined) {
                $value = $joined
            }
        }
        $follows = $value -isnot [array] -and $words.Count -gt 0 -and "$($words[-1])" -match '^-.*:$' -and $(
            if ($sources) {
                $last -and $source -and $last.End -eq $source.Start
            } else {
                __aws_mfa_typed $unquoted "$($words[-1])$value"
            })
        if ($follows) {
            $words[-1] = "$($words[-1])$value"
            $bare[-1] = $false
        } else {
            $words += $value
            $is_bare = if ($sources) {
                $source -and (__aws_mfa_is_bare $value $source.Ast)
            } else {
                __aws_mfa_typed $line "$value"
            }
            while ($bare.Count -lt $words.Count) { $bare += [bool]$is_bare }
        }
        $last = $source
    }
    @{ Words = $words; Bare = $bare }
}

# Runs the program with the words, and with what was piped in, if anything was. On systems other than Windows,
# PowerShell replaces wildcards and ~ in the words of a program with names of files, unless they are quoted in its
# command line. Here, it does so with the words for which $bare is True. It is about
# the last words; those before them were not typed.
function global:__aws_mfa_native($program, $words, $piped, $bare) {
    $command = '& $program'
    $added = $words.Count - @($bare).Count
    for ($at = 0; $at -lt $words.Count; $at++) {
        $word = "$($words[$at])"
        if ($word -match '[*?[]|^~' -and -not ($bare -and $at -ge $added -and $bare[$at - $added])) {
            $command += " '" + ($word -replace "['\u2018-\u201b]", '$0$0') + "'"
        } else {
            $command += " `$words[$at]"
        }
    }
    if ($null -ne $piped) {
        $command = '$piped.Lines | ' + $command
    }
    Microsoft.PowerShell.Utility\Invoke-Expression $command
}

# Does what the statements of aws-mfa say, without evaluating them: PowerShell shows what it evaluates under
# `Set-PSDebug -Trace`, and where a company logs script blocks, it keeps that on the disk. For the same reason, no
# variable gets one of their values, which a trace shows, and no cmdlet, whose parameters can be logged, too; but the
# constrained language mode has only the cmdlet. What is no such statement, as of another version of aws-mfa, is
# evaluated.
# https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_logging_windows
function global:__aws_mfa_apply($statements) {
    $quotes = "['\u2018-\u201b]"
    $others = "[^'\u2018-\u201b]*"
    $statement = "\`$env:(\w+) = (?:\`$null|'($others(?:$quotes{2}$others)*)');(?:\n|\z)"
    if ($statements -cnotmatch "\A(?:$statement)+\z") {
        Microsoft.PowerShell.Utility\Invoke-Expression $statements
        return
    }
    # Ctrl-C does not interrupt this block.
    try { } finally {
        $sets = @{ Found = [regex]::Matches($statements, "\G$statement") }
        for ($at = 0; $at -lt $sets.Found.Count; $at++) {
            if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
                Microsoft.PowerShell.Management\Set-Item "Env:$($sets.Found[$at].Groups[1].Value)" -Value $(
                    if ($sets.Found[$at].Groups[2].Success) {
                        $sets.Found[$at].Groups[2].Value -replace "($quotes)\1", '$1'
                    }
                ) -WhatIf:$false -Confirm:$false
            } elseif ($sets.Found[$at].Groups[2].Success) {
                [Environment]::SetEnvironmentVariable(
                    $sets.Found[$at].Groups[1].Value, ($sets.Found[$at].Groups[2].Value -replace "($quotes)\1", '$1'))
            } else {
                [Environment]::SetEnvironmentVariable($sets.Found[$at].Groups[1].Value, [NullString]::Value)
            }
        }
    }
}

# Loads or ends a session, as the output of aws-mfa says. If aws-mfa fails, $LASTEXITCODE is its status, and nothing
# changes.
function global:__aws_mfa_load($program, $words, $piped, $bare) {
    $console = $ExecutionContext.SessionState.LanguageMode -eq 'FullLanguage'
    if ($console) {
        try {
            $before = [Console]::OutputEncoding
            [Console]::OutputEncoding = [System.Text.UTF8Encoding]::new()
        } catch {
            # The ISE has no console.
            $console = $false
        }
    }
    try {
        # PowerShell returns the output of a program as an array of lines. A trace shows the start of a text that a
        # variable gets.
        $out = @{ Text = (__aws_mfa_native $program $words $piped $bare) -join "`n" }
    } finally {
        if ($console) {
            [Console]::OutputEncoding = $before
        }
    }
    if ($LASTEXITCODE -eq 0 -and $out.Text) {
        __aws_mfa_apply $out.Text
    }
}

# Makes the command that the user typed fail: its $? is False, and under $ErrorActionPreference = 'Stop' it ends with
# an error that can be caught. It prints $message only if the program itself has printed none.
function global:__aws_mfa_fail($cmdlet, $stop, $message, $show) {
    if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
        # WriteError is a method. Without it, $? stays True.
        if ($stop) {
            throw $message
        }
        if ($show) {
            Microsoft.PowerShell.Utility\Write-Warning $message -WarningAction Continue
        }
        return
    }
    # Windows PowerShell refuses Ignore in this variable, and with it, nothing reaches the variable of -ErrorVariable.
    # SilentlyContinue hides an error, but remembers it.
    $ignores = $PSVersionTable.PSVersion.Major -ge 7 -and -not $cmdlet.MyInvocation.BoundParameters['ErrorVariable']
    $ErrorActionPreference = if ($stop) { 'Stop' } elseif ($show) { 'Continue' } elseif ($ignores) { 'Ignore' } else {
        'SilentlyContinue'
    }
    $remembered = $global:Error.Count
    $cmdlet.WriteError([System.Management.Automation.ErrorRecord]::new(
            [System.InvalidOperationException]::new($message), 'AwsMfaFailed', 'NotSpecified', $null))
    if (-not $show -and -not $ignores -and $global:Error.Count -gt $remembered) {
        $global:Error.RemoveAt(0)
    }
}

# Does what the commands of this hook are for. $cmdlet is the $PSCmdlet of the command, $caller the
# $ErrorActionPreference of its caller, $account the account of an alias, and $lines is what was piped in.
function global:__aws_mfa_main($cmdlet, $caller, $account, $typed, $lines) {
    $ErrorActionPreference = 'Continue'
    # A failing program would otherwise be an error of its own.
    $PSNativeCommandUseErrorActionPreference = $false
    $is_full = $ExecutionContext.SessionState.LanguageMode -eq 'FullLanguage'
    $bound = $cmdlet.MyInvocation.BoundParameters
    $piped = if ($cmdlet.MyInvocation.ExpectingInput) { @{ Lines = $lines } }
    if ($bound['ErrorAction']) {
        $caller = $bound['ErrorAction']
    } elseif ($is_full) {
        # That of the module or script which calls.
        $set = $cmdlet.SessionState.PSVariable.Get('ErrorActionPreference')
        if ($set -and $set.Value -eq 'Stop') {
            $caller = 'Stop'
        }
    }
    $stop = "$caller" -eq 'Stop'
    $line = "$($cmdlet.MyInvocation.Line)"
    $words = @()
    $is_special = $false
    foreach ($word in $typed) {
        $words += , $word
        $is_special = $is_special -or $word -is [array] -or "$word" -match '[*?[]|^~|^-.*:$'
    }
    $bare = $null
    if ($is_special) {
        $sources = if ($is_full) { (__aws_mfa_sources $cmdlet.MyInvocation $words.Count).Sources }
        $read = __aws_mfa_words $words $sources $line
        $words = $read.Words
        $bare = $read.Bare
    }

    # Options may precede the subcommand: `-q off`.
    $passedOn = @('@SUBCOMMANDS@')
    $first = if ($words.Count -gt 0) { [string]$words[0] } else { '' }
    $meant = ''
    if ($account) {
        $meant = 'env'
    } elseif ($first -like '-*') {
        foreach ($word in $words) {
            if ($word -ceq '--') { break }
            if (@('off', '-h', '--help', '-V', '--version') + $passedOn -ccontains $word) {
                $meant = [string]$word
                break
            }
        }
    } elseif ($first -ceq 'off' -or $passedOn -ccontains $first) {
        $meant = $first
    }

    # PowerShell takes the parameters that every advanced function has out of the words, abbreviated, too. A program
    # must not run without the words that PowerShell took.
    $common = @('__aws_mfa_words', '__aws_mfa_input')
    if ($meant -cne 'exec') {
        $common += 'ErrorAction', 'ErrorVariable', 'WarningAction', 'WarningVariable', 'InformationAction',
            'InformationVariable', 'OutVariable', 'OutBuffer', 'PipelineVariable', 'Verbose', 'Debug', 'ProgressAction'
        if ($bound['Verbose']) {
            $words = @('--verbose') + $words
        }
    }
    $are_typed = $null
    foreach ($name in $bound.Keys) {
        if ($common -cnotcontains $name) {
            if ($is_full -and $null -eq $are_typed) {
                $are_typed = (__aws_mfa_sources $cmdlet.MyInvocation $words.Count).Options
            }
            # $PSDefaultParameterValues gives parameters to every command; those took no word.
            if ($is_full -and -not $are_typed) { break }
            $global:LASTEXITCODE = 2
            $hint = if ($meant -ceq 'exec') { 'write -- before the command: exec ACCOUNT -- COMMAND' } else {
                'write long options with two hyphens'
            }
            __aws_mfa_fail $cmdlet $stop "PowerShell took an option as its own parameter; $hint" $true
            return
        }
    }

    $program = __aws_mfa_program
    if (-not $program) {
        $global:LASTEXITCODE = 127
        __aws_mfa_fail $cmdlet $stop "aws-mfa is not on PATH, and no longer at $global:__aws_mfa_place" $true
        return
    }
    $evaluated = @('--evaluated', '--shell', 'powershell')
    if ($account) {
        __aws_mfa_load $program (@('env') + $evaluated + $account + $words) $piped $bare
    } elseif ($words.Count -eq 0 -and $env:AWS_MFA_ACCOUNT) {
        __aws_mfa_native $program @('status', '--hook', $global:__aws_mfa_command) $piped
    } elseif ($words.Count -eq 1 -and '-h', '--help', 'help' -ccontains $first) {
        __aws_mfa_native $program @('hook-help', $global:__aws_mfa_command) $piped
    } elseif ($meant -ceq 'off') {
        __aws_mfa_load $program ($words + $evaluated) $piped
    } elseif ($meant -ne '') {
        __aws_mfa_native $program $words $piped $bare
    } else {
        __aws_mfa_load $program (@('env') + $evaluated + $words) $piped $bare
    }
    if ($LASTEXITCODE -ne 0) {
        __aws_mfa_fail $cmdlet $stop "aws-mfa ended with status $LASTEXITCODE" $false
    }
}

# >>> command
$global:__aws_mfa_command = 'mfa'
Microsoft.PowerShell.Management\Remove-Item -LiteralPath 'Alias:mfa' -Force -ErrorAction Ignore `
    -WhatIf:$false -Confirm:$false
function global:mfa {
    <#
    .SYNOPSIS
    Loads a session of an AWS account into this shell.
    .DESCRIPTION
    mfa ACCOUNT [CODE]              loads a session; without a code, it asks for one
    mfa                             says what is loaded, or lets you pick an account
    mfa -                           goes back to the account before
    mfa off                         ends the session
    mfa list                        lists the accounts
    mfa exec ACCOUNT -- COMMAND     runs one command with a session

    `mfa --help` says more.
    .EXAMPLE
    mfa test 123456
    #>
    # PowerShell takes any prefix of a parameter's name for the parameter, so these have names that are never typed.
    # The aliases are the abbreviations that would mean more than one common parameter.
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(DontShow, Position = 0, ValueFromRemainingArguments = $true)] $__aws_mfa_words,
        [Parameter(DontShow, ValueFromPipeline = $true)] $__aws_mfa_input,
        [Parameter(DontShow)] [Alias('e', 'i', 'o', 'p', 'w')] [switch] $__aws_mfa_taken
    )
    end {
        __aws_mfa_main $PSCmdlet $ErrorActionPreference $null $__aws_mfa_words @($input)
    }
}
# <<< command

# >>> prompt
# The account and the time left, for a prompt. It shows only the characters that an account's name can have: the variable
# can be set by anyone.
function global:__aws_mfa_ps1 {
    Microsoft.PowerShell.Core\Set-StrictMode -Off
    $end = $env:AWS_MFA_EXPIRES_AT
    if (-not $env:AWS_MFA_ACCOUNT -or $end -notmatch '^[1-9][0-9]{0,10}\z') { return }
    $account = $env:AWS_MFA_ACCOUNT -creplace '[^a-zA-Z0-9._@+-]'
    $left = [long]$end - [long]([datetime]::UtcNow - [datetime]'1970-01-01').TotalSeconds
    $color = if ($left -gt 600) { 32 } elseif ($left -ge 60) { 33 } else { 31 }
    $minutes = ($left - $left % 60) / 60
    $text = if ($minutes -ge 60) {
        "$(($minutes - $minutes % 60) / 60)h$($minutes % 60)m"
    } elseif ($minutes -ge 1) { "${minutes}m" } elseif ($left -gt 0) { '<1m' } else { 'expired' }
    if ($env:NO_COLOR -or $env:TERM -ceq 'dumb') {
        "($account $text) "
    } else {
        "$([char]27)[${color}m($account $text) $([char]27)[m"
    }
}

if ("$function:prompt" -notmatch '__aws_mfa_ps1') {
    $global:__aws_mfa_own_prompt = $function:prompt
    $function:global:prompt = {
        # First: it may show the status of the last command.
        $__aws_mfa_text = (& $global:__aws_mfa_own_prompt) -join ' '
        "$(__aws_mfa_ps1)$__aws_mfa_text"
    }
}
# <<< prompt

# >>> notice
# Says once that the session ends soon, once that it is over, and ends it then, and once that something else than the
# session is in force. $null if there is nothing to say. It starts no process until the session has expired. It shows
# only the characters that an account's name can have: the variable can be set by anyone.
function global:__aws_mfa_notice {
    Microsoft.PowerShell.Core\Set-StrictMode -Off
    $ErrorActionPreference = 'Continue'
    $PSNativeCommandUseErrorActionPreference = $false
    $end = $env:AWS_MFA_EXPIRES_AT
    if (-not $env:AWS_MFA_ACCOUNT -or $end -notmatch '^[1-9][0-9]{0,10}\z') { return }
    $account = $env:AWS_MFA_ACCOUNT -creplace '[^a-zA-Z0-9._@+-]'
    $left = [long]$end - [long]([datetime]::UtcNow - [datetime]'1970-01-01').TotalSeconds
    $renew = '@RENEW@' -replace '%s', $account
    if ($left -le 0) {
        # Only once per session: if `off` fails, it would fail at each prompt.
        if ($global:__aws_mfa_noticed -eq "gone $end") { return }
        $global:__aws_mfa_noticed = "gone $end"
        $program = __aws_mfa_program
        if ($program) {
            __aws_mfa_load $program @('-q', 'off', '--evaluated', '--shell', 'powershell') $null
        }
        if ($env:AWS_MFA_ACCOUNT) {
            "aws-mfa: the session of $account has expired"
        } else {
            "aws-mfa: the session of $account has expired and is gone from this shell; for a new one: $renew"
        }
        return
    }
    if ($left -le 600 -and $global:__aws_mfa_noticed -ne $end) {
        $global:__aws_mfa_noticed = $end
        $text = if ($left -ge 60) { "$(($left - $left % 60) / 60) min" } else { "$left s" }
        "aws-mfa: the session of $account has $text left; to renew it: $renew"
    }
    $over = ''
    if ($global:__aws_mfa_loaded -cnotlike "$account $end *") {
        $global:__aws_mfa_loaded = "$account $end $env:AWS_ACCESS_KEY_ID"
    } elseif ($global:__aws_mfa_loaded -cne "$account $end $env:AWS_ACCESS_KEY_ID") {
        $over = 'AWS_ACCESS_KEY_ID'
    }
    if ($env:AWS_PROFILE) {
        $over = 'AWS_PROFILE'
    }
    if ($over -cne $global:__aws_mfa_told) {
        $global:__aws_mfa_told = $over
        if ($over) {
            "aws-mfa: $over was set after the session was loaded: AWS tools may not use the session"
        }
    }
}

# Not in the function `prompt`, which Starship and oh-my-posh replace: PowerShell calls this one after any prompt.
if ("$function:PSConsoleHostReadLine" -and "$function:PSConsoleHostReadLine" -notmatch '__aws_mfa_notice') {
    $global:__aws_mfa_read_line = $function:PSConsoleHostReadLine
    $function:global:PSConsoleHostReadLine = {
        $__aws_mfa_succeeded = $?
        $__aws_mfa_status = $global:LASTEXITCODE
        $__aws_mfa_text = __aws_mfa_notice
        if ($__aws_mfa_text) {
            # The prompt is there already. The notice takes its place, and a new one follows.
            Microsoft.PowerShell.Utility\Write-Host "`r$([char]27)[K$($__aws_mfa_text -join "`n")"
            $global:LASTEXITCODE = $__aws_mfa_status
            if (-not $__aws_mfa_succeeded) {
                Microsoft.PowerShell.Utility\Write-Error '-' -ErrorAction Ignore
            }
            # As PowerShell does it: the first object of the prompt, or its own if there is none or it fails.
            $__aws_mfa_prompt = try { "$(@(prompt)[0])" } catch { '' }
            if (-not $__aws_mfa_prompt) { $__aws_mfa_prompt = 'PS>' }
            Microsoft.PowerShell.Utility\Write-Host $__aws_mfa_prompt -NoNewline
            $global:LASTEXITCODE = $__aws_mfa_status
        }
        # The user's $?, which a prompt and PSReadLine show.
        if ($__aws_mfa_succeeded) {
            $null = $true
        } else {
            Microsoft.PowerShell.Utility\Write-Error '-' -ErrorAction Ignore
        }
        & $global:__aws_mfa_read_line
    }
}
# <<< notice
