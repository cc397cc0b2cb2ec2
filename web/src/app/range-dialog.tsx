// Two instants by hand, in the zone that the page shows.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { iso } from "@/lib/range";
import { useSetSearch, useView } from "@/lib/view";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, Form, Text } from "@/ui/field";

export default function RangeDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog open onClose={onClose} title={t("range.customTitle")}>
      <RangeForm onClose={onClose} />
    </Dialog>
  );
}

function RangeForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { bounds, zone } = useView();
  const set = useSetSearch();
  const utc = zone === "utc";
  const [from, setFrom] = useState(() => toInput(bounds.from, utc));
  const [to, setTo] = useState(() => toInput(bounds.to, utc));
  const wrong = fromInput(from, utc) >= fromInput(to, utc);
  const submit = () => {
    if (wrong) return;
    set({ range: undefined, from: iso(fromInput(from, utc)), to: iso(fromInput(to, utc)) });
    onClose();
  };
  return (
    <Form label={t("range.customTitle")} onSubmit={submit}>
      <Field label={t("range.from")}>
        <Text type="datetime-local" required value={from} onChange={(event) => setFrom(event.target.value)} />
      </Field>
      <Field label={t("range.to")} error={wrong ? t("range.wrong") : undefined}>
        <Text type="datetime-local" required value={to} onChange={(event) => setTo(event.target.value)} />
      </Field>
      <div>
        <Button type="submit" weight="strong">
          {t("range.show")}
        </Button>
      </div>
    </Form>
  );
}

function toInput(time: string, utc: boolean): string {
  const date = new Date(time);
  const shift = utc ? 0 : date.getTimezoneOffset() * 60_000;
  return new Date(date.getTime() - shift).toISOString().slice(0, 16);
}

function fromInput(text: string, utc: boolean): number {
  return new Date(utc ? `${text}Z` : text).getTime();
}
