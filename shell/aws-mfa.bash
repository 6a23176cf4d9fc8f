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
                \command aws-mfa status
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
# Runs before each prompt. It starts no process until the session has expired. It shows only the characters that an
# account's name can have: the variable can be set by anyone.
function __aws_mfa_prompt {
    \builtin set -- "$?"
    \builtin local __aws_mfa_status __aws_mfa_now __aws_mfa_over
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
    # Not EPOCHSECONDS, which before bash 5.0 is a variable like any other. Before 4.2, bash cannot tell the time
    # without a process.
    \builtin printf -v __aws_mfa_now '%(%s)T' -1 2>/dev/null || \builtin return "${__aws_mfa_status}"
    if ((AWS_MFA_EXPIRES_AT <= __aws_mfa_now)); then
        # Only once per session: if `off` fails, it would fail at each prompt.
        if [[ ${__aws_mfa_noticed-} != "gone ${AWS_MFA_EXPIRES_AT}" ]]; then
            __aws_mfa_noticed="gone ${AWS_MFA_EXPIRES_AT}"
            \builtin set -- "${AWS_MFA_ACCOUNT//[!a-zA-Z0-9._@+-]/}"
            # It says itself that the session is gone.
            if ! __aws_mfa_load off --evaluated --shell bash; then
                \builtin printf 'aws-mfa: the session of %s has expired\n' "$1" >&2
            fi
        fi
    elif ((AWS_MFA_EXPIRES_AT - __aws_mfa_now <= 600)) && [[ ${__aws_mfa_noticed-} != "${AWS_MFA_EXPIRES_AT}" ]]; then
        __aws_mfa_noticed=${AWS_MFA_EXPIRES_AT}
        \builtin printf 'aws-mfa: the session of %s has %d min left\n' "${AWS_MFA_ACCOUNT//[!a-zA-Z0-9._@+-]/}" \
            "$(((AWS_MFA_EXPIRES_AT - __aws_mfa_now + 59) / 60))" >&2
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
