# The hook of aws-mfa for PowerShell. In the file that $PROFILE names:
#
#     Invoke-Expression (& { (aws-mfa init powershell) -join "`n" })

# A marker for `aws-mfa doctor`: the version of the hook, the process ID of its shell, and whether it loaded
# completion.
$env:__aws_mfa_hook = "@VERSION@ $PID completion"

# Evaluates the output of aws-mfa. If aws-mfa fails, $LASTEXITCODE is its status, and this changes nothing.
function global:__aws_mfa_load {
    $before = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = [System.Text.UTF8Encoding]::new()
        $program = Microsoft.PowerShell.Core\Get-Command -Name aws-mfa -CommandType Application -TotalCount 1
        # PowerShell returns the output of a program as an array of lines.
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
        # Options may precede the subcommand: `mfa -q off`.
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
