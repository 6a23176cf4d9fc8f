# The hook of aws-mfa for elvish. In ~/.config/elvish/rc.elv:
#
#     eval (aws-mfa init elvish | slurp)

use str

# A marker for `aws-mfa doctor`: the version of the hook, the process ID of its shell, and whether it loaded
# completion.
set-env __aws_mfa_hook '@VERSION@ '$pid
try {
    eval 'nop $edit:completion:arg-completer; set-env __aws_mfa_hook $E:__aws_mfa_hook" completion"'
} catch _ {
    nop
}

# Evaluates what is pending. If Ctrl-C ends that halfway, the next prompt does it again: half of a session is worse than
# none.
var __aws_mfa_pending = ''
fn __aws_mfa_finish {
    if (not-eq $__aws_mfa_pending '') {
        eval $__aws_mfa_pending
        set __aws_mfa_pending = ''
    }
}
try {
    eval &ns=(ns [&finish~=$__aws_mfa_finish~]) 'set @edit:before-readline = $@edit:before-readline $finish~'
} catch _ {
    nop
}

# Evaluates the output of aws-mfa. If aws-mfa fails, this raises an exception and changes nothing.
fn __aws_mfa_load {|@words|
    set __aws_mfa_pending = (e:aws-mfa $@words | slurp)
    __aws_mfa_finish
}

# Defines a command for the interactive shell. Definitions in an `eval` are local to it, except those made with
# `edit:add-var`. A script has no module `edit:`, and naming it would be a compilation error, hence the inner eval.
fn __aws_mfa_define {|name function|
    try {
        eval &ns=(ns [&name=$name &function=$function]) 'edit:add-var $name"~" $function'
    } catch _ {
        nop
    }
}

# >>> command
var __aws_mfa_own = [@SUBCOMMANDS@]
fn __aws_mfa_command {|@words|
    if (== 0 (count $words)) {
        if (has-env AWS_MFA_ACCOUNT) {
            e:aws-mfa status --hook mfa
        } else {
            __aws_mfa_load env --evaluated --shell elvish
        }
    } elif (eq $words[0] off) {
        __aws_mfa_load off --evaluated --shell elvish (all $words[1..])
    } elif (and (== 1 (count $words)) (has-value [-h --help help] $words[0])) {
        e:aws-mfa hook-help mfa
    } elif (has-value $__aws_mfa_own $words[0]) {
        e:aws-mfa $@words
    } elif (str:has-prefix $words[0] -) {
        # Options may precede the subcommand: `mfa -q off`.
        var meant = ''
        for word $words {
            if (eq $word --) {
                break
            } elif (or (has-value [off -h --help -V --version] $word) (has-value $__aws_mfa_own $word)) {
                set meant = $word
                break
            }
        }
        if (eq $meant off) {
            __aws_mfa_load $@words --evaluated --shell elvish
        } elif (eq $meant '') {
            __aws_mfa_load env --evaluated --shell elvish $@words
        } else {
            e:aws-mfa $@words
        }
    } else {
        __aws_mfa_load env --evaluated --shell elvish $@words
    }
}
__aws_mfa_define mfa $__aws_mfa_command~
# <<< command
