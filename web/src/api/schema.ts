// Generated from openapi.json by `npm run generate`. Do not edit: change the server's types instead.

export interface paths {
    "/api/v1/alert-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every alert rule and how it stands */
        get: operations["listAlertRules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alert-rules/-/try": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a rule would have done in the past; changes nothing */
        post: operations["tryAlertRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alert-rules/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One alert rule and how it stands */
        get: operations["getAlertRule"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alert-rules/{name}/mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mutes an alert rule until a time */
        post: operations["muteAlertRule"];
        /** Ends the mute of an alert rule */
        delete: operations["unmuteAlertRule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes definitions true; a plan first */
        post: operations["applyDefinitions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every change that a person or a token made, newest first */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The backup that is being taken, and the last ones */
        get: operations["getBackups"];
        put?: never;
        /** Begins a backup on the server's own machine */
        post: operations["startBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budget-policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Error budget policies, and which of their rules stand */
        get: operations["listBudgetPolicies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deploys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which versions went out when, newest first */
        get: operations["listDeploys"];
        put?: never;
        /** Tells that a version goes out */
        post: operations["tellDeploy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/endpoints/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The endpoints that got worse most */
        get: operations["listEndpointChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Incidents, newest first */
        get: operations["listIncidents"];
        put?: never;
        /** Opens an incident by hand */
        post: operations["openIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One incident */
        get: operations["getIncident"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/ack": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes an incident */
        post: operations["acknowledgeIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What changed in the day before an incident began: deploys, definitions, budgets */
        get: operations["listIncidentChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/comment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says something on the timeline */
        post: operations["commentIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/owner": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says who answers for an incident */
        post: operations["setIncidentOwner"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins an ended incident again */
        post: operations["reopenIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends an incident */
        post: operations["resolveIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/severity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes an incident better or worse */
        post: operations["setIncidentSeverity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened in an incident */
        get: operations["getTimeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/journeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Critical user journeys, and what users meet on them */
        get: operations["listJourneys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/journeys/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One journey, and what users meet on it */
        get: operations["getJourney"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/journeys/{name}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How sessions went on after requests that were fine, slow or failed */
        get: operations["getJourneySessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Log records that match, newest first */
        get: operations["listLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many log records match, over time */
        get: operations["countLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest log records that match, as a file. Its headers say how many match, how many of them the file has, and what could not be read */
        get: operations["exportLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same search as server-sent events: `progress` from time to time while it goes on, then `page`, which is what the list answers, or `problem`. Whoever leaves ends the search */
        get: operations["searchLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/tail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Log records that match, as they are acknowledged: server-sent events named `logs`, and `end` when the time of a tail is over; comments keep the connection open */
        get: operations["tailLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One log record, whatever its age */
        get: operations["getLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/{id}/around": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One log record among the lines of its service, whatever was searched for */
        get: operations["getLogsAround"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The metrics that have points in a range */
        get: operations["listMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics/{metric}/chart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One metric over time */
        get: operations["getMetricChart"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics/{metric}/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The labels of a metric's series */
        get: operations["listMetricLabels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Runs read-only SQL, within limits of rows, time and memory. Ends when the caller leaves. A file's headers say how many rows it has, whether some were left out, and what could not be read */
        post: operations["runQuery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/query/tables": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tables and columns that SQL can name, and what they mean */
        get: operations["listQueryTables"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/monthly": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A month by team: what was promised, whether it was kept, what hurt users, what was done */
        get: operations["getMonthlyReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Services with their requests, errors and latency */
        get: operations["listServices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/services/{service}/endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The endpoints of one service */
        get: operations["listEndpoints"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/services/{service}/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One service over time */
        get: operations["getServiceSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is calling */
        get: operations["getSession"];
        put?: never;
        /** Signs in and sets the session's cookie */
        post: operations["signIn"];
        /** Signs out */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slas": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Promises to customers, and how they stand */
        get: operations["listSlas"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slas/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One promise to customers, with its last twelve periods */
        get: operations["getSla"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slas/{name}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The report of one period, for customers */
        get: operations["getSlaReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slo-checks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether SLOs allow another change now */
        get: operations["checkSlos"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slo-suggestions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the stored past says of targets */
        get: operations["suggestSlos"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slo-suggestions/definition": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A definition that is ready to be applied */
        get: operations["draftSlo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every SLO with its state and budget */
        get: operations["listSlos"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One SLO with its state and budget */
        get: operations["getSlo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/exclusions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes time out of an SLO's budget */
        post: operations["excludeFromSlo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/exclusions/{id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes an exclusion or a reset of an SLO back */
        post: operations["withdrawSloExclusion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/failures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The requests behind the bad count */
        get: operations["listSloFailures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What may be left of an SLO's budget, as a range */
        get: operations["getSloForecast"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How an SLO's periods went, newest first */
        get: operations["getSloHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was entered about an SLO's budget, newest first */
        get: operations["listSloLedger"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mutes an SLO's alerts until a time */
        post: operations["muteSlo"];
        /** Ends a mute */
        delete: operations["unmuteSlo"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/overrides": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Goes past what the release gate says of an SLO */
        post: operations["overrideSloGate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/recount": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Holds an SLO's counts against stored telemetry: events `progress`, then `recount` or `problem` */
        get: operations["recountSlo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/resets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes an SLO's budget whole again from now on */
        post: operations["resetSloBudget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One SLO over time */
        get: operations["getSloSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/spend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When the budget of an SLO's window was spent */
        get: operations["getSloSpend"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos/{name}/spend/by": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whose events spent an SLO's budget */
        get: operations["listSloSpendBy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How this ippo is doing */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/store": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether telemetry comes in, what is refused, and what it takes */
        get: operations["getStore"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/store/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reads the segments in quarantine again, and lets those back in that are as they were written */
        post: operations["verifyStore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every notification target and how it fares */
        get: operations["listTargets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/targets/{name}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a test message and says what became of it */
        post: operations["testTarget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every token, without its secret */
        get: operations["listTokens"];
        put?: never;
        /** Makes a token; it is shown this once */
        post: operations["createToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes a token out of use */
        delete: operations["revokeToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Traces that match, newest first */
        get: operations["listTraces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces/{trace_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One whole trace, whatever its age */
        get: operations["getTrace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces/{trace_id}/explanation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where a trace failed, and what shows it */
        get: operations["explainTrace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A condition on telemetry, who acts when it holds, and what to do. */
        AlertRule: {
            /** @description What to do, in words. */
            action: string;
            /** @description Since when it is as it is. */
            applied_at: components["schemas"]["Time"];
            /** @description By what groups are told apart. */
            by: string[];
            /** @description Why there is such a rule. */
            description: string;
            /** @description `metadata.displayName`, or the name. */
            display_name: string;
            /** @description Its text, as it was applied. */
            document: string;
            /**
             * Format: int32
             * @description How long the condition must hold first, in minutes.
             */
            for_minutes: number;
            /** @description Its groups, the worst first; one without a label where it tells none apart. */
            groups: components["schemas"]["AlertRuleGroup"][];
            judged_at: components["schemas"]["Time"] | null;
            /** @description What kind of condition it has. */
            kind: components["schemas"]["AlertRuleKind"];
            last_fired_at: components["schemas"]["Time"] | null;
            /** @description Whether there are more groups than are told apart. */
            more_groups: boolean;
            /** @description Who muted it. */
            muted_by: string | null;
            muted_until: components["schemas"]["Time"] | null;
            /** @description `metadata.name`. */
            name: string;
            /** @description The notification targets that are told. */
            notify: string[];
            /** @description Who answers for it. */
            owner: string;
            /**
             * Format: int32
             * @description How long it must not hold any more before the alert ends, in minutes.
             */
            resolve_after_minutes: number;
            /**
             * Format: int32
             * @description Its revision, from 1; each change of the definition makes a new one.
             */
            revision: number;
            /** @description A link to what to do. */
            runbook: string | null;
            /** @description The service that it speaks about. */
            service: string | null;
            /** @description Whether someone must act now. */
            severity: components["schemas"]["AlertRuleSeverity"];
            /** @description How it stands: as the worst of its groups. */
            state: components["schemas"]["AlertRuleState"];
            /** @description What kept it from being judged, in the language that was asked for; nothing of it ends meanwhile. */
            trouble: string | null;
            /** @description When it fires, in the language that was asked for. */
            when: string;
        };
        /** @description A group of an alert rule. */
        AlertRuleGroup: {
            /**
             * Format: int64
             * @description The number of its open incident.
             */
            incident: number | null;
            /** @description Fields and values, such as `route=/pay`; empty where the rule tells none apart. */
            label: string;
            since: components["schemas"]["Time"] | null;
            /** @description How it stands. */
            state: components["schemas"]["AlertRuleState"];
            /** @description Its value beside the limit, as of the last look, in the language that was asked for. */
            text: string | null;
        };
        /**
         * @description What kind of condition a rule has.
         * @enum {string}
         */
        AlertRuleKind: "threshold" | "absence" | "text";
        /** @description Every alert rule. */
        AlertRuleList: components["schemas"]["Page"] & {
            /** @description The rules, by name. */
            alert_rules: components["schemas"]["AlertRule"][];
        };
        /**
         * @description Whether someone must act now.
         * @enum {string}
         */
        AlertRuleSeverity: "page" | "ticket";
        /**
         * @description How a rule or one of its groups stands.
         * @enum {string}
         */
        AlertRuleState: "firing" | "pending" | "unknown" | "fine";
        /** @description What a rule would have done. */
        AlertRuleTried: components["schemas"]["Page"] & {
            /**
             * Format: int64
             * @description How often it would have fired, for any group.
             */
            fired: number;
            /**
             * Format: int32
             * @description In how many minutes it would have fired, for any group.
             */
            firing_minutes: number;
            /** @description Start of what was looked at. */
            from: components["schemas"]["Time"];
            /**
             * Format: int32
             * @description Minutes of these that were measured; of the others nobody can say anything.
             */
            measured_minutes: number;
            /**
             * Format: int32
             * @description Minutes that were looked at.
             */
            minutes: number;
            /** @description The rule's name. */
            name: string;
            /** @description End of what was looked at, excluded. */
            to: components["schemas"]["Time"];
            /** @description When it fires, in the language that was asked for. */
            when: string;
            /** @description The first times that it would have fired, in order; at most 50. */
            would: components["schemas"]["AlertRuleWould"][];
        };
        /** @description A rule to be tried against the past. */
        AlertRuleTryOut: {
            /** @description The file with the rule; other definitions in it are let be. */
            file: components["schemas"]["DefinitionFile"];
            /** @description Which rule of it, if it has several. */
            name?: string | null;
        };
        /** @description Once that a rule would have fired. */
        AlertRuleWould: {
            /** @description The end of the minute with which it would have begun. */
            from: components["schemas"]["Time"];
            /** @description The group; empty where the rule tells none apart. */
            group: string;
            /** @description What would have been said, in the language that was asked for. */
            text: string;
            to: components["schemas"]["Time"] | null;
        };
        /** @description Files to make true. */
        Apply: {
            /** @description Only say what would change. */
            dry_run?: boolean;
            /** @description The files, whole. */
            files: components["schemas"]["DefinitionFile"][];
            /** @description Delete what was applied before and is in no file any more. */
            prune?: boolean;
            /** @description Answer only when new counts have been made from stored data. */
            wait?: boolean;
        };
        /** @description What an apply changed, or would change. */
        ApplyAnswer: {
            /** @description Whether the plan was carried out. */
            applied: boolean;
            /** @description One step for each definition. */
            plan: components["schemas"]["PlanStep"][];
            /** @description What the author should know. */
            warnings: string[];
        };
        Attributes: {
            [key: string]: unknown;
        };
        /** @description One change. */
        AuditEntry: {
            /** @description What was done, such as `createToken`. */
            action: string;
            /** @description Who made it: an account's name, `token:` and a token's name, or `cli`. */
            actor: string;
            /** @description More about it; never a secret. */
            detail: components["schemas"]["Attributes"];
            /** @description Its id. */
            id: string;
            /** @description What it was done to. */
            subject: string;
            /** @description When it was made. */
            time: components["schemas"]["Time"];
        };
        /** @description Entries of the audit log, newest first. */
        AuditList: components["schemas"]["Page"] & {
            /** @description The entries. */
            entries: components["schemas"]["AuditEntry"][];
        };
        /** @description A backup that is complete. */
        Backup: {
            /**
             * Format: int64
             * @description Their bytes.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Those of them that took new space; the rest is shared with the data folder or an earlier backup.
             */
            copied_bytes: number;
            /**
             * Format: int64
             * @description Counters.
             */
            counters: number;
            /**
             * Format: int64
             * @description Its files.
             */
            files: number;
            /** @description Files that were missing or damaged and are not in it, with what that means. */
            left_out: string[];
            /**
             * Format: int64
             * @description Log records.
             */
            logs: number;
            /** @description Its folder. */
            path: string;
            /**
             * Format: int64
             * @description Metric points.
             */
            points: number;
            /**
             * Format: int64
             * @description Segments.
             */
            segments: number;
            /**
             * Format: int64
             * @description Spans.
             */
            spans: number;
            /**
             * Format: int64
             * @description Rows of the state database.
             */
            state_rows: number;
            /** @description When it was begun: everything acknowledged before is in it. */
            taken_at: string;
        };
        /** @description A backup that has ended. */
        BackupOutcome: {
            backup: components["schemas"]["Backup"] | null;
            /** @description Why it failed. */
            error: string | null;
            /** @description When it ended. */
            finished_at: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Its number since the start of the server.
             */
            id: number;
        };
        /** @description A backup that is being taken. */
        BackupProgress: {
            /** @description Who asked for it. */
            by: string;
            /**
             * Format: int64
             * @description Bytes that are done.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Bytes in all, as far as that is known yet.
             */
            bytes_all: number;
            /**
             * Format: int64
             * @description Files that are done.
             */
            files: number;
            /**
             * Format: int64
             * @description Files in all, as far as that is known yet.
             */
            files_all: number;
            /**
             * Format: int64
             * @description Its number since the start of the server.
             */
            id: number;
            /** @description When. */
            started_at: components["schemas"]["Time"];
            /** @description The folder it makes. */
            to: string;
        };
        /** @description How backups stand. */
        BackupStatus: {
            last: components["schemas"]["BackupOutcome"] | null;
            last_success_at: components["schemas"]["Time"] | null;
            /**
             * Format: int64
             * @description The bytes of all of its files.
             */
            last_success_bytes: number | null;
            running: components["schemas"]["BackupProgress"] | null;
        };
        /** @description What a team agreed to do as its budgets run low. */
        BudgetPolicy: {
            /** @description Since when it is as it is. */
            applied_at: components["schemas"]["Time"];
            /** @description Who agreed, when, and what else there is to say. */
            description: string;
            /** @description `metadata.displayName`, or the name. */
            display_name: string;
            /** @description `metadata.name`. */
            name: string;
            /** @description Who answers for it. */
            owner: string;
            /** @description The day on which someone looks again whether it is still what the team wants: `2027-04-01`. */
            review_on: string | null;
            /** @description What follows when. */
            rules: components["schemas"]["BudgetRule"][];
            /** @description The SLOs that it is about. */
            slos: components["schemas"]["PolicySlo"][];
        };
        /** @description Every error budget policy. */
        BudgetPolicyList: components["schemas"]["Page"] & {
            /** @description The policies, by name. */
            policies: components["schemas"]["BudgetPolicy"][];
        };
        /** @description Makes an SLO's budget whole again. */
        BudgetReset: {
            /** @description Whether only the effect is wanted: nothing is entered then. */
            dry_run?: boolean;
            /** @description Why, for those who ask later. */
            reason: string;
            /** @description Where it was agreed. */
            ticket?: string;
        };
        /** @description What follows when. */
        BudgetRule: {
            freeze: components["schemas"]["FreezeKind"] | null;
            /** @description Unique within the policy. */
            name: string;
            /** @description The notification targets that are told. */
            notify: string[];
            /** @description Whether a postmortem is due. */
            postmortem: boolean;
            /** @description What it stands for now. */
            standing: components["schemas"]["StandingRule"][];
            /** @description What follows, in the language that was asked for. */
            then: string;
            /** @description When, in the language that was asked for. */
            when: string;
        };
        /** @description One burn pair of an objective. */
        Burn: {
            /**
             * Format: double
             * @description The burn rate from which it fires.
             */
            factor: number;
            /** @description Whether it fires: both were at or over the factor, and the short one has not fallen below nine tenths of it since. */
            firing: boolean;
            /** @description Whether it fires only because part of its short window is unmeasured. */
            held: boolean;
            /**
             * Format: double
             * @description The burn rate over the long window; `null` without events.
             */
            long_burn: number | null;
            /**
             * Format: int32
             * @description The long window in seconds.
             */
            long_secs: number;
            /** @description Whether it pages or opens a ticket. */
            severity: components["schemas"]["BurnSeverity"];
            /**
             * Format: double
             * @description The burn rate over the short window; `null` without events.
             */
            short_burn: number | null;
            /**
             * Format: int32
             * @description The short window in seconds.
             */
            short_secs: number;
            /** @description Whether both are at or over the factor, and nobody is paged as chance may have made so few failures. */
            too_few: boolean;
        };
        /** @description A burn pair that cannot fire, and why. */
        BurnOmitted: {
            /**
             * Format: double
             * @description The burn rate from which it would fire.
             */
            factor: number;
            /**
             * Format: int32
             * @description The long window in seconds.
             */
            long_secs: number;
            /** @description The arithmetic. */
            reason: string;
            /** @description Whether it would page or open a ticket. */
            severity: components["schemas"]["BurnSeverity"];
            /**
             * Format: int32
             * @description The short window in seconds.
             */
            short_secs: number;
        };
        /**
         * @description What a burn pair leads to.
         * @enum {string}
         */
        BurnSeverity: "page" | "ticket";
        /** @description Where a failed trace failed first. */
        Cause: {
            exception: components["schemas"]["Exception"] | null;
            /** @description Its name. */
            name: string;
            /** @description Its service. */
            service: string;
            /** @description The span. */
            span_id: string;
        };
        /**
         * @description How a target is reached.
         * @enum {string}
         */
        Channel: "webhook" | "email" | "slack";
        /** @description What the gate says of one SLO. */
        CheckedSlo: {
            /** @description What was looked at. */
            checks: components["schemas"]["GateCheck"][];
            /** @description What people call it. */
            display_name: string;
            /** @description Its name. */
            name: string;
            /** @description The worst of its checks' verdicts. */
            verdict: components["schemas"]["GateVerdict"];
        };
        /** @description One column of an answer. */
        Column: {
            /** @description Its name. */
            name: string;
            /** @description Its type, as Arrow names it. */
            type: string;
        };
        /** @description All parts of a composite SLO together. */
        Composite: {
            /** @description The burn pairs that can fire. */
            burn: components["schemas"]["Burn"][];
            /** @description Those that cannot, and why. */
            burn_omitted: components["schemas"]["BurnOmitted"][];
            /**
             * Format: double
             * @description The burn rate of the last hour; `null` without events.
             */
            hour_burn: number | null;
            /** @description Its periods: that of the SLO first. */
            windows: components["schemas"]["CompositeWindow"][];
        };
        /** @description What a part of a composite SLO spent in a period. */
        CompositePart: {
            /**
             * Format: double
             * @description What that is of the budget of all parts together: the weight's share times what it spent of its own.
             */
            composite_spent: number;
            /**
             * Format: double
             * @description Share of its own budget that it spent; `null` without events, which add nothing and keep the part's weight.
             */
            own_spent: number | null;
        };
        /** @description One period of a composite SLO. */
        CompositeWindow: {
            /**
             * Format: double
             * @description Share of the budget left: 1 untouched, 0 spent, below 0 over-spent; `null` without events in any part.
             */
            budget_remaining: number | null;
            /**
             * Format: double
             * @description Share of the budget that is spent: what each part spent of its own, by weight; `null` without events in any part.
             */
            budget_spent: number | null;
            /** @description The end of all of it. */
            ends: components["schemas"]["Time"];
            /** @description Its start. */
            from: components["schemas"]["Time"];
            /** @description What each part spent, in the order of the objectives. */
            parts: components["schemas"]["CompositePart"][];
            /** @description Whether it rolls. */
            rolls: boolean;
            /** @description The end of what has passed of it, excluded. */
            to: components["schemas"]["Time"];
            /** @description As it is written: `28d`. */
            window: string;
        };
        /**
         * @description What excluded time counts as.
         * @enum {string}
         */
        CountsAs: "left_out" | "good";
        /** @description What is due below a share. */
        Credit: {
            /**
             * Format: double
             * @description The share, 0 to 1, as written.
             */
            below: number;
            /** @description What is due, as the contract says it. */
            credit: string;
        };
        /** @description One file of definitions. */
        DefinitionFile: {
            /** @description Its path as the caller knows it, for error messages. */
            path: string;
            /** @description Its text: one or more YAML documents. */
            text: string;
        };
        /** @description One notification and what became of it. */
        Delivery: {
            /**
             * Format: int32
             * @description How often it was tried.
             */
            attempts: number;
            /** @description How it is reached. */
            channel: components["schemas"]["Channel"];
            delivered_at: components["schemas"]["Time"] | null;
            /** @description Constant across attempts. */
            id: string;
            /** @description What the last attempt failed with. */
            last_error: string | null;
            next_attempt_at: components["schemas"]["Time"] | null;
            /** @description Where it stands. */
            state: components["schemas"]["DeliveryState"];
            /** @description The notification target. */
            target: string;
        };
        /**
         * @description Where a delivery stands.
         * @enum {string}
         */
        DeliveryState: "pending" | "delivered" | "failed" | "abandoned";
        /** @description A version of a service that went out. */
        Deploy: {
            /** @description Who said so; `ippo` where telemetry did. */
            by: string;
            /** @description `deployment.environment.name`; `null` if nobody says. */
            environment: string | null;
            /** @description Its id. */
            id: string;
            /** @description `service.name`. */
            service: string;
            /** @description Where it is known from. */
            source: components["schemas"]["DeploySource"];
            /** @description When it began to go out. */
            time: components["schemas"]["Time"];
            /** @description Where to read what changed. */
            url: string | null;
            /** @description `service.version`. */
            version: string;
        };
        /** @description Deploys, newest first. */
        DeployList: components["schemas"]["Page"] & {
            /** @description The deploys. */
            deploys: components["schemas"]["Deploy"][];
            /** @description Start of the effective range. */
            from: components["schemas"]["Time"];
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
        };
        /**
         * @description Where a deploy is known from.
         * @enum {string}
         */
        DeploySource: "told" | "seen";
        /** @description A minute whose counts are not those of its stored telemetry. */
        DifferingMinute: {
            /** @description What the SLO counts. */
            counted: components["schemas"]["MinuteCounts"];
            /** @description What stored telemetry adds up to. */
            stored: components["schemas"]["MinuteCounts"];
            /** @description Its start. */
            time: components["schemas"]["Time"];
        };
        /** @description One endpoint of a service in a range. */
        Endpoint: {
            /**
             * Format: int64
             * @description Those that failed.
             */
            errors: number;
            /** @description `server` or `consumer`. */
            kind: string;
            /** @description The HTTP method. */
            method: string | null;
            /** @description The span's name. */
            name: string;
            /**
             * Format: double
             * @description Median latency in milliseconds.
             */
            p50_ms: number | null;
            /**
             * Format: double
             * @description 95th percentile of latency in milliseconds.
             */
            p95_ms: number | null;
            /**
             * Format: double
             * @description 99th percentile of latency in milliseconds.
             */
            p99_ms: number | null;
            /**
             * Format: int64
             * @description Spans.
             */
            requests: number;
            /** @description The HTTP route. */
            route: string | null;
        };
        /** @description One endpoint that got worse. */
        EndpointChange: {
            /**
             * Format: int64
             * @description Those of the baseline that failed.
             */
            baseline_errors: number;
            /**
             * Format: double
             * @description 95th percentile of latency in the baseline, in milliseconds.
             */
            baseline_p95_ms: number | null;
            /**
             * Format: int64
             * @description Requests in the baseline.
             */
            baseline_requests: number;
            /**
             * Format: int64
             * @description Those that failed.
             */
            errors: number;
            /** @description The HTTP method. */
            method: string | null;
            /** @description The span's name. */
            name: string;
            /**
             * Format: double
             * @description 95th percentile of latency in milliseconds.
             */
            p95_ms: number | null;
            /**
             * Format: int64
             * @description Requests in the range.
             */
            requests: number;
            /** @description The HTTP route. */
            route: string | null;
            /** @description Its service. */
            service: string;
            /**
             * Format: int64
             * @description Distinct users whose requests failed; `null` where spans carry no user.
             */
            users: number | null;
        };
        /** @description The endpoints that got worse most against the same length of time before. */
        EndpointChanges: components["schemas"]["Page"] & {
            /** @description Start of what it is compared with. */
            baseline_from: components["schemas"]["Time"];
            /** @description End of what it is compared with, excluded. */
            baseline_to: components["schemas"]["Time"];
            /** @description At most five, the worst first. */
            endpoints: components["schemas"]["EndpointChange"][];
            /** @description Start of the effective range. */
            from: components["schemas"]["Time"];
            /**
             * Format: double
             * @description How far percentiles may be off, as a share of each: 0.01 is 1 %, and 0 means that they are exact.
             */
            percentile_error: number;
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description The endpoints of one service in a range. */
        EndpointList: components["schemas"]["Page"] & {
            /** @description The endpoints, most requests first. */
            endpoints: components["schemas"]["Endpoint"][];
            /** @description Start of the effective range, aligned outward to whole minutes. */
            from: components["schemas"]["Time"];
            /**
             * Format: double
             * @description How far percentiles may be off, as a share of each: 0.01 is 1 %, and 0 means that they are exact.
             */
            percentile_error: number;
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description An exception as `exception.*` attributes describe it. */
        Exception: {
            /** @description `exception.message`. */
            message: string;
            /** @description `exception.stacktrace`. */
            stacktrace: string;
            /** @description `exception.type`. */
            type: string;
        };
        /** @description Time taken out of an SLO's budget. */
        Exclusion: {
            /** @description What the time counts as. */
            counts_as: components["schemas"]["CountsAs"];
            /** @description What it changed when it was entered, an objective each. */
            effects: components["schemas"]["ExclusionEffect"][];
            /** @description Its start, a whole minute. */
            from: components["schemas"]["Time"];
            /** @description Why. */
            reason: string;
            repeat: components["schemas"]["Repeat"] | null;
            /** @description Where it was agreed; may be empty. */
            ticket: string;
            /** @description Its end, excluded, a whole minute. */
            to: components["schemas"]["Time"];
        };
        /** @description What an exclusion does to one objective. */
        ExclusionEffect: {
            /**
             * Format: double
             * @description The share that is left with it; `null` without events.
             */
            budget_remaining_after: number | null;
            /**
             * Format: double
             * @description The share of the budget that was left without it; `null` without events.
             */
            budget_remaining_before: number | null;
            /** @description The objective's name, or its target. */
            objective: string;
        };
        /** @description Takes time out of an SLO's budget. */
        Exclusions: {
            /** @description What the time is to count as. */
            counts_as?: components["schemas"]["CountsAs"];
            /** @description Whether only the effect is wanted: nothing is entered then. */
            dry_run?: boolean;
            /** @description Its start; aligned outward to a whole minute. It may lie ahead. */
            from: components["schemas"]["Time"];
            /** @description Why, for those who ask later. */
            reason: string;
            repeat?: components["schemas"]["Repeat"] | null;
            /** @description Where it was agreed. */
            ticket?: string;
            /** @description Its end, excluded; aligned outward to a whole minute. */
            to: components["schemas"]["Time"];
        };
        /** @description What users met, of one kind of attempt. */
        Experience: {
            /** @description What these are called. */
            about: string;
            /**
             * Format: int64
             * @description How many attempts there were.
             */
            attempts: number;
            /**
             * Format: double
             * @description The measured share of the time, 0 to 1.
             */
            coverage: number;
            /** @description What went wrong, an objective each. */
            hurts: components["schemas"]["Hurt"][];
            /** @description The SLOs that count these attempts, by name. */
            slos: string[];
            /** @description All of it as a sentence, in the language that was asked for. */
            text: string;
            /**
             * Format: int64
             * @description Of how many nobody can say how they went.
             */
            unknown: number;
        };
        /** @description What a trace shows, in sentences whose every claim names the fact it rests on. */
        Explanation: {
            cause: components["schemas"]["Cause"] | null;
            /** @description The facts that `text` names. */
            facts: components["schemas"]["Fact"][];
            /** @description The log records of that span. */
            logs: components["schemas"]["Log"][];
            sampled: components["schemas"]["SampledSpans"] | null;
            /** @description Sentences, with the id of a fact in brackets after each claim, such as `[S:3]`. */
            text: string;
            /** @description 32 lower-case hexadecimal digits. */
            trace_id: string;
            /** @description Whether an error was found and traced to its cause. */
            verdict: components["schemas"]["Verdict"];
        };
        /** @description One thing that the telemetry says. */
        Fact: {
            /** @description How `text` names it, such as `S:3`. */
            id: string;
            /** @description What it was read from. */
            kind: components["schemas"]["FactKind"];
            /** @description The span it belongs to. */
            span_id: string | null;
            /** @description The fact itself. */
            text: string;
        };
        /**
         * @description What a fact was read from.
         * @enum {string}
         */
        FactKind: "span" | "log" | "exception" | "user";
        /** @description One bad event. */
        Failure: {
            /**
             * Format: double
             * @description How long it took, where it is a span.
             */
            duration_ms: number | null;
            /** @description What the status, the exception or the record says. */
            message: string | null;
            /** @description The span's name, or the log record's body. */
            name: string;
            /** @description Its service. */
            service: string;
            /** @description Its span. */
            span_id: string | null;
            /** @description The span's status, or the record's severity. */
            status: string;
            /** @description When it happened. */
            time: components["schemas"]["Time"];
            /** @description Its trace. */
            trace_id: string | null;
            /** @description Who met it. */
            user_id: string | null;
        };
        /** @description The events behind an SLO's bad count, newest first. */
        FailureList: components["schemas"]["Page"] & {
            /** @description The events. */
            failures: components["schemas"]["Failure"][];
            /** @description Start of the effective range. */
            from: components["schemas"]["Time"];
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description One field that differs. */
        FieldChange: {
            /** @description What it becomes; `null` if it is said no more. */
            after: string | null;
            /** @description What it was; `null` if it was not said. */
            before: string | null;
            /** @description The field, such as `objectives[0].target`. */
            field: string;
        };
        /** @description A forecast of a budget. */
        Forecast: {
            latest: components["schemas"]["Time"] | null;
            likely: components["schemas"]["Time"] | null;
            /** @description Start of the time that is replayed. */
            past_from: components["schemas"]["Time"];
            /** @description Its end, excluded. */
            past_to: components["schemas"]["Time"];
            /** @description What may be left: now, then in even steps, ascending. */
            points: components["schemas"]["ForecastPoint"][];
            soonest: components["schemas"]["Time"] | null;
            /** @description Whether the budget is spent now: the times below say when it is there again, otherwise when it ends. */
            spent: boolean;
        };
        /** @description What may be left at one moment, as a share of the budget; below 0 where it is overspent. */
        ForecastPoint: {
            /**
             * Format: double
             * @description In one of ten replays more was left.
             */
            high: number;
            /**
             * Format: double
             * @description In one of ten replays less was left.
             */
            low: number;
            /**
             * Format: double
             * @description In half of them.
             */
            middle: number;
            /** @description When. */
            time: components["schemas"]["Time"];
        };
        /**
         * @description How a freeze is meant.
         * @enum {string}
         */
        FreezeKind: "advise" | "block";
        /**
         * @description What is known of a stretch of time.
         * @enum {string}
         */
        Gap: "measured" | "zero_traffic" | "unmeasured" | "excluded";
        /** @description One thing that was looked at. */
        GateCheck: {
            /** @description What. */
            kind: components["schemas"]["GateCheckKind"];
            /** @description In words, with its numbers, in the language that was asked for. */
            text: string;
            /** @description What follows from it. */
            verdict: components["schemas"]["GateVerdict"];
        };
        /**
         * @description What the release gate looks at.
         * @enum {string}
         */
        GateCheckKind: "data" | "budget" | "burn" | "incident" | "policy" | "deploy";
        /**
         * @description A change that no gate holds up.
         * @enum {string}
         */
        GateExemption: "p0" | "security";
        /** @description Goes past what the release gate says of an SLO. */
        GateOverride: {
            /** @description Who decided it, where a program says so for somebody. */
            by?: string | null;
            exemption?: components["schemas"]["GateExemption"] | null;
            /**
             * Format: double
             * @description The least share of the budget, as the gate was asked; by default 0.
             */
            least_budget?: number | null;
            /**
             * Format: double
             * @description The least coverage, as the gate was asked; by default 0.5.
             */
            least_coverage?: number | null;
            /**
             * Format: int64
             * @description The least number of events, as the gate was asked; by default 1.
             */
            least_events?: number | null;
            /** @description Why, for those who ask later. */
            reason: string;
            /**
             * Format: int32
             * @description After how many minutes data is stale, as the gate was asked; by default 15.
             */
            stale_after_minutes?: number | null;
            /** @description The version that goes out. */
            version?: string | null;
        };
        /**
         * @description What the release gate says.
         * @enum {string}
         */
        GateVerdict: "pass" | "inconclusive" | "no";
        /** @description How many attempts met one kind of trouble. */
        Hurt: {
            /**
             * Format: int64
             * @description How many.
             */
            bad: number;
            /** @description `failed`, `slower_than` (of `limit`), or `broke` (what the objective in `limit` promises). */
            kind: string;
            /** @description What was passed: `800 ms`, or the name of the promise; `null` of what failed. */
            limit: string | null;
            /** @description What the objective is called. */
            objective: string;
            /** @description The SLO that counts it. */
            slo: string;
        };
        /** @description What users met so far. */
        Impact: {
            /** @description Traces of some of them, newest first. */
            example_traces: string[];
            /** @description Start of what was counted. */
            from: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Bad requests.
             */
            requests: number;
            /** @description End of what was counted, excluded. */
            to: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Distinct users who met them.
             */
            users: number;
            /** @description Whether `users` was counted rather than estimated. */
            users_exact: boolean;
        };
        /** @description One incident. */
        Incident: {
            acknowledged_at: components["schemas"]["Time"] | null;
            /** @description Who took it. */
            acknowledged_by: string | null;
            /** @description What to do, in the words of the alert rule. */
            action: string | null;
            /** @description The alert rule that opened it. */
            alert_rule: string | null;
            /** @description Who was told, and what became of it. */
            deliveries: components["schemas"]["Delivery"][];
            /** @description Some of what it is about, as of its last beginning: traces, or log records. */
            examples: components["schemas"]["IncidentExample"][];
            /**
             * Format: int64
             * @description Its number, from 1.
             */
            id: number;
            impact: components["schemas"]["Impact"] | null;
            /** @description How people name it, such as `INC-41`. */
            key: string;
            /** @description What opened it. */
            kind: components["schemas"]["IncidentKind"];
            /** @description Whether its notifications are muted now. */
            muted: boolean;
            /** @description When it was opened. */
            opened_at: components["schemas"]["Time"];
            /** @description Who answers for it. */
            owner: string | null;
            resolved_at: components["schemas"]["Time"] | null;
            /** @description Who ended it; `ippo` when the alert did. */
            resolved_by: string | null;
            /** @description A link to what to do. */
            runbook: string | null;
            /** @description The service it is about. */
            service: string | null;
            /** @description How bad it is. */
            severity: components["schemas"]["Severity"];
            /** @description The SLO that opened it. */
            slo: string | null;
            /** @description Where it stands. */
            state: components["schemas"]["IncidentState"];
            /** @description What is the case. */
            title: string;
        };
        /** @description A change before an incident. */
        IncidentChange: {
            /** @description Who did it; `ippo` where telemetry says so. */
            by: string;
            /** @description Whether it is of the incident's own service, SLO or alert rule. */
            own: boolean;
            /** @description What changed, in words. */
            text: string;
            /** @description When. */
            time: components["schemas"]["Time"];
            /** @description Where to read what changed. */
            url: string | null;
        };
        /** @description What changed before an incident began. */
        IncidentChanges: components["schemas"]["Page"] & {
            /**
             * @description Those of the day before: what is the incident's own first, then the latest first; at most 20. That something changed does not
             *     say that it is why.
             */
            changes: components["schemas"]["IncidentChange"][];
        };
        /** @description Something to look at. */
        IncidentExample: {
            /** @description Its page on this server: `/traces/4bf9…`. */
            path: string;
            /** @description In a line: a trace's id, or what a log record says. */
            text: string;
        };
        /**
         * @description What opened an incident.
         * @enum {string}
         */
        IncidentKind: "slo" | "absence" | "policy" | "rule" | "ippo" | "manual";
        /** @description Incidents, newest first. */
        IncidentList: components["schemas"]["Page"] & {
            /** @description The incidents. */
            incidents: components["schemas"]["Incident"][];
        };
        /**
         * @description Where an incident stands.
         * @enum {string}
         */
        IncidentState: "open" | "acknowledged" | "resolved";
        /** @description Takes or ends an incident. */
        IncidentStep: {
            /** @description Why, for the timeline. */
            comment?: string | null;
        };
        /** @description A critical user journey, as known now. */
        Journey: {
            /** @description The people who agreed to it. */
            agreed_by: string[];
            /** @description When they did: `2026-10-01`. */
            agreed_on: string | null;
            /** @description Since when it is as it is. */
            applied_at: components["schemas"]["Time"];
            /** @description The definition as YAML. */
            definition: string;
            /** @description What else there is to say. */
            description: string;
            /** @description `metadata.displayName`, or the name. */
            display_name: string;
            /**
             * Format: int32
             * @description Within how many seconds a session goes on to a later step.
             */
            goes_on_within_secs: number;
            /** @description What a failure does to users, in the owner's words. */
            harm: string;
            /** @description The same of the last hour. */
            hour: components["schemas"]["Experience"][];
            /** @description Those whose definition cannot be used, by name. */
            missing_slos: string[];
            /** @description `metadata.name`. */
            name: string;
            /** @description Who answers for it. */
            owner: string;
            /** @description The day on which someone looks again: `2027-04-01`. */
            review_on: string | null;
            /** @description Whether that day has passed (UTC). */
            review_overdue: boolean;
            /**
             * Format: int64
             * @description Its revision, from 1; each change of the definition makes a new one.
             */
            revision: number;
            /** @description The attribute that joins the requests of a session; `null` for `session.id`, then `user.id` and `enduser.id`. */
            session_attribute: string | null;
            /** @description The SLOs it rests on. */
            slos: components["schemas"]["JourneySlo"][];
            /** @description The worst state of its SLOs; one of which nothing is known is not fine. */
            state: components["schemas"]["SloState"];
            /** @description The steps in the order in which users take them. */
            steps: components["schemas"]["JourneyStep"][];
            /** @description What users met in the last seven days, each kind of attempt by itself. Nothing is taken out of it. */
            week: components["schemas"]["Experience"][];
        };
        /** @description Every journey. */
        JourneyList: components["schemas"]["Page"] & {
            /** @description The journeys, by name. */
            journeys: components["schemas"]["Journey"][];
        };
        /** @description How the sessions of a range went through a journey. */
        JourneySessions: components["schemas"]["Page"] & {
            /** @description Start of the range. */
            from: components["schemas"]["Time"];
            /**
             * Format: int32
             * @description Within how many seconds a session goes on to a later step.
             */
            goes_on_within_secs: number;
            /**
             * Format: int64
             * @description Requests at the steps that do not say of which session they are. They are in no number.
             */
            nameless_requests: number;
            /**
             * Format: int64
             * @description One of so many was, whole, chosen by its id: 1 if all of them were.
             */
            one_of: number;
            /**
             * Format: int64
             * @description Requests that their sender sampled: others of the same sessions may be missing.
             */
            sampled_requests: number;
            /** @description The attribute that joins requests; `null` for `session.id`, then `user.id` and `enduser.id`. */
            session_attribute: string | null;
            /**
             * Format: int64
             * @description Sessions that were looked at.
             */
            sessions: number;
            /**
             * Format: int64
             * @description Sessions that are known by their user alone.
             */
            sessions_by_user: number;
            /**
             * Format: int64
             * @description Of fewer sessions than this no share is told.
             */
            share_told_from: number;
            /** @description Each step and its sessions. */
            steps: components["schemas"]["StepSessions"][];
            /** @description End of the range, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description An SLO that a journey rests on. */
        JourneySlo: {
            /**
             * Format: double
             * @description The least share of a budget that is left in it; `null` without events.
             */
            budget_remaining: number | null;
            /** @description `metadata.displayName`, or the name. */
            display_name: string;
            exhausts_at: components["schemas"]["Time"] | null;
            /** @description `metadata.name`. */
            name: string;
            /** @description Its state. */
            state: components["schemas"]["SloState"];
            /** @description The rule that gave the state, in the language that was asked for. */
            state_rule: string;
        };
        /** @description A step of a journey. */
        JourneyStep: {
            /** @description What it is called. */
            display_name: string;
            /** @description Unique within the journey. */
            name: string;
            /**
             * Format: int32
             * @description A request that takes longer is slow, in milliseconds.
             */
            slow_ms: number | null;
            /** @description Which spans are a request of it: a SQL boolean expression. */
            where: string;
        };
        /** @description The ledger of an SLO, newest first. */
        Ledger: components["schemas"]["Page"] & {
            /** @description The entries. */
            entries: components["schemas"]["LedgerEntry"][];
        };
        /** @description One entry of an SLO's ledger. Entries are added and never changed. */
        LedgerEntry: {
            /** @description Who entered it; `ippo` where nobody did. */
            by: string;
            exclusion: components["schemas"]["Exclusion"] | null;
            /** @description Its id. */
            id: string;
            /**
             * @description `exclusion`, `reset`, `withdrawal` (of one of these), `suppressed_page` (one that was not sent, as so few failures may be
             *     chance), `override` (a change that went past the release gate), `policy` (an error budget policy began or ended to ask for
             *     something) or `closing` (a period ended).
             */
            kind: string;
            /** @description What a reset changed when it was entered, an objective each. */
            reset: components["schemas"]["ExclusionEffect"][] | null;
            /** @description In words, with its numbers, in the language that was asked for. */
            text: string;
            /** @description When it was entered. */
            time: components["schemas"]["Time"];
            /** @description The exclusion or reset that a withdrawal takes back. */
            withdraws: string | null;
        };
        /** @description Time that was left out of a recount. */
        LeftOut: {
            /** @description Its start. */
            from: components["schemas"]["Time"];
            /** @description Why. */
            reason: string;
            /** @description Its end, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description One log record. */
        Log: {
            /** @description The record's attributes. */
            attributes: components["schemas"]["Attributes"];
            /** @description The message; a structured body is written as JSON. */
            body: string;
            /** @description `deployment.environment.name`. */
            environment: string;
            /** @description The name of the event, if it is one. */
            event_name: string;
            /** @description Its address, for as long as it is kept: `GET /api/v1/logs/{id}`. */
            id: string;
            /** @description `service.namespace`. */
            namespace: string;
            /** @description When the pipeline first saw it. */
            observed_time: components["schemas"]["Time"];
            /** @description The attributes of its resource. */
            resource: components["schemas"]["Attributes"];
            /** @description `service.name`. */
            service: string;
            /** @description `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`; empty where unknown. */
            severity: string;
            /**
             * Format: int32
             * @description 1 to 24, by the OpenTelemetry log data model; 0 where unknown.
             */
            severity_number: number;
            /** @description The span it was written in. */
            span_id: string | null;
            /** @description When it happened. */
            time: components["schemas"]["Time"];
            /** @description The trace it was written in. */
            trace_id: string | null;
        };
        /** @description Records over time, by severity. */
        LogCounts: components["schemas"]["Page"] & {
            /**
             * Format: int64
             * @description How many of them an export holds at most.
             */
            export_limit: number;
            /** @description Start of the effective range. */
            from: components["schemas"]["Time"];
            /** @description Every step, the oldest first. */
            points: components["schemas"]["LogPoint"][];
            /**
             * Format: int32
             * @description The length of a step in seconds.
             */
            step_secs: number;
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description All of them.
             */
            total: number;
        };
        /** @description One record, whatever its age. */
        LogFound: components["schemas"]["Page"] & {
            /** @description The record. */
            log: components["schemas"]["Log"];
        };
        /** @description Log records that match a search, newest first. */
        LogList: components["schemas"]["Page"] & {
            /** @description Start of the effective range. */
            from: components["schemas"]["Time"];
            /** @description The records. */
            logs: components["schemas"]["Log"][];
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description The records of one step. */
        LogPoint: {
            /**
             * Format: int64
             * @description `DEBUG`.
             */
            debug: number;
            /**
             * Format: int64
             * @description `ERROR`.
             */
            error: number;
            /**
             * Format: int64
             * @description `FATAL`.
             */
            fatal: number;
            /**
             * Format: int64
             * @description `INFO`.
             */
            info: number;
            /** @description Start of the step. */
            time: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description `TRACE`.
             */
            trace: number;
            /**
             * Format: int64
             * @description Those of unknown severity.
             */
            unknown: number;
            /**
             * Format: int64
             * @description `WARN`.
             */
            warn: number;
        };
        /** @description How far a search for log records has got. */
        LogProgress: {
            /** @description Nothing of this time or later is left to look at. */
            back_to: components["schemas"]["Time"];
            /** @description Records that were found since the event before, newest first. */
            logs: components["schemas"]["Log"][];
            /**
             * Format: int64
             * @description Those of them that were looked through, or of which the file knows that they do not match.
             */
            looked: number;
            /** @description Give it as `cursor` to go on from here, if the search is given up. */
            next_cursor: string;
            /**
             * Format: int64
             * @description Records that may match by their time, as far as files tell: all of those in files that reach into the range.
             */
            rows: number;
        };
        /** @description A record among the lines of its service, whatever was searched for. */
        LogsAround: components["schemas"]["Page"] & {
            /** @description Lines after it, newest first. */
            after: components["schemas"]["Log"][];
            /** @description Lines before it, newest first. */
            before: components["schemas"]["Log"][];
            /** @description Start of where lines were looked for. */
            from: components["schemas"]["Time"];
            /** @description The record. */
            log: components["schemas"]["Log"];
            /** @description End of where lines were looked for. */
            to: components["schemas"]["Time"];
        };
        /** @description What an event named `logs` of a live tail says. */
        LogsTailed: {
            /** @description Records that came and match, in the order in which they came. */
            logs: components["schemas"]["Log"][];
            /**
             * Format: int64
             * @description How many more came than can be followed; some of them may match.
             */
            missed: number;
        };
        /** @description A token that was just made. */
        MadeToken: components["schemas"]["Token"] & {
            /** @description The token. It is not shown again. */
            token: string;
        };
        /** @description One metric. */
        Metric: {
            /** @description `gauge`, `counter`, `up_down_counter`, `histogram`, `exponential_histogram` or `summary`. */
            kind: string;
            /** @description The time of its latest point. */
            last_seen: components["schemas"]["Time"];
            /** @description Its name. */
            metric: string;
            /** @description Whether a sum only grows; `null` for what is no sum. */
            monotonic: boolean | null;
            /**
             * Format: int64
             * @description How many points came.
             */
            points: number;
            /** @description How many series it has. */
            series: number;
            /** @description Who sends it, by `service.name`. */
            services: string[];
            /** @description `delta` or `cumulative`, each that came. */
            temporalities: string[];
            /** @description Its unit by UCUM, as it came; empty where none was given. */
            unit: string;
        };
        /** @description Between what the numbers of a line lie. */
        MetricBounds: {
            /** @description How many observations (of a summary: series) the number is of; `null` where nothing is known. */
            count: (number | null)[];
            /** @description At least; `null` where nothing bounds it from below, or nothing is known. */
            lower: (number | null)[];
            /** @description At most; `null` where nothing bounds it from above, or nothing is known. */
            upper: (number | null)[];
        };
        /** @description One metric over time. */
        MetricChart: components["schemas"]["Page"] & {
            /** @description How it was aggregated. */
            aggregate: string | null;
            /** @description The aggregations that make sense of its kind. */
            aggregates: string[];
            /** @description Start of the effective range: the start of the first step. */
            from: components["schemas"]["Time"];
            /** @description The labels by which the lines are told apart. */
            group_by: string[];
            /**
             * Format: int32
             * @description How often its series are sent, typically, in seconds.
             */
            interval_secs: number | null;
            /** @description Its kind; `null` where the range has no point of it. */
            kind: string | null;
            /** @description The lines, the largest first. */
            lines: components["schemas"]["MetricLine"][];
            /** @description Its name. */
            metric: string;
            /** @description Further lines that are not shown. */
            more_lines: number;
            /** @description The series in those. */
            more_series: number;
            /**
             * Format: double
             * @description Which quantile, where that is what was asked for.
             */
            quantile: number | null;
            /** @description The quantiles that a summary was sent with. */
            quantiles: number[];
            /** @description Series that match. */
            series: number;
            /**
             * Format: int32
             * @description Seconds from one step to the next.
             */
            step_secs: number;
            /**
             * Format: double
             * @description Which threshold, where the share of observations up to it was asked for.
             */
            threshold: number | null;
            /** @description End of the effective range, excluded: the end of the last step. */
            to: components["schemas"]["Time"];
            /** @description Its unit by UCUM, as it came. */
            unit: string;
        };
        /** @description One label and its values. The filter of the label itself does not count, so that another value can be chosen. */
        MetricLabel: {
            /** @description Its key. */
            key: string;
            /** @description The label as calls take it: its key, after `resource:` for one of the sender. */
            label: string;
            /** @description Further values that are not named. */
            more_values: number;
            /** @description `attribute` for a label of the points, `resource` for one of the sender. */
            source: string;
            /** @description Its values, most series first. */
            values: components["schemas"]["MetricLabelValue"][];
            /** @description Series without the label. */
            without: number;
        };
        /** @description One value of a label. */
        MetricLabelValue: {
            /** @description Series that have it. */
            series: number;
            /** @description The value. */
            value: string;
        };
        /** @description The labels of a metric's series. */
        MetricLabels: components["schemas"]["Page"] & {
            /** @description Start of the effective range. */
            from: components["schemas"]["Time"];
            /** @description The labels: those of points first, then by key. */
            labels: components["schemas"]["MetricLabel"][];
            /** @description Further labels that are not named. */
            more_labels: number;
            /** @description Series that match all filters. */
            series: number;
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description How many series may be active, and what was refused since ippo started. */
        MetricLimits: {
            /** @description Series with a point in the last hour. */
            active_series: number;
            /** @description Metrics of which points were refused, as they would have begun one series too many. */
            refused: components["schemas"]["MetricRefused"][];
            /**
             * Format: int64
             * @description Refused points of further metrics.
             */
            refused_of_others: number;
            /** @description How many there may be of all metrics. */
            series_most: number;
            /** @description How many there may be of one metric. */
            series_of_metric_most: number;
        };
        /** @description One line of a chart. Its lists have one entry a step. */
        MetricLine: {
            bounds: components["schemas"]["MetricBounds"] | null;
            /** @description The value of each label of `group_by`; `null` for series without it. */
            labels: (string | null)[];
            /** @description The series in it. */
            series: number;
            /** @description Numbers, `null` where nothing is known; the whole list `null` where only bounds are known. */
            values: (number | null)[] | null;
        };
        /** @description The metrics that have points in a range. */
        MetricList: components["schemas"]["Page"] & {
            /** @description Start of the effective range. */
            from: components["schemas"]["Time"];
            /** @description How many series may be active now, and what was refused. */
            limits: components["schemas"]["MetricLimits"];
            /** @description The metrics, by name. A name that comes with several kinds or units is several metrics. */
            metrics: components["schemas"]["Metric"][];
            /** @description Series of all metrics of the range. */
            series: number;
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description A metric of which points were refused. */
        MetricRefused: {
            /** @description When one was refused last. */
            last_refused: components["schemas"]["Time"];
            /** @description Its name. */
            metric: string;
            /**
             * Format: int64
             * @description Points that were refused.
             */
            points: number;
        };
        /** @description Counts of some time. */
        MinuteCounts: {
            /**
             * Format: int64
             * @description Bad events.
             */
            bad: number;
            /**
             * Format: int64
             * @description Good events.
             */
            good: number;
            /**
             * Format: int64
             * @description Events that could not be judged.
             */
            unknown: number;
        };
        /** @description A month: what was promised, whether it was kept, what hurt users and what was done. */
        MonthlyReport: components["schemas"]["Page"] & {
            /** @description The same for people to read, in the language that was asked for. */
            document: components["schemas"]["ReportDocument"];
            /** @description Its start. */
            from: components["schemas"]["Time"];
            /** @description Up to when things are known: its end, or before it now. */
            known_until: components["schemas"]["Time"];
            /** @description Which month: `2026-11`. */
            month: string;
            /** @description Those who answer for something, by name; what nobody answers for comes last. */
            teams: components["schemas"]["ReportTeam"][];
            /** @description The time zone in which it begins and ends. */
            time_zone: string;
            /** @description Its end, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description Mutes an SLO's alerts. */
        Mute: {
            /** @description Why, for those who ask later. */
            reason: string;
            /** @description Until when. */
            until: components["schemas"]["Time"];
        };
        /** @description Asks for a backup. */
        NewBackup: {
            /** @description An earlier backup there; files that are the same are linked instead of copied. */
            base?: string | null;
            /** @description The folder to make on the server's machine: an absolute path. */
            to: string;
        };
        /** @description A comment. */
        NewComment: {
            /** @description What is said. */
            text: string;
        };
        /** @description Tells of a deploy. */
        NewDeploy: {
            /** @description `deployment.environment.name`. */
            environment?: string | null;
            /** @description `service.name`. */
            service: string;
            time?: components["schemas"]["Time"] | null;
            /** @description Where to read what changed. */
            url?: string | null;
            /** @description `service.version`. */
            version: string;
        };
        /** @description Opens an incident by hand. */
        NewIncident: {
            /** @description More words; becomes the first comment. */
            description?: string | null;
            /** @description The service it is about. */
            service?: string | null;
            /** @description How bad it is. */
            severity: components["schemas"]["Severity"];
            /** @description What is the case. */
            title: string;
        };
        /** @description Another owner. */
        NewOwner: {
            /** @description Who answers for it; `null` for nobody. */
            owner?: string | null;
        };
        /** @description Another severity. */
        NewSeverity: {
            /** @description How bad it is. */
            severity: components["schemas"]["Severity"];
        };
        /** @description Makes a token. */
        NewToken: {
            expires_at?: components["schemas"]["Time"] | null;
            /** @description What it is for. */
            name: string;
            /** @description What it allows. */
            scope: components["schemas"]["TokenScope"];
        };
        /** @description One objective of an SLO. */
        Objective: {
            /** @description The burn pairs in use: the default ones, or those of the SLO's alert policies. */
            burn: components["schemas"]["Burn"][];
            /** @description The burn pairs that this target cannot reach. */
            burn_omitted: components["schemas"]["BurnOmitted"][];
            /** @description Its name. */
            display_name: string;
            /**
             * Format: double
             * @description How many times faster than allowed the budget was spent in the last hour; `null` if nothing was counted in it.
             */
            hour_burn: number | null;
            part: components["schemas"]["SloPart"] | null;
            slices: components["schemas"]["TimeSlices"] | null;
            /**
             * Format: double
             * @description The promised share of good, 0 to 1, as written.
             */
            target: number;
            /**
             * Format: double
             * @description What the value is compared with, where the SLI is a threshold.
             */
            threshold: number | null;
            /** @description The budget, a window each: first the one that alerts and the state are about. */
            windows: components["schemas"]["Window"][];
        };
        /** @description One journey. */
        OneJourney: components["schemas"]["Page"] & {
            /** @description The journey. */
            journey: components["schemas"]["Journey"];
        };
        /** @description One agreement. */
        OneSla: components["schemas"]["Page"] & {
            /** @description The agreement. */
            sla: components["schemas"]["Sla"];
        };
        /**
         * @description How a request ended for whoever made it.
         * @enum {string}
         */
        Outcome: "fine" | "slow" | "failed";
        /** @description The sessions of one outcome. */
        OutcomeSessions: {
            /** @description How the worst of their requests ended. */
            outcome: components["schemas"]["Outcome"];
            /**
             * Format: int64
             * @description How many sessions.
             */
            sessions: number;
            /**
             * Format: double
             * @description Their share; `null` of the last one, and where there are too few to tell.
             */
            share: number | null;
            /**
             * Format: int64
             * @description Those that went on to a later step in time; `null` of the last one.
             */
            went_on: number | null;
        };
        /** @description What every list carries beside its items. */
        Page: {
            /** @description Give it back as `cursor` for the next page; `null` on the last. */
            next_cursor: string | null;
            /** @description Whether something is missing: a limit was met, or data could not be read. */
            partial: boolean;
            sampled: components["schemas"]["SampledSpans"] | null;
            /** @description What the reader should know before trusting the answer. */
            warnings: string[];
        };
        /** @description How a period of an objective or of a composite SLO went. */
        PeriodResult: {
            /**
             * Format: double
             * @description Bad events or slices that were allowed; `null` of a composite SLO.
             */
            allowed: number | null;
            /**
             * Format: double
             * @description The share that was good; `null` if nothing was to be judged, and of a composite SLO.
             */
            attained: number | null;
            /**
             * Format: int64
             * @description Bad events.
             */
            bad: number;
            /**
             * Format: double
             * @description The share of the budget that is left; below 0 where it was overspent.
             */
            budget_remaining: number | null;
            /**
             * Format: double
             * @description The covered share of the minutes that are not excluded.
             */
            coverage: number;
            /**
             * Format: int64
             * @description How much time was excluded, in seconds.
             */
            excluded_secs: number;
            /**
             * Format: int64
             * @description Good events.
             */
            good: number;
            /** @description Whether what was promised was kept, by a composite SLO within its one budget; `null` if nothing was to be judged. */
            kept: boolean | null;
            /**
             * Format: double
             * @description Those there were.
             */
            spent: number | null;
            /** @description What was promised, as it was written; `null` of a composite SLO, which promises what its parts do. */
            target: string | null;
            /**
             * Format: int64
             * @description Events of which nobody can say.
             */
            unknown: number;
        };
        /**
         * @description What is done with a definition.
         * @enum {string}
         */
        PlanAction: "create" | "update" | "delete" | "unchanged";
        /** @description What happens to one definition. */
        PlanStep: {
            /** @description What is done. */
            action: components["schemas"]["PlanAction"];
            /** @description The fields that differ: of what is new, all that it says, and of what goes, all that it said. */
            changes: components["schemas"]["FieldChange"][];
            /** @description For an update of an SLO, what follows from it, in English: what may fail, what is counted again, who is told. */
            consequences: string[];
            /** @description `SLO`, `NotificationTarget`, … */
            kind: string;
            /** @description `metadata.name`. */
            name: string;
        };
        /** @description An SLO that a policy is about. */
        PolicySlo: {
            /** @description `metadata.displayName`, or the name. */
            display_name: string;
            /** @description `metadata.name`. */
            name: string;
        };
        /** @description What failed and what to do (RFC 9457). */
        Problem: {
            /** @description What failed this time, and what to do. */
            detail: string;
            /** @description One entry for each place that is wrong, when there are several or they have a position. */
            errors: components["schemas"]["ProblemItem"][];
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The kind of problem in a few words. */
            title: string;
            /** @description A URI reference that names the kind of problem, such as `/problems/not-found`. */
            type: string;
        };
        /** @description One place that is wrong. */
        ProblemItem: {
            /**
             * Format: int32
             * @description The column, from 1.
             */
            column: number | null;
            /** @description The field, such as `spec.objectives[0].target`, or the parameter. */
            field: string | null;
            /** @description The file it was found in, as the caller named it. */
            file: string | null;
            /**
             * Format: int32
             * @description The line, from 1.
             */
            line: number | null;
            /** @description What is wrong with it and what would be right. */
            message: string;
        };
        /**
         * @description What may be promised of requests.
         * @enum {string}
         */
        PromiseKind: "availability" | "latency" | "objective";
        /** @description A query. */
        Query: {
            /** @description The form of the answer. A file has more rows than JSON. */
            format?: components["schemas"]["QueryFormat"];
            /** @description One SELECT, or EXPLAIN of one, over `spans`, `logs`, `metrics` and `counters`; SHOW TABLES, or DESCRIBE of a table. */
            sql: string;
        };
        /** @description A query's answer. */
        QueryAnswer: {
            /** @description The columns, in the order of each row's values. */
            columns: components["schemas"]["Column"][];
            /**
             * Format: double
             * @description How long it took, in milliseconds.
             */
            elapsed_ms: number;
            /** @description What the query may use. */
            limits: components["schemas"]["QueryLimits"];
            /** @description Whether this is a plan: the second column of each row is a text that says how the query would be run. */
            plan: boolean;
            /** @description The rows. */
            rows: unknown[][];
            /** @description Whether rows were left out because of the row limit. */
            truncated: boolean;
            /** @description What the reader should know before trusting the answer. */
            warnings: string[];
        };
        /**
         * @description The form of an answer.
         * @enum {string}
         */
        QueryFormat: "json" | "csv" | "parquet";
        /** @description What one query may use. */
        QueryLimits: {
            /**
             * Format: int64
             * @description Rows of a file.
             */
            file_rows: number;
            /**
             * Format: int64
             * @description Memory, in bytes.
             */
            memory_bytes: number;
            /**
             * Format: int64
             * @description Rows of an answer in JSON.
             */
            rows: number;
            /**
             * Format: int64
             * @description Time, in seconds.
             */
            time_secs: number;
        };
        /** @description A table. */
        QueryTable: {
            /** @description Its columns. */
            columns: components["schemas"]["TableColumn"][];
            /** @description What its rows are. */
            description: string;
            /** @description Its name. */
            name: string;
        };
        /** @description What can be asked. */
        QueryTables: {
            /** @description What one query may use. */
            limits: components["schemas"]["QueryLimits"];
            /** @description The tables. */
            tables: components["schemas"]["QueryTable"][];
        };
        /** @description What a recount found. */
        Recount: {
            /** @description An objective each. */
            objectives: components["schemas"]["RecountedObjective"][];
            /** @description Whether no minute differs. */
            same: boolean;
        };
        /** @description What a recount of one objective found. */
        RecountedObjective: {
            /** @description What the SLO counts in them. */
            counted: components["schemas"]["MinuteCounts"];
            /** @description How many minutes differ. */
            differing: number;
            from: components["schemas"]["Time"] | null;
            /** @description Time that was left out, and why. */
            left_out: components["schemas"]["LeftOut"][];
            /**
             * Format: int32
             * @description Minutes that were looked at: those of which every row is stored and that the counter speaks for.
             */
            minutes: number;
            /** @description The first of these, at most 1,000. */
            minutes_differing: components["schemas"]["DifferingMinute"][];
            /** @description Its place in the SLO, from 0. */
            objective: number;
            /** @description What stored telemetry adds up to. */
            stored: components["schemas"]["MinuteCounts"];
            to: components["schemas"]["Time"] | null;
        };
        /** @description When excluded time comes back, as long as it was and at the same time of day. */
        Repeat: {
            /**
             * Format: int32
             * @description How many units lie between two; together a year at most.
             */
            every: number;
            /** @description In which time zone it is the same time of day, such as `Asia/Tokyo`. */
            time_zone: string;
            /** @description Which ones. */
            unit: components["schemas"]["RepeatUnit"];
            until: components["schemas"]["Time"] | null;
        };
        /**
         * @description A unit of the calendar.
         * @enum {string}
         */
        RepeatUnit: "days" | "weeks" | "months";
        /** @description A part of a document. */
        ReportBlock: {
            /** @enum {string} */
            kind: "heading";
            /**
             * Format: int32
             * @description 2 is right below the title.
             */
            level: number;
            /** @description The words. */
            text: string;
        } | {
            /** @enum {string} */
            kind: "paragraph";
            /** @description The words. */
            text: string;
        } | {
            /** @description The items. */
            items: components["schemas"]["ReportText"][];
            /** @enum {string} */
            kind: "list";
        } | {
            /** @description Its columns. */
            columns: components["schemas"]["ReportColumn"][];
            /** @enum {string} */
            kind: "table";
            /** @description A cell for each column. */
            rows: components["schemas"]["ReportText"][][];
        };
        /** @description A column of a table. */
        ReportColumn: {
            /** @description Whether it has numbers. */
            is_number: boolean;
            /** @description What it is called. */
            title: string;
        };
        /** @description Something that was decided. */
        ReportDeed: {
            /** @description By whom. */
            by: string;
            /** @description The SLO that it is about. */
            slo: string;
            /** @description What. */
            text: string;
            /** @description When. */
            time: components["schemas"]["Time"];
        };
        /** @description How often a service went out. */
        ReportDeploys: {
            /** @description How many deploys it had. */
            count: number;
            /** @description `service.name`. */
            service: string;
        };
        /** @description What is written down for people. */
        ReportDocument: {
            /** @description In order. */
            blocks: components["schemas"]["ReportBlock"][];
            /** @description `en` or `ja`. */
            language: string;
            /** @description What it is called. */
            title: string;
        };
        /** @description An hour that hurt. */
        ReportHour: {
            /**
             * Format: double
             * @description What was bad in it, in events or slices.
             */
            bad: number;
            /**
             * Format: double
             * @description The share of what the month's budget allows.
             */
            budget_share: number;
            /** @description Its start. */
            from: components["schemas"]["Time"];
            /** @description Numbers of the SLO's incidents that were open in it. */
            incidents: number[];
            /** @description Its end, excluded. */
            to: components["schemas"]["Time"];
            /**
             * Format: double
             * @description Everything.
             */
            total: number;
        };
        /** @description An incident, as a report tells of it. */
        ReportIncident: {
            /**
             * Format: int64
             * @description Its number.
             */
            id: number;
            /** @description What people call it: `INC-3`. */
            key: string;
            /** @description What was said about it last. */
            last_comment: string | null;
            /** @description Who said so. */
            last_comment_by: string | null;
            /** @description When it began. */
            opened_at: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Requests that failed users; `null` where nobody looked.
             */
            requests: number | null;
            resolved_at: components["schemas"]["Time"] | null;
            /** @description The SLO that it is about. */
            slo: string | null;
            /** @description In a few words. */
            title: string;
            /**
             * Format: int64
             * @description Distinct users among them.
             */
            users: number | null;
            /** @description Whether `users` is exact, not estimated. */
            users_exact: boolean | null;
        };
        /** @description What users met on one critical user journey. */
        ReportJourney: {
            /** @description What a failure does to users, in the owner's words. */
            harm: string;
            /** @description Its name. */
            journey: string;
            /** @description What users met, a sentence for each kind of attempt, in the language that was asked for. */
            met: string[];
            /** @description When someone looks again whether it is the right one: a date. */
            review_on: string | null;
            /** @description The SLOs it rests on, whoever answers for them. */
            slos: components["schemas"]["ReportJourneySlo"][];
            /** @description What people call it. */
            title: string;
        };
        /** @description What became of an SLO that a journey rests on. */
        ReportJourneySlo: {
            /** @description Whether it was kept; `null` if nothing was to be judged. */
            kept: boolean | null;
            /** @description Its name. */
            slo: string;
            /** @description What people call it. */
            title: string;
        };
        /** @description One period of an SLO. */
        ReportPeriod: {
            /** @description How the one before it went, in the same order. */
            before: components["schemas"]["ReportResult"][];
            /** @description Its start. */
            from: components["schemas"]["Time"];
            /** @description Whether it has ended. */
            over: boolean;
            /** @description How it went: of a composite SLO the whole and its parts, else an objective each. */
            results: components["schemas"]["ReportResult"][];
            /** @description Its end, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description What became of one SLO. */
        ReportPromise: {
            /** @description Its periods that ended in the month, oldest first; if none did, the one that goes on. */
            periods: components["schemas"]["ReportPeriod"][];
            /** @description When someone looks again whether it is the right one: a date. */
            review_on: string | null;
            /** @description The service that it speaks of. */
            service: string;
            /** @description Its name. */
            slo: string;
            /** @description What people call it. */
            title: string;
            /** @description The hours of the month that spent the most, the most first. */
            worst_hours: components["schemas"]["ReportHour"][];
        };
        /** @description How a period of an objective or of a composite SLO went. */
        ReportResult: components["schemas"]["PeriodResult"] & {
            /** @description What the objective is called, or the composite SLO. */
            objective: string;
        };
        /** @description A month of one team. */
        ReportTeam: {
            /** @description How many deploys each of its services had, those with any. */
            deploys: components["schemas"]["ReportDeploys"][];
            /** @description What people and ippo decided about its SLOs, oldest first. */
            done: components["schemas"]["ReportDeed"][];
            /** @description Its incidents that were open at any time of the month, oldest first. */
            incidents: components["schemas"]["ReportIncident"][];
            /** @description The critical user journeys that it answers for, by name. */
            journeys: components["schemas"]["ReportJourney"][];
            /** @description Who it is; `null` for what nobody answers for. */
            owner: string | null;
            /** @description The SLOs that it answers for, by name. */
            promises: components["schemas"]["ReportPromise"][];
        };
        /** @description Some words, and where they lead. */
        ReportText: {
            /** @description A page of ippo, by its path. */
            path: string | null;
            /** @description The words. */
            text: string;
        };
        /**
         * @description What a person may do.
         * @enum {string}
         */
        Role: "admin";
        /**
         * @description Hours of which only some traces are stored. What was counted when they came in, such as SLOs and the rate, errors and
         *     durations of services, is of all of them; what is found by reading spans is of those that are stored.
         */
        SampledSpans: {
            /** @description When the first of the hours begins. */
            from: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Spans of theirs that are stored.
             */
            kept: number;
            /**
             * Format: int64
             * @description Spans that they had.
             */
            of: number;
            /** @description When the last of them ends. */
            to: components["schemas"]["Time"];
        };
        /** @description One service in a range, summed over its namespaces and environments. */
        Service: {
            /** @description Every `deployment.environment.name` it was seen with. */
            environments: string[];
            /**
             * Format: int64
             * @description Those that failed.
             */
            errors: number;
            /** @description The start of its latest span or log record. */
            last_seen: components["schemas"]["Time"];
            /** @description Every `service.namespace` it was seen with. */
            namespaces: string[];
            /**
             * Format: double
             * @description Median latency in milliseconds; `null` without requests.
             */
            p50_ms: number | null;
            /**
             * Format: double
             * @description 95th percentile of latency in milliseconds; `null` without requests.
             */
            p95_ms: number | null;
            /**
             * Format: double
             * @description 99th percentile of latency in milliseconds; `null` without requests.
             */
            p99_ms: number | null;
            /**
             * Format: int64
             * @description Server and consumer spans.
             */
            requests: number;
            /** @description `service.name`. */
            service: string;
        };
        /** @description The services that sent telemetry in a range. */
        ServiceList: components["schemas"]["Page"] & {
            /** @description Start of the effective range, aligned outward to whole minutes. */
            from: components["schemas"]["Time"];
            /**
             * Format: double
             * @description How far percentiles may be off, as a share of each: 0.01 is 1 %, and 0 means that they are exact.
             */
            percentile_error: number;
            /** @description The services, by name. */
            services: components["schemas"]["Service"][];
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description One step of a service's series. */
        ServicePoint: {
            /**
             * Format: int64
             * @description Those that failed.
             */
            errors: number;
            /**
             * Format: double
             * @description Median latency in milliseconds; `null` without requests.
             */
            p50_ms: number | null;
            /**
             * Format: double
             * @description 95th percentile of latency in milliseconds; `null` without requests.
             */
            p95_ms: number | null;
            /**
             * Format: double
             * @description 99th percentile of latency in milliseconds; `null` without requests.
             */
            p99_ms: number | null;
            /**
             * Format: int64
             * @description Server and consumer spans that started in it.
             */
            requests: number;
            /** @description Start of the step. */
            time: components["schemas"]["Time"];
        };
        /** @description One service over time: a point for every step, those without requests included. */
        ServiceSeries: components["schemas"]["Page"] & {
            /** @description Start of the effective range. */
            from: components["schemas"]["Time"];
            /**
             * Format: double
             * @description How far percentiles may be off, as a share of each: 0.01 is 1 %, and 0 means that they are exact.
             */
            percentile_error: number;
            /** @description The points, ascending. */
            points: components["schemas"]["ServicePoint"][];
            /**
             * Format: int32
             * @description Seconds from one point to the next.
             */
            step_secs: number;
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description Who is calling. Both are `null` for nobody. */
        Session: {
            account: components["schemas"]["SessionAccount"] | null;
            /** @description What a browser sends as `x-ippo-csrf` with each change; `null` without a session. */
            csrf: string | null;
            token: components["schemas"]["SessionToken"] | null;
        };
        /** @description A signed-in person. */
        SessionAccount: {
            /** @description The name they sign in with. */
            name: string;
            /** @description What they may do. */
            role: components["schemas"]["Role"];
        };
        /** @description The token of a request. */
        SessionToken: {
            /** @description Its name. */
            name: string;
            /** @description What it allows. */
            scope: components["schemas"]["TokenScope"];
        };
        /**
         * @description How bad an incident is; `sev1` is the worst.
         * @enum {string}
         */
        Severity: "sev1" | "sev2" | "sev3" | "sev4";
        /** @description Signs in. */
        SignIn: {
            /** @description The account's name. */
            name: string;
            /** @description Its password. */
            password: string;
        };
        /** @description Items of each signal. */
        SignalCounts: {
            /**
             * Format: int64
             * @description Log records.
             */
            logs: number;
            /**
             * Format: int64
             * @description Metric points.
             */
            points: number;
            /**
             * Format: int64
             * @description Spans.
             */
            spans: number;
        };
        /** @description A promise to customers, as known now. */
        Sla: {
            /** @description Since when it is as it is. */
            applied_at: components["schemas"]["Time"];
            /** @description Where the contract can be read. */
            contract: string | null;
            /** @description What is due below which share, from the highest down. */
            credits: components["schemas"]["Credit"][];
            /** @description To whom it is promised. */
            customers: string;
            /** @description The definition as YAML. */
            definition: string;
            /** @description What else there is to say. */
            description: string;
            /** @description `metadata.displayName`, or the name. */
            display_name: string;
            /** @description `excluded` if time that was excluded from the SLO's budget is excluded here too, `counts` if not. */
            excluded_time: string;
            /** @description The first day on which it holds: `2026-10-01`. */
            from: string | null;
            /**
             * Format: int32
             * @description How many months a period has.
             */
            months: number;
            /** @description `metadata.name`. */
            name: string;
            /** @description The objective of it; `null` if it cannot be used. */
            objective: string | null;
            /** @description Who answers for it. */
            owner: string;
            /** @description Its periods as known now, newest first, as far back as anything is known; the first one goes on where it holds now. */
            periods: components["schemas"]["SlaPeriod"][];
            /**
             * Format: int64
             * @description Its revision, from 1; each change of the definition makes a new one.
             */
            revision: number;
            /** @description The SLO whose indicator it rests on. */
            slo: string;
            /** @description What that is called; `null` if it cannot be used. */
            slo_display_name: string | null;
            /**
             * Format: double
             * @description What the objective promises; `null` if it cannot be used.
             */
            slo_target: number | null;
            /** @description Whether it is stricter than the objective, so that the SLO gives no early warning. */
            stricter_than_slo: boolean;
            /**
             * Format: double
             * @description The promised share of good, 0 to 1, as written.
             */
            target: number;
            /** @description The time zone in which periods begin and end. */
            time_zone: string;
            /** @description The last one. */
            until: string | null;
        };
        /** @description An exclusion that takes time out of a period. */
        SlaExclusion: {
            /** @description By whom. */
            by: string;
            /** @description `left_out`, or `good` where what was bad in it counts as good. */
            counts_as: string;
            /** @description When it was entered. */
            entered_at: components["schemas"]["Time"];
            /** @description The entry in the SLO's ledger. */
            id: string;
            /** @description Why. */
            reason: string;
            /**
             * Format: int64
             * @description How much of the period, in seconds.
             */
            secs: number;
            /** @description Where it was agreed. */
            ticket: string;
        };
        /** @description Every agreement. */
        SlaList: components["schemas"]["Page"] & {
            /** @description The agreements, by name, each with the period that goes on and the one before. */
            slas: components["schemas"]["Sla"][];
        };
        /** @description How a period went. */
        SlaPeriod: {
            /**
             * Format: double
             * @description What may be bad at this traffic, in events or slices of time.
             */
            allowed: number | null;
            /**
             * Format: double
             * @description The share that was good; `null` if nothing was to be judged. Where slices of time are judged, those to come in a period that
             *     goes on are taken as good.
             */
            attained: number | null;
            /**
             * Format: int64
             * @description Bad events.
             */
            bad: number;
            /** @description Whether `allowed`, `spent` and `failures_left` are slices of time, not events. */
            counts_slices: boolean;
            /**
             * Format: double
             * @description The covered share of the minutes that are not excluded, 0 to 1.
             */
            coverage: number;
            credit: components["schemas"]["Credit"] | null;
            /** @description What was excluded. */
            excluded: components["schemas"]["SlaExclusion"][];
            /**
             * Format: int64
             * @description How much time was excluded, in seconds.
             */
            excluded_secs: number;
            /**
             * Format: int64
             * @description How many more may fail in a row before it is broken; negative where it is, by so many. `null` where it is over, nothing was
             *     counted, or unmeasured time counts.
             */
            failures_left: number | null;
            /** @description Its start, cut where the agreement begins within it. */
            from: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Good events.
             */
            good: number;
            /** @description The month in which it begins, by which its report is asked for: `2026-11`. */
            month: string;
            /** @description Whether it still goes on. */
            running: boolean;
            /**
             * Format: double
             * @description What is.
             */
            spent: number | null;
            /** @description Its end, excluded, cut where the agreement ends within it. */
            to: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Events of which nobody can say.
             */
            unknown: number;
            /** @description What became of the promise. */
            verdict: components["schemas"]["SlaVerdict"];
        };
        /** @description The report of a period. */
        SlaReport: components["schemas"]["Page"] & {
            /** @description What is known when: late telemetry may change it. */
            as_of: components["schemas"]["Time"];
            /** @description The period. */
            period: components["schemas"]["SlaPeriod"];
            /** @description The agreement; its one period is the one that was asked for. */
            sla: components["schemas"]["Sla"];
        };
        /**
         * @description What became of the promise in a period.
         * @enum {string}
         */
        SlaVerdict: "kept" | "broken" | "unknown";
        /** @description What an SLO counts. */
        Sli: {
            /** @description Which of them are bad. */
            bad: string | null;
            /** @description Which of them are good. */
            good: string | null;
            /** @description How good is told from bad. */
            kind: components["schemas"]["SliKind"];
            /** @description `lt`, `lte`, `gt` or `gte`: how the value is compared. */
            op: string | null;
            /** @description The signal it reads. */
            signal: components["schemas"]["SliSignal"];
            /** @description Which rows count: a SQL boolean expression. */
            total: string;
            /** @description The value compared with an objective's threshold. */
            value: string | null;
        };
        /**
         * @description How good is told from bad.
         * @enum {string}
         */
        SliKind: "ratio" | "threshold";
        /**
         * @description The signal an SLI reads.
         * @enum {string}
         */
        SliSignal: "spans" | "logs" | "metrics";
        /** @description One SLO, as known now. */
        Slo: {
            /** @description Whether counts are still being made from stored data. */
            backfilling: boolean;
            /** @description `Occurrences` (events), `Timeslices` (good slices of time) or `RatioTimeslices` (the mean of their shares). */
            budgeting_method: string;
            composite: components["schemas"]["Composite"] | null;
            /**
             * Format: double
             * @description Measured share of the last hour, 0 to 1.
             */
            coverage: number;
            /** @description The definition as YAML. */
            definition: string;
            /** @description What it promises, in words. */
            description: string;
            /** @description `metadata.displayName`, or the name. */
            display_name: string;
            /** @description Whether a page needs no more failures than its burn, however few events there are. */
            every_failure_matters: boolean;
            exhausts_at: components["schemas"]["Time"] | null;
            /** @description Who muted them. */
            muted_by: string | null;
            muted_until: components["schemas"]["Time"] | null;
            /** @description `metadata.name`. */
            name: string;
            /** @description The notification targets that are told. */
            notify: string[];
            /** @description Its objectives; the parts of a composite SLO. */
            objectives: components["schemas"]["Objective"][];
            /**
             * Format: int64
             * @description The number of its open incident.
             */
            open_incident: number | null;
            /** @description Who answers for it. */
            owner: string;
            /** @description What is worth a word of the counts of an SLI over metrics, such as input that contradicts itself. */
            remarks: components["schemas"]["SloRemark"][];
            /** @description The day on which someone looks again whether the promise is the right one: `2027-04-01`. */
            review_on: string | null;
            /**
             * Format: int64
             * @description Its revision, from 1; each change of the definition makes a new one.
             */
            revision: number;
            /** @description A link to what to do. */
            runbook: string | null;
            /** @description The service it belongs to. */
            service: string;
            sli: components["schemas"]["Sli"] | null;
            /** @description The rules of error budget policies that stand for it. */
            standing: components["schemas"]["StandingRule"][];
            /** @description Its state now. */
            state: components["schemas"]["SloState"];
            /** @description The rule that gave the state, with its numbers. */
            state_rule: string;
            /** @description What time of which nothing is known counts as: `freeze`, `ignore`, `bad` or `good`. */
            unmeasured: string;
            /** @description The period of the budget: `28d`, or `1M from 2026-01-01 in Asia/Tokyo`. */
            window: string;
            /**
             * Format: int64
             * @description Its length in seconds; of a calendar's, the length of the period that has begun.
             */
            window_secs: number;
        };
        /** @description What the gate says. */
        SloChecks: components["schemas"]["Page"] & {
            /** @description Each SLO, by name. */
            slos: components["schemas"]["CheckedSlo"][];
            /** @description When it was asked. */
            time: components["schemas"]["Time"];
            /** @description The worst of the SLOs' verdicts; `inconclusive` if there is no SLO at all. */
            verdict: components["schemas"]["GateVerdict"];
        };
        /** @description A definition that is ready to be applied. */
        SloDraft: {
            /** @description The document, as YAML: what `POST /api/v1/apply` takes. */
            definition: string;
            /** @description The SLO's name, which no other has. */
            name: string;
        };
        /** @description What may be left of the budget of an objective or of a composite SLO, as replays of the past say: stretches of it take the place of what is still to come. */
        SloForecast: components["schemas"]["Page"] & {
            forecast: components["schemas"]["Forecast"] | null;
            /** @description What the objective is called, or the composite SLO. */
            objective: string;
        };
        /** @description The periods of an objective or of a composite SLO, newest first. */
        SloHistory: components["schemas"]["Page"] & {
            /** @description What the objective is called, or the composite SLO. */
            objective: string;
            /** @description The periods of its calendar, or months where its window rolls; the first one goes on. */
            periods: components["schemas"]["SloPeriod"][];
            /** @description The time zone in which they begin and end. */
            time_zone: string;
        };
        /** @description Every SLO. */
        SloList: components["schemas"]["Page"] & {
            /** @description The SLOs, by name. */
            slos: components["schemas"]["Slo"][];
        };
        /** @description What an objective is as a part of a composite SLO. */
        SloPart: {
            /** @description What it counts. */
            sli: components["schemas"]["Sli"];
            /**
             * Format: double
             * @description What it weighs beside the other parts: `compositeWeight`, as it was written.
             */
            weight: number;
            /**
             * Format: double
             * @description What that is of all weights together, 0 to 1.
             */
            weight_share: number;
        };
        /** @description One period. */
        SloPeriod: {
            closed: components["schemas"]["PeriodResult"] | null;
            closed_at: components["schemas"]["Time"] | null;
            /** @description Its start. */
            from: components["schemas"]["Time"];
            /** @description What is known of it now, by what is promised now. */
            now: components["schemas"]["PeriodResult"];
            /** @description Whether it still goes on. */
            running: boolean;
            /** @description Its end, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description One step of an SLO's series. */
        SloPoint: {
            /**
             * Format: int64
             * @description Bad events.
             */
            bad: number;
            /**
             * Format: double
             * @description Share of the budget left at the end of the step; `null` without events.
             */
            budget_remaining: number | null;
            /** @description What is known of the step; the worst of its minutes. */
            gap: components["schemas"]["Gap"];
            /**
             * Format: int64
             * @description Good events.
             */
            good: number;
            /** @description Start of the step. */
            time: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Events that the expression could not judge.
             */
            unknown: number;
        };
        /** @description Something worth a word of an SLO's counts. */
        SloRemark: {
            /**
             * @description `broken_input` (more good or bad than total), `between_buckets` (the threshold is no boundary), `too_many_series`
             *     (counts are incomplete), `not_monotonic`, `wrong_kind`, `temporality_unsaid`, `too_far_apart`, `buckets_changed`,
             *     `contested`, `unreadable`, `came_too_late`, `counts_missing` (days that cannot be read from the disk), `drifted`
             *     (counts that differ from stored telemetry), `source_fails` (its
             *     data source gives no answer), `source_filling` (samples of the past are being fetched from it), `no_series` (it has none).
             */
            code: string;
            /** @description What is the case and what to do, in the language that was asked for. */
            text: string;
        };
        /** @description One SLO over time: a point for every step. */
        SloSeries: components["schemas"]["Page"] & {
            /** @description Start of the effective range. */
            from: components["schemas"]["Time"];
            /** @description The points of the objective that was asked for, or of a composite SLO as a whole, ascending. */
            points: components["schemas"]["SloPoint"][];
            /**
             * Format: int32
             * @description Seconds from one point to the next.
             */
            step_secs: number;
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
        };
        /** @description What spent the budget of an objective in its window. */
        SloSpend: components["schemas"]["Page"] & {
            /**
             * Format: double
             * @description Bad events or slices that the target allows; `null` without events.
             */
            allowed: number | null;
            /** @description Each UTC day of the window, ascending. */
            days: components["schemas"]["SpendInterval"][];
            /** @description Start of the window. */
            from: components["schemas"]["Time"];
            /** @description The ten hours that spent the most, the most first. */
            hours: components["schemas"]["SpendInterval"][];
            /** @description What the objective is called. */
            objective: string;
            /** @description Of a composite SLO as a whole, its parts and what each of them spent. */
            parts: components["schemas"]["SpendPart"][];
            /**
             * Format: double
             * @description The share of the budget that is left.
             */
            remaining: number | null;
            /**
             * Format: double
             * @description Those there are.
             */
            spent: number | null;
            /** @description End of what is counted of it, excluded. */
            to: components["schemas"]["Time"];
        };
        /**
         * @description The five states of an SLO.
         * @enum {string}
         */
        SloState: "no_data" | "critical" | "rising" | "spent" | "fine";
        /** @description What the stored past says of targets. */
        SloSuggestions: components["schemas"]["Page"] & {
            /** @description What may be promised: availability and latency of requests, or each objective of an SLO. */
            candidates: components["schemas"]["SuggestedPromise"][];
            /** @description The start of what was looked at: of what was asked for, the first minute in which anything was heard. */
            from: components["schemas"]["Time"];
            /** @description Its end, excluded. */
            to: components["schemas"]["Time"];
            /**
             * Format: int32
             * @description Days in the rolling window of the promise.
             */
            window_days: number;
        };
        /** @description One span. */
        Span: {
            /** @description The span's attributes. */
            attributes: components["schemas"]["Attributes"];
            /**
             * Format: int64
             * @description How long it took, in nanoseconds.
             */
            duration_ns: number;
            /** @description `deployment.environment.name`. */
            environment: string;
            /** @description What happened in it. */
            events: components["schemas"]["SpanEvent"][];
            /** @description `internal`, `server`, `client`, `producer` or `consumer`. */
            kind: string;
            /** @description The spans it refers to. */
            links: components["schemas"]["SpanLink"][];
            /** @description The span's name. */
            name: string;
            /** @description `service.namespace`. */
            namespace: string;
            /** @description The span that caused it; `null` for a root. */
            parent_span_id: string | null;
            /** @description The attributes of its resource. */
            resource: components["schemas"]["Attributes"];
            /** @description The instrumentation scope. */
            scope: string;
            /** @description `service.name`. */
            service: string;
            /** @description 16 lower-case hexadecimal digits. */
            span_id: string;
            /** @description When it started. */
            start: components["schemas"]["Time"];
            /** @description `unset`, `ok` or `error`. */
            status: string;
            /** @description What the status says. */
            status_message: string;
        };
        /** @description Something that happened within a span. */
        SpanEvent: {
            /** @description The event's attributes. */
            attributes: components["schemas"]["Attributes"];
            /** @description What, such as `exception`. */
            name: string;
            /** @description When. */
            time: components["schemas"]["Time"];
        };
        /** @description A reference to another span. */
        SpanLink: {
            /** @description The link's attributes. */
            attributes: components["schemas"]["Attributes"];
            /** @description The other span. */
            span_id: string;
            /** @description The other span's trace. */
            trace_id: string;
        };
        /** @description Whose events spent the budget of an objective. */
        SpendBy: components["schemas"]["Page"] & {
            /** @description What events were told apart by. */
            by: string;
            /** @description Start of the effective range. */
            from: components["schemas"]["Time"];
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
            /** @description The twenty values with the most bad events, the most first. */
            values: components["schemas"]["SpendValue"][];
        };
        /** @description An incident in which budget was spent. */
        SpendIncident: {
            /**
             * Format: int64
             * @description Its number.
             */
            id: number;
            /** @description Its title. */
            title: string;
        };
        /** @description What a stretch of time spent. */
        SpendInterval: {
            /**
             * Format: double
             * @description Bad events, or slices where these are judged.
             */
            bad: number;
            /**
             * Format: double
             * @description The share of the whole budget that this is; `null` if nothing is allowed.
             */
            budget_share: number | null;
            /** @description Its start. */
            from: components["schemas"]["Time"];
            /** @description The SLO's incidents that were open in it. */
            incidents: components["schemas"]["SpendIncident"][];
            /** @description Of a composite SLO as a whole, what of that each part spent, in the order of the parts. */
            part_budget_shares: number[];
            /** @description Its end, excluded. */
            to: components["schemas"]["Time"];
            /**
             * Format: double
             * @description All of them.
             */
            total: number;
        };
        /** @description What a part of a composite SLO spent. */
        SpendPart: {
            /**
             * Format: double
             * @description The share of the budget of all parts together that it spent.
             */
            budget_share: number;
            /** @description What it is called. */
            name: string;
        };
        /** @description The events of one value. */
        SpendValue: {
            /**
             * Format: int64
             * @description Bad events.
             */
            bad: number;
            /**
             * Format: double
             * @description The share of the window's whole budget that its bad events are; `null` if nothing is allowed, and where slices are
             *     judged.
             */
            budget_share: number | null;
            /**
             * Format: int64
             * @description All of them.
             */
            total: number;
            /** @description The value; `null` where the events have none. */
            value: string | null;
        };
        /** @description A rule that stands for an SLO. */
        StandingRule: {
            freeze: components["schemas"]["FreezeKind"] | null;
            /**
             * Format: int64
             * @description The incident that it is about; `null` if it is about the SLO as a whole.
             */
            incident: number | null;
            /** @description The policy's name. */
            policy: string;
            /** @description Whether a postmortem is due. */
            postmortem: boolean;
            /** @description The rule's name. */
            rule: string;
            /** @description Since when. */
            since: components["schemas"]["Time"];
            /** @description The SLO's name. */
            slo: string;
            /** @description Why, as it was when it began, and what follows, in the language that was asked for. */
            text: string;
        };
        /** @description How this ippo is doing. */
        Status: {
            last_received_at: components["schemas"]["Time"] | null;
            /** @description Where OTLP over gRPC goes, as `host:port`. */
            otlp_grpc: string;
            /** @description Where OTLP over HTTP goes, as a URL. */
            otlp_http: string;
            /** @description Whether senders need a token that allows `ingest`. */
            otlp_needs_token: boolean;
            /** @description What is wrong now. */
            problems: components["schemas"]["StatusProblem"][];
            /** @description Where people reach it. */
            public_url: string;
            /** @description What was taken in since the start. */
            received: components["schemas"]["SignalCounts"];
            /** @description What was refused since the start. */
            rejected: components["schemas"]["SignalCounts"];
            /**
             * Format: int64
             * @description How many services sent telemetry in the last hour.
             */
            services_seen: number;
            /** @description When this process started. */
            started_at: components["schemas"]["Time"];
            /** @description Its version. */
            version: string;
        };
        /** @description Something that is wrong now. */
        StatusProblem: {
            /** @description A stable name for it, such as `disk_full`. */
            code: string;
            /** @description What is wrong and what to do. */
            text: string;
        };
        /** @description A step and its sessions. */
        StepSessions: {
            /** @description What it is called. */
            display_name: string;
            /** @description Whether it is the last one, from which nobody goes on. */
            is_last: boolean;
            /** @description The step. */
            name: string;
            /**
             * Format: int64
             * @description Sessions that may still go on; they are in no other number.
             */
            open: number;
            /** @description The same by the worst of a session's requests at the step. */
            outcomes: components["schemas"]["OutcomeSessions"][];
            /**
             * Format: int64
             * @description Sessions that reached it, each once, and whose time to go on is over.
             */
            sessions: number;
            /**
             * Format: double
             * @description Their share; `null` of the last one, and where there are too few to tell.
             */
            share: number | null;
            /**
             * Format: int32
             * @description A request that takes longer is slow, in milliseconds.
             */
            slow_ms: number | null;
            /**
             * Format: int64
             * @description Those that went on to a later step in time; `null` of the last one.
             */
            went_on: number | null;
        };
        /** @description Segments in a bucket, with the local disk as a cache. */
        StoreBucket: {
            /**
             * Format: int64
             * @description Local segments may take so many bytes before those in the bucket leave the local disk.
             */
            cache_bytes: number;
            /**
             * Format: int64
             * @description Objects that wait to be removed from the bucket.
             */
            deletes_waiting: number;
            /** @description What the bucket said, while it fails. */
            error: string | null;
            failing_since: components["schemas"]["Time"] | null;
            /**
             * Format: int64
             * @description Times that the bucket failed since the start.
             */
            failures: number;
            /**
             * Format: int64
             * @description Bytes that were read from the bucket since the start.
             */
            fetched_bytes: number;
            last_upload_at: components["schemas"]["Time"] | null;
            /** @description Segments on the local disk. */
            local: components["schemas"]["StoreFiles"];
            /** @description The bucket and its prefix, such as `s3://bucket/prefix`. */
            location: string;
            /** @description Those of them that are in the bucket alone. */
            remote: components["schemas"]["StoreFiles"];
            /** @description Segments in the bucket, whether on the local disk too or not. */
            stored: components["schemas"]["StoreFiles"];
            /**
             * Format: int64
             * @description Bytes of them.
             */
            uploaded_bytes: number;
            /**
             * Format: int64
             * @description Segments that were copied to the bucket since the start.
             */
            uploads: number;
            /** @description Segments that are not in the bucket yet: most of them may still be merged. */
            waiting: components["schemas"]["StoreFiles"];
        };
        /** @description The segments of a UTC day. */
        StoreDay: {
            /** @description Its start. */
            from: components["schemas"]["Time"];
            /** @description Those of log records. */
            logs: components["schemas"]["StoreTotals"];
            /** @description Those of metric points. */
            metrics: components["schemas"]["StoreTotals"];
            /** @description Those of spans. */
            spans: components["schemas"]["StoreTotals"];
        };
        /** @description What is on the disk. */
        StoreDisk: {
            /** @description Segments by UTC day of event time, the newest first. */
            days: components["schemas"]["StoreDay"][];
            /** @description Segments that went since the start, as they were too old or took too much space. */
            expired: components["schemas"]["StoreTotals"];
            /**
             * Format: int64
             * @description Bytes that may still be written; `null` where the disk does not say.
             */
            free_bytes: number | null;
            /** @description What is kept of each signal. */
            kept: components["schemas"]["StoreKept"][];
            sampling: components["schemas"]["StoreSampling"] | null;
            /**
             * Format: int64
             * @description Bytes in segments.
             */
            segment_bytes: number;
            /**
             * Format: int64
             * @description Bytes of the whole disk; `null` where it does not say.
             */
            total_bytes: number | null;
            /**
             * Format: int64
             * @description Bytes in the write-ahead log: what is not in segments yet.
             */
            wal_bytes: number;
        };
        /** @description Files and their bytes. */
        StoreFiles: {
            /**
             * Format: int64
             * @description Their bytes.
             */
            bytes: number;
            /**
             * Format: int64
             * @description How many.
             */
            files: number;
        };
        /** @description What is kept of a signal. */
        StoreKept: {
            /** @description The first event time that is kept now, for either reason. */
            from: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description In how many bytes of segments; `null` where that is not limited.
             */
            limit_bytes: number | null;
            /**
             * Format: int64
             * @description How long, by event time, in seconds.
             */
            retention_secs: number;
            /** @description `spans`, `logs` or `metrics`. */
            signal: string;
        };
        /** @description What is in memory, in bytes. */
        StoreMemory: {
            /**
             * Format: int64
             * @description Bodies that are still coming in.
             */
            bodies_bytes: number;
            /**
             * Format: int64
             * @description Senders are told to come again beyond so many.
             */
            bodies_limit_bytes: number;
            /**
             * Format: int64
             * @description Rows that are being written.
             */
            flushing_bytes: number;
            /**
             * Format: int64
             * @description Telemetry is refused beyond so many of all three.
             */
            limit_bytes: number;
            /**
             * Format: int64
             * @description Requests until they are acknowledged.
             */
            requests_bytes: number;
            /**
             * Format: int64
             * @description Rows that wait to be written into segments.
             */
            rows_bytes: number;
        };
        /** @description What came in within a minute. */
        StoreMinute: {
            /**
             * Format: int64
             * @description Bytes of the requests that carried them.
             */
            bytes: number;
            /** @description Its start. */
            from: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Items that were stored.
             */
            items: number;
        };
        /** @description A segment that cannot be read. */
        StoreQuarantined: {
            /**
             * Format: int64
             * @description Its bytes, as they were written.
             */
            bytes: number;
            /** @description `missing`, `damaged` or `unreadable`. */
            cause: string;
            /** @description Its file, below the data folder. */
            file: string;
            /** @description The first event time in it. */
            from: components["schemas"]["Time"];
            /** @description The same as the disk or the reader said it. */
            reason: string;
            /**
             * Format: int64
             * @description Its rows, which are missing from answers.
             */
            rows: number;
            /** @description `spans`, `logs` or `metrics`. */
            signal: string;
            since: components["schemas"]["Time"] | null;
            /** @description The last event time in it. */
            to: components["schemas"]["Time"];
        };
        /** @description Requests that were refused for one reason. */
        StoreRefused: {
            /** @description A stable name for the reason, such as `too_large`. */
            reason: string;
            /**
             * Format: int64
             * @description How many requests.
             */
            requests: number;
            /** @description `spans`, `logs` or `metrics`. */
            signal: string;
            /** @description `grpc`, `http` or `remote_write`. */
            transport: string;
        };
        /** @description Items that were rejected for one reason. */
        StoreRejected: {
            /**
             * Format: int64
             * @description How many items.
             */
            items: number;
            /** @description A stable name for the reason, such as `too_old`. */
            reason: string;
        };
        /** @description How the store fares. */
        StoreReport: components["schemas"]["Page"] & {
            /** @description When this was true. */
            at: components["schemas"]["Time"];
            bucket: components["schemas"]["StoreBucket"] | null;
            /** @description What is on the disk. */
            disk: components["schemas"]["StoreDisk"];
            /** @description What is in memory. */
            memory: components["schemas"]["StoreMemory"];
            /** @description Services that their segments do not name, as they are small among many. */
            other_services: components["schemas"]["StoreShares"];
            /** @description Segments that are neither read nor merged, as they cannot be read. */
            quarantined: components["schemas"]["StoreQuarantined"][];
            /** @description Requests that were refused as a whole, by the way they came and the reason. */
            refused: components["schemas"]["StoreRefused"][];
            /** @description Who takes the space in segments, those who take most first. */
            services: components["schemas"]["StoreService"][];
            /** @description `spans`, `logs` and `metrics`. */
            signals: components["schemas"]["StoreSignal"][];
            /** @description Since when counts are counted: the start of this process. */
            since: components["schemas"]["Time"];
            /** @description Rows that were written before it was kept whose they are. */
            unknown_services: components["schemas"]["StoreShares"];
        };
        /**
         * @description Tail sampling: in old hours, traces with a failed or a slow span stay, some of each endpoint, and those that incidents
         *     name.
         */
        StoreSampling: {
            /**
             * Format: int64
             * @description Hours that ended so long ago are sampled, in seconds.
             */
            after_secs: number;
            /**
             * Format: int64
             * @description Spans of sampled hours that are stored.
             */
            kept: number;
            /**
             * Format: int64
             * @description Spans that these hours had.
             */
            of: number;
            /**
             * Format: int64
             * @description So many traces a minute of each endpoint stay.
             */
            per_minute: number;
            /**
             * Format: int64
             * @description Traces with a span of at least so many milliseconds stay.
             */
            slow_ms: number;
        };
        /** @description What the rows of one service take. */
        StoreService: components["schemas"]["StoreShares"] & {
            /** @description `service.name`. */
            service: string;
        };
        /** @description Rows and their part of the files. */
        StoreShare: {
            /**
             * Format: int64
             * @description Their part of the files, in bytes: files are shared out by the size of rows before they were encoded.
             */
            bytes: number;
            /**
             * Format: int64
             * @description How many rows.
             */
            rows: number;
        };
        /** @description Rows of each signal. */
        StoreShares: {
            /** @description Log records. */
            logs: components["schemas"]["StoreShare"];
            /** @description Metric points. */
            metrics: components["schemas"]["StoreShare"];
            /** @description Spans. */
            spans: components["schemas"]["StoreShare"];
            /** @description All together. */
            total: components["schemas"]["StoreShare"];
        };
        /** @description What came in of one signal, and what is stored of it. */
        StoreSignal: {
            /**
             * Format: double
             * @description How long a sender waits for its acknowledgement on average, in milliseconds; `null` before the first.
             */
            ack_ms: number | null;
            /**
             * Format: int64
             * @description Bytes of the requests that carried them, decompressed.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Those among them that had been stored before.
             */
            duplicates: number;
            /**
             * Format: int64
             * @description Items that are stored, since the start.
             */
            items: number;
            /**
             * Format: double
             * @description How old that is, in seconds; below zero where the sender's clock is ahead.
             */
            lag_secs: number | null;
            last_received_at: components["schemas"]["Time"] | null;
            /** @description The last minutes, the oldest first; the last one is not over. */
            minutes: components["schemas"]["StoreMinute"][];
            newest_event_at: components["schemas"]["Time"] | null;
            /** @description Items that were rejected, by reason. */
            rejected: components["schemas"]["StoreRejected"][];
            /**
             * Format: int64
             * @description Requests that were acknowledged.
             */
            requests: number;
            /** @description `spans`, `logs` or `metrics`. */
            signal: string;
            /** @description Its segments. */
            stored: components["schemas"]["StoreTotals"];
        };
        /** @description Segments and what is in them. */
        StoreTotals: {
            /**
             * Format: int64
             * @description Their bytes.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Their rows.
             */
            rows: number;
            /**
             * Format: int64
             * @description How many files.
             */
            segments: number;
        };
        /** @description What became of the segments in quarantine when they were read again. */
        StoreVerified: {
            /**
             * Format: int64
             * @description Segments that stay in quarantine.
             */
            held: number;
            /**
             * Format: int64
             * @description Segments that are as they were written, and are read again.
             */
            released: number;
        };
        /** @description Something that may be promised, held against the past. */
        SuggestedPromise: {
            /** @description Whether it is the one to promise, of several thresholds. */
            chosen: boolean;
            /** @description What is promised. */
            kind: components["schemas"]["PromiseKind"];
            /** @description Of `objective`, what to call it. */
            label: string | null;
            ladder: components["schemas"]["TargetLadder"] | null;
            /** @description Of `objective`, its place in the SLO, from 0. */
            objective: number | null;
            /**
             * Format: double
             * @description Of `objective`, its target as it is now.
             */
            target: number | null;
            /**
             * Format: int32
             * @description Of `latency`, the most milliseconds that a request may take.
             */
            within_ms: number | null;
        };
        /** @description A column of a table. */
        TableColumn: {
            /** @description What it says. */
            description: string;
            /** @description Its name. */
            name: string;
            /** @description `text`, `integer`, `double`, `boolean`, `timestamp`, `attributes` or `json`. */
            type: string;
        };
        /** @description One notification target and how it fares. */
        Target: {
            /** @description How it is reached. */
            channel: components["schemas"]["Channel"];
            /** @description Where it goes, without secrets. */
            description: string;
            /** @description What that failure was. */
            last_error: string | null;
            last_failure_at: components["schemas"]["Time"] | null;
            last_success_at: components["schemas"]["Time"] | null;
            /** @description `metadata.name`. */
            name: string;
        };
        /** @description A ladder of targets, held against the past. */
        TargetLadder: {
            /**
             * Format: int64
             * @description Bad events.
             */
            bad: number;
            /**
             * Format: double
             * @description The share of it that is measured, 0 to 1.
             */
            coverage: number;
            /**
             * Format: int64
             * @description Events, or slices where these are judged, in one window.
             */
            events: number;
            /**
             * Format: int64
             * @description Good events in all of it.
             */
            good: number;
            /** @description Whether most of what was counted is bad: good and bad were probably taken for each other. */
            inverted: boolean;
            /**
             * @description The place in `targets` of the tightest one that was kept with a quarter of its budget left and allows ten failures or more;
             *     `null` if none was.
             */
            recommended: number | null;
            /** @description Whether the past is shorter than a window: then `events` and `allowed` are scaled to one. */
            short: boolean;
            /** @description The targets, loosest first. */
            targets: components["schemas"]["TargetRung"][];
            /**
             * Format: int64
             * @description Events that could not be judged.
             */
            unknown: number;
            /**
             * Format: int32
             * @description How many windows were looked at; each ends with a day.
             */
            windows: number;
        };
        /** @description Every notification target. */
        TargetList: components["schemas"]["Page"] & {
            /** @description The targets, by name. */
            targets: components["schemas"]["Target"][];
        };
        /** @description What the past says of one target. */
        TargetRung: {
            /**
             * Format: int64
             * @description How many events may fail in one window.
             */
            allowed: number;
            /**
             * Format: int32
             * @description How many of the windows broke it.
             */
            breached: number;
            /**
             * Format: int64
             * @description How many events without any failure it takes to say with 95 % confidence that the target is kept.
             */
            events_for_confidence: number;
            /**
             * Format: int64
             * @description How many events it takes that one may fail.
             */
            events_for_one: number;
            /**
             * Format: int32
             * @description Pages that would have been held back, as so few failures may be chance.
             */
            held_back: number;
            /**
             * Format: double
             * @description The least share of the budget that was left in any window; below 0 where it was over-spent.
             */
            least_left: number | null;
            /**
             * Format: int32
             * @description How often somebody would have been paged.
             */
            pages: number;
            /**
             * Format: double
             * @description The target.
             */
            target: number;
            /**
             * Format: int32
             * @description How often a ticket would have been opened.
             */
            tickets: number;
            /** @description What follows. */
            verdict: components["schemas"]["TargetVerdict"];
        };
        /** @description What became of a test message. */
        TargetTest: {
            /** @description Whether the target took it. */
            delivered: boolean;
            /** @description What it answered instead. */
            error: string | null;
        };
        /**
         * @description What the past says of a target.
         * @enum {string}
         */
        TargetVerdict: "kept_with_room" | "kept" | "broken" | "untestable";
        /**
         * Format: date-time
         * @description RFC 3339; written in UTC, read with any offset.
         * @example 2026-11-24T02:16:00Z
         */
        Time: string;
        /** @description How an objective cuts time. */
        TimeSlices: {
            /**
             * Format: int32
             * @description Length of a slice in seconds.
             */
            secs: number;
            /**
             * Format: double
             * @description The share of good events from which a slice is good; `null` where its share is what counts.
             */
            target: number | null;
        };
        /** @description What happened in an incident, by event time. */
        Timeline: components["schemas"]["Page"] & {
            /** @description The entries. */
            timeline: components["schemas"]["TimelineEntry"][];
        };
        /** @description One thing that happened. */
        TimelineEntry: {
            /** @description Who did it; `ippo` for ippo itself. */
            actor: string;
            /** @description The numbers behind it. */
            data: components["schemas"]["Attributes"];
            /** @description When it happened. */
            event_time: components["schemas"]["Time"];
            /** @description Its id. */
            id: string;
            /** @description What it is. */
            kind: components["schemas"]["TimelineKind"];
            /** @description When ippo wrote it down. */
            recorded_time: components["schemas"]["Time"];
            /** @description What happened, in a sentence. */
            text: string;
        };
        /**
         * @description What a timeline entry is.
         * @enum {string}
         */
        TimelineKind: "opened" | "alert_firing" | "alert_resolved" | "notified" | "notify_failed" | "notify_abandoned" | "acknowledged" | "resolved" | "reopened" | "comment" | "severity_changed" | "owner_changed" | "impact" | "budget_policy" | "muted" | "unmuted";
        /** @description One token, without its secret. */
        Token: {
            /** @description When. */
            created_at: components["schemas"]["Time"];
            /** @description Who made it. */
            created_by: string;
            expires_at: components["schemas"]["Time"] | null;
            /** @description How it begins, to recognise it by. */
            hint: string;
            /** @description Its id. */
            id: string;
            last_used_at: components["schemas"]["Time"] | null;
            /** @description What it is for. */
            name: string;
            /** @description What it allows. */
            scope: components["schemas"]["TokenScope"];
        };
        /** @description Every token that was not revoked. */
        TokenList: components["schemas"]["Page"] & {
            /** @description The tokens, newest first. */
            tokens: components["schemas"]["Token"][];
        };
        /**
         * @description What a token allows.
         * @enum {string}
         */
        TokenScope: "admin" | "read" | "ingest";
        /** @description One whole trace. */
        Trace: {
            /** @description Whether spans are known to be missing. */
            partial: boolean;
            sampled: components["schemas"]["SampledSpans"] | null;
            /** @description The spans, by start. */
            spans: components["schemas"]["Span"][];
            /** @description 32 lower-case hexadecimal digits. */
            trace_id: string;
            /** @description What the reader should know before trusting the answer. */
            warnings: string[];
        };
        /** @description Traces that match a search, newest first. */
        TraceList: components["schemas"]["Page"] & {
            /** @description Start of the effective range. */
            from: components["schemas"]["Time"];
            /** @description End of the effective range, excluded. */
            to: components["schemas"]["Time"];
            /** @description The traces. */
            traces: components["schemas"]["TraceSummary"][];
        };
        /** @description One trace in a list. */
        TraceSummary: {
            /**
             * Format: double
             * @description From its first start to its last end, in milliseconds.
             */
            duration_ms: number;
            /**
             * Format: int64
             * @description Number of spans that failed.
             */
            errors: number;
            /** @description The name of that span. */
            name: string;
            /** @description The service of its root span, or of its earliest span where the root is missing. */
            service: string;
            /** @description Every service that took part. */
            services: string[];
            /**
             * Format: int64
             * @description Number of spans.
             */
            spans: number;
            /** @description When its first span started. */
            start: components["schemas"]["Time"];
            /** @description `unset`, `ok` or `error`, of the root span. */
            status: string;
            /** @description 32 lower-case hexadecimal digits. */
            trace_id: string;
        };
        /**
         * @description What an explanation concludes.
         * @enum {string}
         */
        Verdict: "error" | "no_error" | "inconclusive";
        /** @description One window of an objective. */
        Window: {
            /**
             * Format: double
             * @description The share that was good, by the budgeting method: good ÷ (good + bad) of events or slices, with unmeasured time where
             *     that counts; `null` without events.
             */
            attained: number | null;
            /**
             * Format: double
             * @description The least it can be: if every unknown event was bad; `null` without events, and where slices are judged.
             */
            attained_least: number | null;
            /**
             * Format: double
             * @description The most it can be: if every unknown event was good; `null` without events, and where slices are judged.
             */
            attained_most: number | null;
            /**
             * Format: int64
             * @description Bad events.
             */
            bad: number;
            /**
             * Format: double
             * @description Bad events that the target allows at this traffic; or bad slices, of a calendar's period those of all of it.
             *     Whole ones, but of slices that count by their shares.
             */
            budget_events_allowed: number | null;
            /**
             * Format: double
             * @description How many of them are left; negative when over-spent.
             */
            budget_events_remaining: number | null;
            /**
             * Format: double
             * @description Share of the budget left: 1 untouched, 0 spent, below 0 over-spent; `null` without events.
             */
            budget_remaining: number | null;
            /** @description Whether no minute of it is unmeasured. */
            complete: boolean;
            /**
             * Format: double
             * @description Measured share of the window, 0 to 1.
             */
            coverage: number;
            /** @description The end of the period, excluded; the same as `to` where the window rolls. */
            ends: components["schemas"]["Time"];
            /** @description Its start. */
            from: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Good events.
             */
            good: number;
            /**
             * Format: int32
             * @description Minutes taken out by a person.
             */
            minutes_excluded: number;
            /**
             * Format: int32
             * @description Minutes with events.
             */
            minutes_measured: number;
            /**
             * Format: int32
             * @description Minutes of which nothing is known.
             */
            minutes_unmeasured: number;
            /**
             * Format: int32
             * @description Measured minutes without an event.
             */
            minutes_zero_traffic: number;
            /** @description Whether it rolls; else it is a period of the calendar. */
            rolls: boolean;
            /**
             * Format: double
             * @description Bad slices; `null` where events are judged.
             */
            slices_bad: number | null;
            /**
             * Format: double
             * @description Good slices, in sums of shares where these count; `null` where events are judged.
             */
            slices_good: number | null;
            /** @description The end of what is counted, excluded. */
            to: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Events that the expression could not judge.
             */
            unknown: number;
            /** @description What it is: `28d`, or `1M from 2026-01-01 in Asia/Tokyo`. */
            window: string;
        };
        /** @description Takes an exclusion or a reset back. */
        Withdrawal: {
            /** @description Whether only what would still come of an exclusion is taken back, and what has been stays so. */
            from_now?: boolean;
            /** @description Why, for those who ask later. */
            reason: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAlertRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRuleList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    tryAlertRule: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertRuleTryOut"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRuleTried"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAlertRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRule"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    muteAlertRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Mute"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRule"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unmuteAlertRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRule"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    applyDefinitions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Apply"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplyAnswer"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description How many to answer with at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBackups: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupStatus"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    startBackup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBackup"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupProgress"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBudgetPolicies: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetPolicyList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDeploys: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description Only of this service. */
                service?: string;
                /** @description How many to answer with at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeployList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    tellDeploy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDeploy"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deploy"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEndpointChanges: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointChanges"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listIncidents: {
        parameters: {
            query?: {
                /** @description Only `open`, `acknowledged` or `resolved`; several separated by commas. */
                state?: string;
                /** @description How many to answer with at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IncidentList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    openIncident: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewIncident"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Incident"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getIncident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Incident"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acknowledgeIncident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IncidentStep"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Incident"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listIncidentChanges: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IncidentChanges"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    commentIncident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewComment"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Incident"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setIncidentOwner: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOwner"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Incident"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reopenIncident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IncidentStep"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Incident"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resolveIncident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IncidentStep"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Incident"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setIncidentSeverity: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSeverity"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Incident"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTimeline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJourneys: {
        parameters: {
            query?: {
                /** @description Only those that rest on this SLO. */
                slo?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JourneyList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJourney: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OneJourney"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJourneySessions: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: seven days before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `1d` or `7d`, at most `31d`; instead of `from`. */
                last?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JourneySessions"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLogs: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description Only this service. */
                service?: string;
                /** @description Only this `deployment.environment.name`. */
                environment?: string;
                /** @description Only records for which this SQL boolean expression is true. */
                where?: string;
                /** @description Only records whose body contains this text, in either case. */
                contains?: string;
                /** @description Whether `contains` begins and ends with whole words of ASCII letters, digits and `_`: `timeout`, but not `timeouts`. Old records are then found much faster. Default: false. */
                whole_words?: boolean;
                /** @description Only records of at least this severity, such as `WARN`. */
                severity?: string;
                /** @description Only records with this attribute, such as `order.id=4711`: of their own, of their resource, or a key of a JSON body. May be given several times. */
                attr?: string[];
                /** @description Only this trace. */
                trace_id?: string;
                /** @description Only this span. */
                span_id?: string;
                /** @description How many to answer with at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    countLogs: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description Only this service. */
                service?: string;
                /** @description Only this `deployment.environment.name`. */
                environment?: string;
                /** @description Only records for which this SQL boolean expression is true. */
                where?: string;
                /** @description Only records whose body contains this text, in either case. */
                contains?: string;
                /** @description Whether `contains` begins and ends with whole words of ASCII letters, digits and `_`: `timeout`, but not `timeouts`. Old records are then found much faster. Default: false. */
                whole_words?: boolean;
                /** @description Only records of at least this severity, such as `WARN`. */
                severity?: string;
                /** @description Only records with this attribute, such as `order.id=4711`: of their own, of their resource, or a key of a JSON body. May be given several times. */
                attr?: string[];
                /** @description Only this trace. */
                trace_id?: string;
                /** @description Only this span. */
                span_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogCounts"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportLogs: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description Only this service. */
                service?: string;
                /** @description Only this `deployment.environment.name`. */
                environment?: string;
                /** @description Only records for which this SQL boolean expression is true. */
                where?: string;
                /** @description Only records whose body contains this text, in either case. */
                contains?: string;
                /** @description Whether `contains` begins and ends with whole words of ASCII letters, digits and `_`: `timeout`, but not `timeouts`. Old records are then found much faster. Default: false. */
                whole_words?: boolean;
                /** @description Only records of at least this severity, such as `WARN`. */
                severity?: string;
                /** @description Only records with this attribute, such as `order.id=4711`: of their own, of their resource, or a key of a JSON body. May be given several times. */
                attr?: string[];
                /** @description Only this trace. */
                trace_id?: string;
                /** @description Only this span. */
                span_id?: string;
                /** @description `ndjson` (one JSON object a line) or `csv`. Default: `ndjson`. */
                format?: string;
                /** @description How many at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description How many records match, whether the file has them or not. */
                    "x-ippo-matched"?: string;
                    /** @description `true` where stored rows are missing because they could not be read; `x-ippo-warnings` says which. */
                    "x-ippo-partial"?: string;
                    /** @description How many rows or records the file has. */
                    "x-ippo-records"?: string;
                    /** @description What the reader should know before trusting the file, such as which segments could not be read: texts in printable ASCII with `; ` between them, cut after 2,000 characters. Absent where there is nothing to say. */
                    "x-ippo-warnings"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["Log"];
                    "text/csv": components["schemas"]["Log"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    searchLogs: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description Only this service. */
                service?: string;
                /** @description Only this `deployment.environment.name`. */
                environment?: string;
                /** @description Only records for which this SQL boolean expression is true. */
                where?: string;
                /** @description Only records whose body contains this text, in either case. */
                contains?: string;
                /** @description Whether `contains` begins and ends with whole words of ASCII letters, digits and `_`: `timeout`, but not `timeouts`. Old records are then found much faster. Default: false. */
                whole_words?: boolean;
                /** @description Only records of at least this severity, such as `WARN`. */
                severity?: string;
                /** @description Only records with this attribute, such as `order.id=4711`: of their own, of their resource, or a key of a JSON body. May be given several times. */
                attr?: string[];
                /** @description Only this trace. */
                trace_id?: string;
                /** @description Only this span. */
                span_id?: string;
                /** @description How many to answer with at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["LogProgress"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    tailLogs: {
        parameters: {
            query?: {
                /** @description Only this service. */
                service?: string;
                /** @description Only this `deployment.environment.name`. */
                environment?: string;
                /** @description Only records for which this SQL boolean expression is true. */
                where?: string;
                /** @description Only records whose body contains this text, in either case. */
                contains?: string;
                /** @description Whether `contains` begins and ends with whole words of ASCII letters, digits and `_`: `timeout`, but not `timeouts`. Old records are then found much faster. Default: false. */
                whole_words?: boolean;
                /** @description Only records of at least this severity, such as `WARN`. */
                severity?: string;
                /** @description Only records with this attribute, such as `order.id=4711`: of their own, of their resource, or a key of a JSON body. May be given several times. */
                attr?: string[];
                /** @description Only this trace. */
                trace_id?: string;
                /** @description Only this span. */
                span_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["LogsTailed"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLog: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogFound"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLogsAround: {
        parameters: {
            query?: {
                /** @description How many lines before it. Default: 20. */
                before?: number;
                /** @description How many lines after it. Default: 20. */
                after?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogsAround"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMetrics: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description Only what this service sends. */
                service?: string;
                /** @description Only this `service.namespace`. */
                namespace?: string;
                /** @description Only this `deployment.environment.name`. */
                environment?: string;
                /** @description Only metrics whose name contains this text, in either case. */
                contains?: string;
                /** @description How many to answer with at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetricChart: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description Only of this kind, where a name comes with several. */
                kind?: string;
                /** @description Only in this unit, where a name comes with several. */
                unit?: string;
                /** @description Only what this service sends. */
                service?: string;
                /** @description Only this `service.namespace`. */
                namespace?: string;
                /** @description Only this `deployment.environment.name`. */
                environment?: string;
                /** @description Only series with this label, as `key=value`, or `resource:key=value` for one of the sender; the first `=` ends the key, and an empty value stands for series without the label. May be given several times: of one key any value is taken, of several all must fit. */
                label?: string[];
                /** @description One line for each value of this label. May be given twice. */
                group_by?: string[];
                /** @description `avg`, `min`, `max`, `last` or `sum` for gauges and up-down counters; `rate` or `increase` for counters; `rate`, `increase`, `avg`, `quantile` or `share` for histograms; `rate`, `increase`, `avg` or `quantile` for summaries. Default: what fits the kind. */
                aggregate?: string;
                /** @description Which quantile, from 0 to 1. Default: 0.95. */
                quantile?: number;
                /** @description Up to what the share of observations is counted. */
                threshold?: number;
                /** @description The length of a step in seconds. Default: what fits range and data. */
                step_secs?: number;
            };
            header?: never;
            path: {
                metric: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricChart"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMetricLabels: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description Only of this kind, where a name comes with several. */
                kind?: string;
                /** @description Only what this service sends. */
                service?: string;
                /** @description Only this `service.namespace`. */
                namespace?: string;
                /** @description Only this `deployment.environment.name`. */
                environment?: string;
                /** @description Only series with this label, as `key=value`, or `resource:key=value` for one of the sender; the first `=` ends the key, and an empty value stands for series without the label. May be given several times: of one key any value is taken, of several all must fit. */
                label?: string[];
            };
            header?: never;
            path: {
                metric: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricLabels"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runQuery: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Query"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description `true` where stored rows are missing because they could not be read; `x-ippo-warnings` says which. */
                    "x-ippo-partial"?: string;
                    /** @description How many rows or records the file has. */
                    "x-ippo-records"?: string;
                    /** @description `true` where rows were left out because the file has as many as a file may have. */
                    "x-ippo-truncated"?: string;
                    /** @description What the reader should know before trusting the file, such as which segments could not be read: texts in printable ASCII with `; ` between them, cut after 2,000 characters. Absent where there is nothing to say. */
                    "x-ippo-warnings"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueryAnswer"];
                    "text/csv": string;
                    "application/vnd.apache.parquet": string;
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listQueryTables: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueryTables"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMonthlyReport: {
        parameters: {
            query?: {
                /** @description Which month, such as `2026-11`; by default the one that ended last. */
                month?: string;
                /** @description Only of this team. */
                owner?: string;
                /** @description `en` or `ja`; by default what `Accept-Language` likes best. */
                lang?: string;
                /** @description `json`, `markdown` or `html`; by default `json`. */
                format?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MonthlyReport"];
                    "text/markdown": string;
                    "text/html": string;
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listServices: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description Only this `service.namespace`. */
                namespace?: string;
                /** @description Only this `deployment.environment.name`. */
                environment?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEndpoints: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description Only this `service.namespace`. */
                namespace?: string;
                /** @description Only this `deployment.environment.name`. */
                environment?: string;
                /** @description Only requests whose span makes this SQL boolean expression true. Stored spans are read for it, so it takes longer than without. */
                where?: string;
            };
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getServiceSeries: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description Only this `service.namespace`. */
                namespace?: string;
                /** @description Only this `deployment.environment.name`. */
                environment?: string;
                /** @description Only requests whose span makes this SQL boolean expression true. Stored spans are read for it, so it takes longer than without. */
                where?: string;
            };
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceSeries"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSlas: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SlaList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSla: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OneSla"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSlaReport: {
        parameters: {
            query?: {
                /** @description A month within the period, such as `2026-11`. Default: the last one that has ended, or else the one that goes on. */
                period?: string;
                /** @description `json`, or `markdown` in the language of `Accept-Language`. Default: `json`. */
                format?: string;
                /** @description `en` or `ja`, where a link cannot say it. Default: by `Accept-Language`. */
                lang?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SlaReport"];
                    "text/markdown": string;
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    checkSlos: {
        parameters: {
            query?: {
                /** @description Only these SLOs. */
                slo?: string[];
                /** @description Only the SLOs of this service. */
                service?: string;
                /** @description The least share of the budget that must be left, 0 to 1; by default 0: some of it. */
                least_budget?: number;
                /** @description The least share of the window that must be measured, 0 to 1; by default 0.5. */
                least_coverage?: number;
                /** @description The least number of events in the window, and of the version; by default 1. */
                least_events?: number;
                /** @description Minutes after which what was last heard is stale; by default 15. */
                stale_after_minutes?: number;
                /** @description A `service.version` that is held against the others of the last 24 hours. */
                version?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SloChecks"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    suggestSlos: {
        parameters: {
            query?: {
                /** @description Of the requests of this service. */
                service?: string;
                /** @description Only of requests whose spans have this name. */
                endpoint?: string;
                /** @description Instead of a service: of what this SLO counts. */
                slo?: string;
                /** @description Days of the past, 1 to 90; by default 28. */
                days?: number;
                /** @description Days in the rolling window of the promise; by default 28. */
                window_days?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SloSuggestions"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    draftSlo: {
        parameters: {
            query?: {
                /** @description The service whose requests are meant. */
                service?: string;
                /** @description Only requests whose spans have this name. */
                endpoint?: string;
                /** @description The most milliseconds a request may take; without it, that it does not fail. */
                within_ms?: number;
                /** @description What share must be good, such as `0.999`. */
                target?: string;
                /** @description Days in the rolling window; by default 28. */
                window_days?: number;
                /** @description Who answers for it. */
                owner?: string;
                /** @description The notification target that is told. */
                notify?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SloDraft"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSlos: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SloList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSlo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Slo"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    excludeFromSlo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Exclusions"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LedgerEntry"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdrawSloExclusion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Withdrawal"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LedgerEntry"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSloFailures: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description The objective's place, from 0; by default the first. */
                objective?: number;
                /** @description How many to answer with at most. */
                limit?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FailureList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSloForecast: {
        parameters: {
            query?: {
                /** @description The objective's place, from 0; by default the first, or a composite SLO as a whole. */
                objective?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SloForecast"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSloHistory: {
        parameters: {
            query?: {
                /** @description The objective's place, from 0; by default the first, or a composite SLO as a whole. */
                objective?: number;
                /** @description How many, the one that goes on included; by default 13, at most 36. */
                periods?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SloHistory"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSloLedger: {
        parameters: {
            query?: {
                /** @description How many to answer with at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ledger"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    muteSlo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Mute"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Slo"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unmuteSlo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Slo"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    overrideSloGate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GateOverride"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LedgerEntry"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    recountSlo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["Recount"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resetSloBudget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BudgetReset"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LedgerEntry"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSloSeries: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description The objective's place, from 0; by default a composite SLO as a whole, of others the first. */
                objective?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SloSeries"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSloSpend: {
        parameters: {
            query?: {
                /** @description The objective's place, from 0; by default a composite SLO as a whole, of others the first. */
                objective?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SloSpend"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSloSpendBy: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description `endpoint`, `version`, a column, `attrs['…']` or `resource['…']`; by default `endpoint`. */
                by?: string;
                /** @description The objective's place, from 0; by default the first. */
                objective?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpendBy"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStore: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreReport"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verifyStore: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreVerified"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTargets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testTarget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetTest"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewToken"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeToken"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTraces: {
        parameters: {
            query?: {
                /** @description Start of the range, included. Default: an hour before `to`. */
                from?: components["schemas"]["Time"];
                /** @description End of the range, excluded. Default: now. */
                to?: components["schemas"]["Time"];
                /** @description The range as a duration that ends at `to`, such as `15m`, `1h` or `7d`; instead of `from`. */
                last?: string;
                /** @description Only traces with a span of this service. */
                service?: string;
                /** @description Only traces with a span of this name. */
                name?: string;
                /** @description Only traces with a span for which this SQL boolean expression is true. */
                where?: string;
                /** @description Only traces with a matching span that took at least so many milliseconds. */
                min_ms?: number;
                /** @description `true`: only traces with a matching span that failed; `false`: none such. */
                error?: boolean;
                /** @description How many to answer with at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TraceList"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTrace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                trace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trace"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainTrace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                trace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description What failed and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
