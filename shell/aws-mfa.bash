# The hook of aws-mfa for bash 3.2 and later. In ~/.bashrc:
#
#     eval "$(aws-mfa init bash)"

# For `aws-mfa doctor`: whose hook this is, for which process, and with what. Assigned by itself here
# and below: under `set -k`, `export NAME=value` assigns nothing, and shows all that is exported.
__aws_mfa_hook="@VERSION@ $$"
[[ $- != *i* ]] || __aws_mfa_hook+=' completion'
\builtin export __aws_mfa_hook

# Evaluates what aws-mfa prints. Where that fails, its status is returned and nothing changes.
function __aws_mfa_load {
    # Not `local x="$(…)"`, which would hide the status.
    \builtin local __aws_mfa_out __aws_mfa_trap __aws_mfa_status __aws_mfa_options
    __aws_mfa_status=0
    __aws_mfa_options=$-
    __aws_mfa_out="$(\command aws-mfa "$@")" || \builtin return
    # Half of a session is worse than none: no ^C in between.
    __aws_mfa_trap="$(\builtin trap -p INT)"
    \builtin trap '' INT
    \builtin set +k
    \builtin eval "${__aws_mfa_out}" || __aws_mfa_status=$?
    [[ ${__aws_mfa_options} != *k* ]] || \builtin set -k
    \builtin trap - INT
    \builtin eval "${__aws_mfa_trap}"
    \builtin return "${__aws_mfa_status}"
}

# >>> command
\builtin unalias mfa >/dev/null 2>&1 || \builtin :
function mfa {
    case "${1-}" in
        '')
            if [[ -n ${AWS_MFA_ACCOUNT-} ]]; then
                \command aws-mfa status
            else
                __aws_mfa_load env --evaluated --shell bash
            fi
            ;;
        off)
            __aws_mfa_load off --evaluated --shell bash "${@:2}"
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

# >>> notice
# Before each prompt, and without a fork until the session has ended.
function __aws_mfa_prompt {
    \builtin set -- "$?"
    \builtin local __aws_mfa_status __aws_mfa_now
    __aws_mfa_status=$1
    case "${AWS_MFA_ACCOUNT:+${AWS_MFA_EXPIRES_AT-}}" in
        '' | *[!0-9]*)
            \builtin return "${__aws_mfa_status}"
            ;;
    esac
    if [[ -n ${EPOCHSECONDS-} ]]; then
        __aws_mfa_now=${EPOCHSECONDS}
    else
        # bash 4.2 to 4.4; older ones have no clock.
        \builtin printf -v __aws_mfa_now '%(%s)T' -1 2>/dev/null || \builtin return "${__aws_mfa_status}"
    fi
    if ((AWS_MFA_EXPIRES_AT <= __aws_mfa_now)); then
        # Once: where that fails, it fails again.
        if [[ ${__aws_mfa_noticed-} != "gone ${AWS_MFA_EXPIRES_AT}" ]]; then
            __aws_mfa_noticed="gone ${AWS_MFA_EXPIRES_AT}"
            \builtin set -- "${AWS_MFA_ACCOUNT-}"
            if __aws_mfa_load -q off --evaluated --shell bash; then
                \builtin printf 'aws-mfa: the session of %s has expired and is gone from this shell\n' "$1" >&2
            else
                \builtin printf 'aws-mfa: the session of %s has expired\n' "$1" >&2
            fi
        fi
    elif ((AWS_MFA_EXPIRES_AT - __aws_mfa_now <= 600)) && [[ ${__aws_mfa_noticed-} != "${AWS_MFA_EXPIRES_AT}" ]]; then
        __aws_mfa_noticed=${AWS_MFA_EXPIRES_AT}
        \builtin printf 'aws-mfa: the session of %s has %d min left\n' "${AWS_MFA_ACCOUNT-}" \
            "$(((AWS_MFA_EXPIRES_AT - __aws_mfa_now + 59) / 60))" >&2
    fi
    \builtin return "${__aws_mfa_status}"
}

if [[ $- == *i* ]]; then
    # Of an array, the first element is meant. To ask whether it is one would cost a fork.
    # shellcheck disable=SC2128,SC2178
    case "${PROMPT_COMMAND[*]-}" in
        *__aws_mfa_prompt*) ;;
        *)
            # First, so that it sees the status of the command line; it hands it on. Where the variable
            # is readonly, `printf` fails, while an assignment would end what is being read.
            \builtin printf -v PROMPT_COMMAND '%s' "__aws_mfa_prompt${PROMPT_COMMAND:+; ${PROMPT_COMMAND}}" 2>/dev/null || \builtin :
            ;;
    esac
    # A child without the hook has no such function.
    [[ ${PROMPT_COMMAND[*]-} != *__aws_mfa_prompt* ]] || \builtin export -n PROMPT_COMMAND
fi
# <<< notice
