// ⌘K: every place, service, SLO, incident and switch by name. A trace id opens its trace.
import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useOpenIncidents, useServices, useSlos } from "@/api/reads";
import { useSignOut } from "@/api/writes";
import { type Lang, switchLocale } from "@/lib/locale";
import { RANGES } from "@/lib/range";
import { applyTheme } from "@/lib/theme";
import { useSetSearch, useView } from "@/lib/view";
import { useAbsoluteLink } from "./header";
import { PLACES } from "./nav";
import css from "./palette.module.css";

interface Command {
  value: string;
  kind: string;
  /** What else finds it. */
  also?: string;
  run: () => void;
}
const TRACE_ID = /^[0-9a-f]{32}$/;

export default function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const { t } = useTranslation();
  const commands = useCommands(onHelp);
  const [text, setText] = useState("");
  const navigate = useNavigate();
  const id = text.trim().toLowerCase();
  const items = TRACE_ID.test(id)
    ? [
        {
          value: id,
          kind: t("palette.trace"),
          run: () => void navigate({ to: "/traces/$traceId", params: { traceId: id } }),
        },
      ]
    : commands;
  const run = (command: Command) => {
    onClose();
    command.run();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className={css.backdrop} />
        <Dialog.Popup className={css.popup} aria-label={t("palette.title")}>
          <Autocomplete.Root
            open
            inline
            items={items}
            value={text}
            onValueChange={setText}
            itemToStringValue={(command: Command) =>
              [command.value, command.kind, command.also].filter(Boolean).join(" ")
            }
            autoHighlight="always"
            keepHighlight
          >
            <Autocomplete.Input
              className={css.input}
              aria-label={t("palette.title")}
              placeholder={t("palette.placeholder")}
            />
            <Autocomplete.Empty className={css.empty}>{t("palette.empty")}</Autocomplete.Empty>
            <Autocomplete.List className={css.list}>
              {(command: Command) => (
                <Autocomplete.Item
                  key={`${command.kind}/${command.value}`}
                  value={command}
                  className={css.item}
                  onClick={() => run(command)}
                >
                  <span>{command.value}</span>
                  <span className={css.kind}>{command.kind}</span>
                </Autocomplete.Item>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function useCommands(onHelp: () => void): Command[] {
  const nouns = useNouns();
  const switches = useSwitches(onHelp);
  return useMemo(() => [...nouns, ...switches], [nouns, switches]);
}

function useNouns(): Command[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { bounds } = useView();
  const services = useServices(bounds).data?.services;
  const slos = useSlos().data?.slos;
  const incidents = useOpenIncidents().data?.incidents;
  return useMemo(() => {
    const go = t("palette.go");
    return [
      ...PLACES.map((place) => ({
        value: t(`nav.${place.key}`),
        kind: `${go} · g ${place.letter}`,
        // Its name in the address, for those who type it in another language than the page's.
        also: place.key,
        run: () => void navigate({ to: place.to }),
      })),
      {
        value: t("suggest.title"),
        kind: t("nav.slos"),
        also: "new slo",
        run: () => void navigate({ to: "/slos/-/new" }),
      },
      {
        value: t("report.title"),
        kind: t("nav.slos"),
        also: "monthly report",
        run: () => void navigate({ to: "/slos/-/report" }),
      },
      {
        value: t("policy.title"),
        kind: t("nav.slos"),
        also: "policies",
        run: () => void navigate({ to: "/slos/-/policies" }),
      },
      {
        value: t("rule.title"),
        kind: t("nav.incidents"),
        also: "alert rules",
        run: () => void navigate({ to: "/incidents/-/rules" }),
      },
      {
        value: t("journey.title"),
        kind: t("nav.slos"),
        also: "journeys",
        run: () => void navigate({ to: "/slos/-/journeys" }),
      },
      {
        value: t("sla.title"),
        kind: t("nav.slos"),
        also: "slas agreements",
        run: () => void navigate({ to: "/slos/-/slas" }),
      },
      ...(incidents ?? []).map((incident) => ({
        value: `${incident.key} ${incident.title}`,
        kind: t("nav.incidents"),
        run: () => void navigate({ to: "/incidents/$id", params: { id: String(incident.id) } }),
      })),
      ...(slos ?? []).map((slo) => ({
        value: slo.display_name || slo.name,
        kind: t("nav.slos"),
        run: () => void navigate({ to: "/slos/$name", params: { name: slo.name } }),
      })),
      ...(services ?? []).map((service) => ({
        value: service.service,
        kind: t("nav.services"),
        run: () => void navigate({ to: "/services/$service", params: { service: service.service } }),
      })),
    ];
  }, [t, navigate, services, slos, incidents]);
}

function useSwitches(onHelp: () => void): Command[] {
  const { t, i18n } = useTranslation();
  const set = useSetSearch();
  const link = useAbsoluteLink();
  const signOut = useSignOut();
  const { ranged } = useView();
  const other: Lang = i18n.language === "ja" ? "en" : "ja";
  const action = t("palette.action");
  return [
    { value: other === "ja" ? "日本語" : "English", kind: action, run: () => void switchLocale(other) },
    { value: t("palette.light"), kind: action, run: () => applyTheme("light") },
    { value: t("palette.dark"), kind: action, run: () => applyTheme("dark") },
    { value: t("palette.utc"), kind: action, run: () => set({ tz: "utc" }) },
    { value: t("palette.local"), kind: action, run: () => set({ tz: undefined }) },
    ...(ranged ? RANGES : []).map((name) => ({
      value: t(`range.${name}`),
      kind: t("header.range"),
      run: () => set({ range: name, from: undefined, to: undefined }),
    })),
    { value: t("palette.copyLink"), kind: action, run: () => void navigator.clipboard.writeText(link()) },
    { value: t("palette.help"), kind: action, run: onHelp },
    { value: t("palette.signOut"), kind: action, run: () => signOut.mutate() },
  ];
}
