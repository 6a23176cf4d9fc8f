# The hook of aws-mfa for xonsh. In ~/.xonshrc:
#
#     execx(__import__('subprocess').check_output('aws-mfa init xonsh'.split(), env=${...}.detype()).decode())

# A marker for `aws-mfa doctor`: the version of the hook and the process ID of its shell.
__xonsh__.env["__aws_mfa_hook"] = f"@VERSION@ {__import__('os').getpid()}"


# Evaluates the output of aws-mfa. If aws-mfa fails, this returns its status and changes nothing.
def __aws_mfa_load(words, stderr=None):
    import signal
    import subprocess

    out = subprocess.run(
        ["aws-mfa", *words],
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=__xonsh__.env.detype(),
    )
    if out.returncode == 0:
        # Ignore Ctrl-C meanwhile: half of a session is worse than none.
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            execx(out.stdout.decode(), "exec", __xonsh__.ctx)
        finally:
            signal.signal(signal.SIGINT, interrupt)
    # For a process ended by a signal, the status that shells report: 128 plus the number of the signal.
    return out.returncode if out.returncode >= 0 else 128 - out.returncode


# The alias of a command of this hook: the function called `name`, and the program itself in a pipeline. There, xonsh
# would wait for the other commands before it calls a function. It looks an alias up with the commands of the line in
# the local variable `cmds` of its function `cmds_to_specs`.
class __aws_mfa_Alias:
    def __init__(self, name):
        self.name = name

    def __iter__(self):
        import sys

        frame = sys._getframe(1)
        while frame and frame.f_code.co_name != "cmds_to_specs":
            frame = frame.f_back
        piped = frame and "|" in frame.f_locals.get("cmds", [])
        return iter(["aws-mfa" if piped else self.name])


# >>> command
def __aws_mfa_command(args, stdin=None, stdout=None, stderr=None):
    import itertools
    import subprocess

    own = ["-h", "--help", "-V", "--version", "@SUBCOMMANDS@"]
    # Options may precede the subcommand: `mfa -q off`.
    options = args[:1] and args[0].startswith("-")
    words = itertools.takewhile(lambda word: word != "--", args if options else args[:1])
    words = [word for word in words if word in ["off", *own]]
    evaluated = ["--evaluated", "--shell", "xonsh"]
    if words and words[0] == "off":
        return __aws_mfa_load([*args, *evaluated], stderr)
    if words or (not args and "AWS_MFA_ACCOUNT" in __xonsh__.env):
        if not args:
            args = ["status", "--hook", "mfa"]
        elif args in [["-h"], ["--help"], ["help"]]:
            args = ["hook-help", "mfa"]
        return subprocess.run(
            ["aws-mfa", *args],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=__xonsh__.env.detype(),
        ).returncode
    return __aws_mfa_load(["env", *evaluated, *args], stderr)


# On the main thread, because it changes the shell's environment and prompts for the code at its terminal.
from xonsh.tools import unthreadable as __aws_mfa_unthreadable

aliases["__aws_mfa_command"] = __aws_mfa_unthreadable(__aws_mfa_command)
aliases["mfa"] = __aws_mfa_Alias("__aws_mfa_command")
# <<< command
