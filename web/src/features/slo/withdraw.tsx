// Takes an exclusion back, with a reason that stays.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { LedgerEntry, Slo } from "@/api/model";
import { fieldDetail, otherDetail } from "@/api/problem";
import { useWithdraw } from "@/api/writes";
import { useFormat } from "@/lib/view";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Check, Field, Form, Text } from "@/ui/field";
import { Muted } from "@/ui/page";
import { wordsOf } from "./entries";
import css from "./exclude.module.css";

export default function WithdrawDialog(props: {
  slo: Slo;
  entry: LedgerEntry;
  onClose: () => void;
  onDone: () => void;
  back: () => HTMLElement | null;
}) {
  const { t } = useTranslation();
  const { slo, entry, onClose, onDone, back } = props;
  return (
    <Dialog open onClose={onClose} title={t("slo.withdraw.title")} back={back}>
      <WithdrawForm slo={slo} entry={entry} onDone={onDone} />
    </Dialog>
  );
}

function WithdrawForm({ slo, entry, onDone }: { slo: Slo; entry: LedgerEntry; onDone: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const withdraw = useWithdraw(slo.name);
  const [reason, setReason] = useState("");
  const repeats = Boolean(entry.exclusion?.repeat);
  const [onlyAhead, setOnlyAhead] = useState(repeats);
  const submit = () => {
    if (reason.trim() === "") return;
    withdraw.mutate({ id: entry.id, reason, from_now: onlyAhead }, { onSuccess: onDone });
  };
  const other = otherDetail(withdraw.error, ["reason"]);
  return (
    <Form label={t("slo.withdraw.title")} onSubmit={submit}>
      <p>{wordsOf(entry, f)}</p>
      <p>
        <Muted>{t(entry.reset ? "slo.withdraw.whatReset" : "slo.withdraw.what")}</Muted>
      </p>
      {repeats ? (
        <Check
          label={t("slo.withdraw.onlyAhead")}
          checked={onlyAhead}
          onChange={(event) => setOnlyAhead(event.target.checked)}
        />
      ) : null}
      <Field label={t("slo.withdraw.reason")} error={fieldDetail(withdraw.error, "reason")}>
        <Text required value={reason} onChange={(event) => setReason(event.target.value)} />
      </Field>
      {other === undefined ? null : (
        <p role="alert" className={css.refused}>
          {other}
        </p>
      )}
      <div>
        <Button type="submit" weight="strong" disabled={withdraw.isPending}>
          {t("slo.withdraw.do")}
        </Button>
      </div>
    </Form>
  );
}
