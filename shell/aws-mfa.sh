# The hook of aws-mfa for dash, mksh, ksh and other POSIX shells. In the file that ENV names:
#
#     eval "$(aws-mfa init sh)"

# A marker for `aws-mfa doctor`: the version of the hook and the process ID of its shell. It is assigned
# and exported in two steps: under `set -k`, `export NAME=value` assigns nothing in some shells, and prints all
# exported variables.
__aws_mfa_hook="@VERSION@ $$"
\export __aws_mfa_hook

# Exports the names of the readonly ones among the variables of a session, before aws-mfa asks for a code. Runs in a
# subshell. An assignment to a readonly variable ends the shell, so each is tried in a subshell of its own, but only
# if one for all of them fails.
\unalias __aws_mfa_readonly_names >/dev/null 2>&1 || \:
__aws_mfa_readonly_names() {
    __aws_mfa_readonly=''
    \export __aws_mfa_readonly
    # Under `set -k`, which dash does not have, `export NAME=` assigns nothing.
    case $- in
        *k*)
            # shellcheck disable=SC3041 # Only a shell that has -k comes here.
            \set +k
            ;;
    esac
    # shellcheck disable=SC2043 # `init` puts several names here.
    (for __aws_mfa_name in @VARIABLES@; do \export "${__aws_mfa_name}="; done) 2>/dev/null && \return
    # shellcheck disable=SC2043 # As above.
    for __aws_mfa_name in @VARIABLES@; do
        (\export "${__aws_mfa_name}=") 2>/dev/null ||
            __aws_mfa_readonly="${__aws_mfa_readonly} ${__aws_mfa_name}"
    done
}

# Evaluates the output of aws-mfa. If aws-mfa fails, this returns its status and changes nothing.
#
# An interactive shell ignores Ctrl-C meanwhile: half of a session is worse than none. dash and mksh do not tell what
# the trap was before; there, it is the default again. A script without a trap ends at once; one with a trap goes on
# after it.
\unalias __aws_mfa_load >/dev/null 2>&1 || \:
__aws_mfa_load() {
    # `set -x` and `set -v` would show the secrets.
    case $- in
        *x*)
            { \set +x; } 2>/dev/null
            __aws_mfa_load "$@" || {
                \set -- "$?"
                \set -x
                \return "$1"
            }
            \set -x
            \return 0
            ;;
        *v*)
            \set +v
            __aws_mfa_load "$@" || {
                \set -- "$?"
                \set -v
                \return "$1"
            }
            \set -v
            \return 0
            ;;
    esac
    __aws_mfa_out="$(__aws_mfa_readonly_names && \command aws-mfa "$@")" || {
        \set -- "$?"
        \unset __aws_mfa_out
        \return "$1"
    }
    __aws_mfa_out="${__aws_mfa_out}
\\set -- \"\$?\""
    # The statements are `export NAME=value`, which assigns nothing under `set -k`.
    case $- in
        *k*)
            __aws_mfa_out="\\set +k
${__aws_mfa_out}
\\set -k"
            ;;
    esac
    case $- in
        *i*)
            # `$(trap)` without a backslash: only that is known to busybox.
            __aws_mfa_out="\\trap '' INT
${__aws_mfa_out}
\\trap - INT
$(trap)"
            ;;
    esac
    \eval "${__aws_mfa_out}
\\unset __aws_mfa_out
\\return \"\$1\""
}

# >>> command
\unalias mfa >/dev/null 2>&1 || \:
mfa() {
    case "${1-}" in
        '')
            if \test "$#" -gt 0; then
                # An account without a name, as in `mfa "$account" && …`, is an error and no wish to see the session.
                __aws_mfa_load env --evaluated --shell sh "$@"
            elif \test -n "${AWS_MFA_ACCOUNT-}"; then
                \command aws-mfa status --hook mfa
            else
                __aws_mfa_load env --evaluated --shell sh
            fi
            ;;
        off)
            \shift
            __aws_mfa_load off --evaluated --shell sh "$@"
            ;;
        -h | --help | help)
            # With more words, as in `help exec`, it is the program's help.
            if \test "$#" -eq 1; then
                \command aws-mfa hook-help mfa
            else
                \command aws-mfa "$@"
            fi
            ;;
        -*)
            # Options may precede the subcommand: `mfa -q off`.
            for __aws_mfa_word in "$@"; do
                case "${__aws_mfa_word}" in
                    --)
                        \break
                        ;;
                    off)
                        \unset __aws_mfa_word
                        __aws_mfa_load "$@" --evaluated --shell sh
                        \return
                        ;;
                    -h | --help | -V | --version | @SUBCOMMANDS@)
                        \unset __aws_mfa_word
                        \command aws-mfa "$@"
                        \return
                        ;;
                esac
            done
            \unset __aws_mfa_word
            __aws_mfa_load env --evaluated --shell sh "$@"
            ;;
        @SUBCOMMANDS@)
            \command aws-mfa "$@"
            ;;
        *)
            __aws_mfa_load env --evaluated --shell sh "$@"
            ;;
    esac
}
# <<< command
