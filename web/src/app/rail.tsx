// The rail: where one can go. On a narrow page it is the menu.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useOpenIncidents } from "@/api/reads";
import { FOOT, PLACES, type Place } from "./nav";
import css from "./rail.module.css";

export function Rail({ open }: { open: boolean }) {
  const { t } = useTranslation();
  const groups = [...new Set(PLACES.map((place) => place.group))].filter((group) => group !== FOOT);
  return (
    <nav id="rail" className={css.rail} aria-label={t("nav.label")} data-open={open ? "" : undefined}>
      <Link to="/" className={css.mark} aria-label={t("nav.home")}>
        <Mark />
        ippo
      </Link>
      {groups.map((group) => (
        <div key={group} className={css.group}>
          <Items group={group} />
        </div>
      ))}
      <div className={css.foot}>
        <Items group={FOOT} label={t("nav.foot")} />
      </div>
    </nav>
  );
}

function Items({ group, label }: { group: Place["group"]; label?: string }) {
  return (
    <ul aria-label={label}>
      {PLACES.filter((place) => place.group === group).map((place) => (
        <li key={place.to}>
          <Item place={place} />
        </li>
      ))}
    </ul>
  );
}

function Item({ place }: { place: Place }) {
  const { t } = useTranslation();
  return (
    <Link
      to={place.to}
      className={css.item}
      activeOptions={{ exact: place.to === "/", includeSearch: false }}
    >
      <span>{t(`nav.${place.key}`)}</span>
      {place.key === "incidents" ? <OpenCount /> : null}
    </Link>
  );
}

function OpenCount() {
  const { t } = useTranslation();
  const { data } = useOpenIncidents();
  const count = data?.incidents.length ?? 0;
  if (count === 0) return null;
  return (
    <span className={css.count}>
      {count}
      <span className={css.hidden}> {t("nav.open")}</span>
    </span>
  );
}

export function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true" className={css.stroke}>
      <path d="M2 17.5c7-1.4 18-1.9 28-1.7" />
    </svg>
  );
}
