// Rail, header and the place for a page; the keys that work everywhere. It must never know what a page shows.
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/api/reads";
import { stepRow, useKeys } from "@/lib/keys";
import { Header } from "./header";
import { PLACES } from "./nav";
import { Rail } from "./rail";
import css from "./shell.module.css";

const Palette = lazy(() => import("./palette"));
const Help = lazy(() => import("./help"));
const CHORD_MS = 1500;
type Overlay = "palette" | "help" | null;

export function Shell() {
  const { t } = useTranslation();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const [menu, setMenu] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useSession();
  useShellKeys(setOverlay);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes whenever the path changes.
  useEffect(() => setMenu(false), [path]);
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#main">
        {t("skip")}
      </a>
      <Rail open={menu} />
      <div className={css.body}>
        <Header
          menuOpen={menu}
          onMenu={() => setMenu((open) => !open)}
          onPalette={() => setOverlay("palette")}
        />
        <main id="main" tabIndex={-1} className={css.main}>
          <Outlet />
        </main>
      </div>
      <Suspense fallback={null}>
        {overlay === "palette" ? (
          <Palette onClose={() => setOverlay(null)} onHelp={() => setOverlay("help")} />
        ) : null}
        {overlay === "help" ? <Help onClose={() => setOverlay(null)} /> : null}
      </Suspense>
    </div>
  );
}

function useShellKeys(show: (overlay: Overlay) => void): void {
  const navigate = useNavigate();
  const chord = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k" && !event.isComposing) {
        event.preventDefault();
        show("palette");
      }
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [show]);
  const handle = useCallback(
    (key: string, event: KeyboardEvent) => {
      if (event.timeStamp - chord.current < CHORD_MS) {
        chord.current = Number.NEGATIVE_INFINITY;
        const place = PLACES.find((each) => each.letter === key);
        if (place === undefined) return false;
        void navigate({ to: place.to });
        return true;
      }
      if (key === "g") {
        chord.current = event.timeStamp;
        return true;
      }
      if (key === "?") {
        show("help");
        return true;
      }
      if (key === "j" || key === "n") return stepRow(1);
      if (key === "k" || key === "p") return stepRow(-1);
      return false;
    },
    [navigate, show],
  );
  useKeys(handle, window);
}
