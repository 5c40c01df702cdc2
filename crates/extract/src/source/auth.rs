//! How a call is authenticated.

use serde::Deserialize;
use url::Url;

/// Where the key of a source is in a request. `env` is the environment variable that holds it
/// unless configured otherwise, `register` the page where a key can be had.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// No key.
    None,
    /// A parameter of the URL.
    Query {
        parameter: String,
        env: String,
        register: Option<Url>,
    },
    /// A header of its own.
    Header {
        header: String,
        env: String,
        register: Option<Url>,
    },
    /// `Authorization: Bearer …`
    Bearer { env: String, register: Option<Url> },
    /// A cookie of this name.
    Cookie {
        cookie: String,
        env: String,
        register: Option<Url>,
    },
}

impl Auth {
    /// The environment variable of the key; none if there is no key.
    pub fn env(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Query { env, .. }
            | Self::Header { env, .. }
            | Self::Bearer { env, .. }
            | Self::Cookie { env, .. } => Some(env),
        }
    }

    /// Where a key can be had.
    pub fn register(&self) -> Option<&Url> {
        match self {
            Self::None => None,
            Self::Query { register, .. }
            | Self::Header { register, .. }
            | Self::Bearer { register, .. }
            | Self::Cookie { register, .. } => register.as_ref(),
        }
    }
}
