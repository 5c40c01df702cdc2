//! One request as it is sent: the URL with its values, the parameters in it or in the body, and the
//! key where the source expects it.

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
};
use reqwest::{Client, RequestBuilder};
use serde_json::{Map, Value};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::endpoint::endpoint;
use crate::exchange::Ask;
use crate::source::{Auth, Method, SourceDescription, Values};
use crate::{Error, Result, Secret};

/// Builds the requests of a source.
pub(crate) struct Outgoing {
    url: Url,
    method: Method,
    body: toml::Table,
    accept: String,
    credentials: Credentials,
    /// Parameters that are numbers.
    counts: Vec<String>,
}

/// Where the key is.
enum Credentials {
    None,
    Query { parameter: String, key: Secret },
    Header(HeaderName, HeaderValue),
}

impl Outgoing {
    /// # Errors
    /// [`Error::BaseUrl`]; [`Error::UnusableKey`] for a key that cannot be sent.
    pub fn new(source: &SourceDescription, base_url: &Url, key: Option<&Secret>) -> Result<Self> {
        let paginator = &source.paginator;
        let counts = [paginator.place_parameter(), paginator.size_parameter()];
        Ok(Self {
            url: endpoint(base_url, &source.endpoint.path)?,
            method: source.endpoint.method,
            body: source.endpoint.body.clone(),
            accept: source.endpoint.accept.clone(),
            credentials: Credentials::new(&source.auth, key)?,
            counts: counts.into_iter().flatten().map(str::to_owned).collect(),
        })
    }

    /// The URL with its values, without parameters.
    ///
    /// # Errors
    /// Why a value cannot be part of it.
    pub fn url(&self, values: &Values) -> Result<Url, String> {
        let mut url = self.url.clone();
        let path = values.fill_with(self.url.path(), segment);
        url.set_path(&path);
        if let Some(host) = self.url.host_str() {
            let filled = values.fill(host);
            if filled != host {
                let is_label = |value: &str| {
                    value
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                };
                let values = values.fill_with(host, |value| {
                    if is_label(value) {
                        String::new()
                    } else {
                        "/".to_owned()
                    }
                });
                if values.contains('/') {
                    return Err("cannot be part of a host name".to_owned());
                }
                url.set_host(Some(&filled))
                    .map_err(|error| error.to_string())?;
            }
        }
        Ok(url)
    }

    /// The request of what is asked for.
    pub fn request(&self, http: &Client, ask: &Ask) -> RequestBuilder {
        let mut url = ask.url.clone().unwrap_or_else(|| self.url.clone());
        // A link to the next page may repeat the key.
        if let Credentials::Query { parameter, .. } = &self.credentials
            && url.query_pairs().any(|(name, _)| name == *parameter)
        {
            let pairs = url.query_pairs().into_owned();
            let others: Vec<_> = pairs.filter(|(name, _)| name != parameter).collect();
            url.query_pairs_mut().clear().extend_pairs(others);
        }
        let parameters = &ask.parameters;
        let request = match self.method {
            Method::Get => http.get(url).query(parameters),
            Method::PostForm => {
                let form = Serializer::new(String::new())
                    .extend_pairs(parameters)
                    .finish();
                http.post(url)
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(form)
            }
            Method::PostJson => http.post(url).json(&self.object(ask)),
        };
        let mut request = request.header(ACCEPT, &self.accept);
        if let Some(etag) = &ask.validators.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(modified) = &ask.validators.last_modified {
            request = request.header(IF_MODIFIED_SINCE, modified);
        }
        match &self.credentials {
            _ if ask.is_foreign => request,
            Credentials::None => request,
            Credentials::Query { parameter, key } => request.query(&[(parameter, key.expose())]),
            Credentials::Header(name, value) => request.header(name, value),
        }
    }

    /// The body, with the parameters as members.
    fn object(&self, ask: &Ask) -> Map<String, Value> {
        let mut object = Map::new();
        for (name, value) in &self.body {
            object.insert(name.clone(), ask.values.fill_value(value));
        }
        for (name, value) in &ask.parameters {
            let number = value.parse::<u64>().ok();
            let number = number.filter(|_| self.counts.contains(name));
            let value = number.map_or_else(|| value.as_str().into(), Into::into);
            object.insert(name.clone(), value);
        }
        object
    }
}

/// A value as one segment of a path.
fn segment(value: &str) -> String {
    let mut segment = String::new();
    for byte in value.bytes() {
        match byte {
            b'-' | b'_' | b'.' | b'~' => segment.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => segment.push(char::from(byte)),
            _ => segment.push_str(&format!("%{byte:02X}")),
        }
    }
    segment
}

impl Credentials {
    fn new(auth: &Auth, key: Option<&Secret>) -> Result<Self> {
        let Some(key) = key else {
            return Ok(Self::None);
        };
        let header = |name: &str, text: &str| {
            let refuse = || Error::UnusableKey {
                env: auth.env().unwrap_or_default().to_owned(),
            };
            let name = HeaderName::try_from(name).map_err(|_| refuse())?;
            let mut value = HeaderValue::try_from(text).map_err(|_| refuse())?;
            // No log of the HTTP client shows it.
            value.set_sensitive(true);
            Ok(Self::Header(name, value))
        };
        let text = key.expose();
        match auth {
            Auth::None => Ok(Self::None),
            Auth::Query { parameter, .. } => Ok(Self::Query {
                parameter: parameter.clone(),
                key: key.clone(),
            }),
            Auth::Header { header: name, .. } => header(name, text),
            Auth::Bearer { .. } => header(AUTHORIZATION.as_str(), &format!("Bearer {text}")),
            Auth::Cookie { cookie, .. } => header(COOKIE.as_str(), &format!("{cookie}={text}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::SARAMIN;

    /// The request of a description with another part, as text: method, URL, headers, body.
    fn sent(changes: &[(&str, &str)], key: &str) -> Result<String> {
        let mut text = SARAMIN.to_owned();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        let source = SourceDescription::parse("mine.toml", &text)?;
        let base_url = "https://host".parse().expect("a URL");
        let outgoing = Outgoing::new(&source, &base_url, Secret::new(key).as_ref())?;
        let parameters = [("start", "2"), ("count", "110"), ("ind_cd", "3 4")];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let ask = Ask {
            parameters: parameters.into(),
            ..Ask::default()
        };
        let request = outgoing.request(&Client::new(), &ask);
        let request = request.build().expect("a request");
        let header = |name: &str| {
            let value = request.headers().get(name);
            value
                .map_or("-", |value| value.to_str().expect("text"))
                .to_owned()
        };
        let body = request.body().and_then(|body| body.as_bytes());
        let body = String::from_utf8_lossy(body.unwrap_or_default()).into_owned();
        Ok(format!(
            "{} {} {} {} {} {body}",
            request.method(),
            request.url(),
            header("authorization"),
            header("cookie"),
            header("x-key"),
        ))
    }

    const QUERY: &str = "[auth.query]\nparameter = \"access-key\"\n";

    #[test]
    fn the_key_is_where_the_source_expects_it() {
        let url = "GET https://host/job-search?start=2&count=110&ind_cd=3+4";
        for (auth, expected) in [
            (QUERY, format!("{url}&access-key=abcdef - - - ")),
            ("[auth.bearer]\n", format!("{url} Bearer abcdef - - ")),
            (
                "[auth.header]\nheader = \"X-Key\"\n",
                format!("{url} - - abcdef "),
            ),
            (
                "[auth.cookie]\ncookie = \"session\"\n",
                format!("{url} - session=abcdef - "),
            ),
        ] {
            assert_eq!(sent(&[(QUERY, auth)], "abcdef").expect(auth), expected);
        }
    }

    #[test]
    fn parameters_are_sent_as_the_method_says() {
        let path = "path = \"/job-search\"";
        let with = |method: &str| {
            let method = format!("{path}\nmethod = \"{method}\"");
            sent(&[(path, &method)], "abcdef").expect("a request")
        };
        let url = "POST https://host/job-search?access-key=abcdef - - -";
        assert_eq!(
            with("post_form"),
            format!("{url} start=2&count=110&ind_cd=3+4")
        );
        assert_eq!(
            with("post_json"),
            format!(r#"{url} {{"count":110,"ind_cd":"3 4","start":2}}"#)
        );
    }

    #[test]
    fn a_key_that_cannot_be_sent_is_refused_without_being_shown() {
        let error = sent(&[(QUERY, "[auth.bearer]\n")], "abc\ndef").expect_err("a line end");
        let error = error.to_string();
        assert!(error.contains("SARAMIN_ACCESS_KEY"), "{error}");
        assert!(!error.contains("abc"), "{error}");
    }

    #[test]
    fn names_that_no_request_can_have_are_refused() {
        for (auth, named) in [
            ("[auth.header]\nheader = \"X Key\"\n", "auth.header"),
            ("[auth.cookie]\ncookie = \"a=b\"\n", "auth.cookie"),
            ("[auth.basic]\n", "unknown variant `basic`"),
        ] {
            let error = sent(&[(QUERY, auth)], "abcdef")
                .expect_err(auth)
                .to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
