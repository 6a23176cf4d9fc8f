# shellcheck shell=bash
# TAB completion of aws-mfa in bash, from 3.2 on.
#
# Save it as ~/.local/share/bash-completion/completions/aws-mfa.bash, or source it. At each TAB it runs aws-mfa
# for the candidates, so it stays valid when accounts change. The line is passed to aws-mfa as text; no part of
# it is evaluated.

# After `exec ACCOUNT --`, completes the command that follows with its own completion, if bash-completion is
# loaded; otherwise fails.
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

# Requests the candidates. $1 is the kind of the command, $2 the text that bash will replace.
__aws_mfa_ask() {
    # Declared first and assigned later: under `set -k`, `local name=value` assigns nothing.
    local kind text line token before answer i last
    local -a words
    __aws_mfa_offset && return
    kind=$1 text=$2 line=${COMP_LINE:0:COMP_POINT} last=-1
    words=()
    # bash splits words at the characters of COMP_WORDBREAKS, such as `:` and `=`. Join those that have no blank
    # in between, and end at the cursor.
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
    # No space after a directory, so that the path can go on. bash 3.2 has no compopt.
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == */ ]]; then
        compopt -o nospace 2>/dev/null || :
    fi
    return 0
}

__aws_mfa_complete() { __aws_mfa_ask aws-mfa "$2"; }
__aws_mfa_complete_mfa() { __aws_mfa_ask mfa "$2"; }
__aws_mfa_complete_alias() { __aws_mfa_ask alias "$2"; }

# Registers completion for the command $2: that of the hook (mfa), or an alias.
__aws_mfa_register() {
    __aws_mfa_bind "__aws_mfa_complete_$1" "$2"
    # bash completes a name with `@` as `\@`, and looks up its completion as it is typed.
    [[ $2 != *@* ]] || __aws_mfa_bind "__aws_mfa_complete_$1" "${2//@/\\@}"
}

# Only in interactive shells. `-o nosort` exists since bash 4.4.
__aws_mfa_bind() {
    case $- in
        *i*)
            \complete -o nosort -F "$1" "$2" 2>/dev/null || \complete -F "$1" "$2" 2>/dev/null || :
            ;;
    esac
}

__aws_mfa_bind __aws_mfa_complete aws-mfa
