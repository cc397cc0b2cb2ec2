// What an entry of the audit log says, in words. It must never hide what it has no words for.
import type { TFunction } from "i18next";
import type { AuditEntry } from "@/api/model";
import type { Format } from "@/lib/format";

export interface Words {
  t: TFunction;
  i18n: { exists: (key: string) => boolean };
  f: Format;
}

/** What was done: the name of an operation, or the raw one where it has no name yet. */
export function actionText(action: string, { t, i18n }: Words): string {
  const known = action as "signIn";
  return i18n.exists(`setup.audit.did.${known}`) ? t(`setup.audit.did.${known}`) : action;
}

/** More about it, a line for each thing. */
export function detailLines(detail: AuditEntry["detail"], words: Words): string[] {
  return Object.entries(detail).flatMap(([name, value]) => {
    if (value === null || value === "") return [];
    return (
      (name === "changes" ? changeLines(value, words) : fieldLine(name, value, words)) ?? [raw(name, value)]
    );
  });
}

function raw(name: string, value: unknown): string {
  return `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`;
}

/** Null where the value is not what its name promises. */
function fieldLine(name: string, value: unknown, { t, i18n, f }: Words): string[] | null {
  if (typeof value !== "string") return null;
  switch (name) {
    case "until":
      return isTime(value) ? [t("setup.audit.told.until", { when: f.dateTime(value) })] : null;
    case "expires_at":
      return isTime(value) ? [t("setup.audit.told.expires", { when: f.dateTime(value) })] : null;
    case "reason":
      return [t("setup.audit.told.reason", { text: value })];
    case "owner":
      return [t("setup.audit.told.owner", { name: value })];
    case "severity":
      return i18n.exists(`severity.${value}`) ? [t(`severity.${value as "sev1"}`)] : null;
    case "scope": {
      const scope = value as "read";
      return i18n.exists(`setup.scope.${scope}`)
        ? [t("setup.audit.told.scope", { scope: t(`setup.scope.${scope}`) })]
        : null;
    }
    case "title":
    case "name":
    case "comment":
    case "text":
      return [value];
    default:
      return null;
  }
}

function isTime(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}

interface Change {
  action: "create" | "update" | "delete";
  kind: string;
  name: string;
  fields: string[];
}

function changeLines(value: unknown, words: Words): string[] | null {
  if (!Array.isArray(value) || !value.every(isChange)) return null;
  return value.map((change) => changeLine(change, words));
}

function isChange(value: unknown): value is Change {
  const { action, kind, name, fields } = (value ?? {}) as Partial<Change>;
  const known = action === "create" || action === "update" || action === "delete";
  return known && typeof kind === "string" && typeof name === "string" && Array.isArray(fields);
}

function changeLine({ action, kind, name, fields }: Change, { t, i18n }: Words): string {
  const noun = kind as "NotificationTarget";
  const what = `${i18n.exists(`setup.audit.noun.${noun}`) ? t(`setup.audit.noun.${noun}`) : kind} ${name}`;
  if (action === "update" && fields.length > 0)
    return t("setup.audit.told.updateOf", { what, fields: fields.join(", ") });
  return t(`setup.audit.told.${action}`, { what });
}
