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
    $typed = ''
    foreach ($element in ($line.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.StartOffset -ge $cursor) { break }
        $length = [Math]::Min($cursor, $element.Extent.EndOffset) - $element.Extent.StartOffset
        $typed = $element.Extent.Text
        $text = $typed.Substring(0, $length)
        # A string constant has a value; anything else is passed on as it was typed.
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
            if ($element.Extent.EndOffset -le $cursor) {
                $text = $element.Value
            } elseif ($element.StringConstantType -ne 'BareWord') {
                $text = $text.Substring([Math]::Min(1, $length))
            }
        }
        $arguments += $text
        $index += 1
        $end = $element.Extent.EndOffset
    }
    # After a blank, an empty word begins.
    if ($index -eq 0 -or $end -lt $cursor) {
        $typed = ''
        $arguments += ''
        $index += 1
    }
    $ErrorActionPreference = 'Continue'
    $PSNativeCommandUseErrorActionPreference = $false
    $before = $env:AWS_MFA_COMPLETE, $env:AWS_MFA_COMPLETE_INDEX
    $status = $global:LASTEXITCODE
    $encoding = $null
    try {
        $encoding = [Console]::OutputEncoding
        [Console]::OutputEncoding = [System.Text.UTF8Encoding]::new()
    } catch {
        # The ISE of Windows PowerShell has no console.
        $encoding = $null
    }
    try {
        $env:AWS_MFA_COMPLETE = 'powershell'
        $env:AWS_MFA_COMPLETE_INDEX = "$index"
        $answer = & $program @arguments 2>$null
    } finally {
        $env:AWS_MFA_COMPLETE, $env:AWS_MFA_COMPLETE_INDEX = $before
        if ($encoding) { [Console]::OutputEncoding = $encoding }
        # The status of what the user ran last.
        $global:LASTEXITCODE = $status
    }
    if (-not $answer) {
        # For no candidates at all, PowerShell would offer the files of the directory. A candidate cannot be empty.
        if (-not $typed) { $typed = ' ' }
        [System.Management.Automation.CompletionResult]::new($typed)
        return
    }
    foreach ($candidate in $answer) {
        $value, $help = $candidate -split "`t", 2
        if (-not $value) { continue }
        if (-not $help) { $help = $value }
        $word = $value
        if ($value -match '[^A-Za-z0-9_.:=/\\+~-]' -or $value -match '^[~]') {
            $word = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($value) + "'"
        }
        # After a directory, PSReadLine puts the cursor before the closing quote, so that more can follow.
        $type = if ($value -match '[/\\]$') { 'ProviderContainer' } else { 'ParameterValue' }
        [System.Management.Automation.CompletionResult]::new($word, $value, $type, $help)
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
