// Two instants by hand, in the zone that the page shows.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fromInput, iso, toInput } from "@/lib/range";
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
  const [from, setFrom] = useState(() => toInput(bounds.from, zone));
  const [to, setTo] = useState(() => toInput(bounds.to, zone));
  const wrong = fromInput(from, zone) >= fromInput(to, zone);
  const submit = () => {
    if (wrong) return;
    set({ range: undefined, from: iso(fromInput(from, zone)), to: iso(fromInput(to, zone)) });
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
