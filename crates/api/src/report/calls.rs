//! The call about reports.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderValue, header};
use ippo_base::SharedClock;
use ippo_domain::Language;
use ippo_domain::report::{Month, document};
use ippo_engine::report::Reports;
use minijinja::{Environment, context};

use super::{MonthlyReport, ReportDocument};
use crate::csv;
use crate::language::Wanted;
use crate::openapi::{Document, Value};
use crate::page::Params;
use crate::problem::Problem;
use crate::slo::problem;

const TEMPLATE: &str = include_str!("../../templates/report.html");

/// What the call about reports works with.
#[derive(Clone)]
pub struct ReportApi {
    /// Whoever makes them.
    pub reports: Reports,
    /// What time it is.
    pub clock: SharedClock,
    /// Where people reach ippo: what a file leads to.
    pub public_url: String,
}

/// The call about reports.
pub fn routes(api: ReportApi) -> Router {
    Router::new().route("/api/v1/reports/monthly", get(monthly)).with_state(api)
}

/// How a report is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Markdown,
    Html,
}

async fn monthly(
    State(api): State<ReportApi>,
    Wanted(wanted): Wanted,
    mut params: Params,
) -> Result<Response, Problem> {
    let now = api.clock.now();
    let month = match params.text("month")? {
        None => api.reports.last_month(now),
        Some(text) => Month::parse(&text)
            .ok_or_else(|| Problem::parameter("month", format!("is {text:?}; write it like 2026-11")))?,
    };
    let owner = params.text("owner")?;
    let language = match params.text("lang")? {
        None => wanted,
        Some(code) => Language::parse(&code)
            .ok_or_else(|| Problem::parameter("lang", format!("is {code:?}; write en or ja")))?,
    };
    let format = match params.text("format")?.as_deref() {
        None | Some("json") => Format::Json,
        Some("markdown") => Format::Markdown,
        Some("html") => Format::Html,
        Some(other) => {
            return Err(Problem::parameter("format", format!("is {other:?}; write json, markdown or html")));
        }
    };
    params.finish()?;
    let report = api.reports.monthly(month, owner.as_deref(), now).await.map_err(|e| problem(&e))?;
    let name = |ending: &str| format!("ippo-report-{month}-{}.{ending}", language.code());
    Ok(match format {
        Format::Json => Json(MonthlyReport::told(&report, language)).into_response(),
        Format::Markdown => {
            let text = document(&report).markdown(language, &api.public_url);
            file(text, "text/markdown; charset=utf-8", &name("md"))
        }
        Format::Html => {
            let document = ReportDocument::told(&document(&report), language);
            let text = html(&document, &api.public_url)
                .map_err(|error| Problem::internal("writing a report", &error))?;
            file(text, "text/html; charset=utf-8", &name("html"))
        }
    })
}

/// A page of its own, that needs nothing else to be looked at or printed.
fn html(document: &ReportDocument, public_url: &str) -> Result<String, minijinja::Error> {
    let mut templates = Environment::new();
    templates.add_template("report.html", TEMPLATE)?;
    let document = minijinja::Value::from(minijinja::value::Serde(document));
    templates.get_template("report.html")?.render(context! { document, public_url })
}

/// Saved by a browser, and never shown as a page of this site.
fn file(text: String, media_type: &'static str, name: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, csv::attachment(name)),
    ];
    (headers, text).into_response()
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get(
            "/api/v1/reports/monthly",
            "getMonthlyReport",
            "A month by team: what was promised, whether it was kept, what hurt users, what was done",
        )
        .query("month", Value::Text, "Which month, such as `2026-11`; by default the one that ended last.")
        .query("owner", Value::Text, "Only of this team.")
        .query("lang", Value::Text, "`en` or `ja`; by default what `Accept-Language` likes best.")
        .query("format", Value::Text, "`json`, `markdown` or `html`; by default `json`.")
        .or_file(&["text/markdown", "text/html"])
        .answers::<MonthlyReport>();
}

#[cfg(test)]
mod tests {
    use super::super::{ReportBlock, ReportColumn, ReportText};
    use super::*;

    #[test]
    fn a_page_is_whole_and_what_people_wrote_is_no_markup_in_it() {
        let text = |text: &str, path: Option<&str>| ReportText {
            text: text.to_owned(),
            path: path.map(str::to_owned),
        };
        let document = ReportDocument {
            language: "ja".to_owned(),
            title: "2026年10月".to_owned(),
            blocks: vec![
                ReportBlock::Heading { level: 2, text: "決済 & 返金".to_owned() },
                ReportBlock::List { items: vec![text("<script>alert(1)</script>", Some("/slos/a"))] },
                ReportBlock::Table {
                    columns: vec![ReportColumn { title: "n".to_owned(), is_number: true }],
                    rows: vec![vec![text("1", None)]],
                },
            ],
        };
        let page = html(&document, "https://ippo.example").expect("the template is right");
        assert!(page.starts_with("<!doctype html>\n<html lang=\"ja\">"), "{page}");
        for part in [
            "<h2>決済 &amp; 返金</h2>",
            "<a href=\"https:&#x2f;&#x2f;ippo.example&#x2f;slos&#x2f;a\">&lt;script&gt;",
            "<td class=\"number\">1</td>",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
        let unlinked = html(&document, "").expect("the template is right");
        assert!(!unlinked.contains("<a ") && !page.contains("<script"), "{unlinked}");
    }
}
