// What stands below the first look at an SLO: one script, which comes after the page.
export { BurnTable } from "./burn";
export { Failures } from "./failures";
export { default as History } from "./history";
export { Ledger } from "./ledger";
export { Spend } from "./spend";
export { SpendBy } from "./spend-by";
