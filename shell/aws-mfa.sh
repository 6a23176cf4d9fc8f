# The hook of aws-mfa for dash, mksh, ksh and other POSIX shells. In the file that ENV names:
#
#     eval "$(aws-mfa init sh)"

# For `aws-mfa doctor`: whose hook this is, and for which process. Assigned by itself, because under
# `set -k` some shells would export nothing and show all that is exported.
__aws_mfa_hook="@VERSION@ $$"
\export __aws_mfa_hook

# Evaluates what aws-mfa prints. Where that fails, its status is returned and nothing changes.
\unalias __aws_mfa_load >/dev/null 2>&1 || \:
__aws_mfa_load() {
    __aws_mfa_out="$(\command aws-mfa "$@")" || {
        \set -- "$?"
        \unset __aws_mfa_out
        \return "$1"
    }
    # What is printed has such lines, too.
    case $- in
        *k*)
            __aws_mfa_out="\\set +k
${__aws_mfa_out}
\\set -k"
            ;;
    esac
    \eval "${__aws_mfa_out}
\\unset __aws_mfa_out"
}

# >>> command
\unalias mfa >/dev/null 2>&1 || \:
mfa() {
    case "${1-}" in
        '')
            if \test -n "${AWS_MFA_ACCOUNT-}"; then
                \command aws-mfa status
            else
                __aws_mfa_load env --evaluated --shell sh
            fi
            ;;
        off)
            \shift
            __aws_mfa_load off --evaluated --shell sh "$@"
            ;;
        -*)
            # Options may come first: a word behind them says what they are for.
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
