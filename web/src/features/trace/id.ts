// A trace's id as it stands in an address: 32 hexadecimal digits. Pure.
export function isTraceId(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text);
}
