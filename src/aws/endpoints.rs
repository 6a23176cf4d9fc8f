//! The settings by which AWS is reached for one account: region, endpoints, certificates and proxies, from the
//! places where the AWS CLI looks for them. Nothing here sends a request.

use std::path::PathBuf;

use aws_config::{Region as SdkRegion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use hyper::Uri;

use super::connector::Connector;
use super::partition::{default_region, partition_of};
use super::proxies::Proxies;
use super::resolver::is_loopback;
use super::transport::Transport;
use super::trust::{CaBundle, TrustSource, client_config};
use super::url::{has_at_in_path, is_url, without_secrets};
use crate::account::arn::Arn;
use crate::account::{Account, AwsProfiles, Region};
use crate::console::Console;
use crate::context::{Context, Limits};
use crate::environment::RestoreRecord;
use crate::environment::variables::REGION;
use crate::error::{Failure, Result};

/// The settings by which AWS is reached for an account, from the environment and from the account's profiles.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// The region that requests are signed for.
    pub region: String,
    sts: Option<String>,
    iam: Option<String>,
    trust: TrustSource,
    proxies: Proxies,
    fips: bool,
    dual_stack: bool,
    console: Console,
    limits: Limits,
}

/// The variable with the hosts, apart from this machine, to which requests may go without TLS.
const ALLOW_HTTP: &str = "AWS_MFA_ALLOW_HTTP";

/// The services that the program sends requests to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// The Security Token Service, which makes sessions.
    Sts,
    /// Identity and Access Management, which lists devices and keys.
    Iam,
}

impl Service {
    /// The name in messages, and at the end of `AWS_ENDPOINT_URL_…`.
    const fn name(self) -> &'static str {
        match self {
            Self::Sts => "STS",
            Self::Iam => "IAM",
        }
    }

    /// The name in a `[services …]` section of ~/.aws/config.
    const fn section_key(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Iam => "iam",
        }
    }
}

impl Endpoints {
    /// The settings of this account, from the environment and the profiles.
    ///
    /// # Errors
    ///
    /// If an endpoint is not a URL.
    pub fn for_account(
        context: &Context,
        profiles: &AwsProfiles,
        account: &Account,
    ) -> Result<Self> {
        let settings = Settings {
            context,
            profiles,
            account,
        };
        let endpoints = Self {
            region: settings.request_region(),
            sts: settings.endpoint_url(Service::Sts)?,
            iam: settings.endpoint_url(Service::Iam)?,
            trust: settings.trust(),
            proxies: Proxies::from_env(context),
            fips: settings.switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            dual_stack: settings.switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
            console: context.console,
            limits: context.limits,
        };
        context.console.detail(|| {
            format!(
                "requests go to {}, signed for {}",
                endpoints.describe(Service::Sts),
                endpoints.region
            )
        });
        context
            .console
            .trace(|| format!("trusted certificates: {}", endpoints.trust));
        Ok(endpoints)
    }

    /// The service and where it is, for messages: `STS in eu-west-1`, or `STS at` and the URL.
    #[must_use]
    pub fn describe(&self, service: Service) -> String {
        let name = service.name();
        match self.custom_url(service) {
            Some(url) => format!("{name} at {}", without_secrets(url)),
            None => format!("{name} in {}", self.region),
        }
    }

    /// The endpoint URL of STS that is set for this account, as messages show it: without a user name, a password and
    /// a query. `None` if requests go to AWS itself.
    ///
    /// # Errors
    ///
    /// If it is not a URL.
    pub fn shown_sts_url(
        context: &Context,
        profiles: &AwsProfiles,
        account: &Account,
    ) -> Result<Option<String>> {
        let settings = Settings {
            context,
            profiles,
            account,
        };
        let url = settings.endpoint_url(Service::Sts)?;
        Ok(url.as_deref().map(without_secrets))
    }

    /// The endpoint URL that the user set for a service, if any.
    fn custom_url(&self, service: Service) -> Option<&str> {
        match service {
            Service::Sts => self.sts.as_deref(),
            Service::Iam => self.iam.as_deref(),
        }
    }

    /// Whether no setting names an endpoint: requests go to AWS itself.
    #[must_use]
    pub fn are_of_aws(&self) -> bool {
        self.sts.is_none() && self.iam.is_none()
    }

    /// Whether the other account trusts the same certificates.
    #[must_use]
    pub fn trusts_as(&self, other: &Self) -> bool {
        self.trust == other.trust
    }

    /// Reads the trusted certificates, and describes them for messages.
    ///
    /// # Errors
    ///
    /// If they cannot be used.
    pub fn certificates(&self) -> Result<String> {
        self.trust.check()?;
        Ok(self.trust.to_string())
    }

    /// The configuration of an SDK client of a service that signs with these credentials, or does not sign.
    ///
    /// # Errors
    ///
    /// If the trusted certificates or the proxy settings cannot be used.
    pub(super) fn sdk_config(
        &self,
        connector: &Connector<'_>,
        service: Service,
        credentials: Option<Credentials>,
    ) -> Result<SdkConfig> {
        let http = connector.http(self.trust(service), || {
            self.transport(service).map(SharedHttpConnector::new)
        })?;
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(SdkRegion::new(self.region.clone()))
            .use_fips(self.fips)
            .use_dual_stack(self.dual_stack)
            .http_client(http_client_fn(move |_, _| http.clone()))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_timeout(self.limits.request)
                    .build(),
            )
            // An MFA code is single-use, so the SDK must not retry; see `AwsClient::with_retries`, which knows
            // when it is safe.
            .retry_config(RetryConfig::disabled());
        config.set_credentials_provider(credentials.map(SharedCredentialsProvider::new));
        config.set_endpoint_url(self.custom_url(service).map(str::to_owned));
        Ok(config.build())
    }

    /// The certificates that are trusted for a service; `None` without TLS, where there is none to check and the
    /// system's take longer to read than the rest of a request.
    fn trust(&self, service: Service) -> Option<&TrustSource> {
        let is_http = self
            .custom_url(service)
            .is_some_and(|url| url.starts_with("http://"));
        (!is_http || self.proxies.use_tls()).then_some(&self.trust)
    }

    fn transport(&self, service: Service) -> Result<Transport> {
        let tls = client_config(self.trust(service))?;
        Transport::new(tls, &self.proxies, self.limits.connect, self.console)
    }
}

/// The places where the settings of an account are looked up, in this order: the environment, the profile that
/// its sessions are saved to, the profile with its name, its source profile.
struct Settings<'a> {
    context: &'a Context,
    profiles: &'a AwsProfiles,
    account: &'a Account,
}

impl Settings<'_> {
    fn profile_names(&self) -> [&str; 3] {
        let account = self.account;
        [
            &account.save_to,
            account.name.as_str(),
            &account.source_profile,
        ]
    }

    /// The value of a key in the first profile that has it, and the profile.
    fn in_profiles(&self, key: &str) -> Option<(&str, &str)> {
        self.profile_names()
            .into_iter()
            .find_map(|profile| Some((self.profiles.setting(profile, key)?, profile)))
    }

    fn switch(&self, variable: &str, key: &str) -> bool {
        let value = self.context.setting(variable);
        value
            .or(self.in_profiles(key).map(|(value, _)| value))
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The endpoint URL of a service, found in the order of
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>.
    fn endpoint_url(&self, service: Service) -> Result<Option<String>> {
        if self.switch(
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "ignore_configured_endpoint_urls",
        ) {
            return Ok(None);
        }
        let service_variable = format!("AWS_ENDPOINT_URL_{}", service.name());
        if let Some((services, _)) = self.in_profiles("services")
            && let Some(failure) = self.profiles.unusable_services(self.context, services)
        {
            return Err(failure);
        }
        let in_services = || {
            let (services, _) = self.in_profiles("services")?;
            let url =
                self.profiles
                    .service_setting(services, service.section_key(), "endpoint_url")?;
            Some((url.into(), format!("[services {services}]")))
        };
        // What is not UTF-8 must not count as not set: requests would go elsewhere.
        let in_variable = |name: &str| {
            let url = self.context.raw_setting(name)?.to_string_lossy();
            (!url.is_empty()).then(|| (url, name.to_owned()))
        };
        let found = in_variable(&service_variable)
            .or_else(|| in_variable("AWS_ENDPOINT_URL"))
            .or_else(in_services)
            .or_else(|| {
                let (url, profile) = self.in_profiles("endpoint_url")?;
                Some((url.into(), format!("endpoint_url of profile {profile}")))
            });
        let Some((url, origin)) = found else {
            return Ok(None);
        };
        let has_scheme = ["https://", "http://"]
            .iter()
            .any(|scheme| url.starts_with(scheme));
        if !has_scheme || !url.is_ascii() || !is_url(&url) || has_at_in_path(&url) {
            return Err(Failure::usage(format!(
                "{origin}: `{}` is not an endpoint URL",
                without_secrets(&url)
            ))
            .help(
                "write it like https://HOST or http://HOST:PORT; \
                 in a user name, a password or a path, write %2F for / and %40 for @",
            ));
        }
        self.check_is_encrypted(&url, &origin)?;
        Ok(Some(url.into_owned()))
    }

    /// Checks that an endpoint is encrypted, on this machine, or named by [`ALLOW_HTTP`].
    fn check_is_encrypted(&self, url: &str, origin: &str) -> Result<()> {
        let uri = url.parse::<Uri>().ok();
        let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
        let allowed = self.context.setting(ALLOW_HTTP).unwrap_or_default();
        let is_allowed = allowed
            .split([',', ' '])
            .any(|name| name.eq_ignore_ascii_case(host));
        if url.starts_with("https://") || is_loopback(host) || is_allowed {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "{origin}: `{}` is not encrypted: the MFA code and the session could be read on the way",
            without_secrets(url)
        ))
        .help(format!(
            "use https://; if only you can read what goes to {host}, as in a container's network, \
             allow it with {ALLOW_HTTP}={host}"
        )))
    }

    /// The setting that names the trusted certificates. `AWS_CA_BUNDLE` and `ca_bundle` are those of the AWS
    /// CLI, the others those of OpenSSL.
    fn trust(&self) -> TrustSource {
        let bundle = |path: PathBuf, origin: String| CaBundle { path, origin };
        let named = |variable| self.context.path_setting(variable);
        if let Some(path) = named("AWS_CA_BUNDLE") {
            return TrustSource::Bundle(bundle(path, "AWS_CA_BUNDLE".to_owned()));
        }
        if let Some((path, profile)) = self.in_profiles("ca_bundle") {
            let path = self.context.expand_tilde(path);
            return TrustSource::Bundle(bundle(path, format!("ca_bundle of profile {profile}")));
        }
        match (named("SSL_CERT_FILE"), named("SSL_CERT_DIR")) {
            (Some(path), None) => TrustSource::File(bundle(path, "SSL_CERT_FILE".to_owned())),
            (file, Some(directories)) => TrustSource::Directories {
                directories: std::env::split_paths(&directories)
                    .filter(|path| !path.as_os_str().is_empty())
                    .collect(),
                file,
            },
            (None, None) => TrustSource::System,
        }
    }

    /// The region to sign requests for: the account's, else the one that the shell had before any session, else
    /// the default. One of another partition than the device's or the role's is skipped: its endpoint does not
    /// know the key.
    fn request_region(&self) -> String {
        let account = self.account;
        let device = account
            .device
            .as_ref()
            .and_then(|device| device.serial.arn());
        let role = account.role.as_ref().and_then(|role| role.arn.arn());
        let partition = device.or(role).map(|arn: Arn<'_>| arn.partition);

        let record = RestoreRecord::from_env(&self.context.env);
        let of_shell = REGION
            .into_iter()
            .filter_map(|variable| record.original(&self.context.env, variable))
            .filter(|region| region.parse::<Region>().is_ok());
        let of_account = account
            .region
            .as_ref()
            .map(|region| region.as_str().to_owned());
        of_account
            .into_iter()
            .chain(of_shell)
            .find(|region| partition.is_none_or(|partition| partition_of(region) == partition))
            .unwrap_or_else(|| default_region(partition.unwrap_or("aws")).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::aws_profiles::testing::profiles;
    use crate::account::resolve::Accounts;
    use crate::account::{Config, Overrides};
    use crate::context::testing::context;

    fn endpoints(env: &[(&str, &str)], aws_config: &str, config: &str) -> Result<Endpoints> {
        let (context, profiles) = (context(env), profiles(aws_config, ""));
        let config = Config::parse(config, "c.toml").unwrap();
        let accounts = Accounts {
            config: &config,
            profiles: &profiles,
            context: &context,
        };
        let overrides = Overrides {
            source_profile: Some("key".to_owned()),
            ..Overrides::default()
        };
        let account = accounts.resolve_with("test", &overrides)?;
        Endpoints::for_account(&context, &profiles, &account)
    }

    #[test]
    fn the_region_fits_the_partition() {
        let serial = |partition| {
            format!(
                "[accounts.test]\nmfa_serial = \"arn:{partition}:iam::123456789012:mfa/jane\"\n"
            )
        };
        for (env, config, region) in [
            (&[][..], String::new(), "us-east-1"),
            (&[], serial("aws-cn"), "cn-north-1"),
            (&[], serial("aws-us-gov"), "us-gov-west-1"),
            (&[("AWS_REGION", "eu-west-1")], serial("aws"), "eu-west-1"),
            (
                &[("AWS_DEFAULT_REGION", "eu-west-2")],
                serial("aws"),
                "eu-west-2",
            ),
            (&[("AWS_REGION", "no region")], serial("aws"), "us-east-1"),
            (
                &[("AWS_REGION", "eu-west-1")],
                serial("aws-cn"),
                "cn-north-1",
            ),
            (
                &[("AWS_REGION", "cn-northwest-1")],
                serial("aws-cn"),
                "cn-northwest-1",
            ),
            (
                &[("AWS_REGION", "eu-west-1")],
                serial("aws") + "region = \"us-east-2\"\n",
                "us-east-2",
            ),
        ] {
            assert_eq!(
                endpoints(env, "", &config).unwrap().region,
                region,
                "{env:?} {config}"
            );
        }
        let role = "[accounts.test]\nrole_arn = \"arn:aws-us-gov:iam::123456789012:role/x\"\n";
        assert_eq!(endpoints(&[], "", role).unwrap().region, "us-gov-west-1");
    }

    #[test]
    fn endpoints_are_found_in_the_order_of_the_aws_tools() {
        let aws_config = "[profile key]\nendpoint_url = https://profile\nservices = s\n\
                          [services s]\nsts =\n  endpoint_url = https://services\n";
        let all = [
            ("AWS_ENDPOINT_URL", "https://global"),
            ("AWS_ENDPOINT_URL_STS", "https://sts"),
        ];
        for (env, sts, iam) in [
            (&all[..], Some("https://sts"), Some("https://global")),
            (&all[..1], Some("https://global"), Some("https://global")),
            (&[], Some("https://services"), Some("https://profile")),
            (
                &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")],
                None,
                None,
            ),
        ] {
            let endpoints = endpoints(env, aws_config, "").unwrap();
            assert_eq!(
                (endpoints.sts.as_deref(), endpoints.iam.as_deref()),
                (sts, iam),
                "{env:?}"
            );
        }
        let failure = endpoints(&[("AWS_ENDPOINT_URL", "localhost:1")], "", "").unwrap_err();
        assert!(
            failure
                .to_string()
                .starts_with("AWS_ENDPOINT_URL: `localhost:1` is not an endpoint URL")
        );
    }

    #[test]
    fn only_this_machine_is_reached_without_tls_unless_allowed() {
        for (url, allowed, is_fine) in [
            ("http://localhost:4566", "", true),
            ("http://sts.localhost", "", true),
            ("http://127.0.0.2:1", "", true),
            ("http://[::1]:1", "", true),
            ("https://sts.example.com", "", true),
            ("http://sts.example.com", "", false),
            ("http://127.0.0.1.example.com", "", false),
            ("http://localhost@sts.example.com", "", false),
            ("http://192.0.2.1", "", false),
            ("http://localstack:4566", "localstack", true),
            ("http://localstack:4566", "other,LocalStack", true),
            ("http://sts.example.com", "example.com", false),
        ] {
            let env = [("AWS_ENDPOINT_URL", url), (ALLOW_HTTP, allowed)];
            assert_eq!(endpoints(&env, "", "").is_ok(), is_fine, "{url} {allowed}");
        }
    }

    #[test]
    fn switches_and_certificates_come_from_environment_or_profile() {
        let aws_config = "[profile key]\nca_bundle = ~/ca.pem\nuse_fips_endpoint = true\n";
        let found = endpoints(&[], aws_config, "").unwrap();
        let bundle = |path: &str, origin: &str| CaBundle {
            path: path.into(),
            origin: origin.to_owned(),
        };
        assert_eq!(
            found.trust,
            TrustSource::Bundle(bundle("/home/jane/ca.pem", "ca_bundle of profile key"))
        );
        assert!(found.fips && !found.dual_stack);
        let env = [
            ("AWS_CA_BUNDLE", "/e.pem"),
            ("AWS_USE_FIPS_ENDPOINT", "false"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "TRUE"),
        ];
        let found = endpoints(&env, aws_config, "").unwrap();
        assert_eq!(
            found.trust,
            TrustSource::Bundle(bundle("/e.pem", "AWS_CA_BUNDLE"))
        );
        assert!(!found.fips && found.dual_stack);
        let found = endpoints(&[("SSL_CERT_FILE", "/s.pem")], "", "").unwrap();
        assert_eq!(
            found.trust,
            TrustSource::File(bundle("/s.pem", "SSL_CERT_FILE"))
        );
        let found = endpoints(
            &[("SSL_CERT_FILE", "/s.pem"), ("SSL_CERT_DIR", "/s::/t")],
            "",
            "",
        )
        .unwrap();
        assert_eq!(
            found.trust,
            TrustSource::Directories {
                directories: vec!["/s".into(), "/t".into()],
                file: Some("/s.pem".into()),
            }
        );
        assert_eq!(
            found.trust.to_string(),
            "/s.pem (SSL_CERT_FILE) and those in /s, /t (SSL_CERT_DIR)"
        );
        assert_eq!(endpoints(&[], "", "").unwrap().trust, TrustSource::System);
    }
}
