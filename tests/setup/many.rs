//! Thousands of profiles.

use crate::harness::binary;
use crate::support::home::Home;

/// The runs of `setup` of which the fastest counts: other processes slow some of them down.
const RUNS: usize = 2;

/// A home with `number` profiles of each kind that takes `setup` another way, and aws-vault.
fn home_with(number: usize) -> Home {
    const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/Admin\n\
                        mfa_serial = arn:aws:iam::123456789012:mfa/jane";
    let key = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
               aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let mut config = String::new();
    let mut credentials = format!("[key]\n{key}\n");
    for index in 0..number {
        let next = (index + 1) % number;
        config += &format!(
            "[profile key{index}-mfa]\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\n\
             [profile role{index}]\n{ROLE}\nsource_profile = key\n\
             [profile without-source{index}]\n{ROLE}\nsource_profile = missing{index}\n\
             [profile loop{index}]\n{ROLE}\nsource_profile = loop{next}\n\
             [profile vault{index}]\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\n\
             [profile of-vault{index}]\n{ROLE}\nsource_profile = vault{index}\n"
        );
        credentials += &format!(
            "[key{index}-mfa]\n{key}\n[not a name {index}]\n{key}\n[half{index}]\naws_access_key_id = x\n"
        );
    }
    let home = Home::empty(binary());
    home.write(".aws/config", config);
    home.write(".aws/credentials", credentials);
    home.write_executable("bin/aws-vault", "#!/bin/sh\n");
    home
}

/// The processor time that `setup` takes, in seconds.
fn processor_time(home: &Home) -> f64 {
    let script = "TIMEFORMAT='%U %S'; time aws-mfa setup --dry-run --shell bash >out 2>err";
    let run = || {
        let mut command = home.command("bash");
        command.args(["-c", script]).current_dir(home.path(""));
        let output = command.output().unwrap();
        let shown = home.read("err");
        assert!(output.status.success(), "{shown}");
        // Every kind of profile is there.
        for account in ["key0", "role0", "without-source0", "loop0", "of-vault0"] {
            assert!(
                shown.contains(&format!("  {account} ")),
                "{account}: {shown}"
            );
        }
        let times = String::from_utf8(output.stderr).unwrap();
        let times = times
            .split_whitespace()
            .map(|time| time.parse::<f64>().unwrap());
        times.sum::<f64>()
    };
    (0..RUNS).map(|_| run()).fold(f64::INFINITY, f64::min)
}

/// With a loop over all profiles for each of some of them, it was a hundred times as long.
#[test]
fn setup_takes_forty_times_as_long_for_forty_times_the_profiles() {
    let few = processor_time(&home_with(40));
    let many = processor_time(&home_with(1600));
    assert!(many < 60.0 * few, "{few} s and {many} s");
}
