//! Queries. All of them are built here, so that all of them can be held against the file of indexes: the emulator answers every
//! query, production refuses one without its index.

use firestore::gcloud_sdk::google::firestore::v1::structured_query::{
    CollectionSelector, CompositeFilter, Direction, FieldFilter, FieldReference, Filter, Order,
    Projection, composite_filter, field_filter::Operator, filter::FilterType,
};
use firestore::gcloud_sdk::google::firestore::v1::{
    ArrayValue, Cursor, StructuredQuery, Value, value::ValueType,
};

use super::{Db, Done, Path, Record, record};

/// The document's name, which every order ends with: rows that are equal otherwise keep their places from page to page.
const NAME: &str = "__name__";

pub(crate) fn text(text: impl Into<String>) -> Value {
    Value {
        value_type: Some(ValueType::StringValue(text.into())),
    }
}

pub(crate) fn int(number: i64) -> Value {
    Value {
        value_type: Some(ValueType::IntegerValue(number)),
    }
}

pub(crate) fn flag(flag: bool) -> Value {
    Value {
        value_type: Some(ValueType::BooleanValue(flag)),
    }
}

/// A question to a collection.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(super) collection: &'static str,
    parent: String,
    /// Fields with the value they must have, or one of the values; and arrays that must have an element.
    equal: Vec<(&'static str, Operator, Value)>,
    range: Vec<(&'static str, Operator, Value)>,
    order: Vec<(&'static str, Direction)>,
    fields: &'static [&'static str],
    start: Option<(Vec<Value>, String)>,
    limit: Option<u32>,
}

impl Query {
    /// All documents of a collection at the root.
    pub(crate) fn of<T: Record>() -> Self {
        Self {
            collection: T::COLLECTION,
            parent: String::new(),
            equal: Vec::new(),
            range: Vec::new(),
            order: Vec::new(),
            fields: &[],
            start: None,
            limit: None,
        }
    }

    /// All documents of a collection within a document.
    pub(crate) fn within<T: Record, P>(parent: &Path<P>) -> Self {
        Self {
            parent: parent.relative.clone(),
            ..Self::of::<T>()
        }
    }

    #[must_use]
    pub(crate) fn equal(mut self, field: &'static str, value: Value) -> Self {
        self.equal.push((field, Operator::Equal, value));
        self
    }

    /// One of these values; Firestore takes 30 at most.
    #[must_use]
    pub(crate) fn any(mut self, field: &'static str, values: Vec<Value>) -> Self {
        let values = Value {
            value_type: Some(ValueType::ArrayValue(ArrayValue { values })),
        };
        self.equal.push((field, Operator::In, values));
        self
    }

    /// The array has this element.
    #[must_use]
    pub(crate) fn has(mut self, field: &'static str, value: Value) -> Self {
        self.equal.push((field, Operator::ArrayContains, value));
        self
    }

    #[must_use]
    pub(crate) fn above(mut self, field: &'static str, value: i64) -> Self {
        self.range.push((field, Operator::GreaterThan, int(value)));
        self
    }

    #[must_use]
    pub(crate) fn at_least(mut self, field: &'static str, value: i64) -> Self {
        self.range
            .push((field, Operator::GreaterThanOrEqual, int(value)));
        self
    }

    #[must_use]
    pub(crate) fn at_most(mut self, field: &'static str, value: i64) -> Self {
        self.range
            .push((field, Operator::LessThanOrEqual, int(value)));
        self
    }

    #[must_use]
    pub(crate) fn below(mut self, field: &'static str, value: i64) -> Self {
        self.range.push((field, Operator::LessThan, int(value)));
        self
    }

    #[must_use]
    pub(crate) fn up(mut self, field: &'static str) -> Self {
        self.order.push((field, Direction::Ascending));
        self
    }

    #[must_use]
    pub(crate) fn down(mut self, field: &'static str) -> Self {
        self.order.push((field, Direction::Descending));
        self
    }

    /// Begins after the row of these values, one an order, and of this document id.
    #[must_use]
    pub(crate) fn after(mut self, values: Vec<Value>, id: &str) -> Self {
        self.start = Some((values, id.to_owned()));
        self
    }

    #[must_use]
    pub(crate) fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Reads these fields only; the others read as missing.
    #[must_use]
    pub(crate) fn fields(mut self, fields: &'static [&'static str]) -> Self {
        self.fields = fields;
        self
    }

    /// Fields of equality conditions.
    #[cfg(debug_assertions)]
    pub(super) fn equal_fields(&self) -> Vec<&'static str> {
        self.equal.iter().map(|(field, ..)| *field).collect()
    }

    /// Fields of range conditions.
    #[cfg(debug_assertions)]
    pub(super) fn range_fields(&self) -> Vec<&'static str> {
        self.range.iter().map(|(field, ..)| *field).collect()
    }

    /// The order, without the name.
    #[cfg(debug_assertions)]
    pub(super) fn order_fields(&self) -> &[(&'static str, Direction)] {
        &self.order
    }

    fn structured(&self, db: &Db) -> StructuredQuery {
        #[cfg(debug_assertions)]
        super::index::assert_indexed(self);
        let last = self.order.last().map(|(_, direction)| *direction);
        let order = self.order.iter().copied();
        let named = order.chain(last.map(|direction| (NAME, direction)));
        StructuredQuery {
            select: (!self.fields.is_empty()).then(|| Projection {
                fields: self.fields.iter().map(|field| reference(field)).collect(),
            }),
            from: vec![CollectionSelector {
                collection_id: self.collection.to_owned(),
                all_descendants: false,
            }],
            r#where: self.filter(),
            order_by: named
                .map(|(field, direction)| Order {
                    field: Some(reference(field)),
                    direction: direction.into(),
                })
                .collect(),
            start_at: self.start.as_ref().map(|(values, id)| {
                let path = format!("{}/{id}", self.collection);
                let relative = match self.parent.as_str() {
                    "" => path,
                    parent => format!("{parent}/{path}"),
                };
                let name = Value {
                    value_type: Some(ValueType::ReferenceValue(db.name(&relative))),
                };
                Cursor {
                    values: values.iter().cloned().chain([name]).collect(),
                    before: false,
                }
            }),
            limit: self
                .limit
                .map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)),
            ..StructuredQuery::default()
        }
    }

    fn filter(&self) -> Option<Filter> {
        let conditions = self.equal.iter().chain(&self.range);
        let filters: Vec<Filter> = conditions
            .map(|(field, operator, value)| Filter {
                filter_type: Some(FilterType::FieldFilter(FieldFilter {
                    field: Some(reference(field)),
                    op: (*operator).into(),
                    value: Some(value.clone()),
                })),
            })
            .collect();
        (!filters.is_empty()).then(|| Filter {
            filter_type: Some(FilterType::CompositeFilter(CompositeFilter {
                op: composite_filter::Operator::And.into(),
                filters,
            })),
        })
    }

    /// The records it finds.
    pub(crate) async fn records<T: Record>(&self, db: &Db) -> Done<Vec<T>> {
        let found = db.find(&self.parent, &self.structured(db)).await?;
        found.iter().map(record).collect()
    }

    /// The ids of the documents it finds.
    pub(crate) async fn ids(&self, db: &Db) -> Done<Vec<String>> {
        let mut query = self.structured(db);
        query.select = Some(Projection {
            fields: vec![reference(NAME)],
        });
        let found = db.find(&self.parent, &query).await?;
        let id = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(found.iter().map(|document| id(&document.name)).collect())
    }

    /// How many it would find.
    pub(crate) async fn count(&self, db: &Db) -> Done<u64> {
        db.count(&self.structured(db)).await
    }
}

fn reference(field: &str) -> FieldReference {
    FieldReference {
        field_path: field.to_owned(),
    }
}
