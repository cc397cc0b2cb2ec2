// Tabs that are links: which one is open lives in the address.
import { Link } from "@tanstack/react-router";
import css from "./tabs.module.css";

export function Tabs({
  label,
  tabs,
  current,
  param,
}: {
  label: string;
  tabs: { value: string; title: string }[];
  current: string;
  param: string;
}) {
  return (
    <nav className={css.tabs} aria-label={label}>
      {tabs.map((tab, index) => (
        <Link
          key={tab.value}
          to="."
          search={((old: object) => ({ ...old, [param]: index === 0 ? undefined : tab.value })) as never}
          aria-current={tab.value === current ? "page" : undefined}
          className={css.tab}
          activeOptions={{ exact: true, includeSearch: true }}
        >
          {tab.title}
        </Link>
      ))}
    </nav>
  );
}
