# The hook of aws-mfa for PowerShell. In the file that $PROFILE names:
#
#     Invoke-Expression (& { (aws-mfa init powershell) -join "`n" })

# For `aws-mfa doctor`: whose hook this is, for which process, and with what.
$env:__aws_mfa_hook = "@VERSION@ $PID completion"

# Evaluates what aws-mfa prints. Where that fails, $LASTEXITCODE says so and nothing changes.
function global:__aws_mfa_load {
    $before = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = [System.Text.UTF8Encoding]::new()
        $program = Microsoft.PowerShell.Core\Get-Command -Name aws-mfa -CommandType Application -TotalCount 1
        # The lines of a program arrive as an array.
        $out = (& $program @args) -join "`n"
    } finally {
        [Console]::OutputEncoding = $before
    }
    if ($LASTEXITCODE -eq 0 -and $out) {
        Microsoft.PowerShell.Utility\Invoke-Expression $out
    }
}

# >>> command
Microsoft.PowerShell.Management\Remove-Item -LiteralPath 'Alias:mfa' -Force -ErrorAction Ignore
function global:mfa {
    $first = if ($args.Count -gt 0) { [string]$args[0] } else { '' }
    $passedOn = @('@SUBCOMMANDS@')
    if ($first -eq '' -and -not $env:AWS_MFA_ACCOUNT) {
        __aws_mfa_load env --evaluated --shell powershell
    } elseif ($first -eq '') {
        & (Microsoft.PowerShell.Core\Get-Command -Name aws-mfa -CommandType Application -TotalCount 1) status
    } elseif ($first -ceq 'off') {
        $rest = @($args | Microsoft.PowerShell.Utility\Select-Object -Skip 1)
        __aws_mfa_load off --evaluated --shell powershell @rest
    } elseif ($passedOn -ccontains $first) {
        & (Microsoft.PowerShell.Core\Get-Command -Name aws-mfa -CommandType Application -TotalCount 1) @args
    } elseif ($first.StartsWith('-')) {
        # Options may come first: a word behind them says what they are for.
        $meant = ''
        foreach ($word in $args) {
            if ($word -ceq '--') { break }
            if (@('off', '-h', '--help', '-V', '--version') + $passedOn -ccontains $word) {
                $meant = [string]$word
                break
            }
        }
        if ($meant -ceq 'off') {
            __aws_mfa_load @args --evaluated --shell powershell
        } elseif ($meant -ne '') {
            & (Microsoft.PowerShell.Core\Get-Command -Name aws-mfa -CommandType Application -TotalCount 1) @args
        } else {
            __aws_mfa_load env --evaluated --shell powershell @args
        }
    } else {
        __aws_mfa_load env --evaluated --shell powershell @args
    }
}
# <<< command
