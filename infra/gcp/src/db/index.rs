//! The file of indexes, held against queries as Firestore would do it.
//!
//! A query that asks for equality only is answered from the indexes that every field has by itself, unless the file switches that
//! off. A query with an order needs indexes that end with that order, and whose fields before it are, taken together, the fields it
//! asks equality of: Firestore joins several indexes of the same order.
#![cfg(debug_assertions)]

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use firestore::gcloud_sdk::google::firestore::v1::structured_query::Direction;
use serde::Deserialize;

use super::query::Query;

const FILE: &str = include_str!("../../firestore.indexes.json");

static INDEXES: LazyLock<Indexes> = LazyLock::new(|| {
    let file: File = serde_json::from_str(FILE).unwrap_or_else(|error| panic!("indexes: {error}"));
    Indexes::of(file)
});

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    indexes: Vec<Composite>,
    field_overrides: Vec<Override>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Composite {
    collection_group: String,
    query_scope: String,
    fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Field {
    field_path: String,
    order: Option<String>,
    array_config: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Override {
    collection_group: String,
    field_path: String,
    #[serde(default)]
    #[expect(dead_code, reason = "terraform reads it")]
    ttl: bool,
    indexes: Vec<serde_json::Value>,
}

/// A field of an index and how it is sorted there; an array has no direction.
type Key = (String, Option<bool>);

struct Indexes {
    composite: HashMap<String, Vec<Vec<Key>>>,
    /// Fields without an index of their own.
    without: BTreeSet<(String, String)>,
}

impl Indexes {
    fn of(file: File) -> Self {
        let mut composite = HashMap::<_, Vec<_>>::new();
        for index in file.indexes {
            assert_eq!(index.query_scope, "COLLECTION");
            let key = |field: Field| match (field.order.as_deref(), field.array_config.as_deref()) {
                (Some("ASCENDING"), None) => (field.field_path, Some(true)),
                (Some("DESCENDING"), None) => (field.field_path, Some(false)),
                (None, Some("CONTAINS")) => (field.field_path, None),
                other => panic!("{}: {other:?}", field.field_path),
            };
            composite
                .entry(index.collection_group)
                .or_default()
                .push(index.fields.into_iter().map(key).collect());
        }
        let overrides = file.field_overrides.into_iter();
        Self {
            composite,
            without: overrides
                .filter(|field| field.indexes.is_empty())
                .map(|field| (field.collection_group, field.field_path))
                .collect(),
        }
    }

    /// `None` when Firestore would answer the query, else what is missing.
    fn missing(&self, query: &Query) -> Option<String> {
        let equal: BTreeSet<_> = query.equal_fields().into_iter().collect();
        let ascending = |direction: Direction| direction == Direction::Ascending;
        let mut order: Vec<(&str, bool)> = query
            .order_fields()
            .iter()
            .map(|(field, direction)| (*field, ascending(*direction)))
            .collect();
        for range in query.range_fields() {
            match order.first() {
                None => order.push((range, true)),
                Some((first, _)) if *first == range => {}
                Some((first, _)) => return Some(format!("{range} is not {first}, the order")),
            }
        }
        if order.len() + equal.len() <= 1 || order.is_empty() {
            let alone = equal
                .iter()
                .copied()
                .chain(order.iter().map(|(field, _)| *field));
            return alone
                .filter(|field| {
                    let key = (query.collection.to_owned(), (*field).to_owned());
                    self.without.contains(&key)
                })
                .map(|field| format!("{field} has no index of its own"))
                .next();
        }
        let mut covered = BTreeSet::new();
        for index in self.composite.get(query.collection).into_iter().flatten() {
            let Some(prefix) = index.len().checked_sub(order.len()) else {
                continue;
            };
            let (before, end) = index.split_at(prefix);
            let same = end
                .iter()
                .zip(&order)
                .all(|((field, up), (wanted, wanted_up))| {
                    field == wanted && *up == Some(*wanted_up)
                });
            if same
                && before
                    .iter()
                    .all(|(field, _)| equal.contains(field.as_str()))
            {
                covered.extend(before.iter().map(|(field, _)| field.as_str()));
            }
        }
        (covered != equal).then(|| format!("an index of {equal:?} that ends with {order:?}"))
    }
}

/// Panics on a query that production would refuse. Every test that asks it is a test of the file.
pub(super) fn assert_indexed(query: &Query) {
    if let Some(missing) = INDEXES.missing(query) {
        panic!("firestore.indexes.json, {}: {missing}", query.collection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexes(text: &str) -> Indexes {
        Indexes::of(serde_json::from_str(text).unwrap())
    }

    fn with(fields: &str) -> Indexes {
        indexes(&format!(
            r#"{{"indexes": [{{"collectionGroup": "c", "queryScope": "COLLECTION", "fields": [{fields}]}}],
                "fieldOverrides": [{{"collectionGroup": "c", "fieldPath": "body", "indexes": []}}]}}"#
        ))
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Row;

    impl crate::db::Record for Row {
        const COLLECTION: &'static str = "c";
    }

    fn query() -> Query {
        Query::of::<Row>()
    }

    const A: &str = r#"{"fieldPath": "a", "order": "ASCENDING"}"#;
    const B_DOWN: &str = r#"{"fieldPath": "b", "order": "DESCENDING"}"#;

    #[test]
    fn equality_and_one_order_need_no_composite_index() {
        let none = with(A);
        let value = crate::db::query::int;
        let both = query().equal("x", value(1)).equal("y", value(1));
        assert_eq!(none.missing(&both), None);
        assert_eq!(none.missing(&query().down("x")), None);
        assert_eq!(none.missing(&query().above("x", 1).up("x")), None);
        assert!(none.missing(&query().equal("body", value(1))).is_some());
        assert!(none.missing(&query().up("body")).is_some());
    }

    #[test]
    fn an_order_beside_equality_needs_its_index() {
        let some = with(&format!("{A}, {B_DOWN}"));
        let value = crate::db::query::int;
        let asked = query().equal("a", value(1)).down("b");
        assert_eq!(some.missing(&asked), None);
        assert_eq!(some.missing(&asked.clone().at_least("b", 3)), None);
        assert!(
            some.missing(&query().equal("a", value(1)).up("b"))
                .is_some()
        );
        assert!(some.missing(&asked.clone().equal("z", value(1))).is_some());
        assert!(some.missing(&asked.at_least("z", 3)).is_some());
    }
}
