// What went wrong with a request, in one shape for every view. It must never hide the server's own words.

export interface FieldError {
  message: string;
  field?: string | null;
  line?: number | null;
  column?: number | null;
}

export class ApiError extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly fields: FieldError[];
  /** The stable name of the kind of problem, such as `query-memory`; empty where the server gave none. */
  readonly kind: string;

  constructor(status: number, title: string, detail: string, fields: FieldError[] = [], kind = "") {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.fields = fields;
    this.kind = kind;
  }
}

/** RFC 9457 problem details, as far as they are there. */
export type Problem = Partial<{
  type: string;
  status: number;
  title: string;
  detail: string;
  errors: FieldError[];
}>;

/** The error that problem details tell. */
export function problemFrom(problem: Problem, status = problem.status ?? 500): ApiError {
  const kind = /^\/problems\/([\w-]+)$/.exec(problem.type ?? "")?.[1] ?? "";
  return new ApiError(status, problem.title ?? "", problem.detail ?? "", problem.errors ?? [], kind);
}

/** Reads RFC 9457 problem details; anything else becomes an error with the status alone. */
export async function errorFrom(response: Response): Promise<ApiError> {
  try {
    return problemFrom((await response.json()) as Problem, response.status);
  } catch {
    return new ApiError(response.status, response.statusText, "");
  }
}

/** 0 when there was no answer at all. */
export function statusOf(error: unknown): number {
  return error instanceof ApiError ? error.status : 0;
}

export function detailOf(error: unknown): string {
  if (error instanceof ApiError) return error.detail || error.title;
  return error instanceof Error ? error.message : String(error);
}

/** What the server said of one field of a form. */
export function fieldDetail(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return error.fields.find((each) => each.field === field)?.message;
}

/** What it said of none of these: that has no field to stand at. */
export function otherDetail(error: unknown, fields: readonly string[]): string | undefined {
  if (!error || fields.some((field) => fieldDetail(error, field) !== undefined)) return undefined;
  return detailOf(error);
}
