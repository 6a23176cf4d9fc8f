# The hook of aws-mfa for bash 3.2 and later. In ~/.bashrc:
#
#     eval "$(aws-mfa init bash)"

# A marker for `aws-mfa doctor`: the version of the hook, the process ID of its shell, and whether it loaded
# completion. It is assigned and exported in two steps, here and below: under `set -k`, `export NAME=value`
# assigns nothing and prints all exported variables.
__aws_mfa_hook="@VERSION@ $$"
[[ $- != *i* ]] || __aws_mfa_hook+=' completion'
\builtin export __aws_mfa_hook

# Evaluates the output of aws-mfa. If aws-mfa fails, this returns its status and changes nothing.
function __aws_mfa_load {
    # Not `local x="$(…)"`, whose status is that of `local`.
    \builtin local __aws_mfa_out __aws_mfa_trap __aws_mfa_status __aws_mfa_options
    __aws_mfa_status=0
    __aws_mfa_options=$-
    __aws_mfa_out="$(\command aws-mfa "$@")" || \builtin return
    # Ignore Ctrl-C meanwhile: half of a session is worse than none.
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

# >>> notice
# Runs before each prompt. It starts no process until the session has expired.
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
        # bash 4.2 to 4.4. Older versions cannot tell the time without a process.
        \builtin printf -v __aws_mfa_now '%(%s)T' -1 2>/dev/null || \builtin return "${__aws_mfa_status}"
    fi
    if ((AWS_MFA_EXPIRES_AT <= __aws_mfa_now)); then
        # Only once per session: if `off` fails, it would fail at each prompt.
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
