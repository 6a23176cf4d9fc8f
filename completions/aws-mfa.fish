# TAB completion of aws-mfa in fish, from 3.1 on.
#
# Save it as ~/.config/fish/completions/aws-mfa.fish, or source it. At each TAB it runs aws-mfa for the candidates,
# so it stays valid when accounts change. The line is passed to aws-mfa as text; no part of it is evaluated.

# Requests the candidates. The argument is the kind of the command.
function __aws_mfa_ask
    set -l before (commandline -opc)
    set -l typed (commandline -ct)
    # After `exec ACCOUNT --`, complete the command that follows with its own completion.
    set -l at (contains -i -- -- $before)
    if test -n "$at"; and contains -- exec $before[1..$at]
        set -l rest
        test $at -lt (count $before); and set rest $before[(math $at + 1)..-1]
        # `complete -C` would run a command substitution in the name of a command, and the completion of some
        # commands, such as that of git, one in any word.
        builtin string match -q '*(*' -- $rest "$typed"; and return
        set -q rest[1]; and set rest (string escape -- $rest)
        complete -C (string join ' ' -- $rest "$typed")
        return
    end
    # `string unescape` fails at a quote that is still open: remove that quote instead.
    set -l word (string unescape -- "$typed"; or string replace -r '^[\'"]' '' -- "$typed")
    AWS_MFA_COMPLETE=fish command aws-mfa -- $argv[1] $before[2..-1] "$word" 2>/dev/null
end

# Registers completion for the command $argv[2]: aws-mfa, that of the hook (mfa), or an alias.
function __aws_mfa_register
    complete -c $argv[2] -e
    complete -c $argv[2] -k -f -a "(__aws_mfa_ask $argv[1])"
end

__aws_mfa_register aws-mfa aws-mfa
