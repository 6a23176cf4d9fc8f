# TAB completion of aws-mfa in elvish, from 0.19 on.
#
# In rc.elv: eval (aws-mfa completions elvish | slurp)
# At each TAB it runs aws-mfa for the candidates, so it stays valid when accounts change. The line is passed to
# aws-mfa as text; no part of it is evaluated.

use str

# The candidates for the words of a line. $kind is the kind of the command.
fn __aws_mfa_ask {|kind @words|
  tmp E:AWS_MFA_COMPLETE = elvish
  var lines = [(
    try {
      e:aws-mfa -- $kind (all $words[1..]) 2>/dev/null
    } catch _ { nop }
  )]
  for line $lines {
    var value help = (str:split &max=2 "\t" $line)
    var suffix = ' '
    if (str:has-suffix $value '/') { set suffix = '' }
    if (eq $help '') {
      edit:complex-candidate $value &code-suffix=$suffix
    } else {
      edit:complex-candidate $value &code-suffix=$suffix &display=$value' ('$help')'
    }
  }
}

# Registers completion for the command $name: aws-mfa, that of the hook (mfa), or an alias.
fn __aws_mfa_register {|kind name|
  # A script has no module `edit:`, and naming it would be a compilation error, hence the inner eval.
  try {
    eval &ns=(ns [&kind=$kind &name=$name &ask~=$__aws_mfa_ask~]) '
      set edit:completion:arg-completer[$name] = {|@words| ask $kind $@words }'
  } catch _ { nop }
}

__aws_mfa_register aws-mfa aws-mfa
