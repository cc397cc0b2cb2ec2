//! The OpenAPI document, put together from what each noun's file says of its own operations.
//!
//! This file knows how operations are described, never which ones exist.

use std::collections::BTreeSet;

use http::HeaderName;
use utoipa::ToSchema;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ArrayBuilder, Schema, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    Components, Content, HeaderBuilder, HttpMethod, Info, License, ObjectBuilder, OpenApi, Paths, Ref, RefOr,
    Required, ResponseBuilder, SecurityRequirement,
};

use crate::file;
use crate::problem::ProblemDetails;

const DESCRIPTION: &str = "Times are RFC 3339 in UTC. Reads over time take `from` and `to` (or `last`, such as `1h`) \
    and echo the effective range; without them the range is the last hour. Lists carry `next_cursor`, `warnings` and \
    `partial`. What ippo says of its own, such as titles and explanations, comes in the language of `Accept-Language`: `en` \
    or `ja`. Errors are RFC 9457 problem details that say what failed and what to do.";

/// The whole document.
pub fn document() -> OpenApi {
    let mut document = Document::default();
    crate::service::describe(&mut document);
    crate::trace::describe(&mut document);
    crate::log::describe(&mut document);
    crate::metric::describe(&mut document);
    crate::query::describe(&mut document);
    crate::slo::describe(&mut document);
    crate::journey::describe(&mut document);
    crate::sla::describe(&mut document);
    crate::definition::describe(&mut document);
    crate::alert_rule::describe(&mut document);
    crate::deploy::describe(&mut document);
    crate::incident::describe(&mut document);
    crate::report::describe(&mut document);
    crate::target::describe(&mut document);
    crate::session::describe(&mut document);
    crate::token::describe(&mut document);
    crate::audit::describe(&mut document);
    crate::backup::describe(&mut document);
    crate::status::describe(&mut document);
    crate::store::describe(&mut document);
    document.finish()
}

/// The document as it is checked in: pretty JSON with a final newline.
///
/// # Errors
/// When a schema holds something JSON cannot express.
pub fn document_json() -> Result<String, serde_json::Error> {
    Ok(document().to_pretty_json()? + "\n")
}

/// What kind of value a query parameter takes.
#[derive(Clone, Copy)]
pub(crate) enum Value {
    Text,
    /// A parameter that may be given several times.
    Texts,
    Integer,
    Number,
    Flag,
    Time,
}

impl Value {
    fn schema(self) -> RefOr<Schema> {
        let plain = |kind: Type| ObjectBuilder::new().schema_type(SchemaType::new(kind)).build();
        match self {
            Value::Text => plain(Type::String).into(),
            Value::Texts => ArrayBuilder::new().items(plain(Type::String)).build().into(),
            Value::Integer => plain(Type::Integer).into(),
            Value::Number => plain(Type::Number).into(),
            Value::Flag => plain(Type::Boolean).into(),
            Value::Time => Ref::from_schema_name("Time").into(),
        }
    }
}

/// The document while the nouns are still adding to it.
#[derive(Default)]
pub(crate) struct Document {
    paths: Paths,
    schemas: Vec<(String, RefOr<Schema>)>,
    /// Schemas of request bodies: what may be left out of them stays optional.
    requests: BTreeSet<String>,
}

/// One operation while its noun is still describing it.
pub(crate) struct Operation<'a> {
    document: &'a mut Document,
    method: HttpMethod,
    path: &'static str,
    builder: OperationBuilder,
    /// Media types of files that it may answer with instead of JSON.
    files: Vec<&'static str>,
    /// Headers that say more of the answer.
    headers: Vec<HeaderName>,
}

impl Document {
    /// Begins a reading operation. `id` is its name in generated clients.
    pub(crate) fn get(&mut self, path: &'static str, id: &str, summary: &str) -> Operation<'_> {
        self.begin(HttpMethod::Get, path, id, summary)
    }

    /// Begins an operation that makes or does something.
    pub(crate) fn post(&mut self, path: &'static str, id: &str, summary: &str) -> Operation<'_> {
        self.begin(HttpMethod::Post, path, id, summary)
    }

    /// Begins an operation that takes something away.
    pub(crate) fn delete(&mut self, path: &'static str, id: &str, summary: &str) -> Operation<'_> {
        self.begin(HttpMethod::Delete, path, id, summary)
    }

    fn begin(&mut self, method: HttpMethod, path: &'static str, id: &str, summary: &str) -> Operation<'_> {
        let mut builder = OperationBuilder::new().operation_id(Some(id)).summary(Some(summary));
        for name in path_parameters(path) {
            let parameter = ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(Value::Text.schema()));
            builder = builder.parameter(parameter);
        }
        let tag = path.trim_start_matches("/api/v1/").split('/').next().unwrap_or("api");
        let builder = builder.tag(tag);
        Operation { document: self, method, path, builder, files: Vec::new(), headers: Vec::new() }
    }

    fn add_schema<T: ToSchema>(&mut self) -> Ref {
        let name = T::name().into_owned();
        self.schemas.push((name.clone(), T::schema()));
        T::schemas(&mut self.schemas);
        Ref::from_schema_name(name)
    }

    fn finish(mut self) -> OpenApi {
        self.add_schema::<ProblemDetails>();
        self.add_schema::<crate::time::Time>();
        let mut components = Components::new();
        for (name, mut schema) in self.schemas {
            if !self.requests.contains(&name)
                && let RefOr::T(schema) = &mut schema
            {
                require_every_property(schema);
            }
            components.schemas.insert(name, schema);
        }
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("ippo_session")));
        components.add_security_scheme("token", bearer);
        components.add_security_scheme("session", cookie);
        let mut info = Info::new("ippo", env!("CARGO_PKG_VERSION"));
        info.description = Some(DESCRIPTION.to_owned());
        let mut license = License::new("Apache-2.0");
        license.identifier = Some("Apache-2.0".to_owned());
        info.license = Some(license);
        let mut document = OpenApi::new(info, self.paths);
        document.components = Some(components);
        document.security = Some(vec![
            SecurityRequirement::new("token", Vec::<String>::new()),
            SecurityRequirement::new("session", Vec::<String>::new()),
        ]);
        document
    }
}

impl Operation<'_> {
    /// Adds an optional query parameter.
    pub(crate) fn query(mut self, name: &str, value: Value, description: &str) -> Self {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(description))
            .schema(Some(value.schema()));
        self.builder = self.builder.parameter(parameter);
        self
    }

    /// Adds `from`, `to` and `last`.
    pub(crate) fn range(self) -> Self {
        self.query("from", Value::Time, "Start of the range, included. Default: an hour before `to`.")
            .query("to", Value::Time, "End of the range, excluded. Default: now.")
            .query(
                "last",
                Value::Text,
                "The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`.",
            )
    }

    /// Adds `limit` and `cursor`.
    pub(crate) fn paged(self) -> Self {
        self.query("limit", Value::Integer, "How many to answer with at most.").query(
            "cursor",
            Value::Text,
            "`next_cursor` of the page before.",
        )
    }

    /// Says which JSON body the operation takes.
    pub(crate) fn accepts<T: ToSchema>(mut self) -> Self {
        let reference = self.document.add_schema::<T>();
        self.document.requests.insert(T::name().into_owned());
        let body = RequestBodyBuilder::new()
            .required(Some(Required::True))
            .content("application/json", Content::new(Some(reference)));
        self.builder = self.builder.request_body(Some(body.build()));
        self
    }

    /// Says that it may answer with a file instead, in one of these media types.
    pub(crate) fn or_file(mut self, media_types: &[&'static str]) -> Self {
        self.files.extend(media_types);
        self
    }

    /// Says that these headers may say more of an answer that is a file.
    pub(crate) fn says(mut self, headers: &[HeaderName]) -> Self {
        self.headers.extend_from_slice(headers);
        self
    }

    /// The answer of an operation that goes well, before its content is described.
    fn good(&self) -> ResponseBuilder {
        let said = file::SAID.into_iter().filter(|(name, _)| self.headers.contains(name));
        said.fold(ResponseBuilder::new().description("OK"), |response, (name, says)| {
            let text = HeaderBuilder::new().schema(Some(Value::Text.schema())).description(Some(says));
            response.header(name.as_str(), text.build())
        })
    }

    /// Ends the description of an operation that answers 200 with `T`.
    pub(crate) fn answers<T: ToSchema>(mut self) {
        let reference = self.document.add_schema::<T>();
        let mut response = self.good().content("application/json", Content::new(Some(reference)));
        for media_type in &self.files {
            let bytes = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).build();
            response = response.content(*media_type, Content::new(Some(bytes)));
        }
        self.builder = self.builder.response("200", response);
        self.end();
    }

    /// Ends the description of an operation that answers 200 with a stream or a file in one of these media types;
    /// `T` is what each event, line or row of it says.
    pub(crate) fn streams<T: ToSchema>(mut self, media_types: &[&str]) {
        let reference = self.document.add_schema::<T>();
        let mut response = self.good();
        for media_type in media_types {
            response = response.content(*media_type, Content::new(Some(reference.clone())));
        }
        self.builder = self.builder.response("200", response);
        self.end();
    }

    /// Ends the description of an operation that answers 204.
    pub(crate) fn answers_nothing(mut self) {
        self.builder = self.builder.response("204", ResponseBuilder::new().description("Done"));
        self.end();
    }

    fn end(mut self) {
        let problem = ResponseBuilder::new()
            .description("What failed and what to do")
            .content("application/problem+json", Content::new(Some(Ref::from_schema_name("Problem"))));
        self.builder = self.builder.response("default", problem);
        self.document.paths.add_path_operation(self.path, vec![self.method], self.builder.build());
    }
}

/// The names between braces.
fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// The server always writes every field of what it answers, `null` where there is nothing to say.
fn require_every_property(schema: &mut Schema) {
    match schema {
        Schema::Object(object) => object.required = object.properties.keys().cloned().collect(),
        Schema::AllOf(all) => {
            for item in &mut all.items {
                if let RefOr::T(item) = item {
                    require_every_property(item);
                }
            }
        }
        _ => {}
    }
}
