// The nouns of the API under the names that pages use. It must never add a field of its own.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type AuditEntry = Schemas["AuditEntry"];
export type Burn = Schemas["Burn"];
export type BurnOmitted = Schemas["BurnOmitted"];
export type Delivery = Schemas["Delivery"];
export type Endpoint = Schemas["Endpoint"];
export type EndpointChange = Schemas["EndpointChange"];
export type Explanation = Schemas["Explanation"];
export type Incident = Schemas["Incident"];
export type Log = Schemas["Log"];
export type Metric = Schemas["Metric"];
export type MetricChart = Schemas["MetricChart"];
export type MetricLabel = Schemas["MetricLabel"];
export type MetricLimits = Schemas["MetricLimits"];
export type MetricLine = Schemas["MetricLine"];
export type LogCounts = Schemas["LogCounts"];
export type LogPoint = Schemas["LogPoint"];
export type Objective = Schemas["Objective"];
export type QueryAnswer = Schemas["QueryAnswer"];
export type QueryLimits = Schemas["QueryLimits"];
export type QueryTable = Schemas["QueryTable"];
export type Service = Schemas["Service"];
export type ServicePoint = Schemas["ServicePoint"];
export type Severity = Schemas["Severity"];
export type Slo = Schemas["Slo"];
export type SloFailure = Schemas["Failure"];
export type SloPoint = Schemas["SloPoint"];
export type SloState = Schemas["SloState"];
export type SloWindow = Schemas["Window"];
export type Span = Schemas["Span"];
export type Status = Schemas["Status"];
export type Target = Schemas["Target"];
export type TimelineEntry = Schemas["TimelineEntry"];
export type Token = Schemas["Token"];
export type TraceSummary = Schemas["TraceSummary"];
