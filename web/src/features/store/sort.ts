// By what the services are sorted: in the address, so that a link shows the same order. Rows of different signals are no
// measure together: a span is not a metric point.
import type { StoreService } from "@/api/model";

export const SORTS = ["bytes", "spans", "logs", "metrics", "name"] as const;
export type Sort = (typeof SORTS)[number];

export function readSort(value: unknown): Sort | undefined {
  return SORTS.find((sort) => sort === value);
}

export function sorted(services: readonly StoreService[], by: Sort): StoreService[] {
  const measure = (each: StoreService) =>
    by === "bytes" || by === "name" ? each.total.bytes : each[by].rows;
  const order = (a: StoreService, b: StoreService) =>
    by === "name" ? a.service.localeCompare(b.service) : measure(b) - measure(a);
  return services.toSorted(order);
}
