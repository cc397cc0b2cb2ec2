// What a person can do: acknowledge, resolve, reopen, comment. The strong button is the next step.
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Incident } from "@/api/model";
import { detailOf } from "@/api/problem";
import { type IncidentChange, useIncidentChange } from "@/api/writes";
import { useKeys } from "@/lib/keys";
import { Button } from "@/ui/button";
import { Area, Field, Form } from "@/ui/field";
import { Kbd } from "@/ui/kbd";
import css from "./actions.module.css";

export function Actions({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const change = useIncidentChange(incident.id);
  const { mutate } = change;
  const act = (next: IncidentChange) => mutate(next);
  const open = incident.state === "open";
  const handle = useCallback(
    (key: string) => {
      if (key !== "a" || !open) return false;
      mutate({ act: "ack" });
      return true;
    },
    [open, mutate],
  );
  useKeys(handle);
  return (
    <div className={css.actions}>
      {open ? (
        <Button weight="strong" disabled={change.isPending} onClick={() => act({ act: "ack" })}>
          {t("incident.act.ack")}
        </Button>
      ) : null}
      {incident.state === "resolved" ? (
        <Button disabled={change.isPending} onClick={() => act({ act: "reopen" })}>
          {t("incident.act.reopen")}
        </Button>
      ) : (
        <Button
          weight={open ? "plain" : "strong"}
          disabled={change.isPending}
          onClick={() => act({ act: "resolve" })}
        >
          {t("incident.act.resolve")}
        </Button>
      )}
      {open ? (
        <span className={css.hint}>
          <Kbd>a</Kbd> {t("incident.act.ack")}
        </span>
      ) : null}
      {change.error ? (
        <p role="alert" className={css.error}>
          {detailOf(change.error)}
        </p>
      ) : null}
    </div>
  );
}

export function CommentForm({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const change = useIncidentChange(incident.id);
  const [text, setText] = useState("");
  const submit = () => {
    if (text.trim() === "") return;
    change.mutate({ act: "comment", text }, { onSuccess: () => setText("") });
  };
  return (
    <div className={css.comment}>
      <Form label={t("incident.act.comment")} onSubmit={submit}>
        <Field
          label={t("incident.act.commentLabel")}
          error={change.error ? detailOf(change.error) : undefined}
        >
          <Area rows={2} value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
        <div>
          <Button type="submit" disabled={change.isPending || text.trim() === ""}>
            {t("incident.act.comment")}
          </Button>
        </div>
      </Form>
    </div>
  );
}
