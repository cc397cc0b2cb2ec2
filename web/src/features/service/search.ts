// What the address of a service says beside the view.
export interface ServiceSearch {
  where?: string | undefined;
}

export function readServiceSearch(raw: Record<string, unknown>): ServiceSearch {
  return { where: typeof raw.where === "string" && raw.where.trim() !== "" ? raw.where : undefined };
}
