// Alert rules as the server tells them, in both languages, and the incident that one of them opened.
import { now } from "./clock.mjs";

const ago = (minutes) => new Date(now() - minutes * 60_000).toISOString();

const WORDS = {
  en: {
    timeouts: "The payment gateway times out",
    why: "Seen before users complain: the gateway's own status page is minutes late.",
    found: '"gateway timeout" is in the logs',
    said: '"gateway timeout" was found 14 times in 5m',
    action: "Look at the gateway's status page.\nIf it is down, switch the fallback on.",
    ratio: "the ratio of spans over 10m is above 5%",
    low: "the ratio is 0.21 % of 4812 events over 10m; limit above 5%",
    ratioAction: "Compare with the last deploy, and roll back if it began there.",
    backup: "no logs match for 1d",
    backupSaid: "heard in the minute 2026-11-24T02:10:00Z",
    backupAction: "Start the backup by hand, then look why it did not run.",
    queue: "the value (last) of metrics over 5m is above 1000",
    trouble: "not everything could be read: queue.depth is a counter: of that make sense increase and rate",
    queueAction: "Add a worker.",
  },
  ja: {
    timeouts: "決済ゲートウェイのタイムアウト",
    why: "ゲートウェイのステータスページは数分遅れるため、問い合わせの前に気づくためのルールです。",
    found: "ログに「gateway timeout」が出た",
    said: "「gateway timeout」が 5 分間に 14 回ログに出ました",
    action: "ゲートウェイのステータスページを確認する。\n停止していれば、代替の経路に切り替える。",
    ratio: "スパンの割合(10 分間)が 5% を上回る",
    low: "割合は 0.21 %(10 分間、4812 件中)、上限 5%",
    ratioAction: "直近のデプロイと比べ、そこから始まっていれば切り戻す。",
    backup: "該当するログが 1 日間ない",
    backupSaid: "2026-11-24T02:10:00Z の分に受信しました",
    backupAction: "バックアップを手動で開始し、動かなかった原因を調べる。",
    queue: "メトリクスの最新の値(5 分間)が 1000 を上回る",
    trouble: "すべては読み取れませんでした: queue.depth is a counter: of that make sense increase and rate",
    queueAction: "ワーカーを増やす。",
  },
};

const group = (state, label, text, more) => ({ label, state, since: null, text, incident: null, ...more });

function rule(name, more) {
  return {
    name,
    display_name: name,
    description: "",
    owner: "team-checkout",
    notify: ["checkout-oncall"],
    severity: "ticket",
    runbook: null,
    service: null,
    kind: "threshold",
    for_minutes: 1,
    resolve_after_minutes: 1,
    by: [],
    revision: 1,
    applied_at: ago(6_000),
    document: "",
    judged_at: ago(1),
    trouble: null,
    last_fired_at: null,
    more_groups: false,
    muted_until: null,
    muted_by: null,
    ...more,
  };
}

/** Every rule. */
export function alertRules(lang) {
  const words = WORDS[lang];
  return {
    next_cursor: null,
    warnings: [],
    partial: false,
    sampled: null,
    alert_rules: [
      rule("backup-missing", {
        action: words.backupAction,
        kind: "absence",
        when: words.backup,
        state: "fine",
        groups: [group("fine", "", words.backupSaid)],
      }),
      rule("gateway-timeouts", {
        display_name: words.timeouts,
        description: words.why,
        severity: "page",
        action: words.action,
        runbook: "https://runbooks.example.org/gateway",
        kind: "text",
        when: words.found,
        resolve_after_minutes: 30,
        by: ["service"],
        state: "firing",
        last_fired_at: ago(12),
        groups: [group("firing", "service=payment", words.said, { since: ago(12), incident: 39 })],
      }),
      rule("payment-errors", {
        severity: "page",
        action: words.ratioAction,
        when: words.ratio,
        for_minutes: 3,
        state: "fine",
        last_fired_at: ago(4_000),
        muted_until: ago(-90),
        muted_by: "aoki",
        groups: [group("fine", "route=/pay", words.low), group("unknown", "route=/refund", null)],
      }),
      rule("queue", {
        action: words.queueAction,
        when: words.queue,
        state: "unknown",
        trouble: words.trouble,
        groups: [],
      }),
    ],
  };
}

/** The incident that the first of them opened. */
export function ruleIncident(lang) {
  const words = WORDS[lang];
  return {
    id: 39,
    key: "INC-39",
    title: `${words.timeouts} (service=payment)`,
    kind: "rule",
    state: "open",
    severity: "sev2",
    owner: "team-checkout",
    slo: null,
    service: "payment",
    alert_rule: "gateway-timeouts",
    runbook: "https://runbooks.example.org/gateway",
    action: words.action,
    examples: [
      {
        text: "ERROR payment gateway timeout after 3000 ms",
        path: "/logs?record=1795486560000000000-9f86d081884c7d65-0",
      },
      { text: "4bf92f3577b34da6a3ce929d0e0e4736", path: "/traces/4bf92f3577b34da6a3ce929d0e0e4736" },
    ],
    opened_at: ago(12),
    acknowledged_at: null,
    acknowledged_by: null,
    resolved_at: null,
    resolved_by: null,
    muted: false,
    impact: null,
    deliveries: [],
  };
}
