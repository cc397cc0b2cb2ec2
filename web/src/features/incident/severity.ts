// The severities, worst first.
import type { Severity } from "@/api/model";

export const SEVERITIES: readonly Severity[] = ["sev1", "sev2", "sev3", "sev4"];
