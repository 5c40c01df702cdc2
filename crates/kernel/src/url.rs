//! URLs in messages.

/// The URL of a store or a proxy without user, password, query and fragment, which no message may
/// show. Paths and `file://` URLs are returned as they are. URLs that no parser
/// accepts lose their credentials too.
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url
        .split_once("://")
        .filter(|(scheme, _)| *scheme != "file")
    else {
        return url.to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let place = match rest.rsplit_once('@') {
        // `abfss://container@account`: the part before `@` is not a user.
        Some((user, _)) if scheme.starts_with("abfs") && !user.contains(':') => rest,
        // Not only up to the first slash: secrets may contain slashes. A folder may be named
        // `a@b`.
        Some((user, place)) if user.contains(':') || !user.contains('/') => place,
        _ => rest,
    };
    format!("{scheme}://{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_secrets() {
        for (url, shown) in [
            ("./data", "./data"),
            ("/srv/a@b:c", "/srv/a@b:c"),
            ("file:///srv/a@b", "file:///srv/a@b"),
            ("s3://bucket/a@b", "s3://bucket/a@b"),
            ("s3://KEY:sec/ret@bucket/path", "s3://bucket/path"),
            ("s3://KEY@bucket", "s3://bucket"),
            ("az://container/path?sig=secret", "az://container/path"),
            (
                "abfss://box@account.example/x",
                "abfss://box@account.example/x",
            ),
            ("abfss://u:p@account.example/x", "abfss://account.example/x"),
            ("http://me:pass@proxy:3128", "http://proxy:3128"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }
}
