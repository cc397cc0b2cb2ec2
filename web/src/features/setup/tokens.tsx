// API tokens: made, shown once, revoked. It must never keep a token's text after the page is left.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Token } from "@/api/model";
import { detailOf } from "@/api/problem";
import { useTokens } from "@/api/reads";
import { useCreateToken, useRevokeToken } from "@/api/writes";
import { iso } from "@/lib/range";
import { useFormat } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Choice, Field, Form, Text } from "@/ui/field";
import { Snippet } from "@/ui/link";
import { Muted, Section } from "@/ui/page";
import { Table } from "@/ui/table";
import css from "./tokens.module.css";

const SCOPES = ["ingest", "read", "admin"] as const;
const LIVES = [0, 30, 90, 365] as const;
const DAY_MS = 86_400_000;

export function Tokens() {
  const { t } = useTranslation();
  const query = useTokens();
  return (
    <>
      <Section title={t("setup.tokens.create")}>
        <Create />
      </Section>
      <Section title={t("setup.tab.tokens")}>
        <Answer
          query={query}
          isEmpty={(data) => data.tokens.length === 0}
          empty={<Empty title={t("setup.tokens.none")}>{t("setup.tokens.noneNext")}</Empty>}
        >
          {(data) => <TokenTable tokens={data.tokens} />}
        </Answer>
      </Section>
    </>
  );
}

function Create() {
  const { t } = useTranslation();
  const f = useFormat();
  const create = useCreateToken();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Token["scope"]>("ingest");
  const [days, setDays] = useState<number>(90);
  const submit = () => {
    const expiry =
      days === 0 ? {} : { expires_at: iso(Math.floor(Date.now() / 1000) * 1000 + days * DAY_MS) };
    create.mutate({ name, scope, ...expiry }, { onSuccess: () => setName("") });
  };
  return (
    <>
      <Form inline label={t("setup.tokens.create")} onSubmit={submit}>
        <Field label={t("setup.tokens.name")} error={create.error ? detailOf(create.error) : undefined}>
          <Text required value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label={t("setup.tokens.scope")}>
          <Choice value={scope} onChange={(event) => setScope(event.target.value as Token["scope"])}>
            {SCOPES.map((each) => (
              <option key={each} value={each}>
                {t(`setup.scope.${each}`)}
              </option>
            ))}
          </Choice>
        </Field>
        <Field label={t("setup.tokens.life")}>
          <Choice value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {LIVES.map((each) => (
              <option key={each} value={each}>
                {each === 0 ? t("setup.tokens.forever") : f.span(each * 86_400)}
              </option>
            ))}
          </Choice>
        </Field>
        <Button type="submit" weight="strong" disabled={create.isPending}>
          {t("setup.tokens.do")}
        </Button>
      </Form>
      {create.data ? (
        <div className={css.made} role="status">
          <p>{t("setup.tokens.once")}</p>
          <Snippet label={t("setup.tokens.once")} text={create.data.token} />
        </div>
      ) : null}
    </>
  );
}

function TokenTable({ tokens }: { tokens: readonly Token[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Table
      label={t("setup.tab.tokens")}
      rows={tokens}
      rowKey={(row) => String(row.id)}
      columns={[
        { key: "name", title: t("setup.tokens.name"), cell: (row) => <strong>{row.name}</strong> },
        { key: "scope", title: t("setup.tokens.scope"), cell: (row) => t(`setup.scope.${row.scope}`) },
        {
          key: "expires",
          title: t("setup.tokens.expires"),
          cell: (row) =>
            row.expires_at ? f.dateTime(row.expires_at) : <Muted>{t("setup.tokens.forever")}</Muted>,
        },
        {
          key: "revoke",
          title: t("setup.tokens.end"),
          cell: (row) => <Revoke id={row.id} name={row.name} />,
        },
      ]}
    />
  );
}

/** Two presses: a revoked token cannot be brought back. */
function Revoke({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation();
  const revoke = useRevokeToken();
  const [sure, setSure] = useState(false);
  return (
    <>
      <Button
        aria-label={t(sure ? "setup.tokens.sure" : "setup.tokens.revokeNamed", { name })}
        disabled={revoke.isPending}
        onClick={() => (sure ? revoke.mutate(id) : setSure(true))}
      >
        {sure ? t("setup.tokens.sure", { name }) : t("setup.tokens.revoke")}
      </Button>
      {revoke.error ? <p role="alert">{detailOf(revoke.error)}</p> : null}
    </>
  );
}
