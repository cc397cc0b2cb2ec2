// Why an answer is not complete, by the server's warnings. Pure. It must never call data unreadable that a read only had
// no time for.

export interface PartialBy {
  /** The read ran out of its time, or was stopped. */
  early: boolean;
  /** Some of the data cannot be read. */
  unread: boolean;
}

const EARLY = /^(?:reading ended after \d+ s\b|the search was stopped\b)/;
const UNREAD = /\brows are missing here$/;

/** Neither, where the answer itself has a limit, such as of series. */
export function partialBy(warnings: readonly string[]): PartialBy {
  return {
    early: warnings.some((warning) => EARLY.test(warning)),
    unread: warnings.some((warning) => UNREAD.test(warning)),
  };
}
