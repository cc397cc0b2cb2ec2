// Read-only SQL: an editor, the tables beside it, and the answer. The query that is shown is in the address.
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession, useSql } from "@/api/reads";
import { composing } from "@/lib/keys";
import { Empty, Loading } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Columns, Page, Section } from "@/ui/page";
import { EXAMPLES } from "./examples";
import css from "./page.module.css";
import { Result, WrongQuery } from "./result";
import { Schema } from "./schema";
import { offsetOf } from "./shape";

export interface SqlSearch {
  q?: string | undefined;
}

export function readSqlSearch(raw: Record<string, unknown>): SqlSearch {
  return { q: typeof raw.q === "string" && raw.q.trim() !== "" ? raw.q : undefined };
}

export function SqlPage({ search }: { search: SqlSearch }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const asked = search.q ?? "";
  const query = useSql(asked);
  const session = useSession();
  const running = query.isFetching || session.isPending;
  const [text, setText] = useState(asked);
  const editor = useRef<HTMLTextAreaElement>(null);
  // Back and forward lead through the queries that were run.
  useEffect(() => setText(asked), [asked]);
  const run = (sql: string) => {
    if (sql.trim() === "") return;
    if (sql === asked) void query.refetch();
    else void navigate({ to: "/sql", search: { q: sql } });
  };
  const insert = useCallback((name: string) => {
    const area = editor.current;
    if (area === null) return;
    area.focus();
    area.setRangeText(name, area.selectionStart, area.selectionEnd, "end");
    setText(area.value);
  }, []);
  const show = (line: number, column: number) => {
    const at = offsetOf(asked, line, column);
    setText(asked);
    window.requestAnimationFrame(() => {
      editor.current?.focus();
      editor.current?.setSelectionRange(at, at + 1);
    });
  };
  return (
    <Page title={t("nav.sql")} lead={<p>{t("sql.lead")}</p>}>
      <Columns side={<Schema asked={asked} insert={insert} />}>
        <Editor
          ref={editor}
          text={text}
          setText={setText}
          run={() => run(text)}
          running={running}
          asked={asked}
        />
        {asked === "" ? (
          <Section title={t("sql.result")}>
            <Empty title={t("sql.nothingAsked")} />
          </Section>
        ) : running ? (
          <Section title={t("sql.result")}>
            <Loading rows={6} />
          </Section>
        ) : query.error ? (
          <WrongQuery error={query.error} sql={asked} retry={() => query.refetch()} show={show} />
        ) : query.data ? (
          <Result answer={query.data} sql={asked} />
        ) : (
          <Section title={t("sql.result")}>
            <Empty title={t("sql.stopped")} />
          </Section>
        )}
        <Examples run={run} />
      </Columns>
    </Page>
  );
}

function Editor(props: {
  ref: React.Ref<HTMLTextAreaElement>;
  text: string;
  setText: (text: string) => void;
  run: () => void;
  running: boolean;
  asked: string;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const onKeyDown = (event: React.KeyboardEvent) => {
    // The Enter that ends a composition is no wish to run.
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || composing(event)) return;
    event.preventDefault();
    props.run();
  };
  return (
    <div className={css.editor}>
      <textarea
        ref={props.ref}
        className={css.text}
        aria-label={t("sql.query")}
        aria-keyshortcuts="Control+Enter Meta+Enter"
        value={props.text}
        rows={Math.min(24, Math.max(7, props.text.split("\n").length + 1))}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        onChange={(event) => props.setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className={css.actions}>
        {props.running ? (
          <Button onClick={() => void queries.cancelQueries({ queryKey: ["sql", props.asked] })}>
            {t("sql.stop")}
          </Button>
        ) : (
          <Button weight="strong" onClick={props.run} disabled={props.text.trim() === ""}>
            {t("sql.run")}
          </Button>
        )}
        <span className={css.hint}>{t("sql.keys")}</span>
      </div>
    </div>
  );
}

function Examples({ run }: { run: (sql: string) => void }) {
  const { t } = useTranslation();
  return (
    <Section title={t("sql.examples")}>
      <ul className={css.examples}>
        {EXAMPLES.map((example) => (
          <li key={example.key}>
            <button type="button" onClick={() => run(example.sql)}>
              {t(`sql.example.${example.key}`)}
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
