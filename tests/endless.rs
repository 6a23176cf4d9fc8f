//! Files that never end, or are far too large, where a text is expected.

use crate::harness::jane_fixture;
use crate::harness::requirements::is_root;
use crate::support::home::{Home, Outcome};
use crate::support::sts::JANES_PHONE;

/// Makes a pipe without a writer and a file of 10 GB.
fn make_files(home: &Home) {
    home.run(home.command("mkfifo").arg("pipe")).success();
    let sparse = std::fs::File::create(home.path("sparse")).unwrap();
    sparse.set_len(10 << 30).unwrap();
}

/// Runs `aws-mfa` with 5 s and 1 GB of address space.
fn run(home: &Home, variable: Option<(&str, &str)>, words: &str) -> Outcome {
    let script = format!("ulimit -v 1000000; exec timeout 5 aws-mfa {words}");
    let mut command = home.command("bash");
    command.args(["-c", &script]).envs(variable);
    home.run(&mut command)
}

#[test]
fn a_config_toml_that_never_ends_is_an_error_at_once() {
    let (_sts, home) = jane_fixture();
    make_files(&home);
    for (file, reason) in [
        ("pipe", "it is not a regular file"),
        ("/dev/zero", "it is not a regular file"),
        ("sparse", "it is larger than 16 MiB"),
    ] {
        for words in ["list", "env test 123456", "setup --yes"] {
            let outcome = run(&home, Some(("AWS_MFA_CONFIG", file)), words);
            assert_ne!(outcome.status, Some(124), "{file} {words}");
            outcome
                .ends_with(2)
                .says(&format!("could not read {file}"))
                .says(reason);
        }
    }
    run(&home, Some(("AWS_MFA_CONFIG", "/dev/null")), "list").success();
    // What a shell hands over is read.
    run(&home, None, "--config <(echo '[accounts.piped]') list").success();
}

#[test]
fn certificates_that_never_end_are_an_error_at_once() {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let home = home.env("AWS_ENDPOINT_URL", "https://127.0.0.1:9");
    make_files(&home);
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        for file in ["pipe", "/dev/zero", "sparse"] {
            let words = format!("env test {code}");
            let outcome = run(&home, Some((variable, file)), &words);
            assert!(
                !matches!(outcome.status, Some(0 | 124 | 134)),
                "{variable} {file}: {:?}",
                outcome.stderr
            );
        }
    }
}

#[test]
fn an_aws_file_of_more_than_32_mib_is_not_used_and_the_reason_is_said() {
    let (sts, home) = jane_fixture();
    let file = home.path(".aws/credentials");
    let size = std::fs::metadata(&file).unwrap().len();
    let grow = |length: u64| {
        let file = std::fs::OpenOptions::new().write(true).open(&file);
        file.unwrap().set_len(length).unwrap();
    };
    let why = "it is larger than 32 MiB";
    for length in [(32 << 20) + 1, 10 << 30] {
        grow(length);
        run(&home, None, "list").success().says(why);
        let code = sts.fresh_code(JANES_PHONE);
        run(&home, None, &format!("env test {code}"))
            .ends_with(2)
            .says(why);
        run(
            &home,
            None,
            &format!("save test {code} --source-profile joe-long-term"),
        )
        .ends_with(1)
        .says(why);
        assert!(run(&home, None, "doctor").ends_with(1).text().contains(why));
        assert_eq!(std::fs::metadata(&file).unwrap().len(), length);
    }
    grow(size);
    run(
        &home,
        None,
        &format!("env test {}", sts.fresh_code(JANES_PHONE)),
    )
    .success();
}

#[test]
fn an_rc_file_without_a_size_that_never_ends_does_not_stop_setup() {
    let messages = std::path::Path::new("/proc/kmsg");
    if !is_root("read the messages of the kernel") || std::fs::File::open(messages).is_err() {
        return;
    }
    let (_sts, home) = jane_fixture();
    std::os::unix::fs::symlink(messages, home.path(".zshenv")).unwrap();
    run(&home, None, "setup --dry-run --shell bash").success();
    assert_ne!(run(&home, None, "doctor").status, Some(124));
}

#[test]
fn an_rc_file_that_never_ends_does_not_stop_setup() {
    let (_sts, home) = jane_fixture();
    make_files(&home);
    for file in ["pipe", "/dev/zero", "sparse"] {
        let rc = home.path(".bashrc");
        let _ = std::fs::remove_file(&rc);
        std::os::unix::fs::symlink(file, &rc).unwrap();
        run(&home, None, "setup --yes --shell bash")
            .ends_with(2)
            .says("could not read ~/.bashrc");
        let outcome = run(&home, None, "doctor");
        assert_ne!(outcome.status, Some(124), "{file}");
    }
}
