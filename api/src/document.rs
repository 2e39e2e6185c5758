//! The OpenAPI document: what the handlers say of themselves, and what holds for all of them.

use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{ArrayItems, Schema, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, Info, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder,
    SecurityRequirement,
};
use utoipa::{PartialSchema, ToSchema};

use crate::problem::{Code, FieldView, ProblemDocument};

const PROBLEM_JSON: &str = "application/problem+json";

/// The document before any route is in it.
pub(crate) fn skeleton() -> OpenApi {
    let mut document = OpenApi::default();
    document.info = Info::new("Berth", env!("CARGO_PKG_VERSION"));
    document.info.description = Some(
        "Every error is an RFC 9457 problem document whose `code` is stable. Times are RFC 3339 in UTC. \
         The WebSocket at `/workspace/{user_id}` is described in docs/api/websocket.md."
            .to_owned(),
    );
    document
}

/// Completes the document with what is the same for all routes.
pub(crate) fn complete(mut document: OpenApi) -> OpenApi {
    let paths = std::mem::take(&mut document.paths.paths);
    for (path, mut item) in paths {
        for operation in operations(&mut item) {
            never_null(operation.parameters.as_deref_mut().unwrap_or_default());
            declare_problems(&path, operation);
        }
        // axum's spelling of a parameter that may have slashes.
        document.paths.paths.insert(path.replace("{*", "{"), item);
    }
    document.security = Some(vec![
        SecurityRequirement::new("token", [""; 0]),
        SecurityRequirement::new("session", [""; 0]),
    ]);
    let mut components = document.components.take().unwrap_or_default();
    add_schemes(&mut components);
    for (name, schema) in &mut components.schemas {
        if !name.ends_with("Request") {
            require_all(schema);
        }
    }
    // Only a refused form has errors of single fields.
    components.schemas.insert(
        ProblemDocument::name().into_owned(),
        ProblemDocument::schema(),
    );
    components
        .schemas
        .insert(FieldView::name().into_owned(), FieldView::schema());
    document.components = Some(components);
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .filter_map(Option::as_mut)
}

fn add_schemes(components: &mut Components) {
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An API token, made in the settings or with `berth token create`",
        ))
        .build();
    let session = ApiKeyValue::with_description(
        "berth_session",
        "A browser's session; `__Host-berth_session` on https",
    );
    components.add_security_scheme("token", SecurityScheme::Http(token));
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
}

/// Declares the problems an operation may answer: those of its kind, and those it names itself.
fn declare_problems(path: &str, operation: &mut Operation) {
    let topics = topics(operation);
    for status in statuses(path, operation) {
        let described = Code::ALL
            .iter()
            .filter(|code| {
                code.status().as_u16().to_string() == status && concerns(**code, &topics)
            })
            .map(|code| format!("`{}`", code.as_str()))
            .collect::<Vec<_>>()
            .join(", ");
        operation
            .responses
            .responses
            .entry(status)
            .or_insert_with(|| RefOr::T(Response::new(described)));
    }
    for (status, response) in &mut operation.responses.responses {
        if status.starts_with(['4', '5'])
            && let RefOr::T(response) = response
        {
            *response = problem(&response.description);
        }
    }
}

/// The first words of the codes that operations of this tag may answer.
fn topics(operation: &Operation) -> Vec<&'static str> {
    let tag = operation.tags.iter().flatten().next();
    let own: &[&str] = match tag.map_or("", String::as_str) {
        "conversations" => &["conversation", "message", "quota"],
        "agents" => &["agent", "schedule", "secret", "quota", "time_zone"],
        "schedules" => &["agent", "schedule"],
        "proposals" => &["proposal", "agent", "schedule", "quota"],
        "notifications" => &["notification"],
        "today" => &["today"],
        "search" => &["search"],
        "runs" => &["run", "quota", "file", "workspace"],
        "files" => &["file", "workspace"],
        "workspace" => &["workspace"],
        "usage" => &["usage", "time_zone"],
        "settings" => &["settings"],
        "user" => &["user"],
        "auth" => &["user", "sign_in"],
        "tokens" => &["token"],
        _ => &[],
    };
    let common = ["auth", "request", "store", "internal"];
    common.into_iter().chain(own.iter().copied()).collect()
}

fn concerns(code: Code, topics: &[&str]) -> bool {
    let topic = code.as_str().split('.').next();
    topic.is_some_and(|topic| topics.contains(&topic))
}

/// A parameter that may be left out is not null when it is there.
fn never_null(parameters: &mut [RefOr<Parameter>]) {
    for parameter in parameters {
        if let RefOr::T(Parameter {
            schema: Some(RefOr::T(Schema::Object(object))),
            ..
        }) = parameter
            && let SchemaType::Array(types) = &mut object.schema_type
        {
            types.retain(|one| *one != Type::Null);
        }
    }
}

fn statuses(path: &str, operation: &Operation) -> Vec<String> {
    let public = operation.security.is_some();
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let in_path = parameters
        .iter()
        .any(|parameter| matches!(parameter, RefOr::T(it) if it.parameter_in == ParameterIn::Path));
    let reads = parameters.is_empty() && operation.request_body.is_none();
    let mut statuses = vec!["403"];
    if !public {
        statuses.extend(["401", "500", "503", "507"]);
    }
    if !reads {
        statuses.push("400");
    }
    if in_path {
        statuses.push("404");
    }
    if operation.request_body.is_some() {
        statuses.push("413");
        if !path.starts_with("/api/files") {
            statuses.push("415");
        }
    }
    statuses.into_iter().map(ToOwned::to_owned).collect()
}

fn problem(description: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(ProblemDocument::name())))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content(PROBLEM_JSON, content)
        .build()
}

/// Answers always have all their fields, null where there is nothing: generated clients then need not ask twice.
fn require_all(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            object.required = object.properties.keys().cloned().collect();
            object.properties.values_mut().for_each(require_all);
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                require_all(items);
            }
        }
        Schema::OneOf(one_of) => one_of.items.iter_mut().for_each(require_all),
        Schema::AllOf(all_of) => all_of.items.iter_mut().for_each(require_all),
        Schema::AnyOf(any_of) => any_of.items.iter_mut().for_each(require_all),
        _ => {}
    }
}
