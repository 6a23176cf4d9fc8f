# The hook of aws-mfa for tcsh. In ~/.tcshrc, through a file, because backquotes would split the lines into words:
#
#     aws-mfa init tcsh >! ~/.aws-mfa.tcsh.$$ && mv -f ~/.aws-mfa.tcsh.$$ ~/.aws-mfa.tcsh || rm -f ~/.aws-mfa.tcsh.$$
#     source ~/.aws-mfa.tcsh

# A marker for `aws-mfa doctor`: the version of the hook and the process ID of its shell.
setenv __aws_mfa_hook "@VERSION@ $$"

# >>> command
# tcsh has no functions, so the program itself interprets the words.
alias mfa 'eval "`\aws-mfa tcsh-hook --hook=mfa \!*:q`"'
# <<< command
