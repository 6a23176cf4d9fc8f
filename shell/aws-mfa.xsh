# The hook of aws-mfa for xonsh. In ~/.xonshrc:
#
#     execx($(aws-mfa init xonsh))

# For `aws-mfa doctor`: whose hook this is, and for which process.
__xonsh__.env["__aws_mfa_hook"] = f"@VERSION@ {__import__('os').getpid()}"


# Evaluates what aws-mfa prints. Where that fails, its status is returned and nothing changes.
def __aws_mfa_load(words):
    import subprocess

    out = subprocess.run(
        ["aws-mfa", *words], stdout=subprocess.PIPE, env=__xonsh__.env.detype()
    )
    if out.returncode == 0:
        execx(out.stdout.decode(), "exec", __xonsh__.ctx)
    # A process that a signal ended has the status that shells give it.
    return out.returncode if out.returncode >= 0 else 128 - out.returncode


# >>> command
def __aws_mfa_command(args):
    import subprocess

    first = args[0] if args else ""
    if first == "" and "AWS_MFA_ACCOUNT" not in __xonsh__.env:
        return __aws_mfa_load(["env", "--evaluated", "--shell", "xonsh"])
    if first == "off":
        return __aws_mfa_load(["off", "--evaluated", "--shell", "xonsh", *args[1:]])
    if first == "" or first.startswith("-") or first in ["completions", "credential-process", "doctor", "env", "exec", "forget", "help", "init", "list", "man", "save", "setup", "status", "version"]:
        words = args if args else ["status"]
        return subprocess.run(["aws-mfa", *words], env=__xonsh__.env.detype()).returncode
    return __aws_mfa_load(["env", "--evaluated", "--shell", "xonsh", *args])


# On the main thread: the environment is the shell's own, and the code is typed at its terminal.
from xonsh.tools import unthreadable as __aws_mfa_unthreadable

aliases["mfa"] = __aws_mfa_unthreadable(__aws_mfa_command)
# <<< command
