//! What a user names to take down: by the source's own id, or by the `id` of the tables.

use std::collections::BTreeSet;

use super::cut::Wanted;
use crate::error::{Error, Result};
use crate::staging::decode::entity_key;
use crate::warehouse::Warehouse;

/// A posting, or a record of another entity, as a user named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub(super) entity: String,
    pub(super) key: i64,
    pub(super) source: Option<String>,
    pub(super) own_id: Option<String>,
}

impl Warehouse {
    /// The posting that a text names: `source:id`, or the `id` of the tables. Where a source has
    /// several entities, `source/entity:id`.
    ///
    /// # Errors
    /// [`Error::UnknownPosting`] when there is none, [`Error::SeveralEntities`] when there are
    /// records of more than one entity.
    pub async fn posting(&self, text: &str) -> Result<Posting> {
        let unknown = || Error::UnknownPosting {
            text: text.to_owned(),
            source_name: self
                .record_specs()
                .next()
                .map(|(_, spec)| spec.source.clone()),
        };
        if let Some((name, own_id)) = text.split_once(':') {
            let (source, entity) = match name.split_once('/') {
                Some((source, entity)) => (source, Some(entity)),
                None => (name, None),
            };
            let of_source = self.record_specs().map(|(_, spec)| spec);
            let entities: BTreeSet<&str> = of_source
                .filter(|spec| spec.source == source)
                .map(|spec| spec.entity.as_str())
                .filter(|of| entity.is_none_or(|entity| entity == *of))
                .collect();
            if own_id.trim().is_empty() {
                return Err(unknown());
            }
            return Ok(Posting {
                entity: only(text, &entities)?.ok_or_else(unknown)?,
                key: entity_key(source, own_id.trim()),
                source: Some(source.to_owned()),
                own_id: Some(own_id.trim().to_owned()),
            });
        }
        let key: i64 = text.parse().map_err(|_| unknown())?;
        match self.published_with(text, key).await? {
            Some(posting) => Ok(posting),
            None => self.landed_with(text, key).await?.ok_or_else(unknown),
        }
    }

    /// What the published build has of a key.
    async fn published_with(&self, text: &str, key: i64) -> Result<Option<Posting>> {
        let Some(record) = self.builds.published().await? else {
            return Ok(None);
        };
        let mut found = Vec::new();
        let mut entities = BTreeSet::new();
        for (table, spec) in self.record_specs() {
            if !record.tables.contains_key(table) {
                continue;
            }
            let id = &spec.id_column;
            let sql = format!(
                "select concat(source, ':', \"{id}\") from {table} where id = {key} limit 1"
            );
            for name in self.texts(&record, &sql).await? {
                let (source, own_id) = name.split_once(':').unwrap_or((&name, ""));
                entities.insert(spec.entity.as_str());
                found.push(Posting {
                    entity: spec.entity.clone(),
                    key,
                    source: Some(source.to_owned()),
                    own_id: Some(own_id.to_owned()),
                });
            }
        }
        only(text, &entities)?;
        Ok(found.pop())
    }

    /// What was taken down, or is in the landing and in no table, under a key.
    async fn landed_with(&self, text: &str, key: i64) -> Result<Option<Posting>> {
        let take_downs = self.take_downs().await?;
        let all: BTreeSet<&str> = self
            .record_specs()
            .map(|(_, spec)| spec.entity.as_str())
            .collect();
        let mut entities = BTreeSet::new();
        for entity in all {
            if take_downs.keys(entity).contains(&key)
                || self.search(&Wanted::new(entity, key, None)).await?.bodies > 0
            {
                entities.insert(entity);
            }
        }
        Ok(only(text, &entities)?.map(|entity| Posting {
            entity,
            key,
            source: None,
            own_id: None,
        }))
    }
}

/// The only one of some entities; `None` if there are none.
fn only(text: &str, entities: &BTreeSet<&str>) -> Result<Option<String>> {
    if entities.len() > 1 {
        return Err(Error::SeveralEntities {
            text: text.to_owned(),
            entities: entities.iter().map(ToString::to_string).collect(),
        });
    }
    Ok(entities.first().map(ToString::to_string))
}
