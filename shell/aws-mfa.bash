# The hook of aws-mfa for bash 3.2 and later. In ~/.bashrc:
#
#     eval "$(aws-mfa init bash)"

# A marker for `aws-mfa doctor`: the version of the hook, the process ID of its shell, and whether it loaded
# completion. It is assigned and exported in two steps, here and below: under `set -k`, `export NAME=value`
# assigns nothing and prints all exported variables.
__aws_mfa_hook="@VERSION@ $$"
[[ $- != *i* ]] || __aws_mfa_hook+=' completion'
\builtin export __aws_mfa_hook

# Exports the names of the readonly ones among the variables of a session, before aws-mfa asks for a code. Runs in a
# subshell: it assigns to each variable to find out.
function __aws_mfa_readonly_names {
    \builtin export __aws_mfa_readonly
    __aws_mfa_readonly=''
    # shellcheck disable=SC2043 # `init` puts several names here.
    for __aws_mfa_name in @VARIABLES@; do
        if [[ -n ${!__aws_mfa_name+set} ]]; then
            \builtin printf -v "${__aws_mfa_name}" '%s' "${!__aws_mfa_name}" 2>/dev/null
        else
            \builtin printf -v "${__aws_mfa_name}" '' 2>/dev/null && \builtin unset "${__aws_mfa_name}"
        fi || __aws_mfa_readonly+=" ${__aws_mfa_name}"
    done
}

# Evaluates the output of aws-mfa. If aws-mfa fails, this returns its status and changes nothing.
function __aws_mfa_load {
    # Not `local x="$(…)"`, whose status is that of `local`.
    \builtin local __aws_mfa_out __aws_mfa_trap __aws_mfa_status __aws_mfa_options
    __aws_mfa_status=0
    __aws_mfa_options=$-
    # `set -x` and `set -v` would show the secrets. `local -` restores the options even after Ctrl-C (bash 4.4).
    {
        \builtin local - || \builtin :
        \builtin set +xv
    } 2>/dev/null
    __aws_mfa_out="$(__aws_mfa_readonly_names && \command aws-mfa "$@")" || __aws_mfa_status=$?
    # Nothing at all, with status 0, is what bash takes for the output if it has no pipe left to run a program in.
    [[ ${__aws_mfa_status} != 0 || -n ${__aws_mfa_out} ]] || __aws_mfa_status=1
    if [[ ${__aws_mfa_status} == 0 ]]; then
        # Ignore Ctrl-C meanwhile: half of a session is worse than none.
        __aws_mfa_trap="$(\builtin trap -p INT)"
        \builtin trap '' INT
        \builtin set +k
        \builtin eval "${__aws_mfa_out}" || __aws_mfa_status=$?
        [[ ${__aws_mfa_options} != *k* ]] || \builtin set -k
        \builtin trap - INT
        \builtin eval "${__aws_mfa_trap}"
    fi
    [[ ${__aws_mfa_options} != *v* ]] || \builtin set -v
    [[ ${__aws_mfa_options} != *x* ]] || \builtin set -x
    \builtin return "${__aws_mfa_status}"
}

# >>> command
\builtin unalias mfa >/dev/null 2>&1 || \builtin :
function mfa {
    case "${1-}" in
        '')
            if (($# > 0)); then
                # An account without a name, as in `mfa "$account" && …`, is an error and no wish to see the session.
                __aws_mfa_load env --evaluated --shell bash "$@"
            elif [[ -n ${AWS_MFA_ACCOUNT-} ]]; then
                \command aws-mfa status --hook mfa
                \builtin set -- "$?"
                ! \builtin declare -F __aws_mfa_check >/dev/null || __aws_mfa_check
                \builtin return "$1"
            else
                __aws_mfa_load env --evaluated --shell bash
            fi
            ;;
        off)
            __aws_mfa_load off --evaluated --shell bash "${@:2}"
            ;;
        -h | --help | help)
            # With more words, as in `help exec`, it is the program's help.
            if (($# == 1)); then
                \command aws-mfa hook-help mfa
            else
                \command aws-mfa "$@"
            fi
            ;;
        -*)
            # Options may precede the subcommand: `mfa -q off`.
            \builtin local __aws_mfa_word
            for __aws_mfa_word in "$@"; do
                case "${__aws_mfa_word}" in
                    --)
                        \builtin break
                        ;;
                    off)
                        __aws_mfa_load "$@" --evaluated --shell bash
                        \builtin return
                        ;;
                    -h | --help | -V | --version | @SUBCOMMANDS@)
                        \command aws-mfa "$@"
                        \builtin return
                        ;;
                esac
            done
            __aws_mfa_load env --evaluated --shell bash "$@"
            ;;
        @SUBCOMMANDS@)
            \command aws-mfa "$@"
            ;;
        *)
            __aws_mfa_load env --evaluated --shell bash "$@"
            ;;
    esac
}
# <<< command

# >>> clock
# Sets __aws_mfa_now to the time, in Unix seconds, without a process. Before bash 4.2, `printf` has no clock: there, it is
# the time at which bash was started and SECONDS, which counts from then on. Not EPOCHSECONDS, which before bash 5.0 is a
# variable like any other.
function __aws_mfa_clock {
    ! \builtin printf -v __aws_mfa_now '%(%s)T' -1 2>/dev/null || \builtin return 0
    # Only digits: arithmetic would evaluate anything else.
    case "${__aws_mfa_start:+${SECONDS-}}" in
        '' | *[!0123456789]* | ????????????*)
            \builtin return 1
            ;;
    esac
    __aws_mfa_now=$((10#${__aws_mfa_start} + 10#${SECONDS}))
}

# Where the clock is SECONDS, finds out when bash was started. That takes one process.
function __aws_mfa_set_clock {
    \builtin local __aws_mfa_now
    ! \builtin printf -v __aws_mfa_now '%(%s)T' -1 2>/dev/null || \builtin return 0
    __aws_mfa_start=
    __aws_mfa_now="$(\command date +%s 2>/dev/null)" || \builtin return 0
    case "${__aws_mfa_now}/${SECONDS-}" in
        /* | */ | *[!0123456789/]* | */*/* | ????????????????????????*) ;;
        *)
            __aws_mfa_start=$((10#${__aws_mfa_now} - 10#${SECONDS}))
            ;;
    esac
}
[[ $- != *i* ]] || __aws_mfa_set_clock
# <<< clock

# >>> prompt
# Sets __aws_mfa_ps1 to the account and the time left, and __aws_mfa_color to their color. Runs before each prompt, starts
# no process, and adds both to the prompt unless that has them. It shows only the characters that an account's name can
# have: the variable can be set by anyone.
function __aws_mfa_ps1 {
    \builtin set -- "$?"
    # Under `set -e`, a status that did not end the shell (`false && true`) must not end it here.
    [[ $- != *e* ]] || \builtin set -- 0
    \builtin local __aws_mfa_now __aws_mfa_left
    __aws_mfa_ps1=
    __aws_mfa_color=
    # Only a short decimal number: arithmetic would evaluate anything else.
    case "${AWS_MFA_ACCOUNT:+${AWS_MFA_EXPIRES_AT-}}" in
        '' | 0* | *[!0123456789]* | ????????????*) ;;
        *)
            __aws_mfa_left=
            __aws_mfa_color=32
            if __aws_mfa_clock; then
                ((__aws_mfa_left = AWS_MFA_EXPIRES_AT - __aws_mfa_now, 1))
                if ((__aws_mfa_left > 600)); then
                    __aws_mfa_color=32
                elif ((__aws_mfa_left >= 60)); then
                    __aws_mfa_color=33
                else
                    __aws_mfa_color=31
                fi
                if ((__aws_mfa_left >= 3600)); then
                    __aws_mfa_left=" $((__aws_mfa_left / 3600))h$((__aws_mfa_left % 3600 / 60))m"
                elif ((__aws_mfa_left >= 60)); then
                    __aws_mfa_left=" $((__aws_mfa_left / 60))m"
                elif ((__aws_mfa_left > 0)); then
                    __aws_mfa_left=' <1m'
                else
                    __aws_mfa_left=' expired'
                fi
            fi
            __aws_mfa_ps1="(${AWS_MFA_ACCOUNT//[!a-zA-Z0-9._@+-]/}${__aws_mfa_left}) "
            if [[ -n ${NO_COLOR-} || ${TERM-} == dumb ]]; then
                __aws_mfa_color=
            else
                __aws_mfa_color=$'\e['"${__aws_mfa_color}m"
            fi
            ;;
    esac
    # The prompt refers to the variables, so that a program may keep a copy of it and bring it back, as virtualenv does.
    # If it is readonly, `printf -v` only fails.
    # shellcheck disable=SC2016 # bash expands them when it shows the prompt.
    [[ ${PS1-} == *__aws_mfa_ps1* ]] || \builtin printf -v PS1 '%s' \
        '\[${__aws_mfa_color-}\]${__aws_mfa_ps1-}\[${__aws_mfa_color:+\e[m}\]'"${PS1-}" 2>/dev/null || \builtin :
    \builtin return "$1"
}

if [[ $- == *i* ]]; then
    # As below.
    # shellcheck disable=SC2128,SC2178
    case "${PROMPT_COMMAND[*]-}" in
        *__aws_mfa_ps1*) ;;
        *)
            \builtin printf -v PROMPT_COMMAND '%s' "__aws_mfa_ps1${PROMPT_COMMAND:+; ${PROMPT_COMMAND}}" 2>/dev/null || \builtin :
            ;;
    esac
    [[ ${PROMPT_COMMAND[*]-} != *__aws_mfa_ps1* ]] || \builtin export -n PROMPT_COMMAND
fi
# <<< prompt

# >>> notice
# Runs before each prompt. It starts no process until the session has expired. It shows only the characters that an
# account's name can have: the variable can be set by anyone.
function __aws_mfa_prompt {
    \builtin set -- "$?"
    \builtin local __aws_mfa_status __aws_mfa_now __aws_mfa_left __aws_mfa_over
    __aws_mfa_status=$1
    # Under `set -e`, a status that did not end the shell (`false && true`) must not end it here.
    [[ $- != *e* ]] || __aws_mfa_status=0
    __aws_mfa_over=
    # Only a short decimal number: arithmetic would evaluate anything else.
    case "${AWS_MFA_ACCOUNT:+${AWS_MFA_EXPIRES_AT-}}" in
        '' | 0* | *[!0123456789]* | ????????????*)
            \builtin return "${__aws_mfa_status}"
            ;;
    esac
    __aws_mfa_clock || \builtin return "${__aws_mfa_status}"
    if ((AWS_MFA_EXPIRES_AT <= __aws_mfa_now)) && [[ -n ${__aws_mfa_start-} ]] &&
        [[ ${__aws_mfa_noticed-} != "gone ${AWS_MFA_EXPIRES_AT}" ]]; then
        # SECONDS may have been set since: a live session must not end.
        __aws_mfa_set_clock
        __aws_mfa_clock || \builtin return "${__aws_mfa_status}"
    fi
    if ((AWS_MFA_EXPIRES_AT <= __aws_mfa_now)); then
        # Only once per session: if `off` fails, it would fail at each prompt.
        if [[ ${__aws_mfa_noticed-} != "gone ${AWS_MFA_EXPIRES_AT}" ]]; then
            __aws_mfa_noticed="gone ${AWS_MFA_EXPIRES_AT}"
            \builtin set -- "${AWS_MFA_ACCOUNT//[!a-zA-Z0-9._@+-]/}"
            # It says itself that the session is gone.
            if ! __aws_mfa_load off --evaluated --shell bash @HOOK@; then
                \builtin printf 'aws-mfa: the session of %s has expired\n' "$1" >&2
            fi
        fi
    elif ((AWS_MFA_EXPIRES_AT - __aws_mfa_now <= 600)) && [[ ${__aws_mfa_noticed-} != "${AWS_MFA_EXPIRES_AT}" ]]; then
        __aws_mfa_noticed=${AWS_MFA_EXPIRES_AT}
        __aws_mfa_left="$((AWS_MFA_EXPIRES_AT - __aws_mfa_now)) s"
        ((AWS_MFA_EXPIRES_AT - __aws_mfa_now < 60)) || __aws_mfa_left="$(((AWS_MFA_EXPIRES_AT - __aws_mfa_now) / 60)) min"
        \builtin set -- "${AWS_MFA_ACCOUNT//[!a-zA-Z0-9._@+-]/}"
        # shellcheck disable=SC2183 # `init` puts the third `%s` here.
        \builtin printf 'aws-mfa: the session of %s has %s left; to renew it: @RENEW@\n' "$1" "${__aws_mfa_left}" "$1" >&2
    fi
    # Says so once when something else than the session is in force.
    if [[ ${__aws_mfa_loaded-} != "${AWS_MFA_ACCOUNT-} ${AWS_MFA_EXPIRES_AT-} "* ]]; then
        __aws_mfa_loaded="${AWS_MFA_ACCOUNT-} ${AWS_MFA_EXPIRES_AT-} ${AWS_ACCESS_KEY_ID-}"
    elif [[ ${__aws_mfa_loaded} != *" ${AWS_ACCESS_KEY_ID-}" ]]; then
        __aws_mfa_over=AWS_ACCESS_KEY_ID
    fi
    [[ -z ${AWS_MFA_ACCOUNT:+${AWS_PROFILE-}} ]] || __aws_mfa_over=AWS_PROFILE
    if [[ ${__aws_mfa_over} != "${__aws_mfa_told-}" ]]; then
        __aws_mfa_told=${__aws_mfa_over}
        [[ -z ${__aws_mfa_over} ]] || \builtin printf \
            'aws-mfa: %s was set after the session was loaded: AWS tools may not use the session\n' "${__aws_mfa_over}" >&2
    fi
    \builtin return "${__aws_mfa_status}"
}

# Says so if another program has taken the notice out of PROMPT_COMMAND. Some keep what they found in a variable of
# their own and run it from there.
function __aws_mfa_check {
    \builtin local __aws_mfa_options __aws_mfa_lost
    __aws_mfa_options=$-
    [[ $- == *i* ]] || \builtin return 0
    # Not traced, because it reads all variables.
    {
        \builtin local - || \builtin :
        \builtin set +x
    } 2>/dev/null
    __aws_mfa_lost=lost
    [[ "$(\builtin declare -p)" != *__aws_mfa_prompt* ]] || __aws_mfa_lost=
    [[ ${__aws_mfa_options} != *x* ]] || \builtin set -x
    [[ -z ${__aws_mfa_lost} ]] || \builtin printf '%s\n' \
        'aws-mfa: PROMPT_COMMAND no longer calls __aws_mfa_prompt: no notice will tell when the session expires' >&2
}

if [[ $- == *i* ]]; then
    # PROMPT_COMMAND may be an array; then this changes its first element. Finding out would start a process.
    # shellcheck disable=SC2128,SC2178
    case "${PROMPT_COMMAND[*]-}" in
        *__aws_mfa_prompt*) ;;
        *)
            # First, so that it sees the status of the last command, which it returns. If the variable is
            # readonly, `printf -v` only fails, while an assignment would abort the rc file.
            \builtin printf -v PROMPT_COMMAND '%s' "__aws_mfa_prompt${PROMPT_COMMAND:+; ${PROMPT_COMMAND}}" 2>/dev/null || \builtin :
            ;;
    esac
    # Do not export it: a child shell without the hook has no such function.
    [[ ${PROMPT_COMMAND[*]-} != *__aws_mfa_prompt* ]] || \builtin export -n PROMPT_COMMAND
fi
# <<< notice
