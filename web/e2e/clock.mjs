// What time it is among the fixtures: the clock's, or for the specs one instant, so that none of them sees an hour or a day end.
let held;

/** The instant at which the fixtures were "now"; not on the hour, and a Tuesday noon in Tokyo. */
export const FIXTURE_NOW = Date.parse("2026-11-24T02:40:00Z");

/** Milliseconds since 1970. */
export const now = () => held ?? Date.now();

/** Lets it be the fixtures' instant from here on. */
export function hold() {
  held = FIXTURE_NOW;
}
