import { createFileRoute } from "@tanstack/react-router";
import { TodayPage } from "@/features/today/page";

export const Route = createFileRoute("/")({
  staticData: { range: "24h" },
  component: TodayPage,
});
