//! Users, devices, roles and sessions, and what AWS does with them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use super::http::{Reply, escape};
use super::{ACCOUNT_ID, KEY_ID, OTHER_KEY_ID, OTHER_SECRET, Refused, SECRET, totp};

/// A user with a long-term key.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) arn: String,
    pub(crate) access_key_id: String,
    pub(crate) secret: String,
    pub(crate) active: bool,
    pub(crate) devices: Vec<Device>,
}

/// An MFA device.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) serial: String,
    secret: Vec<u8>,
    used: BTreeSet<u64>,
    /// Half minutes whose codes were given to a test ahead of time and wait for it.
    given_out: BTreeSet<u64>,
}

impl Device {
    pub(crate) fn new(serial: &str) -> Self {
        Self {
            serial: serial.to_owned(),
            secret: Sha256::digest(serial.as_bytes())[..20].to_vec(),
            used: BTreeSet::new(),
            given_out: BTreeSet::new(),
        }
    }

    fn step() -> u64 {
        totp::step(unix_now())
    }

    pub(crate) fn fresh_code(&mut self) -> String {
        let next = self
            .given_out
            .last()
            .map_or(0, |last| last + 1)
            .max(Self::step());
        self.given_out.insert(next);
        totp::code(&self.secret, next)
    }

    /// A code of the window that was not used yet, by the honest clock.
    pub(crate) fn unused_code(&self) -> Option<String> {
        let step = Self::step();
        (step - 1..=step + 1)
            .find(|step| !self.used.contains(step))
            .map(|step| totp::code(&self.secret, step))
    }

    /// Takes a code if it is of this half minute or one of its neighbours, or was given out, and was
    /// not taken before.
    fn take(&mut self, given: &str) -> bool {
        let now = Self::step();
        let known = (now - 1..=now + 1).chain(self.given_out.iter().copied());
        let mut matching = known.filter(|step| totp::code(&self.secret, *step) == given);
        let good = matching.find(|step| !self.used.contains(step));
        good.is_some_and(|step| self.used.insert(step))
    }
}

/// A role that a user or a session may become.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) arn: String,
    /// The account that it trusts.
    pub(crate) trusts: String,
    pub(crate) external_id: Option<String>,
    pub(crate) max_seconds: i64,
    pub(crate) needs_mfa: bool,
}

/// The session of a temporary key.
#[derive(Clone, Debug)]
struct Issued {
    secret: String,
    token: String,
    expires_at: i64,
    identity: Identity,
}

/// The identity that signed a request.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    arn: String,
    account: String,
    user_id: String,
    /// The index of the user whose key or session it is.
    user: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    LongTerm,
    Session { mfa: bool },
    Role,
}

/// Everything that the server knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) users: Vec<User>,
    pub(crate) roles: Vec<Role>,
    /// Seconds that the server's clock is ahead.
    pub(crate) clock_ahead: i64,
    /// The age of the users' keys.
    pub(crate) key_age_days: i64,
    issued: BTreeMap<String, Issued>,
    counter: u64,
}

type Parameter<'a> = dyn Fn(&str) -> Option<&'a str> + 'a;

impl World {
    /// Jane with a phone, and a role `Admin` in another account that trusts hers; Joe with a
    /// tablet.
    pub(crate) fn of_jane() -> Self {
        let user = |name: &str, key_id: &str, secret: &str, device: &str| User {
            arn: format!("arn:aws:iam::{ACCOUNT_ID}:user/{name}"),
            access_key_id: key_id.to_owned(),
            secret: secret.to_owned(),
            active: true,
            devices: vec![Device::new(device)],
        };
        Self {
            users: vec![
                user("jane", KEY_ID, SECRET, JANES_PHONE),
                user("joe", OTHER_KEY_ID, OTHER_SECRET, JOES_TABLET),
            ],
            roles: vec![Role {
                arn: ADMIN_ROLE.to_owned(),
                trusts: ACCOUNT_ID.to_owned(),
                external_id: None,
                max_seconds: 3600,
                needs_mfa: true,
            }],
            ..Self::default()
        }
    }

    pub(crate) fn now(&self) -> i64 {
        unix_now() + self.clock_ahead
    }

    /// The device of this serial, of any user.
    pub(crate) fn device(&mut self, serial: &str) -> &mut Device {
        let devices = self.users.iter_mut().flat_map(|user| &mut user.devices);
        devices
            .into_iter()
            .find(|device| device.serial == serial)
            .expect("the device is known")
    }

    pub(super) fn secret(&self, key_id: &str) -> Option<String> {
        let user = self
            .users
            .iter()
            .find(|user| user.access_key_id == key_id && user.active);
        user.map(|user| user.secret.clone())
            .or_else(|| self.issued.get(key_id).map(|issued| issued.secret.clone()))
    }

    /// Every secret that must not turn up where it does not belong.
    pub(crate) fn all_secrets(&self) -> Vec<String> {
        let long_term = self.users.iter().map(|user| user.secret.clone());
        let issued = self
            .issued
            .values()
            .flat_map(|issued| [issued.secret.clone(), issued.token.clone()]);
        long_term.chain(issued).collect()
    }

    pub(super) fn caller(&self, key_id: &str, token: Option<&str>) -> Result<Identity, Refused> {
        let invalid = || {
            Refused::new(
                403,
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            )
        };
        if let Some(issued) = self.issued.get(key_id) {
            if token != Some(&issued.token) {
                return Err(invalid());
            }
            if issued.expires_at <= self.now() {
                return Err(Refused::new(
                    403,
                    "ExpiredToken",
                    "The security token included in the request is expired",
                ));
            }
            return Ok(issued.identity.clone());
        }
        if token.is_some() {
            return Err(invalid());
        }
        let user = self
            .users
            .iter()
            .position(|user| user.access_key_id == key_id)
            .ok_or_else(invalid)?;
        let arn = self.users[user].arn.clone();
        Ok(Identity {
            account: arn.split(':').nth(4).unwrap_or_default().to_owned(),
            arn,
            user_id: "AIDACKCEVSQ6C2EXAMPLE".to_owned(),
            user,
            kind: Kind::LongTerm,
        })
    }

    pub(super) fn get_session_token(
        &mut self,
        who: &Identity,
        parameter: &Parameter<'_>,
        short: Option<i64>,
    ) -> Result<Reply, Refused> {
        if who.kind != Kind::LongTerm {
            return Err(Refused::new(
                403,
                "AccessDenied",
                "Cannot call GetSessionToken with session credentials",
            ));
        }
        let seconds = duration(parameter, 43_200, 129_600)?;
        let mfa = self.check_code(who, parameter)?;
        let identity = Identity {
            kind: Kind::Session { mfa },
            ..who.clone()
        };
        let credentials = self.issue(identity, short.unwrap_or(seconds));
        Ok(Reply::xml(format!(
            "<GetSessionTokenResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetSessionTokenResult>{credentials}</GetSessionTokenResult>{METADATA}</GetSessionTokenResponse>"
        )))
    }

    pub(super) fn assume_role(
        &mut self,
        who: &Identity,
        parameter: &Parameter<'_>,
        short: Option<i64>,
    ) -> Result<Reply, Refused> {
        let seconds = duration(parameter, 3600, 43_200)?;
        let role_arn = parameter("RoleArn").unwrap_or_default();
        let session_name = parameter("RoleSessionName").unwrap_or_default();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if !(2..=64).contains(&session_name.len()) || !session_name.chars().all(allowed) {
            return Err(invalid_value(
                "roleSessionName",
                session_name,
                "Member must satisfy regular expression pattern: [\\w+=,.@-]*",
            ));
        }
        let mfa = self.check_code(who, parameter)? || who.kind == Kind::Session { mfa: true };
        let denied = || {
            Refused::new(
                403,
                "AccessDenied",
                format!(
                    "User: {} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
                    who.arn
                ),
            )
        };
        let role = self
            .roles
            .iter()
            .find(|role| role.arn == role_arn)
            .ok_or_else(denied)?;
        let trusted = role.trusts == who.account
            && role.external_id.as_deref() == parameter("ExternalId")
            && (mfa || !role.needs_mfa);
        if !trusted {
            return Err(denied());
        }
        if seconds > role.max_seconds {
            return Err(Refused::new(
                400,
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ));
        }
        // Of a session of the user's own, AWS's documentation is less clear; no test relies on it.
        if who.kind != Kind::LongTerm && seconds > 3600 {
            return Err(Refused::new(
                400,
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
            ));
        }
        let account = role_arn.split(':').nth(4).unwrap_or_default().to_owned();
        let name = role_arn.rsplit('/').next().unwrap_or_default();
        let identity = Identity {
            arn: format!("arn:aws:sts::{account}:assumed-role/{name}/{session_name}"),
            user_id: format!("AROACLKWSDQRAOEXAMPLE:{session_name}"),
            account,
            user: who.user,
            kind: Kind::Role,
        };
        let arn = identity.arn.clone();
        let credentials = self.issue(identity, short.unwrap_or(seconds));
        Ok(Reply::xml(format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>AROACLKWSDQRAOEXAMPLE:{session_name}</AssumedRoleId><Arn>{arn}</Arn></AssumedRoleUser>{credentials}</AssumeRoleResult>{METADATA}</AssumeRoleResponse>"
        )))
    }

    pub(super) fn get_caller_identity(who: &Identity) -> Reply {
        Reply::xml(format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account></GetCallerIdentityResult>{METADATA}</GetCallerIdentityResponse>",
            escape(&who.arn),
            who.user_id,
            who.account
        ))
    }

    pub(super) fn list_mfa_devices(&self, who: &Identity) -> Result<Reply, Refused> {
        if who.kind == (Kind::Session { mfa: false }) {
            return Err(Refused::new(
                403,
                "InvalidClientTokenId",
                "The security token included in the request is invalid",
            ));
        }
        let user = &self.users[who.user];
        let name = user.arn.rsplit('/').next().unwrap_or_default();
        let members: String = user
            .devices
            .iter()
            .map(|device| {
                format!(
                    "<member><UserName>{name}</UserName><SerialNumber>{}</SerialNumber><EnableDate>2026-01-02T03:04:05Z</EnableDate></member>",
                    escape(&device.serial)
                )
            })
            .collect();
        Ok(Reply::xml(format!(
            "<ListMFADevicesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListMFADevicesResult><MFADevices>{members}</MFADevices><IsTruncated>false</IsTruncated></ListMFADevicesResult>{METADATA}</ListMFADevicesResponse>"
        )))
    }

    pub(super) fn list_access_keys(&self, who: &Identity) -> Reply {
        let user = &self.users[who.user];
        let name = user.arn.rsplit('/').next().unwrap_or_default();
        let made = aws_mfa::time::rfc3339(self.now() - self.key_age_days * 86_400);
        Reply::xml(format!(
            "<ListAccessKeysResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListAccessKeysResult><AccessKeyMetadata><member><UserName>{name}</UserName><AccessKeyId>{}</AccessKeyId><Status>Active</Status><CreateDate>{made}</CreateDate></member></AccessKeyMetadata><IsTruncated>false</IsTruncated></ListAccessKeysResult>{METADATA}</ListAccessKeysResponse>",
            user.access_key_id
        ))
    }

    /// Whether the request carries a good code; none at all is no error.
    fn check_code(&mut self, who: &Identity, parameter: &Parameter<'_>) -> Result<bool, Refused> {
        let (serial, code) = match (parameter("SerialNumber"), parameter("TokenCode")) {
            (Some(serial), Some(code)) => (serial, code),
            (None, None) => return Ok(false),
            _ => {
                return Err(Refused::new(
                    403,
                    "AccessDenied",
                    "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
                ));
            }
        };
        if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid_value(
                "tokenCode",
                code,
                "Member must satisfy regular expression pattern: [\\d]*",
            ));
        }
        let device = self.users[who.user]
            .devices
            .iter_mut()
            .find(|device| device.serial == serial);
        let Some(device) = device else {
            return Err(Refused::new(
                403,
                "AccessDenied",
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
            ));
        };
        if device.take(code) {
            Ok(true)
        } else {
            Err(Refused::new(
                403,
                "AccessDenied",
                "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
            ))
        }
    }

    fn issue(&mut self, identity: Identity, seconds: i64) -> String {
        self.counter += 1;
        let seed = format!("{} {} {}", self.counter, unix_now(), std::process::id());
        let random = |what: &str, blocks: u8| -> Vec<u8> {
            (0..blocks)
                .flat_map(|block| Sha256::digest(format!("{what} {block} {seed}")))
                .collect()
        };
        let id: String = random("id", 1)[..16]
            .iter()
            .map(|byte| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(byte % 32)]))
            .collect();
        let key_id = format!("ASIA{id}");
        let issued = Issued {
            secret: BASE64.encode(&random("secret", 1)[..30]),
            token: BASE64.encode(random("token", 12)),
            expires_at: self.now() + seconds,
            identity,
        };
        let xml = format!(
            "<Credentials><AccessKeyId>{key_id}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}</SessionToken><Expiration>{}</Expiration></Credentials>",
            issued.secret,
            issued.token,
            aws_mfa::time::rfc3339(issued.expires_at)
        );
        self.issued.insert(key_id, issued);
        xml
    }
}

/// Jane's device.
pub(crate) const JANES_PHONE: &str = "arn:aws:iam::123456789012:mfa/janes-phone";
/// Joe's device.
pub(crate) const JOES_TABLET: &str = "arn:aws:iam::123456789012:mfa/joe";
/// The role that Jane and Joe may assume with a code.
pub(crate) const ADMIN_ROLE: &str = "arn:aws:iam::210987654321:role/Admin";

const METADATA: &str = "<ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata>";

fn duration(parameter: &Parameter<'_>, default: i64, max: i64) -> Result<i64, Refused> {
    let Some(text) = parameter("DurationSeconds") else {
        return Ok(default);
    };
    let seconds: i64 = text
        .parse()
        .map_err(|_| Refused::new(400, "MalformedInput", "DurationSeconds is no number"))?;
    if seconds < 900 {
        Err(invalid_value(
            "durationSeconds",
            text,
            "Member must have value greater than or equal to 900",
        ))
    } else if seconds > max {
        Err(invalid_value(
            "durationSeconds",
            text,
            &format!("Member must have value less than or equal to {max}"),
        ))
    } else {
        Ok(seconds)
    }
}

fn invalid_value(name: &str, value: &str, constraint: &str) -> Refused {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {constraint}"
    );
    Refused::new(400, "ValidationError", message)
}

fn unix_now() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is after 1970");
    i64::try_from(now.as_secs()).expect("it is long before the end of time")
}

#[test]
fn a_code_is_taken_once_and_only_in_its_window() {
    let mut device = Device::new(JANES_PHONE);
    let code = device.fresh_code();
    assert!(device.take(&code));
    assert!(!device.take(&code));
    let next = device.fresh_code();
    assert_ne!(code, next);
    assert!(device.take(&next));
    let long_ago = totp::code(&device.secret, Device::step() - 2);
    assert!(!device.take(&long_ago));
}
