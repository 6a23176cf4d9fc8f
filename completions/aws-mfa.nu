# TAB completion of aws-mfa in nushell, from 0.108 on.
#
# Save it into the folder ($nu.data-dir | path join "vendor/autoload"), or source it. At each TAB it
# asks the program what fits, so it need not be renewed when accounts change. What is typed is handed
# over as text; nothing of it is ever evaluated.

# Asks for the candidates. `words` are those of the line, up to the cursor.
def __aws_mfa_ask [kind: string, words: list<string>] {
    let answer = with-env { AWS_MFA_COMPLETE: nushell } {
        ^aws-mfa -- $kind ...($words | skip 1) | complete
    }
    try { $answer.stdout | from json } catch { [] }
}

def __aws_mfa_complete [words: list<string>] { __aws_mfa_ask aws-mfa $words }

# For the definition of the shell hook's command: @complete '__aws_mfa_complete_mfa'
def __aws_mfa_complete_mfa [words: list<string>] { __aws_mfa_ask mfa $words }

# For the definition of a command of an account's own: @complete '__aws_mfa_complete_alias'
def __aws_mfa_complete_alias [words: list<string>] { __aws_mfa_ask alias $words }

@complete '__aws_mfa_complete'
extern "aws-mfa" [...words]
