//! Finds out which tool a document was written for. One of none is an error, and not passed over: a file that was meant would
//! else be missing without a word.

use super::super::fields::Fields;
use super::super::yaml::{Node, Value};
use super::reader::{Form, Reader};
use super::{pyrra, sloth};

/// Where a Prometheus is, unless somebody says so.
pub const PROMETHEUS_URL: &str = "http://prometheus:9090";

const SLOTH: &str = "prometheus/v1";
const SLOTH_GROUP: &str = "sloth.slok.dev/";
const SLOTH_KUBERNETES: &str = "sloth.slok.dev/v1";
const PYRRA_GROUP: &str = "pyrra.dev/";
const PYRRA: &str = "pyrra.dev/v1alpha1";

/// Reads one document.
pub(super) fn read(reader: &mut Reader<'_, '_>, root: &Node) {
    let Some(fields) = Fields::open(&mut reader.report(), root, "") else { return };
    if fields.get("apiVersion").is_none() && fields.get("version").is_some() {
        let Some(version) = fields.scalar(&mut reader.report(), "version") else { return };
        return match version.text() {
            SLOTH => sloth::read(reader, root, Form::Sloth),
            other => {
                let message = format!("version {other:?} is not known; ippo reads Sloth's {SLOTH}");
                reader.report().error(version.at(), "version", message);
            }
        };
    }
    let (Some(version), Some(kind)) = (fields.get("apiVersion"), fields.get("kind")) else {
        return reader.report().error(root.at, "", format!("{}; {KNOWN}", unlike(&fields)));
    };
    let (Value::Scalar(version), Value::Scalar(kind)) = (&version.value, &kind.value) else {
        return reader.report().error(root.at, "", format!("apiVersion and kind are no texts; {KNOWN}"));
    };
    let wrong = match (version.text(), kind.text()) {
        (SLOTH_KUBERNETES, "PrometheusServiceLevel") => {
            return sloth::read(reader, root, Form::SlothKubernetes);
        }
        (PYRRA, "ServiceLevelObjective") => return pyrra::read(reader, root),
        (_, kind) if kind.ends_with("List") && fields.get("items").is_some() => {
            return list(reader, &fields);
        }
        (version, "PrometheusServiceLevel") if version.starts_with(SLOTH_GROUP) => {
            format!("{version} is not known; ippo reads Sloth's {SLOTH_KUBERNETES}")
        }
        (version, "ServiceLevelObjective") if version.starts_with(PYRRA_GROUP) => {
            format!("{version} is not known; ippo reads Pyrra's {PYRRA}")
        }
        (version, _) if version.starts_with("openslo/") || version.starts_with("ippo/") => {
            format!("{version} need not be imported: ippo apply reads it")
        }
        (_, "PrometheusRule") => format!("these are rules of Prometheus: {SPECS}"),
        (version, kind) => format!("{kind} of {version} is no SLO that ippo knows; {KNOWN}"),
    };
    reader.report().error(version.at(), "apiVersion", wrong);
}

const KNOWN: &str = "ippo imports Sloth's prometheus/v1 and sloth.slok.dev/v1 PrometheusServiceLevel, and Pyrra's \
                     pyrra.dev/v1alpha1 ServiceLevelObjective";
const SPECS: &str = "ippo alert import makes alert rules of them; for SLOs give the SLOs that they were generated from, of Sloth or Pyrra";

fn unlike(fields: &Fields<'_>) -> String {
    if fields.get("groups").is_some() {
        return format!("these are rules of Prometheus: {SPECS}");
    }
    "this names neither version, as Sloth's SLOs do, nor apiVersion and kind".to_owned()
}

/// What `kubectl get … -o yaml` writes.
fn list(reader: &mut Reader<'_, '_>, fields: &Fields<'_>) {
    let Some(items) = fields.require_list(&mut reader.report(), "items", "[…]") else { return };
    for item in items {
        let is_list =
            matches!(&item.value, Value::Mapping(entries) if entries.iter().any(|e| e.key.text() == "items"));
        if is_list {
            reader.report().error(item.at, "items", "a list within a list is not read");
        } else {
            read(reader, item);
        }
    }
}
