//! The parameters of a call as they were sent.

use std::collections::BTreeMap;

use url::form_urlencoded;

/// The time bounds of a window, which depend on the collector's clock.
const BOUNDS: [&str; 4] = [
    "published_min",
    "published_max",
    "updated_min",
    "updated_max",
];

/// The parameters as sent, the last of several with one name.
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    pub(crate) fn parse(query: &str) -> Self {
        Self(
            form_urlencoded::parse(query.as_bytes())
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    pub(crate) fn access_key(&self) -> Option<&str> {
        self.get("access-key")
    }

    /// The call without its key and time bounds: equal for the same page of the same query, in any
    /// parameter order and at any time.
    pub(crate) fn timeless(&self) -> String {
        let kept = |name: &str| name != "access-key" && !BOUNDS.contains(&name);
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.0.iter().filter(|(name, _)| kept(name)))
            .finish()
    }

    /// A blank value counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeless_form_has_no_key_no_order_and_no_bounds_of_time() {
        let a = Parameters::parse("access-key=secret&start=1&ind_cd=3&published_min=1").timeless();
        let b = Parameters::parse("ind_cd=3&start=1&access-key=other&published_max=2").timeless();
        assert_eq!(a, b);
        assert_eq!(a, "ind_cd=3&start=1");
    }
}
