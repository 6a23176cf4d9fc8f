# The hook of aws-mfa for zsh. In ~/.zshrc, behind compinit if there is one:
#
#     eval "$(aws-mfa init zsh)"

# For `aws-mfa doctor`: whose hook this is, for which process, and with what.
\builtin export __aws_mfa_hook="@VERSION@ $$"
if \builtin typeset -f compdef >/dev/null; then
    __aws_mfa_hook+=' completion'
fi

# Evaluates what aws-mfa prints. Where that fails, its status is returned and nothing changes.
function __aws_mfa_load {
    # Not `local x="$(…)"`, which would hide the status.
    \builtin local __aws_mfa_out __aws_mfa_status=0
    __aws_mfa_out="$(\command aws-mfa "$@")" || \builtin return
    # Half of a session is worse than none: no ^C in between. The trap ends with the function.
    \builtin setopt localoptions localtraps
    \builtin trap '' INT
    \builtin eval "${__aws_mfa_out}" || __aws_mfa_status=$?
    \builtin return "${__aws_mfa_status}"
}

# >>> command
\builtin unalias mfa >/dev/null 2>&1 || \builtin :
# `function`, because an alias is not looked for behind it.
function mfa {
    case "${1-}" in
        '')
            if [[ -n ${AWS_MFA_ACCOUNT-} ]]; then
                \command aws-mfa status
            else
                __aws_mfa_load env --evaluated --shell zsh
            fi
            ;;
        off)
            \builtin shift
            __aws_mfa_load off --evaluated --shell zsh "$@"
            ;;
        -*)
            # Options may come first: a word behind them says what they are for.
            \builtin local __aws_mfa_word
            for __aws_mfa_word in "$@"; do
                case "${__aws_mfa_word}" in
                    --)
                        \builtin break
                        ;;
                    off)
                        __aws_mfa_load "$@" --evaluated --shell zsh
                        \builtin return
                        ;;
                    -h | --help | -V | --version | @SUBCOMMANDS@)
                        \command aws-mfa "$@"
                        \builtin return
                        ;;
                esac
            done
            __aws_mfa_load env --evaluated --shell zsh "$@"
            ;;
        @SUBCOMMANDS@)
            \command aws-mfa "$@"
            ;;
        *)
            __aws_mfa_load env --evaluated --shell zsh "$@"
            ;;
    esac
}
# <<< command

# >>> notice
# Before each prompt, and without a fork until the session has ended.
function __aws_mfa_prompt {
    \builtin local __aws_mfa_status=$? __aws_mfa_now='%D{%s}'
    # The clock of the prompt, which needs no module.
    __aws_mfa_now=${(%)__aws_mfa_now}
    case "${AWS_MFA_ACCOUNT:+${AWS_MFA_EXPIRES_AT-}}" in
        '' | *[!0-9]*)
            \builtin return "${__aws_mfa_status}"
            ;;
    esac
    if ((AWS_MFA_EXPIRES_AT <= __aws_mfa_now)); then
        # Once: where that fails, it fails again.
        if [[ ${__aws_mfa_noticed-} != "gone ${AWS_MFA_EXPIRES_AT}" ]]; then
            \builtin typeset -g __aws_mfa_noticed="gone ${AWS_MFA_EXPIRES_AT}"
            \builtin set -- "${AWS_MFA_ACCOUNT-}"
            if __aws_mfa_load -q off --evaluated --shell zsh; then
                \builtin printf 'aws-mfa: the session of %s has expired and is gone from this shell\n' "$1" >&2
            else
                \builtin printf 'aws-mfa: the session of %s has expired\n' "$1" >&2
            fi
        fi
    elif ((AWS_MFA_EXPIRES_AT - __aws_mfa_now <= 600)) && [[ ${__aws_mfa_noticed-} != "${AWS_MFA_EXPIRES_AT}" ]]; then
        \builtin typeset -g __aws_mfa_noticed=${AWS_MFA_EXPIRES_AT}
        \builtin printf 'aws-mfa: the session of %s has %d min left\n' "${AWS_MFA_ACCOUNT-}" \
            "$(((AWS_MFA_EXPIRES_AT - __aws_mfa_now + 59) / 60))" >&2
    fi
    \builtin return "${__aws_mfa_status}"
}

if [[ -o interactive ]]; then
    \builtin typeset -ga precmd_functions
    # `[@]`, because under ksh_arrays the name alone is the first of them.
    precmd_functions=(__aws_mfa_prompt "${(@)precmd_functions[@]:#__aws_mfa_prompt}")
fi
# <<< notice
