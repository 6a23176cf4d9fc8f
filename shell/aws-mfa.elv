# The hook of aws-mfa for elvish. In ~/.config/elvish/rc.elv:
#
#     eval (aws-mfa init elvish | slurp)

use str

# For `aws-mfa doctor`: whose hook this is, for which process, and with what.
set-env __aws_mfa_hook '@VERSION@ '$pid
try {
    eval 'nop $edit:completion:arg-completer; set-env __aws_mfa_hook $E:__aws_mfa_hook" completion"'
} catch _ {
    nop
}

# Evaluates what aws-mfa prints. Where that fails, it raises and nothing changes.
fn __aws_mfa_load {|@words|
    eval (e:aws-mfa $@words | slurp)
}

# What is defined in an eval stays in it, but for what the editor is given. A script has no editor, and
# even to name what is in it would end one.
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
            e:aws-mfa status
        } else {
            __aws_mfa_load env --evaluated --shell elvish
        }
    } elif (eq $words[0] off) {
        __aws_mfa_load off --evaluated --shell elvish (all $words[1..])
    } elif (has-value $__aws_mfa_own $words[0]) {
        e:aws-mfa $@words
    } elif (str:has-prefix $words[0] -) {
        # Options may come first: a word behind them says what they are for.
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
