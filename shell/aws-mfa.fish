# The hook of aws-mfa for fish. In ~/.config/fish/config.fish:
#
#     aws-mfa init fish | source

# A marker for `aws-mfa doctor`: the version of the hook, the process ID of its shell, and whether it loaded
# completion.
set -gx __aws_mfa_hook "@VERSION@ $fish_pid completion"

# Evaluates the output of aws-mfa. If aws-mfa fails, this returns its status and changes nothing.
function __aws_mfa_load
    # `fish_trace` would show the secrets.
    set -l fish_trace
    set -l out (command aws-mfa $argv)
    or return
    set -g __aws_mfa_pending $out
    __aws_mfa_finish
end

# Evaluates what is pending. If Ctrl-C ends that halfway, it is done again at the next prompt, or before the next
# command: half of a session is worse than none.
function __aws_mfa_finish --on-event fish_prompt --on-event fish_preexec
    set -l before $status
    set -q __aws_mfa_pending
    or return $before
    set -l fish_trace
    builtin string join -- \n $__aws_mfa_pending | builtin source
    set before $status
    set -e __aws_mfa_pending
    return $before
end

# >>> command
function mfa --description 'Load a session of an AWS account into this shell'
    switch "$argv[1]"
        case ''
            if set -q argv[1]
                # An account without a name, as in `mfa "$account"; and …`, is an error and no wish to see the session.
                __aws_mfa_load env --evaluated --shell fish $argv
            else if set -q AWS_MFA_ACCOUNT
                command aws-mfa status
            else
                __aws_mfa_load env --evaluated --shell fish
            end
        case off
            __aws_mfa_load off --evaluated --shell fish $argv[2..-1]
        case '-*'
            # Options may precede the subcommand: `mfa -q off`.
            for word in $argv
                switch "$word"
                    case --
                        break
                    case off
                        __aws_mfa_load $argv --evaluated --shell fish
                        return
                    case -h --help -V --version @SUBCOMMANDS@
                        command aws-mfa $argv
                        return
                end
            end
            __aws_mfa_load env --evaluated --shell fish $argv
        case @SUBCOMMANDS@
            command aws-mfa $argv
        case '*'
            __aws_mfa_load env --evaluated --shell fish $argv
    end
end
# <<< command

# >>> notice
# Runs before each prompt. While the shell holds a session, it starts `date`: fish has no clock of its own.
function __aws_mfa_prompt --on-event fish_prompt
    set -l before $status
    if set -q AWS_MFA_ACCOUNT; and builtin string match -qr '^[1-9][0-9]{0,10}\z' -- "$AWS_MFA_EXPIRES_AT"
        set -l left (math $AWS_MFA_EXPIRES_AT - (command date +%s))
        if test "$left" -le 0
            # Only once per session: if `off` fails, it would fail at each prompt.
            if test "$__aws_mfa_noticed" != "gone $AWS_MFA_EXPIRES_AT"
                set -g __aws_mfa_noticed "gone $AWS_MFA_EXPIRES_AT"
                set -l account (builtin string replace -ra '[^a-zA-Z0-9._@+-]' '' -- "$AWS_MFA_ACCOUNT")
                # It says itself that the session is gone.
                if not __aws_mfa_load off --evaluated --shell fish
                    echo "aws-mfa: the session of $account has expired" >&2
                end
            end
        else if test "$left" -le 600; and test "$__aws_mfa_noticed" != "$AWS_MFA_EXPIRES_AT"
            set -g __aws_mfa_noticed $AWS_MFA_EXPIRES_AT
            set -l account (builtin string replace -ra '[^a-zA-Z0-9._@+-]' '' -- "$AWS_MFA_ACCOUNT")
            echo "aws-mfa: the session of $account has "(math "ceil($left / 60)")" min left" >&2
        end
        # Says so once when something else than the session is in force.
        set -l over
        if test "$__aws_mfa_loaded[1]" != "$AWS_MFA_ACCOUNT $AWS_MFA_EXPIRES_AT"
            set -g __aws_mfa_loaded "$AWS_MFA_ACCOUNT $AWS_MFA_EXPIRES_AT" "$AWS_ACCESS_KEY_ID"
        else if test "$__aws_mfa_loaded[2]" != "$AWS_ACCESS_KEY_ID"
            set over AWS_ACCESS_KEY_ID
        end
        if set -q AWS_MFA_ACCOUNT; and test -n "$AWS_PROFILE"
            set over AWS_PROFILE
        end
        if test "$over" != "$__aws_mfa_told"
            set -g __aws_mfa_told $over
            if test -n "$over"
                echo "aws-mfa: $over was set after the session was loaded: AWS tools may not use the session" >&2
            end
        end
    end
    return $before
end
# <<< notice
