//! How AWS is reached: endpoints, connections, trust, requests, and what its errors mean.

mod client;
/// Region, endpoint, certificates, proxy and time limits of a request.
pub mod endpoints;
/// Whether AWS can be reached and knows a key, for `doctor`.
pub mod reachability;
mod request_error;
mod transport;
mod trust;

pub use client::AwsClient;
pub use request_error::RequestError;
