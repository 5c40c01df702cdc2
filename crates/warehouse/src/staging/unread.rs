//! Reads of the landing that a build survives.

use crate::error::Result;

/// The reason reported for a missing file.
pub(crate) const GONE: &str = "it is gone";

/// The value, or a message about the damage; other failures are errors.
pub(crate) fn unless_damaged<T>(
    read: landing::Result<T>,
) -> Result<std::result::Result<T, String>> {
    match read {
        Ok(found) => Ok(Ok(found)),
        Err(landing::Error::Damaged { reason, .. } | landing::Error::Manifest { reason, .. }) => {
            Ok(Err(reason))
        }
        Err(landing::Error::Store {
            source: object_store::Error::NotFound { .. },
            ..
        }) => Ok(Err(GONE.to_owned())),
        Err(error) => Err(error.into()),
    }
}
