# The hook of aws-mfa for zsh. In ~/.zshrc, after compinit if it is used:
#
#     eval "$(aws-mfa init zsh)"
#
# Words that are also commands or options have quotes, because zsh replaces a global alias wherever it stands, and bat's
# manual suggests `alias -g -- --help='--help 2>&1 | bat'`.

# A marker for `aws-mfa doctor`: the version of the hook, the process ID of its shell, and whether it loaded
# completion.
\builtin export __aws_mfa_hook="@VERSION@ $$"
if \builtin typeset -f compdef >/dev/null; then
    __aws_mfa_hook+=' completion'
fi

# Exports the names of the readonly ones among the variables of a session, before aws-mfa asks for a code. Runs in a
# subshell.
function __aws_mfa_readonly_names {
    \builtin export __aws_mfa_readonly=''
    for __aws_mfa_name in @VARIABLES@; do
        [[ ${(tP)__aws_mfa_name-} != *-readonly* ]] || __aws_mfa_readonly+=" ${__aws_mfa_name}"
    done
}

# Evaluates the output of aws-mfa. If aws-mfa fails, this returns its status and changes nothing.
function __aws_mfa_load {
    # `set -x` would show the secrets. Options and traps are restored at the end of the function.
    \builtin setopt localoptions localtraps noxtrace noverbose
    # Not `local x="$(…)"`, whose status is that of `local`.
    \builtin local __aws_mfa_out __aws_mfa_status=0
    __aws_mfa_out="$(__aws_mfa_readonly_names && \command 'aws-mfa' "$@")" || \builtin return
    # Ignore Ctrl-C meanwhile: half of a session is worse than none.
    \builtin trap '' INT
    \builtin eval "${__aws_mfa_out}" || __aws_mfa_status=$?
    \builtin return "${__aws_mfa_status}"
}

# >>> command
\builtin unalias mfa >/dev/null 2>&1 || \builtin :
# `function NAME`, because zsh expands no alias there.
function mfa {
    case "${1-}" in
        '')
            if (($# > 0)); then
                # An account without a name, as in `mfa "$account" && …`, is an error and no wish to see the session.
                __aws_mfa_load 'env' '--evaluated' '--shell' 'zsh' "$@"
            elif [[ -n ${AWS_MFA_ACCOUNT-} ]]; then
                \command 'aws-mfa' 'status' '--hook' 'mfa'
            else
                __aws_mfa_load 'env' '--evaluated' '--shell' 'zsh'
            fi
            ;;
        'off')
            \builtin shift
            __aws_mfa_load 'off' '--evaluated' '--shell' 'zsh' "$@"
            ;;
        '-h' | '--help' | 'help')
            # With more words, as in `help exec`, it is the program's help.
            if (($# == 1)); then
                \command 'aws-mfa' 'hook-help' 'mfa'
            else
                \command 'aws-mfa' "$@"
            fi
            ;;
        -*)
            # Options may precede the subcommand: `mfa -q off`.
            \builtin local __aws_mfa_word
            for __aws_mfa_word in "$@"; do
                case "${__aws_mfa_word}" in
                    '--')
                        \builtin break
                        ;;
                    'off')
                        __aws_mfa_load "$@" '--evaluated' '--shell' 'zsh'
                        \builtin return
                        ;;
                    '-h' | '--help' | '-V' | '--version' | '@SUBCOMMANDS@')
                        \command 'aws-mfa' "$@"
                        \builtin return
                        ;;
                esac
            done
            __aws_mfa_load 'env' '--evaluated' '--shell' 'zsh' "$@"
            ;;
        '@SUBCOMMANDS@')
            \command 'aws-mfa' "$@"
            ;;
        *)
            __aws_mfa_load 'env' '--evaluated' '--shell' 'zsh' "$@"
            ;;
    esac
}
# <<< command

# >>> prompt
# Sets __aws_mfa_ps1 to the account and the time left, in color, for `setopt prompt_subst`; and for any prompt one of four
# elements of psvar, one for each color. Runs before each prompt, starts no process, and adds these elements to the prompt
# unless that has them or the variable. It shows only the characters that an account's name can have: the variable can
# be set by anyone.
function __aws_mfa_ps1 {
    \builtin local __aws_mfa_status=$? __aws_mfa_now='%D{%s}' __aws_mfa_left='' __aws_mfa_text='' __aws_mfa_element=81
    # With `setopt err_exit`, a status that did not end the shell (`false && true`) must not end it here.
    [[ ! -o errexit ]] || __aws_mfa_status=0
    \builtin setopt localoptions noksharrays
    __aws_mfa_now=${(%)__aws_mfa_now}
    # Only a short decimal number: arithmetic would evaluate anything else.
    case "${AWS_MFA_ACCOUNT:+${AWS_MFA_EXPIRES_AT-}}" in
        '' | 0* | *[!0123456789]* | ????????????*) ;;
        *)
            __aws_mfa_left=$((AWS_MFA_EXPIRES_AT - __aws_mfa_now))
            if ((__aws_mfa_left < 60)); then
                __aws_mfa_element=83
            elif ((__aws_mfa_left <= 600)); then
                __aws_mfa_element=82
            fi
            if ((__aws_mfa_left >= 3600)); then
                __aws_mfa_left="$((__aws_mfa_left / 3600))h$((__aws_mfa_left % 3600 / 60))m"
            elif ((__aws_mfa_left >= 60)); then
                __aws_mfa_left="$((__aws_mfa_left / 60))m"
            elif ((__aws_mfa_left > 0)); then
                __aws_mfa_left='<1m'
            else
                __aws_mfa_left=expired
            fi
            __aws_mfa_text="(${AWS_MFA_ACCOUNT//[!a-zA-Z0-9._@+-]/} ${__aws_mfa_left}) "
            [[ -z ${NO_COLOR-} && ${TERM-} != dumb ]] || __aws_mfa_element=84
            ;;
    esac
    psvar[81]='' psvar[82]='' psvar[83]='' psvar[84]=''
    psvar[__aws_mfa_element]=${__aws_mfa_text}
    case "${__aws_mfa_element}" in
        81) \builtin typeset -g __aws_mfa_ps1="%F{green}${__aws_mfa_text}%f" ;;
        82) \builtin typeset -g __aws_mfa_ps1="%F{yellow}${__aws_mfa_text}%f" ;;
        83) \builtin typeset -g __aws_mfa_ps1="%F{red}${__aws_mfa_text}%f" ;;
        *) \builtin typeset -g __aws_mfa_ps1=${__aws_mfa_text} ;;
    esac
    [[ -n ${__aws_mfa_text} ]] || __aws_mfa_ps1=''
    [[ ${PROMPT-} == *__aws_mfa_ps1* || ${PROMPT-} == *'%81v'* ]] ||
        PROMPT="%(81V.%F{green}%81v%f.)%(82V.%F{yellow}%82v%f.)%(83V.%F{red}%83v%f.)%84v${PROMPT-}"
    \builtin return "${__aws_mfa_status}"
}

if [[ -o interactive ]]; then
    \builtin typeset -ga precmd_functions
    precmd_functions=(__aws_mfa_ps1 "${(@)precmd_functions[@]:#__aws_mfa_ps1}")
fi
# <<< prompt

# >>> notice
# Runs before each prompt. It starts no process until the session has expired. It shows only the characters that an
# account's name can have: the variable can be set by anyone.
function __aws_mfa_prompt {
    \builtin local __aws_mfa_status=$? __aws_mfa_over='' __aws_mfa_now='%D{%s}' __aws_mfa_left=''
    # With `setopt err_exit`, a status that did not end the shell (`false && true`) must not end it here.
    [[ ! -o errexit ]] || __aws_mfa_status=0
    # The time from prompt expansion, which needs no module.
    __aws_mfa_now=${(%)__aws_mfa_now}
    # Only a short decimal number: arithmetic would evaluate anything else.
    case "${AWS_MFA_ACCOUNT:+${AWS_MFA_EXPIRES_AT-}}" in
        '' | 0* | *[!0123456789]* | ????????????*)
            \builtin return "${__aws_mfa_status}"
            ;;
    esac
    if ((AWS_MFA_EXPIRES_AT <= __aws_mfa_now)); then
        # Only once per session: if `off` fails, it would fail at each prompt.
        if [[ ${__aws_mfa_noticed-} != "gone ${AWS_MFA_EXPIRES_AT}" ]]; then
            \builtin typeset -g __aws_mfa_noticed="gone ${AWS_MFA_EXPIRES_AT}"
            \builtin set -- "${AWS_MFA_ACCOUNT//[!a-zA-Z0-9._@+-]/}"
            # It says itself that the session is gone.
            if ! __aws_mfa_load 'off' '--evaluated' '--shell' 'zsh' @HOOK@; then
                \builtin printf 'aws-mfa: the session of %s has expired\n' "$1" >&2
            fi
        fi
    elif ((AWS_MFA_EXPIRES_AT - __aws_mfa_now <= 600)) && [[ ${__aws_mfa_noticed-} != "${AWS_MFA_EXPIRES_AT}" ]]; then
        \builtin typeset -g __aws_mfa_noticed=${AWS_MFA_EXPIRES_AT}
        __aws_mfa_left="$((AWS_MFA_EXPIRES_AT - __aws_mfa_now)) s"
        ((AWS_MFA_EXPIRES_AT - __aws_mfa_now < 60)) || __aws_mfa_left="$(((AWS_MFA_EXPIRES_AT - __aws_mfa_now) / 60)) min"
        \builtin set -- "${AWS_MFA_ACCOUNT//[!a-zA-Z0-9._@+-]/}"
        \builtin printf 'aws-mfa: the session of %s has %s left; to renew it: @RENEW@\n' "$1" "${__aws_mfa_left}" "$1" >&2
    fi
    # Says so once when something else than the session is in force.
    if [[ ${__aws_mfa_loaded-} != "${AWS_MFA_ACCOUNT-} ${AWS_MFA_EXPIRES_AT-} "* ]]; then
        \builtin typeset -g __aws_mfa_loaded="${AWS_MFA_ACCOUNT-} ${AWS_MFA_EXPIRES_AT-} ${AWS_ACCESS_KEY_ID-}"
    elif [[ ${__aws_mfa_loaded} != *" ${AWS_ACCESS_KEY_ID-}" ]]; then
        __aws_mfa_over=AWS_ACCESS_KEY_ID
    fi
    [[ -z ${AWS_MFA_ACCOUNT:+${AWS_PROFILE-}} ]] || __aws_mfa_over=AWS_PROFILE
    if [[ ${__aws_mfa_over} != "${__aws_mfa_told-}" ]]; then
        \builtin typeset -g __aws_mfa_told=${__aws_mfa_over}
        [[ -z ${__aws_mfa_over} ]] || \builtin printf \
            'aws-mfa: %s was set after the session was loaded: AWS tools may not use the session\n' "${__aws_mfa_over}" >&2
    fi
    \builtin return "${__aws_mfa_status}"
}

if [[ -o interactive ]]; then
    \builtin typeset -ga precmd_functions
    # `[@]`, because under ksh_arrays the name alone is the first element.
    precmd_functions=(__aws_mfa_prompt "${(@)precmd_functions[@]:#__aws_mfa_prompt}")
fi
# <<< notice
