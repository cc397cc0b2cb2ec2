// Makes an SLO of the chosen target. It must never make two of one click, nor change one that is there.
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { NameTaken, type NewSlo, useMakeSlo, useSloDraft } from "@/api/draft";
import { ApiError, fieldDetail } from "@/api/problem";
import { useMayChange, useSession, useTargets } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Button } from "@/ui/button";
import { useComplaint } from "@/ui/complaint";
import { Dialog } from "@/ui/dialog";
import { Choice, Field, Form, Text } from "@/ui/field";
import { Snippet } from "@/ui/link";
import { Fact, Facts, Muted } from "@/ui/page";
import css from "./make.module.css";

const SETTLED_MS = 300;
/** The field of the definition that the server names where nobody of that name can be told. */
const NOTIFY = "metadata.annotations.ippo.dev/notify";
const OWNER = "metadata.annotations.ippo.dev/owner";

/** Said of every file that does not hold all definitions: of one SLO that goes without saying. */
const OF_OTHERS = /^not in the files, and kept/;

type Promised = Omit<NewSlo, "owner" | "notify">;

export function Make({ promised }: { promised: Promised }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const may = useMayChange();
  const why = useId();
  return (
    <div className={css.make}>
      <Button
        weight="strong"
        disabled={may !== true}
        aria-describedby={may === false ? why : undefined}
        onClick={() => setOpen(true)}
      >
        {t("suggest.make.open")}
      </Button>
      {may === false ? (
        <p id={why}>
          <Muted>{t("suggest.make.mayNot")}</Muted>
        </p>
      ) : null}
      <Dialog open={open} onClose={() => setOpen(false)} title={t("suggest.make.title")}>
        <MakeForm promised={promised} />
      </Dialog>
    </div>
  );
}

function MakeForm({ promised }: { promised: Promised }) {
  const { t } = useTranslation();
  const f = useFormat();
  const navigate = useNavigate();
  const targets = useTargets().data?.targets ?? [];
  const me = useSession().data?.account?.name ?? "";
  const [owner, setOwner] = useState(me);
  const [told, setTold] = useState<string>();
  // Where there is one target alone, it is meant.
  const notify = told ?? (targets.length === 1 ? (targets[0]?.name ?? "") : "");
  const slo = { ...promised, owner: owner.trim(), notify };
  const draft = useSloDraft({ ...slo, owner: useSettled(slo.owner) });
  const make = useMakeSlo();
  const begun = useRef(false);
  // The name that was shown stays the one that is asked for, until it is told that it is taken.
  const [agreed, setAgreed] = useState<string>();
  const drafted = draft.data?.name;
  useEffect(() => setAgreed((before) => before ?? drafted), [drafted]);
  const name = agreed ?? drafted;
  const error = make.error ?? draft.error;
  const review = /ippo\.dev\/review: "?(\d{4}-\d\d-\d\d)/.exec(draft.data?.definition ?? "")?.[1];
  const warnings = (draft.data?.warnings ?? []).filter((each) => !OF_OTHERS.test(each));
  const submit = () => {
    if (begun.current) return;
    begun.current = true;
    make.mutate(
      { slo, name },
      {
        onSuccess: (made) => void navigate({ to: "/slos/$name", params: { name: made } }),
        onError: (failed) => {
          begun.current = false;
          if (failed instanceof NameTaken) setAgreed(failed.next);
        },
      },
    );
  };
  const changed = () => (make.error ? make.reset() : undefined);
  return (
    <Form label={t("suggest.make.title")} onSubmit={submit}>
      <Facts>
        <Fact name={t("suggest.make.name")}>
          <strong>{name ?? f.none}</strong>
        </Fact>
        <Fact name={t("slo.column.target")}>{f.percent(Number(promised.target), 6)}</Fact>
        <Fact name={t("slo.fact.review")}>{review === undefined ? f.none : f.civilDate(review)}</Fact>
      </Facts>
      <Field label={t("suggest.make.owner")} error={fieldDetail(error, "owner") ?? fieldDetail(error, OWNER)}>
        <Text
          value={owner}
          onChange={(event) => {
            changed();
            setOwner(event.target.value);
          }}
        />
      </Field>
      <Field label={t("slo.fact.notify")} error={fieldDetail(error, "notify") ?? fieldDetail(error, NOTIFY)}>
        <Choice
          value={notify}
          onChange={(event) => {
            changed();
            setTold(event.target.value);
          }}
        >
          <option value="">{t("suggest.make.nobody")}</option>
          {targets.map((target) => (
            <option key={target.name} value={target.name}>
              {target.name}
            </option>
          ))}
        </Choice>
      </Field>
      {notify === "" ? (
        <p>
          <Muted>{t("suggest.make.untold")}</Muted>{" "}
          <Link to="/setup" search={{ tab: "targets" }}>
            {t("setup.tab.targets")}
          </Link>
        </p>
      ) : null}
      {warnings.map((warning) => (
        <p key={warning}>{t("trouble.detail", { text: warning })}</p>
      ))}
      <details className={css.yaml}>
        <summary>{t("suggest.make.yaml")}</summary>
        <Snippet label={t("slo.definition")} text={draft.data?.definition ?? ""} />
      </details>
      {error ? <Wrong error={error} /> : null}
      <div className={css.actions}>
        <Button weight="strong" type="submit" disabled={make.isPending || make.isSuccess || draft.isLoading}>
          {t(make.isPending || make.isSuccess ? "suggest.make.doing" : "suggest.make.do")}
        </Button>
        <Muted>{t("suggest.make.then")}</Muted>
      </div>
    </Form>
  );
}

/** What was refused, with every place that has no field of its own here. */
function Wrong({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const complain = useComplaint();
  const alert = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (error) alert.current?.scrollIntoView({ block: "nearest" });
  }, [error]);
  if (error instanceof NameTaken) {
    return (
      <div ref={alert} role="alert" className={css.wrong}>
        <p>{t("suggest.make.taken", { name: error.taken, next: error.next })}</p>
        <p>
          <Link to="/slos/$name" params={{ name: error.taken }}>
            {error.taken}
          </Link>
        </p>
      </div>
    );
  }
  const known = ["owner", "notify", NOTIFY, OWNER];
  const places = error instanceof ApiError ? error.fields : [];
  const own = places.filter((place) => !known.includes(place.field ?? ""));
  if (places.length > 0 && own.length === 0) return null;
  const { what, next, detail } = complain(error);
  return (
    <div ref={alert} role="alert" className={css.wrong}>
      <p>{detail === "" ? [what, next].join(t("sentenceGap")) : detail}</p>
      {own.map((place) => (
        <p key={`${place.field}/${place.line}/${place.message}`}>
          {[place.field, place.message].filter(Boolean).join(": ")}
        </p>
      ))}
    </div>
  );
}

/** A value that is typed, once the typing rests. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), SETTLED_MS);
    return () => window.clearTimeout(timer);
  }, [value]);
  return settled;
}
