# TAB completion of aws-mfa in nushell, from 0.108 on.
#
# Save it to the directory ($nu.data-dir | path join "vendor/autoload"), or source it. At each TAB it runs aws-mfa
# for the candidates, so it stays valid when accounts change. The line is passed to aws-mfa as text; no part of
# it is evaluated.

# Requests the candidates. `words`: those of the line, up to the cursor.
def __aws_mfa_ask [kind: string, words: list<string>] {
    let answer = with-env { AWS_MFA_COMPLETE: nushell } {
        ^aws-mfa -- $kind ...($words | skip 1) | complete
    }
    try { $answer.stdout | from json } catch { [] }
}

def __aws_mfa_complete [words: list<string>] { __aws_mfa_ask aws-mfa $words }

# The completer of the hook's command. Before its definition: @complete '__aws_mfa_complete_mfa'
def __aws_mfa_complete_mfa [words: list<string>] { __aws_mfa_ask mfa $words }

# The completer of an alias. Before its definition: @complete '__aws_mfa_complete_alias'
def __aws_mfa_complete_alias [words: list<string>] { __aws_mfa_ask alias $words }

@complete '__aws_mfa_complete'
extern "aws-mfa" [...words]
