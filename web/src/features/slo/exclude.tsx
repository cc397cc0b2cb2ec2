// Takes time out of a budget. What that changes is asked of the server and shown before it can be entered, and what is entered
// is what was asked then.
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CountsAs, Repeat, Slo } from "@/api/model";
import { fieldDetail, otherDetail } from "@/api/problem";
import { useExclude, usePlanExclusion } from "@/api/writes";
import { fromInput, iso, lastWholeHour, toInput } from "@/lib/range";
import { useFormat, useNow, useView } from "@/lib/view";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Choice, Field, Form, Text } from "@/ui/field";
import { Options } from "@/ui/options";
import { Muted } from "@/ui/page";
import { Effects } from "./effects";
import css from "./exclude.module.css";

const COUNTS_AS = ["left_out", "good"] as const satisfies readonly CountsAs[];
const FIELDS = ["from", "to", "counts_as", "reason", "ticket", "repeat.every", "repeat.until"] as const;
const OFTEN = ["never", "1days", "1weeks", "2weeks", "1months"] as const;
type Often = (typeof OFTEN)[number];

/** When the time comes back, at the same time of day where the page is. */
function repeatOf({ often, until }: Wish, zone: string, untilMs: number): Repeat | null {
  if (often === "never") return null;
  const unit = often.slice(1) as Repeat["unit"];
  return { every: Number(often[0]), unit, time_zone: zone, until: until === "" ? null : iso(untilMs) };
}

export default function ExcludeDialog(props: {
  slo: Slo;
  onClose: () => void;
  onDone: () => void;
  back: () => HTMLElement | null;
}) {
  const { t } = useTranslation();
  const { slo, onClose, onDone, back } = props;
  return (
    <Dialog open onClose={onClose} title={t("slo.exclude.title")} back={back}>
      <ExcludeForm slo={slo} onDone={onDone} />
    </Dialog>
  );
}

interface Wish {
  from: string;
  to: string;
  counts_as: CountsAs;
  reason: string;
  ticket: string;
  often: Often;
  until: string;
}

/** The fields, and what the server says of them: forgotten as soon as one is changed. */
function useWish(name: string) {
  const { zone } = useView();
  const f = useFormat();
  const now = useNow();
  const plan = usePlanExclusion(name);
  const enter = useExclude(name);
  const [wish, setWish] = useState<Wish>(() => {
    const hour = lastWholeHour(now, zone);
    const bounds = { from: toInput(hour.from, zone), to: toInput(hour.to, zone) };
    return { ...bounds, counts_as: "left_out", reason: "", ticket: "", often: "never", until: "" };
  });
  const change = (part: Partial<Wish>) => {
    plan.reset();
    enter.reset();
    setWish({ ...wish, ...part });
  };
  const [from, to] = [fromInput(wish.from, zone), fromInput(wish.to, zone)];
  const backward = from >= to;
  const show = () => {
    if (backward || Number.isNaN(from + to) || wish.reason.trim() === "") return;
    const { counts_as, reason, ticket } = wish;
    const repeat = repeatOf(wish, f.zone, fromInput(wish.until, zone));
    plan.mutate({ counts_as, reason, ticket, repeat, from: iso(from), to: iso(to) });
  };
  return { wish, change, plan, enter, backward, show };
}

function ExcludeForm({ slo, onDone }: { slo: Slo; onDone: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const form = useWish(slo.name);
  const { wish, change, plan, enter, backward, show } = form;
  const error = enter.error ?? plan.error;
  const actions = useRef<HTMLDivElement>(null);
  // On a phone the effect comes below the end of what is seen.
  useEffect(() => {
    if (plan.data !== undefined) actions.current?.scrollIntoView({ block: "end" });
  }, [plan.data]);
  const zone = f.zoneName;
  return (
    <Form label={t("slo.exclude.title")} onSubmit={show}>
      <div className={css.bounds}>
        <Field label={t("slo.exclude.from", { zone })} error={fieldDetail(error, "from")}>
          <Text
            type="datetime-local"
            required
            value={wish.from}
            onChange={(event) => change({ from: event.target.value })}
          />
        </Field>
        <Field
          label={t("slo.exclude.to", { zone })}
          error={backward ? t("range.wrong") : fieldDetail(error, "to")}
        >
          <Text
            type="datetime-local"
            required
            value={wish.to}
            onChange={(event) => change({ to: event.target.value })}
          />
        </Field>
      </div>
      <Again form={form} zone={zone} error={error} />
      <Options
        label={t("slo.exclude.counts")}
        value={wish.counts_as}
        options={COUNTS_AS.map((value) => ({
          value,
          label: t(`slo.exclude.${value}`),
          why: t(`slo.exclude.${value}Why`),
        }))}
        onChange={(counts_as) => change({ counts_as })}
      />
      <Field label={t("slo.exclude.reason")} error={fieldDetail(error, "reason")}>
        <Text required value={wish.reason} onChange={(event) => change({ reason: event.target.value })} />
      </Field>
      <Field label={t("slo.exclude.ticket")} error={fieldDetail(error, "ticket")}>
        <Text value={wish.ticket} onChange={(event) => change({ ticket: event.target.value })} />
      </Field>
      <Plan slo={slo} form={form} />
      {error ? <Refused text={otherDetail(error, FIELDS)} /> : null}
      <div ref={actions} className={css.actions}>
        <Button type="submit" disabled={plan.isPending || enter.isPending}>
          {t("slo.exclude.plan")}
        </Button>
        <Button
          weight="strong"
          disabled={plan.data === undefined || enter.isPending}
          onClick={() => (plan.variables ? enter.mutate(plan.variables, { onSuccess: onDone }) : undefined)}
        >
          {t("slo.exclude.do")}
        </Button>
      </div>
    </Form>
  );
}

/** How often the time comes back, and until when. */
function Again(props: {
  form: ReturnType<typeof useWish>;
  zone: string;
  error: Parameters<typeof fieldDetail>[0];
}) {
  const { t } = useTranslation();
  const { wish, change } = props.form;
  return (
    <div className={css.bounds}>
      <Field label={t("slo.exclude.often")} error={fieldDetail(props.error, "repeat.every")}>
        <Choice value={wish.often} onChange={(event) => change({ often: event.target.value as Often })}>
          {OFTEN.map((often) => (
            <option key={often} value={often}>
              {t(`slo.exclude.every.${often}`)}
            </option>
          ))}
        </Choice>
      </Field>
      {wish.often === "never" ? null : (
        <Field
          label={t("slo.exclude.until", { zone: props.zone })}
          error={fieldDetail(props.error, "repeat.until")}
        >
          <Text
            type="datetime-local"
            value={wish.until}
            onChange={(event) => change({ until: event.target.value })}
          />
        </Field>
      )}
    </div>
  );
}

/** What was found out, told to those who listen as it comes. */
function Plan({ slo, form: { plan } }: { slo: Slo; form: ReturnType<typeof useWish> }) {
  const { t } = useTranslation();
  const now = useNow();
  const exclusion = plan.data?.exclusion;
  return (
    <div role="status" className={css.plan}>
      {exclusion ? (
        <>
          <p>{t("slo.exclude.effect")}</p>
          <Effects slo={slo} effects={exclusion.effects} />
          {Date.parse(exclusion.to) > now ? <p>{t("slo.exclude.ahead")}</p> : null}
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
  );
}

function Refused({ text }: { text: string | undefined }) {
  return text === undefined ? null : (
    <p role="alert" className={css.refused}>
      {text}
    </p>
  );
}
