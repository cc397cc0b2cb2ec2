// Silence for a while, with the name of who asked for it and why. Counting goes on.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Slo } from "@/api/model";
import { detailOf } from "@/api/problem";
import { useMute, useUnmute } from "@/api/writes";
import { iso } from "@/lib/range";
import { useFormat } from "@/lib/view";
import { Button } from "@/ui/button";
import { Choice, Field, Form, Text } from "@/ui/field";

const HOURS = [1, 4, 24, 72] as const;

export function Mute({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const f = useFormat();
  const unmute = useUnmute(slo.name);
  if (!slo.muted_until) return <MuteForm name={slo.name} />;
  return (
    <>
      <p>{t("slo.mutedBy", { who: slo.muted_by ?? f.none, when: f.dateTime(slo.muted_until) })}</p>
      <Button disabled={unmute.isPending} onClick={() => unmute.mutate(undefined)}>
        {t("slo.mute.end")}
      </Button>
      {unmute.error ? <p role="alert">{detailOf(unmute.error)}</p> : null}
    </>
  );
}

function MuteForm({ name }: { name: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const mute = useMute(name);
  const [hours, setHours] = useState<number>(1);
  const [reason, setReason] = useState("");
  const submit = () => {
    if (reason.trim() === "") return;
    mute.mutate({ until: iso(Math.floor(Date.now() / 1000) * 1000 + hours * 3_600_000), reason });
  };
  return (
    <Form inline label={t("slo.mute.title")} onSubmit={submit}>
      <Field label={t("slo.mute.for")}>
        <Choice value={hours} onChange={(event) => setHours(Number(event.target.value))}>
          {HOURS.map((each) => (
            <option key={each} value={each}>
              {f.span(each * 3600)}
            </option>
          ))}
        </Choice>
      </Field>
      <Field label={t("slo.mute.reason")} error={mute.error ? detailOf(mute.error) : undefined}>
        <Text required value={reason} onChange={(event) => setReason(event.target.value)} />
      </Field>
      <Button type="submit" disabled={mute.isPending}>
        {t("slo.mute.do")}
      </Button>
    </Form>
  );
}
