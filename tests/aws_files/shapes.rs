use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::botocore;
use super::differential::check_profiles;
use super::profiles;

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
    expect: Expect,
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
