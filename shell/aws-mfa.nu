# The hook of aws-mfa for nushell. Save it to the directory whose files nushell loads at startup:
#
#     mkdir ($nu.data-dir | path join "vendor/autoload")
#     aws-mfa init nushell | save -f ($nu.data-dir | path join "vendor/autoload/aws-mfa.nu")

# A marker for `aws-mfa doctor`: the version of the hook, the process ID of its shell, and whether it loaded
# completion.
export-env { $env.__aws_mfa_hook = $"@VERSION@ ($nu.pid) completion" }

# Loads the variables that aws-mfa prints. If aws-mfa fails, this changes nothing.
export def --env __aws_mfa_load [words: list<string>] {
    # A failure of the program is an error here, and ends this function.
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
    # An empty word is an account without a name: an error, and no wish to see the session.
    if ($words | is-empty) and "AWS_MFA_ACCOUNT" in $env {
        ^aws-mfa status
    } else if ($words | is-empty) {
        __aws_mfa_load ["env" "--evaluated" "--shell" "nushell"]
    } else if $first == "off" {
        __aws_mfa_load ["off" "--evaluated" "--shell" "nushell" ...($words | skip 1)]
    } else if $first in $own {
        ^aws-mfa ...$words
    } else if ($first | str starts-with "-") {
        # Options may precede the subcommand: `mfa -q off`.
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
