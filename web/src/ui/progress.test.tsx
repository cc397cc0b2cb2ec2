import { render, screen } from "@testing-library/react";
import { beforeAll, expect, it, vi } from "vitest";
import { startLocale } from "@/lib/locale";
import { Progress } from "./progress";

beforeAll(() => startLocale("en"));

it("shows the share in whole percent, never more than there is, and can be stopped", () => {
  const stop = vi.fn();
  const at = (share: number) => <Progress label="Searching" share={share} text="38 % of it" stop={stop} />;
  const view = render(at(0.389));
  const bar = screen.getByRole("progressbar", { name: "Searching" }) as HTMLProgressElement;
  expect([bar.value, bar.max]).toEqual([38, 100]);
  expect(screen.getByText("38 % of it")).toBeTruthy();
  screen.getByRole("button", { name: "Stop" }).click();
  expect(stop).toHaveBeenCalledOnce();
  view.rerender(at(1.2));
  expect(bar.value).toBe(100);
});

it("is read out at every quarter and not more often", () => {
  const said = () => screen.getByRole("status").textContent;
  const at = (share: number) => <Progress label="Searching" share={share} text="" stop={() => undefined} />;
  const view = render(at(0.26));
  expect(said()).toBe("Searching, 25 %");
  view.rerender(at(0.49));
  expect(said()).toBe("Searching, 25 %");
  view.rerender(at(0.5));
  expect(said()).toBe("Searching, 50 %");
});
