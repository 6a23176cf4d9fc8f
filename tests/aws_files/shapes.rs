use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_mfa::account::AccountName;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value as Json;

use super::botocore;
use super::differential::check_profiles;
use super::profiles;
use crate::harness::binary;
use crate::support::home::Home;
use crate::support::sts::{JANES_PHONE, Role, StrictSts, World};

/// A pair of files as people have them, and what must come out.
#[derive(Debug, Deserialize)]
struct Shape {
    name: String,
    /// The profile that is asked for.
    profile: String,
    credentials: Option<String>,
    credentials_base64: Option<String>,
    config: Option<String>,
    config_base64: Option<String>,
    /// The environment, besides the usual one.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// The file in whose place there is a directory, a FIFO or a link to nothing.
    mkdir: Option<String>,
    fifo: Option<String>,
    dangling: Option<String>,
    /// The file that has another name, and that name.
    #[serde(rename = "move")]
    moved: Option<(String, String)>,
    expect: Expect,
    /// Words of which the refusal has one.
    says: Option<String>,
    /// The name of the role whose session must come out; without one, the session is the user's own.
    role: Option<String>,
    /// The region that must be exported.
    region: Option<String>,
    #[serde(default)]
    chain: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Expect {
    /// A session comes out.
    Works,
    /// The account is refused with a word for what it is.
    Named,
    /// The account is refused.
    Error,
}

impl Shape {
    fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("shapes.json")).expect("the file is ours")
    }

    fn credentials(&self) -> Option<Vec<u8>> {
        bytes(self.credentials.as_ref(), self.credentials_base64.as_ref())
    }

    fn config(&self) -> Option<Vec<u8>> {
        bytes(self.config.as_ref(), self.config_base64.as_ref())
    }
}

fn bytes(text: Option<&String>, encoded: Option<&String>) -> Option<Vec<u8>> {
    match (text, encoded) {
        (Some(text), _) => Some(text.clone().into_bytes()),
        (None, Some(encoded)) => Some(STANDARD.decode(encoded).expect("the file is ours")),
        (None, None) => None,
    }
}

#[test]
fn the_profile_of_every_shape_that_works_is_whole_and_has_its_region() {
    for shape in Shape::all() {
        let (config, credentials) = (shape.config(), shape.credentials());
        let ours = profiles(
            &config.unwrap_or_default(),
            &credentials.unwrap_or_default(),
        );
        if shape.expect != Expect::Works {
            continue;
        }
        let name = &shape.name;
        let profile = ours
            .get(&shape.profile)
            .unwrap_or_else(|| panic!("{name}: no profile"));
        assert_eq!(profile.loss(), None, "{name}");
        if !shape.chain && !name.starts_with("AWS_CONFIG_FILE") {
            let region = profile.text("region").filter(|region| !region.is_empty());
            assert_eq!(region, shape.region.as_deref(), "{name}");
        }
    }
}

#[test]
fn botocore_reads_the_same_in_every_shape_that_it_reads() {
    let mut read = 0;
    for shape in Shape::all() {
        let (config, credentials) = (shape.config(), shape.credentials());
        let Some(answer) = botocore::ask(config.as_deref(), credentials.as_deref()) else {
            return;
        };
        let ours = profiles(
            &config.unwrap_or_default(),
            &credentials.unwrap_or_default(),
        );
        if let Some(merged) = answer.merged {
            check_profiles(&ours, &merged)
                .unwrap_or_else(|error| panic!("{}: {error}", shape.name));
            read += 1;
        }
    }
    assert!(read > 140, "{read}");
}

/// The device of the user whose key stands in the shapes.
const PHONE: &str = "arn:aws:iam::123456789012:mfa/jane";

/// Jane with the roles of the shapes. Those with `open` in their names need no MFA.
fn world() -> World {
    let mut world = World::of_jane();
    PHONE.clone_into(&mut world.device(JANES_PHONE).serial);
    let names = [
        "A",
        "B",
        "Hub",
        "Spoke",
        "Web",
        "external",
        "open",
        "open-hub",
        "open-b",
        "team/a/open",
    ];
    let admin = world.roles[0].clone();
    world.roles.extend(names.map(|name| Role {
        arn: format!("arn:aws:iam::210987654321:role/{name}"),
        external_id: (name == "external").then(|| "ext-42".to_owned()),
        needs_mfa: !name.contains("open"),
        ..admin.clone()
    }));
    world
}

impl Shape {
    /// The home directory with the files of the shape.
    fn home(&self, sts: &StrictSts) -> Home {
        let mut home = Home::empty(binary()).env("AWS_ENDPOINT_URL", sts.url());
        let files = [
            ("credentials", self.credentials()),
            ("config", self.config()),
        ];
        for (name, bytes) in files {
            if let Some(bytes) = bytes {
                let name = match &self.moved {
                    Some((from, to)) if from == name => to,
                    _ => name,
                };
                home.write(&format!(".aws/{name}"), bytes);
            }
        }
        let place =
            |name: &Option<String>| name.as_ref().map(|name| home.path(&format!(".aws/{name}")));
        if let Some(directory) = place(&self.mkdir) {
            std::fs::create_dir_all(directory).unwrap();
        }
        if let Some(fifo) = place(&self.fifo) {
            let made = std::process::Command::new("mkfifo").arg(fifo).status();
            assert!(made.is_ok_and(|status| status.success()));
        }
        if let Some(link) = place(&self.dangling) {
            std::os::unix::fs::symlink("nowhere", link).unwrap();
        }
        for (name, value) in &self.env {
            home = home.env(name, value);
        }
        home
    }

    /// The difference between the program's result and the expected one.
    fn run(&self) -> Result<(), String> {
        let sts = StrictSts::http(world());
        let home = self.home(&sts);
        let code = sts.fresh_code(PHONE);
        let is_name = self.profile.parse::<AccountName>().is_ok();
        let outcome = if is_name {
            home.aws_mfa(&["env", "--json", &self.profile, &code])
        } else {
            home.aws_mfa(&[
                "env",
                "--json",
                "acct",
                "--source-profile",
                &self.profile,
                &code,
            ])
        };
        let told = format!("{:?}: {}", outcome.status, outcome.stderr);
        if self.expect != Expect::Works || self.chain {
            let is_clear = matches!(outcome.status, Some(2..=5)) && outcome.stdout.is_empty();
            // What belongs to roles out of roles is named for what it is.
            let words = match &self.says {
                Some(says) => says.replace("web.identity", "web identity"),
                None if self.chain => {
                    "is a role|credential_source|has a source_profile and no role_arn".to_owned()
                }
                None => String::new(),
            };
            let lower = outcome.stderr.to_lowercase();
            let is_named = words.split('|').any(|word| lower.contains(word));
            return (is_clear && is_named).then_some(()).ok_or(told);
        }
        if outcome.status != Some(0) {
            return Err(told);
        }
        let variables: Json =
            serde_json::from_slice(&outcome.stdout).map_err(|error| error.to_string())?;
        let region = variables["AWS_REGION"].as_str();
        if region != self.region.as_deref() {
            return Err(format!("region {region:?}"));
        }
        let log = sts.log();
        let mut assumed = log
            .iter()
            .filter_map(|request| request.parameter("RoleArn"));
        let role = assumed.next_back().and_then(|arn| arn.rsplit('/').next());
        if role != self.role.as_deref() {
            return Err(format!("role {role:?}"));
        }
        Ok(())
    }
}

#[test]
fn what_must_come_out_of_every_shape_comes_out_of_the_program() {
    let shapes = Shape::all();
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut failures = Vec::new();
        while let Some(shape) = shapes.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(why) = shape.run() {
                failures.push(format!("{}: {:?}, but {why}", shape.name, shape.expect));
            }
        }
        failures
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers = [(); 4].map(|()| scope.spawn(worker));
        let failures = workers.map(|worker| worker.join().expect("no panic"));
        failures.into_iter().flatten().collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
