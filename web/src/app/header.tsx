// The header: environment, time range, zone, language, theme, palette. Each choice goes into the address.
import { useRouterState } from "@tanstack/react-router";
import { Menu, Moon, Sun, SunMoon } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useServices } from "@/api/reads";
import { zoneName } from "@/lib/format";
import { type Lang, switchLocale } from "@/lib/locale";
import { RANGES } from "@/lib/range";
import { applyTheme, nextTheme, storedTheme } from "@/lib/theme";
import { useFormat, useSetSearch, useView } from "@/lib/view";
import { Kbd } from "@/ui/kbd";
import css from "./header.module.css";

// Few readers give instants by hand: dialogs are fetched when one does.
const RangeDialog = lazy(() => import("./range-dialog"));

export function Header({
  menuOpen,
  onMenu,
  onPalette,
}: {
  menuOpen: boolean;
  onMenu: () => void;
  onPalette: () => void;
}) {
  const { t } = useTranslation();
  return (
    <header className={css.header}>
      <button
        type="button"
        className={css.menu}
        aria-expanded={menuOpen}
        aria-controls="rail"
        onClick={onMenu}
      >
        <Menu size={18} aria-hidden="true" />
        <span>{t("nav.menu")}</span>
      </button>
      <Environment />
      <div className={css.right}>
        <RangeChoice />
        <ZoneSwitch />
        <LangSwitch />
        <ThemeSwitch />
        <button type="button" className={css.keys} onClick={onPalette}>
          <span aria-hidden="true">
            <Kbd>⌘</Kbd> <Kbd>K</Kbd>
          </span>
          <span className={css.hidden}>{t("palette.open")}</span>
        </button>
      </div>
    </header>
  );
}

function Environment() {
  const { t } = useTranslation();
  const { bounds, environment, ranged } = useView();
  const set = useSetSearch();
  const { data } = useServices(bounds);
  const known = new Set(data?.services.flatMap((service) => service.environments).filter(Boolean));
  if (environment !== undefined) known.add(environment);
  if (known.size === 0 || !ranged) return <span className={css.scope} />;
  return (
    <span className={css.scope}>
      <select
        aria-label={t("header.environment")}
        value={environment ?? ""}
        onChange={(event) => set({ env: event.target.value || undefined })}
      >
        <option value="">{t("header.allEnvironments")}</option>
        {[...known].sort().map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </span>
  );
}

function RangeChoice() {
  const { t } = useTranslation();
  const f = useFormat();
  const view = useView();
  const set = useSetSearch();
  const [custom, setCustom] = useState(false);
  if (!view.ranged) return null;
  const choose = (value: string) => {
    if (value === "custom") setCustom(true);
    else set({ range: value, from: undefined, to: undefined });
  };
  return (
    <>
      <select
        aria-label={t("header.range")}
        value={view.range ?? "fixed"}
        onChange={(event) => choose(event.target.value)}
        className={css.boxed}
      >
        {view.range === null ? (
          <option value="fixed">{`${f.dateTime(view.bounds.from)} – ${f.dateTime(view.bounds.to)}`}</option>
        ) : null}
        {RANGES.map((name) => (
          <option key={name} value={name}>
            {t(`range.${name}`)}
          </option>
        ))}
        <option value="custom">{t("range.custom")}</option>
      </select>
      <Suspense fallback={null}>{custom ? <RangeDialog onClose={() => setCustom(false)} /> : null}</Suspense>
    </>
  );
}

function ZoneSwitch() {
  const { t } = useTranslation();
  const view = useView();
  const set = useSetSearch();
  const local = zoneName(new Intl.DateTimeFormat().resolvedOptions().timeZone);
  const utc = view.zone === "utc";
  return (
    <button
      type="button"
      className={css.boxed}
      title={t("header.zone")}
      aria-label={`${t("header.zone")}: ${utc ? "UTC" : local}`}
      onClick={() => set({ tz: utc ? undefined : "utc" })}
    >
      {utc ? "UTC" : local}
    </button>
  );
}

function LangSwitch() {
  const { i18n } = useTranslation();
  const other: Lang = i18n.language === "ja" ? "en" : "ja";
  return (
    <button type="button" lang={other} className={css.plain} onClick={() => void switchLocale(other)}>
      {other === "ja" ? "日本語" : "English"}
    </button>
  );
}

function ThemeSwitch() {
  const { t } = useTranslation();
  const [theme, setTheme] = useState(storedTheme);
  const Icon = theme === "system" ? SunMoon : theme === "light" ? Sun : Moon;
  const label = `${t("header.theme")}: ${t(`theme.${theme}`)}`;
  const turn = () => {
    const next = nextTheme(theme);
    applyTheme(next);
    setTheme(next);
  };
  return (
    <button type="button" className={css.plain} aria-label={label} title={label} onClick={turn}>
      <Icon size={15} aria-hidden="true" />
    </button>
  );
}

/** The address of this view with its range fixed, so that it shows the same thing tomorrow. */
export function useAbsoluteLink(): () => string {
  const href = useRouterState({ select: (state) => state.location.href });
  const { bounds } = useView();
  return () => {
    const url = new URL(href, window.location.origin);
    url.searchParams.delete("range");
    url.searchParams.set("from", bounds.from);
    url.searchParams.set("to", bounds.to);
    return url.toString();
  };
}
