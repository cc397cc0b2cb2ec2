// One of many by name: a button that says which, and a list in which it is found by typing. For a few there is `Choice`.
import { ChevronDown } from "lucide-react";
import { lazy, Suspense } from "react";
import css from "./pick.module.css";

const PickList = lazy(() => import("./pick-list"));

export interface Pickable {
  value: string;
  label: string;
  /** What helps to choose, such as how many requests it has. */
  note?: string;
}

export interface PickProps {
  label: string;
  /** What stands there while nothing is chosen. */
  placeholder: string;
  items: readonly Pickable[];
  value: string | undefined;
  disabled?: boolean;
  onPick: (value: string) => void;
}

export function Pick(props: PickProps) {
  return (
    <Suspense fallback={<Coming {...props} />}>
      <PickList {...props} />
    </Suspense>
  );
}

/** What takes its room until it is there. */
function Coming({ label, placeholder, items, value }: PickProps) {
  const current = items.find((each) => each.value === value);
  return (
    <div className={css.field}>
      <span className={css.label}>{label}</span>
      <span className={css.trigger}>
        <span className={current === undefined ? css.nothing : css.value}>
          {current?.label ?? placeholder}
        </span>
        <ChevronDown size={14} aria-hidden="true" />
      </span>
    </div>
  );
}
