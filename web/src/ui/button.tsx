// Buttons of three weights. The strong one is for the single thing that a page asks of its reader.
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ButtonHTMLAttributes, ReactNode } from "react";
import css from "./button.module.css";

type Weight = "strong" | "plain" | "quiet";

export function Button({
  weight = "plain",
  className,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { weight?: Weight }) {
  return <button type="button" {...rest} className={`${css.button} ${css[weight]} ${className ?? ""}`} />;
}

/** A link that looks like a button: what it leads to is the thing to do, and may be opened elsewhere. */
export function ButtonLink({
  weight = "plain",
  children,
  ...link
}: LinkProps & { weight?: Weight; children: ReactNode }) {
  return (
    <Link {...(link as LinkProps)} className={`${css.button} ${css.link} ${css[weight]}`}>
      {children}
    </Link>
  );
}
