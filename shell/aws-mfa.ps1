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

# Runs the program with the words, and with what was piped in, if anything was. $line is the line that the user typed.
# On systems other than Windows, PowerShell replaces wildcards and ~ in the words of a program with names of files,
# unless they are quoted in its command line. Here, too, it does so only with words that were typed without quotes.
function global:__aws_mfa_native($program, $words, $piped, $line) {
    $command = '& $program'
    for ($at = 0; $at -lt $words.Count; $at++) {
        $word = "$($words[$at])"
        if ($word -match '[*?[]|^~' -and -not (__aws_mfa_typed $line $word)) {
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

# Evaluates the output of aws-mfa. If aws-mfa fails, $LASTEXITCODE is its status, and this changes nothing.
function global:__aws_mfa_load($program, $words, $piped, $line) {
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
        # PowerShell returns the output of a program as an array of lines.
        $out = (__aws_mfa_native $program $words $piped $line) -join "`n"
    } finally {
        if ($console) {
            [Console]::OutputEncoding = $before
        }
    }
    if ($LASTEXITCODE -eq 0 -and $out) {
        Microsoft.PowerShell.Utility\Invoke-Expression $out
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
    # Windows PowerShell refuses Ignore in this variable, and remembers what SilentlyContinue hides.
    $ignores = $PSVersionTable.PSVersion.Major -ge 7
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
    $bound = $cmdlet.MyInvocation.BoundParameters
    $piped = if ($cmdlet.MyInvocation.ExpectingInput) { @{ Lines = $lines } }
    if ($bound['ErrorAction']) {
        $caller = $bound['ErrorAction']
    } elseif ($ExecutionContext.SessionState.LanguageMode -eq 'FullLanguage') {
        # That of the module or script which calls.
        $set = $cmdlet.SessionState.PSVariable.Get('ErrorActionPreference')
        if ($set -and $set.Value -eq 'Stop') {
            $caller = 'Stop'
        }
    }
    $stop = "$caller" -eq 'Stop'
    $line = "$($cmdlet.MyInvocation.Line)"
    $unquoted = $line -replace '["'']'
    $words = @()
    foreach ($word in $typed) {
        if ($word -is [array]) {
            # To a program, PowerShell hands `Name=x,Values=y` as it was typed, and the elements of an array in a
            # variable as words of their own. To a function, both are arrays.
            $joined = $word -join ','
            $words += if (__aws_mfa_typed $unquoted $joined) { $joined } else { $word }
        } elseif ($words.Count -gt 0 -and "$($words[-1])" -match '^-.*:$' -and $word -is [string] -and
            (__aws_mfa_typed $unquoted "$($words[-1])$word")) {
            # It hands `-x:y` to a function as two words.
            $words[-1] = "$($words[-1])$word"
        } else {
            $words += $word
        }
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
    foreach ($name in $bound.Keys) {
        if ($common -cnotcontains $name) {
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
        __aws_mfa_load $program (@('env') + $evaluated + $account + $words) $piped $line
    } elseif ($words.Count -eq 0 -and $env:AWS_MFA_ACCOUNT) {
        __aws_mfa_native $program @('status', '--hook', $global:__aws_mfa_command) $piped $line
    } elseif ($words.Count -eq 1 -and '-h', '--help', 'help' -ccontains $first) {
        __aws_mfa_native $program @('hook-help', $global:__aws_mfa_command) $piped $line
    } elseif ($meant -ceq 'off') {
        __aws_mfa_load $program ($words + $evaluated) $piped $line
    } elseif ($meant -ne '') {
        __aws_mfa_native $program $words $piped $line
    } else {
        __aws_mfa_load $program (@('env') + $evaluated + $words) $piped $line
    }
    if ($LASTEXITCODE -ne 0) {
        __aws_mfa_fail $cmdlet $stop "aws-mfa ended with status $LASTEXITCODE" $false
    }
}

# >>> command
$global:__aws_mfa_command = 'mfa'
Microsoft.PowerShell.Management\Remove-Item -LiteralPath 'Alias:mfa' -Force -ErrorAction Ignore -WhatIf:$false -Confirm:$false
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
            Microsoft.PowerShell.Utility\Write-Host (prompt) -NoNewline
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
