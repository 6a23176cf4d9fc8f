# The hook of aws-mfa for nushell. Save it where nushell loads it by itself:
#
#     mkdir ($nu.data-dir | path join "vendor/autoload")
#     aws-mfa init nushell | save -f ($nu.data-dir | path join "vendor/autoload/aws-mfa.nu")

# For `aws-mfa doctor`: whose hook this is, for which process, and with what.
export-env { $env.__aws_mfa_hook = $"@VERSION@ ($nu.pid) completion" }

# Loads what aws-mfa prints. Where that fails, nothing changes.
export def --env __aws_mfa_load [words: list<string>] {
    # A program that fails raises here.
    let changes = (^aws-mfa ...$words | from json)
    let names = ($changes | columns)
    load-env ($changes | select ...($names | where {|name| ($changes | get $name) != null }))
    for name in ($names | where {|name| ($changes | get $name) == null }) {
        hide-env --ignore-errors $name
    }
}

# >>> command
# Load a session of an AWS account into this shell
@complete '__aws_mfa_complete_mfa'
export def --env --wrapped mfa [...words: string] {
    let first = ($words | get --optional 0 | default "")
    let own = ["@SUBCOMMANDS@"]
    if $first == "" and "AWS_MFA_ACCOUNT" in $env {
        ^aws-mfa status
    } else if $first == "" {
        __aws_mfa_load ["env" "--evaluated" "--shell" "nushell"]
    } else if $first == "off" {
        __aws_mfa_load ["off" "--evaluated" "--shell" "nushell" ...($words | skip 1)]
    } else if $first in $own {
        ^aws-mfa ...$words
    } else if ($first | str starts-with "-") {
        # Options may come first: a word behind them says what they are for.
        let meant = ($words | take while {|word| $word != "--" } | where {|word| $word in ["off" "-h" "--help" "-V" "--version" ...$own] } | get --optional 0)
        if $meant == "off" {
            __aws_mfa_load [...$words "--evaluated" "--shell" "nushell"]
        } else if $meant != null {
            ^aws-mfa ...$words
        } else {
            __aws_mfa_load ["env" "--evaluated" "--shell" "nushell" ...$words]
        }
    } else {
        __aws_mfa_load ["env" "--evaluated" "--shell" "nushell" ...$words]
    }
}
# <<< command
