// Where the labels at the ends of lines stand. Pure.

export interface Room {
  top: number;
  bottom: number;
  /** The least distance between two labels. */
  apart: number;
}

/**
 * Moves what is wanted, in pixels and in ascending order, so that no two are nearer than `apart` and none leaves the
 * room: down where two would meet, then up again from the bottom. More than fit leave it at the top.
 */
export function spread(wanted: readonly number[], { top, bottom, apart }: Room): number[] {
  const places: number[] = [];
  let least = top;
  for (const want of wanted) {
    const place = Math.max(want, least);
    places.push(place);
    least = place + apart;
  }
  let most = bottom;
  for (let index = places.length - 1; index >= 0; index -= 1) {
    const place = Math.min(places[index] ?? most, most);
    places[index] = place;
    most = place - apart;
  }
  return places;
}
