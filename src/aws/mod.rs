//! Requests to AWS: endpoints, connections, trusted certificates, and the meaning of errors.

mod advance;
mod client;
mod connector;
pub mod endpoints;
pub mod partition;
pub mod proxies;
pub mod reachability;
mod ready;
mod request_error;
mod resolver;
mod transport;
mod transport_error;
mod trust;
pub mod url;

pub use client::AwsClient;
pub use connector::Connector;
pub use request_error::RequestError;
