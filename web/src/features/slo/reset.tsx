// Makes a budget whole again. What that changes is asked of the server and shown before it can be entered.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Slo } from "@/api/model";
import { fieldDetail, otherDetail } from "@/api/problem";
import { usePlanReset, useResetBudget } from "@/api/writes";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, Form, Text } from "@/ui/field";
import { Muted } from "@/ui/page";
import { Effects } from "./effects";
import css from "./exclude.module.css";

export default function ResetDialog(props: {
  slo: Slo;
  onClose: () => void;
  onDone: () => void;
  back: () => HTMLElement | null;
}) {
  const { t } = useTranslation();
  const { slo, onClose, onDone, back } = props;
  return (
    <Dialog open onClose={onClose} title={t("slo.reset.title")} back={back}>
      <ResetForm slo={slo} onDone={onDone} />
    </Dialog>
  );
}

function ResetForm({ slo, onDone }: { slo: Slo; onDone: () => void }) {
  const { t } = useTranslation();
  const plan = usePlanReset(slo.name);
  const enter = useResetBudget(slo.name);
  const [wish, setWish] = useState({ reason: "", ticket: "" });
  const change = (part: Partial<typeof wish>) => {
    plan.reset();
    enter.reset();
    setWish({ ...wish, ...part });
  };
  const show = () => {
    if (wish.reason.trim() !== "") plan.mutate(wish);
  };
  const error = enter.error ?? plan.error;
  const other = error ? otherDetail(error, ["reason", "ticket"]) : undefined;
  return (
    <Form label={t("slo.reset.title")} onSubmit={show}>
      <p>{t("slo.reset.what")}</p>
      <Field label={t("slo.exclude.reason")} error={fieldDetail(error, "reason")}>
        <Text required value={wish.reason} onChange={(event) => change({ reason: event.target.value })} />
      </Field>
      <Field label={t("slo.exclude.ticket")} error={fieldDetail(error, "ticket")}>
        <Text value={wish.ticket} onChange={(event) => change({ ticket: event.target.value })} />
      </Field>
      <div role="status" className={css.plan}>
        {plan.data?.reset ? (
          <>
            <p>{t("slo.exclude.effect")}</p>
            <Effects slo={slo} effects={plan.data.reset} />
            <p>
              <Muted>{t("slo.exclude.kept")}</Muted>
            </p>
          </>
        ) : (
          <p>
            <Muted>{t("slo.exclude.first")}</Muted>
          </p>
        )}
      </div>
      {other === undefined ? null : (
        <p role="alert" className={css.refused}>
          {other}
        </p>
      )}
      <div className={css.actions}>
        <Button type="submit" disabled={plan.isPending || enter.isPending}>
          {t("slo.exclude.plan")}
        </Button>
        <Button
          weight="strong"
          disabled={plan.data === undefined || enter.isPending}
          onClick={() => (plan.variables ? enter.mutate(plan.variables, { onSuccess: onDone }) : undefined)}
        >
          {t("slo.reset.do")}
        </Button>
      </div>
    </Form>
  );
}
