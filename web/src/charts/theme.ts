// When a chart must be drawn anew because light and dark changed places.
import { useEffect, useState } from "react";

/** Changes with every switch between light and dark, for a canvas cannot read style sheets by itself. */
export function useTheme(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const again = () => setTurn((old) => old + 1);
    const media = window.matchMedia("(prefers-color-scheme: dark)");
    media.addEventListener("change", again);
    window.addEventListener("ippo:theme", again);
    return () => {
      media.removeEventListener("change", again);
      window.removeEventListener("ippo:theme", again);
    };
  }, []);
  return turn;
}
