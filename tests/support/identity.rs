//! The identity that AWS sees in a session, as the SDK asks for it and not this library.

// Each of its users needs another part of it.
#![allow(dead_code)]

use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region};

/// Account id and ARN in the answer to a `GetCallerIdentity` that is signed with the session in these
/// variables, or why there is none.
pub(crate) fn caller_identity(
    endpoint_url: &str,
    region: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(String, String), String> {
    let variable = |name: &str| {
        variable(name).ok_or_else(|| format!("{name} is not set: no session is loaded"))
    };
    let credentials = Credentials::new(
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        Some(variable("AWS_SESSION_TOKEN")?),
        None,
        "environment",
    );
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(region.to_owned()))
        .endpoint_url(endpoint_url)
        .credentials_provider(credentials)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let client = aws_sdk_sts::Client::from_conf(config);
    let answer = runtime
        .block_on(client.get_caller_identity().send())
        .map_err(|error| format!("{error:?}"))?;
    let text = |value: Option<&str>| value.unwrap_or("-").to_owned();
    Ok((text(answer.account()), text(answer.arn())))
}
