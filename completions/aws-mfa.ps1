# TAB completion of aws-mfa in PowerShell.
#
# In $PROFILE: Invoke-Expression ((aws-mfa completions powershell) -join "`n")
# At each TAB it runs aws-mfa for the candidates, so it stays valid when accounts change. The line is passed to
# aws-mfa as text; no part of it is evaluated. In the constrained language mode there is no completion: it needs methods.

# The candidates for a line. $kind is the kind of the command.
function __aws_mfa_ask($kind, $line, $cursor) {
    # Only a program, never a function or an alias of this name.
    $program = $ExecutionContext.InvokeCommand.GetCommand('aws-mfa', 'Application')
    if (-not $program) { return }
    $arguments = @('--', $kind)
    $index = 0
    foreach ($element in ($line.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.StartOffset -ge $cursor) { break }
        $length = [Math]::Min($cursor, $element.Extent.EndOffset) - $element.Extent.StartOffset
        $text = $element.Extent.Text.Substring(0, $length)
        # A string constant has a value; anything else is passed on as it was typed.
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst] -and
            $element.Extent.EndOffset -le $cursor) {
            $text = $element.Value
        }
        $arguments += $text
        $index += 1
        $end = $element.Extent.EndOffset
    }
    # After a blank, an empty word begins.
    if ($index -eq 0 -or $end -lt $cursor) {
        $arguments += ''
        $index += 1
    }
    $before = $env:AWS_MFA_COMPLETE, $env:AWS_MFA_COMPLETE_INDEX
    try {
        $env:AWS_MFA_COMPLETE = 'powershell'
        $env:AWS_MFA_COMPLETE_INDEX = "$index"
        $answer = & $program @arguments 2>$null
        if (-not $answer -and $kind -eq 'alias' -and $arguments[-1] -eq '') {
            # PowerShell would offer the files of the directory.
            $arguments[-1] = '--'
            $answer = & $program @arguments 2>$null
        }
    } finally {
        $env:AWS_MFA_COMPLETE, $env:AWS_MFA_COMPLETE_INDEX = $before
    }
    foreach ($candidate in $answer) {
        $value, $help = $candidate -split "`t", 2
        if (-not $value) { continue }
        if (-not $help) { $help = $value }
        $word = $value
        if ($value -match '[^A-Za-z0-9_.:=/\\+~-]' -or $value -match '^[~]') {
            $word = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($value) + "'"
        }
        [System.Management.Automation.CompletionResult]::new($word, $value, 'ParameterValue', $help)
    }
}

# Registers completion for the command $name: aws-mfa, that of the hook (mfa), or an alias.
function __aws_mfa_register($kind, $name) {
    if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') { return }
    $ask = $function:__aws_mfa_ask
    $complete = {
        param($word, $line, $cursor)
        & $ask $kind $line $cursor
    }.GetNewClosure()
    Register-ArgumentCompleter -Native -CommandName $name -ScriptBlock $complete
}

__aws_mfa_register 'aws-mfa' 'aws-mfa'
