# TAB completion of aws-mfa in fish, from 3.1 on.
#
# Put it into ~/.config/fish/completions/aws-mfa.fish, or source it. At each TAB it asks the program
# what fits, so it need not be renewed when accounts change. What is typed is handed over as text;
# nothing of it is ever evaluated.

# Asks for the candidates. The argument is the kind of the command.
function __aws_mfa_ask
    set -l before (commandline -opc)
    set -l typed (commandline -ct)
    # Behind `exec ACCOUNT --` stands a command, which has a completion of its own.
    set -l at (contains -i -- -- $before)
    if test -n "$at"; and contains -- exec $before[1..$at]
        set -l rest
        test $at -lt (count $before); and set rest (string escape -- $before[(math $at + 1)..-1])
        complete -C (string join ' ' -- $rest "$typed")
        return
    end
    # A quote that is still open cannot be taken off as one that is closed.
    set -l word (string unescape -- "$typed"; or string replace -r '^[\'"]' '' -- "$typed")
    AWS_MFA_COMPLETE=fish command aws-mfa -- $argv[1] $before[2..-1] "$word" 2>/dev/null
end

# Completes the command $argv[2]: the program, the shell hook's (mfa), or one of an account's own (alias).
function __aws_mfa_register
    complete -c $argv[2] -e
    complete -c $argv[2] -k -f -a "(__aws_mfa_ask $argv[1])"
end

__aws_mfa_register aws-mfa aws-mfa
