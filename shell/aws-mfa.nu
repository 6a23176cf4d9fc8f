# The hook of aws-mfa for nushell. Save it to the directory whose files nushell loads at startup:
#
#     mkdir ($nu.data-dir | path join "vendor/autoload")
#     aws-mfa init nushell | save -f ($nu.data-dir | path join "vendor/autoload/aws-mfa.nu")

# A marker for `aws-mfa doctor`: the version of the hook, the process ID of its shell, and whether it loaded
# completion.
export-env { $env.__aws_mfa_hook = $"@VERSION@ ($nu.pid) completion" }

# Loads the variables that aws-mfa prints. If aws-mfa fails, this changes nothing.
export def --env __aws_mfa_load [words: list<string>] {
    # A failure of the program is an error here, and ends this function. In a pipeline, it would not be one before
    # nushell 0.112, which would then show an error of the next command.
    let printed = (^aws-mfa ...$words)
    # All at once: Ctrl-C ends a function between two commands, and half of a session is worse than none. A variable
    # that is null is passed to no program. Hiding it here would show the one that it hides.
    load-env ($printed | from json)
}

# >>> command
# The subcommand among the words; `off` and `env` are evaluated.
def __aws_mfa_meant [words: list<string>] {
    let own = ["@SUBCOMMANDS@"]
    let first = ($words | get --optional 0 | default "")
    # An empty word is an account without a name: an error, and no wish to see the session.
    if ($words | is-empty) {
        if ($env.AWS_MFA_ACCOUNT? | is-empty) { "env" } else { "status" }
    } else if $first == "off" or $first in $own {
        $first
    } else if ($first | str starts-with "-") {
        # Options may precede the subcommand: `mfa -q off`.
        $words | take while {|word| $word != "--" } | where {|word| $word in ["off" "-h" "--help" "-V" "--version" ...$own] } | get --optional 0 | default "env"
    } else {
        "env"
    }
}

# Load a session of an AWS account into this shell
@complete '__aws_mfa_complete_mfa'
export def --env --wrapped mfa [...words: string] {
    # First, so that what is piped in reaches the program: the first command of a block gets that.
    if (__aws_mfa_meant $words) not-in ["env" "off"] {
        ^aws-mfa ...(if ($words | is-empty) { ["status" "--hook" "mfa"] } else if $words in [["-h"] ["--help"] ["help"]] { ["hook-help" "mfa"] } else { $words })
    } else if (__aws_mfa_meant $words) == "off" {
        __aws_mfa_load [...$words "--evaluated" "--shell" "nushell"]
    } else {
        __aws_mfa_load ["env" "--evaluated" "--shell" "nushell" ...$words]
    }
}
# <<< command
