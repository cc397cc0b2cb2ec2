// The OTLP snippet, and a live answer to "did it arrive?" that becomes the way to the service.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Status } from "@/api/model";
import { useServices, useStatus } from "@/api/reads";
import { lastBounds } from "@/lib/range";
import { useFormat, useNow } from "@/lib/view";
import { Answer } from "@/ui/answer";
import { Snippet } from "@/ui/link";
import { Fact, Facts, Section } from "@/ui/page";
import { Glyph } from "@/ui/state";
import css from "./send.module.css";
import { curlSnippet, environmentSnippet, nodeSnippet, pythonSnippet } from "./snippets";

const DAY_SECS = 86_400;
/** Whoever just started an SDK watches the page. */
const WAITING_MS = 2000;

export function Send() {
  const { t } = useTranslation();
  const status = useStatus(WAITING_MS);
  return (
    <Answer query={status} rows={8}>
      {(data) => {
        const to = { address: data.otlp_http, needsToken: data.otlp_needs_token };
        return (
          <>
            <Waiting status={data} />
            {to.needsToken ? <TokenFirst /> : null}
            <Section title={t("setup.any")} note={t("setup.anyNote")}>
              <Snippet label={t("setup.any")} text={environmentSnippet(to)} />
            </Section>
            <Section title={t("setup.python")}>
              <Snippet label={t("setup.python")} text={pythonSnippet(to)} />
            </Section>
            <Section title={t("setup.node")}>
              <Snippet label={t("setup.node")} text={nodeSnippet(to)} />
            </Section>
            <Section title={t("setup.curl")} note={t("setup.curlNote")}>
              <Snippet label={t("setup.curl")} text={curlSnippet(to)} />
            </Section>
            <Endpoints status={data} />
          </>
        );
      }}
    </Answer>
  );
}

/** An address that others can reach refuses whoever brings no token; so this comes before the snippets. */
function TokenFirst() {
  const { t } = useTranslation();
  return (
    <p data-view="token">
      {t("setup.needsToken", { scope: t("setup.scope.ingest") })}
      {t("sentenceGap")}
      <Link to="/setup" search={{ tab: "tokens" }}>
        {t("setup.makeToken")}
      </Link>
    </p>
  );
}

function Waiting({ status }: { status: Status }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = useNow();
  const services = useServices(lastBounds(DAY_SECS, now)).data?.services ?? [];
  if (status.last_received_at === null) {
    return (
      <p className={css.waiting} role="status" data-view="waiting">
        <Glyph state="no_data" /> {t("setup.waiting")}
      </p>
    );
  }
  return (
    <p className={css.waiting} role="status" data-view="arrived">
      <Glyph state="fine" />{" "}
      {t("setup.arrived", { when: f.ago(status.last_received_at, now), count: status.services_seen })}{" "}
      {services.slice(0, 5).map((each) => (
        <Link
          key={each.service}
          className={css.service}
          to="/services/$service"
          params={{ service: each.service }}
        >
          {each.service}
        </Link>
      ))}
    </p>
  );
}

function Endpoints({ status }: { status: Status }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { received, rejected } = status;
  return (
    <Section title={t("setup.endpoints")}>
      <Facts>
        <Fact name="OTLP/HTTP">
          <code>{status.otlp_http}</code>
        </Fact>
        <Fact name="OTLP/gRPC">
          <code>{status.otlp_grpc}</code>
        </Fact>
        <Fact name={t("setup.received")}>
          {t("setup.counts", {
            spans: f.count(received.spans),
            logs: f.count(received.logs),
            points: f.count(received.points),
          })}
        </Fact>
        <Fact name={t("setup.rejected")}>
          {t("setup.counts", {
            spans: f.count(rejected.spans),
            logs: f.count(rejected.logs),
            points: f.count(rejected.points),
          })}
        </Fact>
        <Fact name={t("nav.store")}>
          <Link to="/store">{t("setup.storeNext")}</Link>
        </Fact>
        <Fact name={t("setup.version")}>{status.version}</Fact>
      </Facts>
    </Section>
  );
}
