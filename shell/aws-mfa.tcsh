# The hook of aws-mfa for tcsh. In ~/.tcshrc, because its backquotes would split the lines:
#
#     aws-mfa init tcsh >! ~/.aws-mfa.tcsh.$$ && mv -f ~/.aws-mfa.tcsh.$$ ~/.aws-mfa.tcsh || rm -f ~/.aws-mfa.tcsh.$$
#     source ~/.aws-mfa.tcsh

# For `aws-mfa doctor`: whose hook this is, and for which process.
setenv __aws_mfa_hook "@VERSION@ $$"

# >>> command
# tcsh has no functions: the program itself says what the words mean here.
alias mfa 'eval "`\aws-mfa tcsh-hook \!*:q`"'
# <<< command
