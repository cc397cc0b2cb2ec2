// By what the services are sorted: in the address, so that a link shows the same order.
import type { StoreService } from "@/api/model";

export const SORTS = ["bytes", "rows", "name"] as const;
export type Sort = (typeof SORTS)[number];

export function readSort(value: unknown): Sort | undefined {
  return SORTS.find((sort) => sort === value);
}

export function sorted(services: readonly StoreService[], by: Sort): StoreService[] {
  const order = (a: StoreService, b: StoreService) =>
    by === "name" ? a.service.localeCompare(b.service) : b.total[by] - a.total[by];
  return services.toSorted(order);
}
