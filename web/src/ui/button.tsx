// Buttons of three weights. The strong one is for the single thing that a page asks of its reader.
import type { ButtonHTMLAttributes } from "react";
import css from "./button.module.css";

type Weight = "strong" | "plain" | "quiet";

export function Button({
  weight = "plain",
  className,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { weight?: Weight }) {
  return <button type="button" {...rest} className={`${css.button} ${css[weight]} ${className ?? ""}`} />;
}
