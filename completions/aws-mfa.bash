# shellcheck shell=bash
# TAB completion of aws-mfa in bash, from 3.2 on.
#
# Put it into ~/.local/share/bash-completion/completions/aws-mfa.bash, or source it. At each TAB it
# asks the program what fits, so it need not be renewed when accounts change. What is typed is handed
# over as text; nothing of it is ever evaluated.

# Behind `exec ACCOUNT --` stands a command, which has a completion of its own, if bash-completion is there
# to find it.
__aws_mfa_offset() {
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} != -- ]] || break
    done
    [[ $i -lt $COMP_CWORD && " ${COMP_WORDS[*]:1:i} " == *' exec '* ]] || return
    if \builtin declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$((i + 1))"
    elif \builtin declare -F _command_offset >/dev/null; then
        _command_offset "$((i + 1))"
    else
        return 1
    fi
    return 0
}

# Asks for the candidates. $1 is the kind of the command, $2 what bash will replace.
__aws_mfa_ask() {
    # Assigned by themselves: under `set -k`, `local name=value` assigns nothing.
    local kind text line token before answer i last
    local -a words
    __aws_mfa_offset && return
    kind=$1 text=$2 line=${COMP_LINE:0:COMP_POINT} last=-1
    words=()
    # Characters of COMP_WORDBREAKS, such as `:` and `=`, cut words into several: put together again
    # what has no blank in between, and end at the cursor.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        if ((i < COMP_CWORD)); then
            token=${COMP_WORDS[i]}
            before=${line%%"$token"*}
        else
            before=${line%%[![:space:]]*}
            token=${line#"$before"}
        fi
        line=${line:${#before}+${#token}}
        if ((i > 0)) && [[ -z $before ]]; then
            words[last]=${words[last]}$token
        else
            last=$((last + 1))
            words[last]=$token
        fi
    done
    words[0]=$kind

    COMPREPLY=()
    answer=$(
        AWS_MFA_COMPLETE=bash AWS_MFA_COMPLETE_INDEX=$last AWS_MFA_COMPLETE_TEXT=$text \
            \command aws-mfa -- "${words[@]}" 2>/dev/null
    ) || return 0
    [[ -n $answer ]] || return 0
    while IFS= read -r token; do
        COMPREPLY[${#COMPREPLY[@]}]=$token
    done <<<"$answer"
    # More is to come behind a folder. bash 3.2 cannot be told so.
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == */ ]]; then
        compopt -o nospace 2>/dev/null || :
    fi
    return 0
}

__aws_mfa_complete() { __aws_mfa_ask aws-mfa "$2"; }
__aws_mfa_complete_mfa() { __aws_mfa_ask mfa "$2"; }
__aws_mfa_complete_alias() { __aws_mfa_ask alias "$2"; }

# Completes the command $2: the shell hook's (mfa), or one of an account's own (alias).
__aws_mfa_register() {
    __aws_mfa_bind "__aws_mfa_complete_$1" "$2"
    # As TAB itself writes such a name.
    [[ $2 != *@* ]] || __aws_mfa_bind "__aws_mfa_complete_$1" "${2//@/\\@}"
}

# Only where somebody types. bash learnt in 4.4 to leave the order of candidates alone.
__aws_mfa_bind() {
    case $- in
        *i*)
            \complete -o nosort -F "$1" "$2" 2>/dev/null || \complete -F "$1" "$2" 2>/dev/null || :
            ;;
    esac
}

__aws_mfa_bind __aws_mfa_complete aws-mfa
