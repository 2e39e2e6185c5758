//! The calls: each with a limit, reads with a few tries.

use std::collections::HashMap;
use std::time::Duration;

use firestore::FirestoreDocument;
use firestore::gcloud_sdk::RequestTimeouts;
use firestore::gcloud_sdk::google::firestore::v1::{
    BatchGetDocumentsRequest, CommitRequest, DocumentMask, RunAggregationQueryRequest,
    RunQueryRequest, StructuredAggregationQuery, StructuredQuery, Value, Write,
    batch_get_documents_response::Result as Got, run_aggregation_query_request, run_query_request,
    structured_aggregation_query, value::ValueType, write::Operation,
};
use firestore::gcloud_sdk::tonic::{Request, Status};

use super::{Db, Done, Trouble};

/// Limit of one call. Shorter than a lease: whoever holds one learns in time that the store does not answer.
const LIMIT: Duration = Duration::from_secs(5);
/// Waits before a read is tried again.
const READ_AGAIN: [Duration; 3] = [
    Duration::from_millis(20),
    Duration::from_millis(100),
    Duration::from_millis(400),
];
/// Documents that are asked for in one call.
const TOGETHER: usize = 500;

/// The collection at the root that a document is in: `…/documents/COLLECTION/ID…`.
fn collection(write: &Write) -> String {
    let name = match &write.operation {
        Some(Operation::Update(document)) => document.name.as_str(),
        Some(Operation::Delete(name)) => name.as_str(),
        _ => "",
    };
    let relative = name.split_once("/documents/");
    let first = relative.and_then(|(_, relative)| relative.split('/').next());
    first.unwrap_or_default().to_owned()
}

fn request<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request
        .extensions_mut()
        .insert(RequestTimeouts::new().with_total(LIMIT));
    request
}

/// Tries a read again where that may help.
async fn read<T, F: Future<Output = Result<T, Status>>>(call: impl Fn() -> F) -> Done<T> {
    let mut waits = READ_AGAIN.iter();
    loop {
        match call().await.map_err(Trouble::of_read) {
            Err(trouble @ Trouble::Unavailable(_)) => match waits.next() {
                Some(wait) => tokio::time::sleep(*wait).await,
                None => return Err(trouble),
            },
            answer => return answer,
        }
    }
}

impl Db {
    /// Those of the named documents that are there, by their names; with a mask only these fields of them.
    pub(crate) async fn documents(
        &self,
        names: &[String],
        mask: Option<&[&str]>,
    ) -> Done<HashMap<String, FirestoreDocument>> {
        let mut found = HashMap::with_capacity(names.len());
        for some in names.chunks(TOGETHER) {
            found.extend(read(|| self.documents_once(some, mask)).await?);
        }
        Ok(found)
    }

    #[tracing::instrument(name = "firestore.read", level = "debug", skip_all)]
    async fn documents_once(
        &self,
        names: &[String],
        mask: Option<&[&str]>,
    ) -> Result<HashMap<String, FirestoreDocument>, Status> {
        #[cfg(test)]
        self.service_may_be_away()?;
        let message = BatchGetDocumentsRequest {
            database: self.0.firestore.get_database_path().clone(),
            documents: names.to_vec(),
            mask: mask.map(|fields| DocumentMask {
                field_paths: fields.iter().map(ToString::to_string).collect(),
            }),
            ..BatchGetDocumentsRequest::default()
        };
        let mut client = self.0.firestore.client().get();
        let mut answers = client
            .batch_get_documents(request(message))
            .await?
            .into_inner();
        self.0.spent.read(names.len());
        let mut found = HashMap::new();
        while let Some(answer) = answers.message().await? {
            if let Some(Got::Found(document)) = answer.result {
                found.insert(document.name.clone(), document);
            }
        }
        Ok(found)
    }

    /// The documents a query finds below `parent`, the root when empty.
    pub(super) async fn find(
        &self,
        parent: &str,
        query: &StructuredQuery,
    ) -> Done<Vec<FirestoreDocument>> {
        read(|| self.find_once(parent, query)).await
    }

    fn parent(&self, relative: &str) -> String {
        if relative.is_empty() {
            return self.0.firestore.get_documents_path().clone();
        }
        self.name(relative)
    }

    #[tracing::instrument(name = "firestore.read", level = "debug", skip_all)]
    async fn find_once(
        &self,
        parent: &str,
        query: &StructuredQuery,
    ) -> Result<Vec<FirestoreDocument>, Status> {
        let message = RunQueryRequest {
            parent: self.parent(parent),
            query_type: Some(run_query_request::QueryType::StructuredQuery(query.clone())),
            ..RunQueryRequest::default()
        };
        let mut client = self.0.firestore.client().get();
        let mut answers = client.run_query(request(message)).await?.into_inner();
        let mut found = Vec::new();
        while let Some(answer) = answers.message().await? {
            found.extend(answer.document);
        }
        self.0.spent.read(found.len());
        Ok(found)
    }

    /// How many documents a query would find.
    pub(super) async fn count(&self, query: &StructuredQuery) -> Done<u64> {
        read(|| self.count_once(query)).await
    }

    #[tracing::instrument(name = "firestore.read", level = "debug", skip_all)]
    async fn count_once(&self, query: &StructuredQuery) -> Result<u64, Status> {
        use structured_aggregation_query::{Aggregation, QueryType, aggregation};
        let aggregation = StructuredAggregationQuery {
            aggregations: vec![Aggregation {
                alias: "n".to_owned(),
                operator: Some(aggregation::Operator::Count(aggregation::Count::default())),
            }],
            query_type: Some(QueryType::StructuredQuery(query.clone())),
        };
        let message = RunAggregationQueryRequest {
            parent: self.parent(""),
            query_type: Some(
                run_aggregation_query_request::QueryType::StructuredAggregationQuery(aggregation),
            ),
            ..RunAggregationQueryRequest::default()
        };
        let mut client = self.0.firestore.client().get();
        let mut answers = client
            .run_aggregation_query(request(message))
            .await?
            .into_inner();
        self.0.spent.read(1);
        let mut counted = 0;
        while let Some(answer) = answers.message().await? {
            let fields = answer.result.unwrap_or_default().aggregate_fields;
            if let Some(Value {
                value_type: Some(ValueType::IntegerValue(n)),
            }) = fields.get("n")
            {
                counted = u64::try_from(*n).unwrap_or(0);
            }
        }
        Ok(counted)
    }

    /// All of these writes, or none. Once: whether it may be tried again depends on what is written.
    #[tracing::instrument(name = "firestore.write", level = "debug", skip_all)]
    pub(super) async fn commit(&self, writes: Vec<Write>) -> Result<(), Status> {
        let collections: Vec<String> = writes.iter().map(collection).collect();
        let message = CommitRequest {
            database: self.0.firestore.get_database_path().clone(),
            writes,
            ..CommitRequest::default()
        };
        let mut client = self.0.firestore.client().get();
        client.commit(request(message)).await?;
        self.0.spent.wrote(&collections);
        #[cfg(test)]
        self.answer_may_be_lost()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_counted_where_its_document_is() {
        let name = "projects/p/databases/(default)/documents/executions/1/events/000";
        let of = |operation| {
            collection(&Write {
                operation,
                ..Write::default()
            })
        };
        let document = FirestoreDocument {
            name: name.to_owned(),
            ..FirestoreDocument::default()
        };
        assert_eq!(of(Some(Operation::Update(document))), "executions");
        assert_eq!(of(Some(Operation::Delete(name.to_owned()))), "executions");
        assert_eq!(of(None), "");
    }
}
