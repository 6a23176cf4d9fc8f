//! One code for everything: sessions in the kernel keyring, and `credential-process`.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::limits::SHORT_LIMITS;
use crate::harness::requirements::{is_root, python_tools};
use crate::harness::terminal::Terminal;
use crate::harness::user_namespace::UserNamespace;
use crate::harness::{binary, short_limits_binary};
use crate::support::home::{Home, Outcome};
use crate::support::sts::{Fault, JANES_PHONE, KEY_ID, Role, SECRET, StrictSts, World};

/// Jane's key, two roles, a keyring of her own, and `share = true` for all of it.
struct Shared {
    sts: StrictSts,
    home: Home,
    namespace: UserNamespace,
}

impl Shared {
    fn new() -> Self {
        let sts = Self::sts();
        let home = Home::of_jane(binary(), &sts);
        let shared = Self {
            sts,
            home,
            namespace: UserNamespace::new(),
        };
        shared.configure("");
        shared
    }

    /// An STS that knows Jane and the two roles.
    fn sts() -> StrictSts {
        let mut world = World::of_jane();
        let role = |name: &str| Role {
            arn: format!("arn:aws:iam::210987654321:role/{name}"),
            ..world.roles[0].clone()
        };
        let roles = [role("A"), role("B")];
        world.roles.extend(roles);
        StrictSts::http(world)
    }

    /// More lines for the account `test`.
    fn configure(&self, test: &str) {
        let role = |name: &str| {
            format!(
                "[accounts.{}]\nsource_profile = \"test-mfa\"\nrole_arn = \"arn:aws:iam::210987654321:role/{name}\"\n",
                name.to_lowercase()
            )
        };
        self.home.write(
            ".config/aws-mfa/config.toml",
            format!(
                "[defaults]\nshare = true\n[accounts.test]\n{test}\n{}{}",
                role("A"),
                role("B")
            ),
        );
    }

    fn code(&self) -> String {
        self.sts.fresh_code(JANES_PHONE)
    }

    fn aws_mfa(&self, words: &[&str]) -> Outcome {
        self.namespace.aws_mfa(&self.home, words)
    }

    /// A shell at a terminal, with the hook.
    fn shell(&self) -> Terminal {
        let mut bash = self.namespace.command(&self.home, "bash");
        bash.args(["--noprofile", "--norc", "-i"])
            .env("PS1", "READY> ");
        let mut terminal = Terminal::start(&bash);
        terminal.expect("READY> ");
        terminal.press("eval \"$(aws-mfa init bash)\"\n");
        terminal.expect("READY> ");
        terminal
    }

    /// Types a line, and the code if one is asked for; what the shell then says of its session.
    fn load(&self, terminal: &mut Terminal, line: &str, asked: bool) {
        terminal.press(&format!(
            "{line}; echo \"status=$? ${{AWS_MFA_ACCOUNT}}.\"\n"
        ));
        terminal.expect("AWS_MFA_ACCOUNT");
        if asked {
            terminal.expect(&format!("({JANES_PHONE}): "));
            terminal.press(&format!("{}\n", self.code()));
        }
        let account = line.split(' ').nth(1).unwrap();
        terminal.expect(&format!("status=0 {account}."));
    }

    /// The lines of /proc/keys about the keys in the namespace.
    fn keys(&self) -> Vec<String> {
        let script =
            "for key in $(keyctl rlist @u); do grep \"^$(printf %08x \"$key\") \" /proc/keys; done";
        let keys = self.namespace.sh(&self.home, script).text();
        let ours = keys.lines().filter(|line| line.contains(" aws-mfa "));
        ours.map(str::to_owned).collect()
    }
}

/// A session that was made just now has so much left, or a second more.
fn just_now(text: &str) -> String {
    text.replace("12 h 0 min", "11 h 59 min")
}

#[test]
fn one_code_is_enough_for_every_shell_and_role() {
    let shared = Shared::new();
    let (mut first, mut second) = (shared.shell(), shared.shell());
    shared.load(&mut first, "mfa test", true);
    shared.load(&mut second, "mfa test", false);
    assert!(just_now(&second.text()).contains(
        "test: the shared session is loaded into this shell, live for another 11 h 59 min"
    ));
    let mut third = shared.shell();
    shared.load(&mut third, "mfa a", false);
    shared.load(&mut third, "mfa b", false);
    for shell in [&first, &second, &third] {
        assert_eq!(
            shell.text().matches("MFA code for").count(),
            usize::from(std::ptr::eq(shell, &raw const first))
        );
    }
    assert_eq!(shared.sts.count("GetSessionToken"), 1);
    let asked = shared.sts.log();
    let roles: Vec<_> = asked
        .iter()
        .filter_map(|asked| asked.parameter("RoleArn"))
        .collect();
    assert_eq!(
        roles,
        [
            "arn:aws:iam::210987654321:role/A",
            "arn:aws:iam::210987654321:role/B"
        ]
    );
    // Out of the session, and without a code.
    let by_session = |asked: &&crate::support::sts::Logged| asked.access_key_id.starts_with("ASIA");
    assert_eq!(asked.iter().filter(by_session).count(), 2);
    assert!(
        asked
            .iter()
            .filter(by_session)
            .all(|asked| asked.parameter("TokenCode").is_none())
    );

    let list = just_now(&shared.aws_mfa(&["list"]).success().text());
    assert_eq!(list.matches("11 h 59 min shared").count(), 3, "{list}");
    let status = just_now(&shared.aws_mfa(&["status"]).ends_with(1).text());
    assert_eq!(
        status,
        format!("no session in this shell\nshared: test, 11 h 59 min left ({JANES_PHONE})\n")
    );
    let status: Value =
        serde_json::from_str(&shared.aws_mfa(&["status", "--json"]).text()).unwrap();
    assert_eq!(status["shared"][0]["mfa_serial"], JANES_PHONE);

    shared
        .aws_mfa(&["forget", "test"])
        .success()
        .says("removed the shared session of the key and device of test");
    let mut fourth = shared.shell();
    shared.load(&mut fourth, "mfa test", true);
    assert_eq!(shared.sts.count("GetSessionToken"), 2);
    // What a shell holds is its own.
    third.press("aws-mfa status > still; echo \"status=$?.\"\n");
    third.expect("status=0.");
    let still = std::fs::read_to_string(shared.home.path("still")).unwrap();
    assert!(still.starts_with("b: "), "{still}");
}

#[test]
fn off_says_that_a_shared_session_stays_and_how_to_remove_it() {
    let shared = Shared::new();
    let mut shell = shared.shell();
    let off = |shell: &mut Terminal| {
        shell.press("mfa off; echo \"status=$?.\"\n");
        shell.expect("status=0.");
    };
    for account in ["test", "a"] {
        shared.load(&mut shell, &format!("mfa {account}"), account == "test");
        off(&mut shell);
        let said = format!("to remove it: aws-mfa forget {account}");
        assert!(shell.text().contains(&said), "{}", shell.text());
        assert!(
            just_now(&shell.text())
                .contains("the shared session stays for other shells, for another 11 h 59 min"),
            "{}",
            shell.text()
        );
    }
    // Without one, nothing of that is said.
    shared.load(&mut shell, "mfa a", false);
    shared.aws_mfa(&["forget", "a"]).success();
    let before = shell.text().matches("to remove it").count();
    off(&mut shell);
    assert_eq!(shell.text().matches("to remove it").count(), before);
}

#[test]
fn the_kernel_keeps_a_session_as_long_as_it_lives_and_for_its_user_alone() {
    let shared = Shared::new();
    shared.aws_mfa(&["env", "test", &shared.code()]).success();
    let keys = shared.keys();
    assert_eq!(keys.len(), 1, "{keys:?}");
    // ID FLAGS USAGE TIMEOUT PERM UID GID TYPE DESCRIPTION: twelve hours are shown in whole hours.
    let fields: Vec<&str> = keys[0].split_ascii_whitespace().collect();
    assert!(["11h", "12h"].contains(&fields[3]), "{keys:?}");
    // Possessor: view, read, search. User: view, read. Others: nothing.
    assert_eq!(fields[4], "0b030000");
    assert!(
        keys[0].contains(&format!(
            "user      aws-mfa {KEY_ID} {JANES_PHONE} 43200 {}: ",
            shared.sts.url()
        )),
        "{keys:?}"
    );
    let id = i32::from_str_radix(fields[0], 16).unwrap();
    let described = shared
        .namespace
        .sh(&shared.home, &format!("keyctl rdescribe {id}"));
    assert!(
        described
            .success()
            .text()
            .starts_with("user;0;0;0b030000;aws-mfa ")
    );

    // One that ends soon is gone by itself.
    shared.aws_mfa(&["forget", "--all"]).success();
    shared.sts.next(Fault::ShortSession(3));
    let start = Instant::now();
    shared.aws_mfa(&["env", "test", &shared.code()]).success();
    assert_eq!(shared.keys().len(), 1);
    while shared.keys().iter().any(|key| !key.contains(" expd ")) {
        assert!(start.elapsed() < Duration::from_secs(30), "it stays");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(start.elapsed() > Duration::from_secs(1));
    shared
        .aws_mfa(&["status"])
        .ends_with(1)
        .prints("no session in this shell\n");
}

#[test]
fn without_room_for_a_new_session_the_old_one_stays() {
    let shared = Shared::new();
    let home = &shared.home;
    if !is_root("play a user without room") {
        return;
    }
    // A user of this test's own, with the 20 kB that the kernel gives each user.
    let copy = home.path("bin/aws-mfa");
    std::fs::remove_file(&copy).unwrap();
    crate::harness::copy_binary(&copy);
    let script = "
        fill() { for n in $(seq 200); do head -c $1 /dev/zero | keyctl padd user $1.$n @u || break; done > /dev/null 2>&1; }
        key() { sed 's/.*\"AccessKeyId\":\"\\([A-Z0-9]*\\).*/\\1/'; }
        first=$(aws-mfa credential-process test --code $1 | key)
        aws-mfa credential-process a > /dev/null
        fill 1000; fill 100
        second=$(aws-mfa credential-process test --code $2 | key)
        [ $(aws-mfa credential-process test | key) = $second ] && [ $first != $second ] && echo renewed
        fill 1000; fill 100
        aws-mfa credential-process test --code $3 > /dev/null
        [ $(aws-mfa credential-process test | key) = $second ] && echo kept";
    let mut command = home.command("chown");
    command.args(["-R", "54322:54322", "."]);
    home.run(&mut command).success();
    let mut command = home.command("setpriv");
    command.args(["--reuid=54322", "--regid=54322", "--clear-groups"]);
    command.args([
        "unshare",
        "--user",
        "--map-root-user",
        "sh",
        "-c",
        script,
        "sh",
    ]);
    command.args([shared.code(), shared.code(), shared.code()]);
    home.run(&mut command)
        .success()
        .prints("renewed\nkept\n")
        .says(
            "test: the session is not shared: the user's quota of the kernel's keyrings is used up",
        );
    assert_eq!(shared.sts.count("GetSessionToken"), 3);
}

#[test]
fn a_key_whose_name_is_not_utf_8_hides_no_session() {
    let shared = Shared::new();
    let home = &shared.home;
    shared
        .aws_mfa(&["exec", "test", "--code", &shared.code(), "--", "true"])
        .success();
    // Every user may add a key that all users see in /proc/keys.
    let add =
        "key=$(keyctl add user \"$(printf 'x\\377')\" x @u) && keyctl setperm $key 0x3f3f3f3f";
    shared.namespace.sh(home, add).success();
    shared.aws_mfa(&["exec", "a", "--", "true"]).success();
    shared.aws_mfa(&["forget", "--all"]).success();
    assert_eq!(shared.keys(), [""; 0]);
}

#[test]
fn a_session_can_be_shared_where_the_session_keyring_is_another_one() {
    // As with su and cron, which give no way from there to the user's keyring.
    let shared = Shared::new();
    let code = shared.code();
    let script = format!(
        "keyctl session - aws-mfa env test {code} > /dev/null && keyctl session - aws-mfa env test"
    );
    shared
        .namespace
        .sh(&shared.home, &script)
        .success()
        .says("test: the shared session is live");
    let forget = "keyctl session - aws-mfa forget --all";
    shared
        .namespace
        .sh(&shared.home, forget)
        .success()
        .says("aws-mfa: removed the shared session\n");
    shared
        .aws_mfa(&["forget", "--all"])
        .success()
        .says("aws-mfa: there is no shared session\n");
}

#[test]
fn without_a_keyring_that_is_reported_and_all_else_works() {
    let shared = Shared::new();
    // Nowhere at all, as in many containers, and where there is no room for a key.
    for (calls, error, said) in [
        (
            "?keyctl,?add_key",
            "ENOSYS",
            "the session is not shared: this kernel has no keyrings\n",
        ),
        (
            "?keyctl,?add_key",
            "EPERM",
            "the session is not shared: this process may not use the kernel's keyrings\n",
        ),
        (
            "?add_key",
            "EDQUOT",
            "the session is not shared: the user's quota of the kernel's keyrings is used up\n",
        ),
    ] {
        let code = shared.code();
        let script = format!(
            "strace -f -qq -o /dev/null -e trace={calls} -e inject={calls}:error={error} aws-mfa env test {code}"
        );
        let outcome = shared.namespace.sh(&shared.home, &script).success();
        assert!(outcome.text().contains("AWS_SESSION_TOKEN"), "{error}");
        outcome.says(&format!("aws-mfa: test: {said}"));
        assert_eq!(shared.keys(), [""; 0], "{error}");
    }
}

#[test]
fn a_shared_session_that_ends_soon_is_renewed() {
    let shared = Shared::new();
    // Less than ten minutes and more.
    shared.sts.next(Fault::ShortSession(590));
    shared.aws_mfa(&["env", "test", &shared.code()]).success();
    // Where no code can be had, it serves to its end.
    for account in ["test", "a"] {
        shared.aws_mfa(&["env", account]).success();
    }
    assert_eq!(shared.sts.count("GetSessionToken"), 1);
    let mut shell = shared.shell();
    shared.sts.next(Fault::ShortSession(900));
    shared.load(&mut shell, "mfa test", true);
    for account in ["test", "a"] {
        shared.aws_mfa(&["env", account]).success();
    }
    assert_eq!(shared.sts.count("GetSessionToken"), 2);
}

#[test]
fn a_code_or_fresh_renews_what_is_shared() {
    let shared = Shared::new();
    let key = |outcome: Outcome| -> String {
        let text = outcome.success().text();
        let json: Value = serde_json::from_str(&text).unwrap();
        json["AWS_ACCESS_KEY_ID"].as_str().unwrap().to_owned()
    };
    let env = |words: &[&str]| key(shared.aws_mfa(&[&["env", "--json", "test"], words].concat()));
    let first = env(&[&shared.code()]);
    assert_eq!(env(&[]), first);
    // The same second would be taken for the same need.
    let second = loop {
        let next = env(&[&shared.code()]);
        if next != first {
            break next;
        }
    };
    assert_eq!(env(&[]), second);
    shared
        .aws_mfa(&["env", "test", "--fresh"])
        .ends_with(5)
        .says("there is no terminal");
    // Another duration is another session; the user's own is what a role is had from.
    shared
        .aws_mfa(&["env", "test", "--duration", "2h"])
        .ends_with(5);
    assert_ne!(key(shared.aws_mfa(&["env", "--json", "a"])), second);
    // For longer than AWS allows out of a session, a role is asked for with a code of its own.
    shared
        .sts
        .with(|state| state.world.roles[1].max_seconds = 7200);
    shared
        .aws_mfa(&["env", "a", "--duration", "2h"])
        .ends_with(5)
        .says("there is no terminal");
    shared
        .aws_mfa(&["env", "a", &shared.code(), "--duration", "2h"])
        .success();
    let last = shared.sts.log().pop().unwrap();
    assert_eq!(
        (&*last.access_key_id, last.parameter("DurationSeconds")),
        (KEY_ID, Some("7200"))
    );
}

#[test]
fn of_twenty_processes_that_need_a_session_one_asks() {
    let shared = Shared::new();
    let code = shared.code();
    shared.configure(&format!(
        "mfa_command = \"echo asked >> asked; echo {code}\""
    ));
    let processes: Vec<_> = (0..20)
        .map(|_| {
            shared
                .namespace
                .command(&shared.home, "aws-mfa")
                .args(["credential-process", "test"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let printed: Vec<String> = processes
        .into_iter()
        .map(|process| {
            Outcome::from(process.wait_with_output().unwrap())
                .success()
                .text()
        })
        .collect();
    assert!(
        printed.iter().all(|text| *text == printed[0]),
        "{printed:?}"
    );
    assert_eq!(shared.sts.count("GetSessionToken"), 1);
    let asked = std::fs::read_to_string(shared.home.path("asked")).unwrap();
    assert_eq!(asked, "asked\n");
    let credentials: Value = serde_json::from_str(&printed[0]).unwrap();
    assert_eq!(credentials["Version"], 1);
    let expiration = credentials["Expiration"].as_str().unwrap();
    let left = aws_mfa::time::parse_rfc3339(expiration).unwrap();
    assert!(left > 1_767_323_045, "{expiration}");
    assert_eq!(credentials.as_object().unwrap().len(), 5);
}

#[test]
fn a_process_without_a_terminal_takes_the_session_that_another_gets() {
    let shared = Shared::new();
    // No other process asks for a code: nothing to wait for.
    shared
        .aws_mfa(&["credential-process", "a"])
        .ends_with(5)
        .says("there is no terminal");
    let mut shell = shared.shell();
    shell.press("mfa test; echo \"status=$?.\"\n");
    shell.expect(&format!("({JANES_PHONE}): "));
    // An editor's helper, say: it has no terminal.
    let err = std::fs::File::create(shared.home.path("err")).unwrap();
    let mut second = shared.namespace.command(&shared.home, "setsid");
    second
        .args(["--wait", "aws-mfa", "credential-process", "a"])
        .stdout(Stdio::piped())
        .stderr(err);
    let second = second.spawn().unwrap();
    let start = Instant::now();
    let said = || std::fs::read_to_string(shared.home.path("err")).unwrap();
    while !said().contains("is already asking for a code from ") {
        assert!(start.elapsed() < Duration::from_secs(10), "{}", said());
        std::thread::sleep(Duration::from_millis(10));
    }
    shell.press(&format!("{}\n", shared.code()));
    shell.expect("status=0.");
    let second = Outcome::from(second.wait_with_output().unwrap()).success();
    let credentials: Value = serde_json::from_slice(&second.stdout).unwrap();
    assert_eq!(credentials["Version"], 1);
    assert_eq!(shared.sts.count("GetSessionToken"), 1);
    assert_eq!(shared.sts.count("AssumeRole"), 1);
}

#[test]
fn the_device_lock_is_in_a_directory_that_can_be_written() {
    let shared = Shared::new();
    let run = |script: &str| {
        let code = shared.code();
        let script = format!(
            "mount -t tmpfs -o ro tmpfs runtime/aws-mfa; {script}; XDG_RUNTIME_DIR=$PWD/runtime aws-mfa env test {code} --json"
        );
        let mut unshare = shared.home.command("unshare");
        unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
        shared.home.run(&mut unshare).success()
    };
    for directory in ["runtime/aws-mfa", ".cache/aws-mfa"] {
        std::fs::create_dir_all(shared.home.path(directory)).unwrap();
    }
    let without = |outcome: Outcome| {
        let said = "several aws-mfa processes may ask for a code from ";
        assert!(!outcome.stderr.contains(said), "{}", outcome.stderr);
    };
    without(run(":"));
    let mut there: Vec<_> = std::fs::read_dir(shared.home.path(".cache/aws-mfa"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    let lock = format!("{}.lock", JANES_PHONE.replace([':', '/'], "-"));
    assert_eq!(there, [lock.as_str(), "used-codes.json"]);
    // Nowhere at all is worth a word.
    run("mount -t tmpfs -o ro tmpfs .cache/aws-mfa")
        .says("could not create a lock file: Read-only file system");
}

#[test]
fn a_process_killed_with_the_device_lock_does_not_block_others() {
    let shared = Shared::new();
    shared.configure("mfa_command = \"echo $PPID > asking; sleep 30\"");
    let mut first = shared
        .namespace
        .command(&shared.home, "aws-mfa")
        .args(["env", "test"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let asking = shared.home.path("asking");
    let start = Instant::now();
    while std::fs::read_to_string(&asking)
        .unwrap_or_default()
        .is_empty()
    {
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(10));
    }
    let err = std::fs::File::create(shared.home.path("err")).unwrap();
    let mut second = shared
        .namespace
        .command(&shared.home, "aws-mfa")
        .args(["env", "test", &shared.code()])
        .stdout(Stdio::null())
        .stderr(err)
        .spawn()
        .unwrap();
    let said = || std::fs::read_to_string(shared.home.path("err")).unwrap();
    while !said().contains("is already asking for a code from ") {
        assert!(start.elapsed() < Duration::from_secs(10), "{}", said());
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(second.try_wait().unwrap(), None);
    // nsenter has become the program itself.
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(second.wait().unwrap().success());
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn after_the_limit_of_the_device_lock_a_process_goes_on_by_itself() {
    let shared = Shared::new();
    let mut shell = shared.shell();
    // The prompt stays open: its user has left.
    shell.press("mfa test; echo \"status=$?.\"\n");
    shell.expect(&format!("({JANES_PHONE}): "));
    let run = |arguments: &[&str]| {
        let mut command = shared
            .namespace
            .command(&shared.home, short_limits_binary());
        let start = Instant::now();
        let outcome = shared.home.run(command.args(arguments));
        let outcome = outcome.says("is already asking for a code from ");
        (outcome, start.elapsed())
    };
    // Without a code and a terminal, there is nothing that it could do.
    let (outcome, waited) = run(&["credential-process", "a"]);
    outcome.ends_with(5).says("there is no terminal");
    assert!(waited >= SHORT_LIMITS.device_lock);
    let (outcome, waited) = run(&["env", "test", &shared.code()]);
    outcome.success();
    assert!(waited >= SHORT_LIMITS.device_lock_with_code);
    assert_eq!(shared.sts.count("GetSessionToken"), 1);
}

#[test]
fn the_aws_cli_and_boto3_get_sessions_by_credential_process() {
    let Some(tools) = python_tools() else {
        return;
    };
    let shared = Shared::new();
    let url = shared.sts.url();
    let config = std::fs::read_to_string(shared.home.path(".aws/config")).unwrap();
    let profile = |name: &str| {
        format!(
            "\n[profile {name}]\nregion = eu-west-1\nendpoint_url = {url}\ncredential_process = aws-mfa credential-process {name}\n"
        )
    };
    shared
        .home
        .write(".aws/config", config + &profile("test") + &profile("a"));
    let aws = tools.join("aws").display().to_string();
    let boto3 = "import boto3, sys; print(boto3.Session(profile_name=sys.argv[1]).client('sts').get_caller_identity()['Arn'])";
    let python = tools.join("python").display().to_string();
    let line = |asked: &str| {
        format!(
            "{aws} --profile {asked} sts get-caller-identity --query Arn --output text && {python} -c \"{boto3}\" {asked}"
        )
    };

    let run = |asked: &str| {
        let shell = shared.namespace.command(&shared.home, "sh");
        Terminal::script(shell, &line(asked))
    };
    let mut terminal = run("test");
    terminal.expect_within(
        &format!("MFA code for test ({JANES_PHONE}): "),
        Duration::from_mins(1),
    );
    terminal.press(&format!("{}\n", shared.code()));
    terminal.expect_within("ended=0.", Duration::from_mins(1));
    let text = terminal.text();
    assert_eq!(
        text.matches("arn:aws:iam::123456789012:user/jane").count(),
        2,
        "{text}"
    );
    assert_eq!(text.matches("MFA code").count(), 1, "{text}");

    // Now the user is not asked, and for a role AWS only once.
    let mut terminal = run("a");
    terminal.expect_within("ended=0.", Duration::from_mins(1));
    let text = terminal.text();
    assert_eq!(
        text.matches("arn:aws:sts::210987654321:assumed-role/A/jane")
            .count(),
        2,
        "{text}"
    );
    assert!(!text.contains("MFA code"), "{text}");
    assert_eq!(shared.sts.count("AssumeRole"), 1);
    assert_eq!(shared.sts.count("GetSessionToken"), 1);

    // What would ask itself is refused, and is no account.
    shared
        .aws_mfa(&["credential-process", "x", "--source-profile", "test"])
        .ends_with(2)
        .prints("")
        .says("its credential_process is aws-mfa, which would call itself without end");
    shared.home.write(".aws/config", profile("alone"));
    shared
        .aws_mfa(&["credential-process", "alone"])
        .ends_with(2)
        .says("could not find account alone");
}

#[test]
fn nothing_of_a_shared_session_is_written() {
    let shared = Shared::new();
    let code = shared.code();
    let trace = "strace -f -qq -e trace=?open,openat,?creat,?openat2 -e signal=none -o";
    let commands = [
        ("env", format!("aws-mfa env test {code}")),
        ("role", "aws-mfa env a".to_owned()),
        ("exec", "aws-mfa exec test -- true".to_owned()),
        ("process", "aws-mfa credential-process a".to_owned()),
    ];
    for (name, command) in &commands {
        let script = format!("{trace} trace-{name} {command} > /dev/null");
        shared.namespace.sh(&shared.home, &script).success();
        let trace = std::fs::read_to_string(shared.home.path(&format!("trace-{name}"))).unwrap();
        assert!(trace.contains("credentials"), "{trace}");
        let written = trace.lines().filter(|line| {
            ["O_WRONLY", "O_RDWR", "O_CREAT"]
                .iter()
                .any(|flag| line.contains(flag))
        });
        for line in written {
            let path = line.split('"').nth(1).unwrap();
            let allowed = path.ends_with("janes-phone.lock")
                || path.contains("/.cache/aws-mfa/.used-codes.json.")
                || path.contains("/.cache/aws-mfa/.tmp")
                || path == "/dev/tty"
                || path == "/dev/null";
            assert!(allowed, "{name}: {line}");
        }
    }
    let secrets = shared.sts.with(|state| state.world.all_secrets());
    assert!(secrets.len() >= 6);
    let issued = &secrets[2..];
    let mut files = 0;
    let mut directories = vec![shared.home.path("")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                directories.push(entry.path());
            } else if let Ok(content) = std::fs::read(entry.path()) {
                files += 1;
                let content = String::from_utf8_lossy(&content);
                for secret in issued {
                    assert!(
                        !content.contains(secret.as_str()),
                        "{}",
                        entry.path().display()
                    );
                }
            }
        }
    }
    assert!(files > 6);
    let lock = std::fs::read_dir(shared.home.path(".cache/aws-mfa"))
        .unwrap()
        .flatten();
    let lock = lock
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "lock"));
    let mode = std::fs::metadata(lock.unwrap())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_key_that_a_command_prints_is_asked_for_once() {
    let shared = Shared::new();
    let printed = format!(
        "{{\"Version\": 1, \"AccessKeyId\": \"{KEY_ID}\", \"SecretAccessKey\": \"{SECRET}\"}}"
    );
    shared.home.write("key.json", printed);
    let command = "sh -c 'echo run >> runs; cat key.json'";
    let url = shared.sts.url();
    shared.home.write(".aws/credentials", "");
    shared.home.write(
        ".aws/config",
        format!("[profile test-mfa]\nendpoint_url = {url}\ncredential_process = {command}\n"),
    );
    let runs = || {
        let path = shared.home.path("runs");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        text
    };
    // The device is looked up, the session is made and shared, and a role is had.
    shared
        .aws_mfa(&["credential-process", "a", "--code", &shared.code()])
        .success();
    assert_eq!(runs(), "run\n");
    assert_eq!(shared.sts.count("ListMFADevices"), 1);
    shared.aws_mfa(&["env", "test"]).success();
    assert_eq!(runs(), "run\n");
    assert_eq!(shared.sts.count("GetSessionToken"), 1);
}

#[test]
fn a_session_of_one_endpoint_is_not_shared_with_another() {
    let shared = Shared::new();
    let emulator = Shared::sts();
    // A query in the URL is no part of the name that /proc/keys shows.
    let url = format!("{}/?token=geheim", emulator.url());
    let at_emulator = |words: &str| {
        let script = format!("AWS_ENDPOINT_URL={url} aws-mfa {words}");
        shared.namespace.sh(&shared.home, &script)
    };
    let code = emulator.fresh_code(JANES_PHONE);
    at_emulator(&format!("env test {code}")).success();
    // Neither the account itself nor a role gets it from AWS, and `list` does not promise it.
    for words in [
        &["env", "test"][..],
        &["env", "a"],
        &["credential-process", "a"],
    ] {
        shared.aws_mfa(words).ends_with(5);
    }
    let list = shared.aws_mfa(&["list"]).success().text();
    assert!(!list.contains("shared"), "{list}");
    assert_eq!(shared.sts.log().len(), 0);

    // The device's code was used at the emulator, and is not sent again.
    let next = std::iter::repeat_with(|| shared.code()).find(|next| *next != code);
    shared.aws_mfa(&["env", "test", &next.unwrap()]).success();
    // Each has its own from now on; the session of a role is stored by `credential-process` only.
    for _ in 0..2 {
        shared.aws_mfa(&["env", "test"]).success();
        shared.aws_mfa(&["credential-process", "a"]).success();
        at_emulator("env test").success();
        at_emulator("credential-process a").success();
    }
    for sts in [&shared.sts, &emulator] {
        assert_eq!(sts.count("GetSessionToken"), 1);
        assert_eq!(sts.count("AssumeRole"), 1);
    }

    for key in shared.keys() {
        assert!(!key.contains("geheim"), "{key}");
    }
    let status = shared.aws_mfa(&["status"]).ends_with(1).text();
    for url in [shared.sts.url(), format!("{}/?***", emulator.url())] {
        assert!(status.contains(&format!(", from {url})")), "{status}");
    }
    shared
        .aws_mfa(&["forget", "test"])
        .success()
        .says("removed the 4 shared sessions");
}

#[test]
fn a_role_with_other_options_is_another_session() {
    let shared = Shared::new();
    shared
        .sts
        .with(|state| state.world.roles[1].external_id = Some("right".to_owned()));
    let config = |id: &str| {
        shared.home.write(
            ".config/aws-mfa/config.toml",
            format!("[accounts.a]\nshare = true\nsource_profile = \"test-mfa\"\nrole_arn = \"arn:aws:iam::210987654321:role/A\"\nexternal_id = \"{id}\"\n"),
        );
    };
    config("right");
    shared
        .aws_mfa(&["credential-process", "a", "--code", &shared.code()])
        .success();
    shared.aws_mfa(&["credential-process", "a"]).success();
    assert_eq!(shared.sts.count("AssumeRole"), 1);
    config("wrong");
    shared
        .aws_mfa(&["credential-process", "a"])
        .ends_with(3)
        .prints("");
}

#[test]
fn a_shared_session_that_aws_does_not_know_is_not_blamed_on_the_key() {
    let shared = Shared::new();
    shared.aws_mfa(&["env", "test", &shared.code()]).success();
    shared.sts.next(Fault::Refuse {
        status: 403,
        code: "InvalidClientTokenId",
        message: "The security token included in the request is invalid.".to_owned(),
    });
    shared
        .aws_mfa(&["env", "a"])
        .ends_with(3)
        .says("AWS does not know the MFA session of account a")
        .says("help: try again with a code");
}

#[test]
fn the_session_of_a_role_is_renewed_below_15_minutes_or_a_third() {
    let shared = Shared::new();
    shared.aws_mfa(&["env", "test", &shared.code()]).success();
    let key_of = |account: &str, options: &[&str]| {
        let words = [&["credential-process", account], options].concat();
        let text = shared.aws_mfa(&words).success().text();
        let json: Value = serde_json::from_str(&text).unwrap();
        json["AccessKeyId"].as_str().unwrap().to_owned()
    };
    // 890 s are less than 15 minutes, but more than a third of 15 minutes.
    for (account, options, is_renewed) in [
        ("a", &[][..], true),
        ("b", &["--duration", "15m"][..], false),
    ] {
        shared.sts.next(Fault::ShortSession(890));
        let first = key_of(account, options);
        assert_eq!(key_of(account, options) != first, is_renewed, "{account}");
    }
    // A renewal that fails costs nothing while the old session lives.
    let shared = Shared::new();
    shared.aws_mfa(&["env", "test", &shared.code()]).success();
    shared.sts.next(Fault::ShortSession(600));
    shared.aws_mfa(&["credential-process", "a"]).success();
    for _ in 0..3 {
        shared.sts.next(Fault::Reset);
    }
    shared.aws_mfa(&["credential-process", "a"]).success();
    assert_eq!(shared.sts.count("AssumeRole"), 4);
}

#[test]
fn a_shared_session_is_found_without_the_device_cache() {
    let shared = Shared::new();
    let config = shared.home.read(".aws/config");
    let line = format!("mfa_serial = {JANES_PHONE}\n");
    assert!(config.contains(&line));
    shared.home.write(".aws/config", config.replace(&line, ""));
    shared.aws_mfa(&["env", "test", &shared.code()]).success();
    let cache = shared.home.path(".cache/aws-mfa/mfa-devices.json");
    shared.aws_mfa(&["credential-process", "a"]).success();
    std::fs::remove_file(&cache).unwrap();
    for account in ["test", "a"] {
        shared.aws_mfa(&["env", account]).success();
    }
    shared.aws_mfa(&["credential-process", "a"]).success();
    let list = shared.aws_mfa(&["list"]).success().text();
    assert!(list.contains("shared"), "{list}");
    assert!(!cache.exists());
    assert_eq!(shared.sts.count("ListMFADevices"), 1);
    assert_eq!(shared.sts.count("GetSessionToken"), 1);
}

#[test]
fn processes_without_a_terminal_do_not_wait_for_each_other() {
    let shared = Shared::new();
    let script = "for i in 1 2 3 4 5 6 7 8; do aws-mfa credential-process a & done; wait";
    let start = Instant::now();
    let outcome = shared.namespace.sh(&shared.home, script);
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(
        !outcome.stderr.contains("already asking"),
        "{}",
        outcome.stderr
    );
}
