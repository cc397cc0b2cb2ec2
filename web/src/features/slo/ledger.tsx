// What people and ippo entered about a budget. It must never hide an entry: one that was withdrawn says so and stays.
import { lazy, type RefObject, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LedgerEntry, Slo } from "@/api/model";
import { useSloLedger } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Outside } from "@/ui/link";
import { More } from "@/ui/more";
import { Section } from "@/ui/page";
import { Effects } from "./effects";
import { kindOf, withdrawals, wordsOf } from "./entries";
import css from "./ledger.module.css";

// Read by many and written by few: what writes comes when it is asked for.
const ExcludeDialog = lazy(() => import("./exclude"));
const ResetDialog = lazy(() => import("./reset"));
const WithdrawDialog = lazy(() => import("./withdraw"));

type Asked = "exclude" | "reset" | LedgerEntry;

/**
 * The dialog that is open, if any: it excludes time, or withdraws an entry. Once something was entered, focus goes to the
 * list, where that stands now, as the button that opened the dialog may be gone.
 */
function useDialogs() {
  const [asked, setAsked] = useState<Asked | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const entered = useRef(false);
  const ask = (what: Asked) => {
    entered.current = false;
    setAsked(what);
  };
  const ends = {
    onClose: () => setAsked(null),
    onDone: () => {
      entered.current = true;
      setAsked(null);
    },
    back: () => (entered.current ? list.current : null),
  };
  return { asked, ask, list, ends };
}

export function Ledger({ slo }: { slo: Slo }) {
  const { t, i18n } = useTranslation();
  const { asked, ask, list, ends } = useDialogs();
  const query = useSloLedger(slo.name, i18n.language);
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <Section
      title={t("slo.ledger.title")}
      note={t("slo.ledger.note")}
      actions={
        <span>
          <Button onClick={() => ask("exclude")}>{t("slo.exclude.open")}</Button>{" "}
          <Button onClick={() => ask("reset")}>{t("slo.reset.open")}</Button>
        </span>
      }
    >
      <Answer
        query={{ ...query, data: query.data?.pages.at(-1) }}
        isEmpty={() => entries.length === 0}
        empty={
          <Empty title={t("slo.ledger.none")}>
            <Button onClick={() => ask("exclude")}>{t("slo.ledger.first")}</Button>
          </Empty>
        }
      >
        {() => <Entries slo={slo} entries={entries} list={list} onWithdraw={ask} />}
      </Answer>
      <More pages={query} />
      <Suspense>
        {asked === "exclude" ? <ExcludeDialog slo={slo} {...ends} /> : null}
        {asked === "reset" ? <ResetDialog slo={slo} {...ends} /> : null}
        {asked === null || typeof asked === "string" ? null : (
          <WithdrawDialog slo={slo} entry={asked} {...ends} />
        )}
      </Suspense>
    </Section>
  );
}

interface EntriesProps {
  slo: Slo;
  entries: readonly LedgerEntry[];
  list: RefObject<HTMLOListElement | null>;
  onWithdraw: (entry: LedgerEntry) => void;
}

function Entries({ slo, entries, list, onWithdraw }: EntriesProps) {
  const { t } = useTranslation();
  const withdrawn = withdrawals(entries);
  return (
    <ol ref={list} tabIndex={-1} className={css.entries} aria-label={t("slo.ledger.title")}>
      {entries.map((entry) => (
        <Entry
          key={entry.id}
          slo={slo}
          entry={entry}
          withdrawal={withdrawn.get(entry.id)}
          onWithdraw={() => onWithdraw(entry)}
        />
      ))}
    </ol>
  );
}

interface EntryProps {
  slo: Slo;
  entry: LedgerEntry;
  withdrawal: LedgerEntry | undefined;
  onWithdraw: () => void;
}

function Entry({ slo, entry, withdrawal, onWithdraw }: EntryProps) {
  const { t } = useTranslation();
  const f = useFormat();
  const effects = entry.exclusion?.effects ?? entry.reset;
  return (
    <li className={css.entry}>
      <p className={css.when}>
        <time dateTime={entry.time} title={f.exact(entry.time)}>
          {f.dateTime(entry.time)}
        </time>{" "}
        <span>{entry.by}</span>
      </p>
      <div className={css.what}>
        <p className={css.kind} data-kind={entry.kind}>
          {kindOf(entry, t)}
        </p>
        <p>{wordsOf(entry, f)}</p>
        {effects ? (
          <div className={css.more}>
            <Effects slo={slo} effects={effects} />
            <Ticket ticket={entry.exclusion?.ticket ?? ""} />
          </div>
        ) : null}
        {withdrawal ? (
          <p className={css.withdrawn}>
            {t("slo.ledger.withdrawnBy", { who: withdrawal.by, when: f.dateTime(withdrawal.time) })}
          </p>
        ) : null}
      </div>
      {effects && !withdrawal ? (
        <Button
          weight="quiet"
          aria-label={t("slo.withdraw.name", { text: wordsOf(entry, f) })}
          onClick={onWithdraw}
        >
          {t("slo.withdraw.open")}
        </Button>
      ) : null}
    </li>
  );
}

function Ticket({ ticket }: { ticket: string }) {
  const { t } = useTranslation();
  if (ticket === "") return null;
  return (
    <p>
      {t("slo.ledger.ticket")} {/^https?:\/\//.test(ticket) ? <Outside href={ticket} /> : ticket}
    </p>
  );
}
