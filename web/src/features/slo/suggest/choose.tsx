// Whose requests, how much of the past, and over which window. Every choice is in the address.
import { useTranslation } from "react-i18next";
import { useEndpointsOfDays, useServicesOfDays } from "@/api/reads";
import { useFormat, useSetSearch } from "@/lib/view";
import { Choice, Field, Form } from "@/ui/field";
import { Pick, type Pickable } from "@/ui/pick";
import css from "./page.module.css";
import { DAYS, NOT_CHOSEN, offered, type SuggestSearch, WINDOWS } from "./search";

/** No endpoint: all requests of the service. */
const ALL = "";

export function ChooseRequests(props: { search: SuggestSearch; days: number; windowDays: number }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  const { service, endpoint } = props.search;
  const services = useCounted(useServicesOfDays(props.days).data?.services ?? [], (each) => each.service);
  const found = useEndpointsOfDays(service ?? "", props.days, service !== undefined).data?.endpoints ?? [];
  const endpoints = useCounted(found, (each) => each.name);
  const all = { value: ALL, label: t("suggest.choose.all") };
  return (
    <ChooseTime days={props.days} windowDays={props.windowDays}>
      <Pick
        label={t("suggest.choose.service")}
        placeholder={t("suggest.choose.find")}
        items={withChosen(services, service)}
        value={service}
        onPick={(value) => set({ ...NOT_CHOSEN, service: value, endpoint: undefined })}
      />
      <Pick
        label={t("suggest.choose.endpoint")}
        placeholder={all.label}
        items={[all, ...withChosen(endpoints, endpoint)]}
        value={endpoint ?? ALL}
        disabled={service === undefined}
        onPick={(value) => set({ ...NOT_CHOSEN, endpoint: value || undefined })}
      />
    </ChooseTime>
  );
}

export function ChooseTime(props: { days: number; windowDays: number; children?: React.ReactNode }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  return (
    <div className={css.choose}>
      <Form inline label={t("suggest.choose.label")} onSubmit={() => undefined}>
        {props.children}
        <div className={css.times}>
          <Days
            label={t("suggest.choose.days")}
            choices={DAYS}
            value={props.days}
            onChange={(days) => set({ days })}
          />
          <Days
            label={t("suggest.choose.window")}
            choices={WINDOWS}
            value={props.windowDays}
            onChange={(window) => set({ window })}
          />
        </div>
      </Form>
    </div>
  );
}

function Days(props: {
  label: string;
  choices: readonly number[];
  value: number;
  onChange: (days: string) => void;
}) {
  const f = useFormat();
  return (
    <Field label={props.label}>
      <Choice value={String(props.value)} onChange={(event) => props.onChange(event.target.value)}>
        {offered(props.choices, props.value).map((days) => (
          <option key={days} value={String(days)}>
            {f.span(days * 86_400)}
          </option>
        ))}
      </Choice>
    </Field>
  );
}

/** Names with how many requests each had, the busiest first, those without any left out. */
function useCounted<Row extends { requests: number }>(
  rows: readonly Row[],
  name: (row: Row) => string,
): Pickable[] {
  const { t } = useTranslation();
  const f = useFormat();
  const requests = new Map<string, number>();
  // One name may be that of several kinds of span; requests of all of them are meant.
  for (const row of rows) requests.set(name(row), (requests.get(name(row)) ?? 0) + row.requests);
  return [...requests]
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([value, count]) => ({
      value,
      label: value,
      note: t("suggest.choose.requests", { count, n: f.count(count) }),
    }));
}

/** What is chosen stays among the items, even if it had no requests of late or is not loaded yet. */
function withChosen(items: Pickable[], chosen: string | undefined): Pickable[] {
  if (chosen === undefined || items.some((each) => each.value === chosen)) return items;
  return [{ value: chosen, label: chosen }, ...items];
}
