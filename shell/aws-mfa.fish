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
                command aws-mfa status --hook mfa
            else
                __aws_mfa_load env --evaluated --shell fish
            end
        case off
            __aws_mfa_load off --evaluated --shell fish $argv[2..-1]
        case -h --help help
            # With more words, as in `help exec`, it is the program's help.
            if set -q argv[2]
                command aws-mfa $argv
            else
                command aws-mfa hook-help mfa
            end
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

# >>> clock
# Prints the seconds until the session ends, or fails if there is none. It starts no process: the time at which a file was
# changed and its age make the time. Before fish 3.6, which has no `path mtime`, it starts `date`.
function __aws_mfa_left
    set -q AWS_MFA_ACCOUNT; and builtin string match -qr '^[1-9][0-9]{0,10}\z' -- "$AWS_MFA_EXPIRES_AT"
    or return
    set -l now (builtin path mtime / 2>/dev/null) + (builtin path mtime -R / 2>/dev/null)
    if not set -q now[3]
        set now (command date +%s)
    end
    math "$AWS_MFA_EXPIRES_AT - ($now)"
end
# <<< clock

# >>> prompt
# Prints the account and the time left, for a prompt. It shows only the characters that an account's name can have: the
# variable can be set by anyone.
function __aws_mfa_ps1
    set -l left (__aws_mfa_left)
    or return 0
    set -l color green
    if test "$left" -lt 60
        set color red
    else if test "$left" -le 600
        set color yellow
    end
    set -l text expired
    if test "$left" -ge 3600
        set text (math "floor($left / 3600)")h(math "floor($left % 3600 / 60)")m
    else if test "$left" -ge 60
        set text (math "floor($left / 60)")m
    else if test "$left" -gt 0
        set text '<1m'
    end
    set -l account (builtin string replace -ra '[^a-zA-Z0-9._@+-]' '' -- "$AWS_MFA_ACCOUNT")
    if test -n "$NO_COLOR"; or test "$TERM" = dumb
        builtin printf '(%s %s) ' $account $text
    else
        builtin printf '%s(%s %s) %s' (builtin set_color $color) $account $text (builtin set_color normal)
    end
end

# Puts that before the prompt, unless the prompt has it. At each prompt, since another file may define the prompt later.
function __aws_mfa_add_ps1 --on-event fish_prompt
    set -l before $status
    if functions -q fish_prompt; and not functions fish_prompt | builtin string match -q '*__aws_mfa_ps1*'
        functions -e __aws_mfa_own_prompt
        functions -c fish_prompt __aws_mfa_own_prompt
        function fish_prompt
            # First: it may show the status of the last command.
            set -l own (__aws_mfa_own_prompt)
            __aws_mfa_ps1
            builtin printf '%s' (builtin string join -- \n $own | builtin string collect)
        end
    end
    return $before
end
# <<< prompt

# >>> notice
# Runs before each prompt. It starts no process until the session has expired.
function __aws_mfa_prompt --on-event fish_prompt
    set -l before $status
    if set -l left (__aws_mfa_left)
        set -l account (builtin string replace -ra '[^a-zA-Z0-9._@+-]' '' -- "$AWS_MFA_ACCOUNT")
        if test "$left" -le 0
            # Only once per session: if `off` fails, it would fail at each prompt.
            if test "$__aws_mfa_noticed" != "gone $AWS_MFA_EXPIRES_AT"
                set -g __aws_mfa_noticed "gone $AWS_MFA_EXPIRES_AT"
                # It says itself that the session is gone.
                if not __aws_mfa_load off --evaluated --shell fish @HOOK@
                    echo "aws-mfa: the session of $account has expired" >&2
                end
            end
        else if test "$left" -le 600; and test "$__aws_mfa_noticed" != "$AWS_MFA_EXPIRES_AT"
            set -g __aws_mfa_noticed $AWS_MFA_EXPIRES_AT
            set -l text "$left s"
            if test "$left" -ge 60
                set text (math "floor($left / 60)")" min"
            end
            builtin printf 'aws-mfa: the session of %s has %s left; to renew it: @RENEW@\n' $account $text $account >&2
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
