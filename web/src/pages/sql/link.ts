// The address that holds a statement.

/** Longer addresses are cut off by some programs, and refused by servers. */
export const LONGEST_LINK = 8_000;

/** Whether an address, as it is written, arrives everywhere. */
export function isLinkable(address: string): boolean {
  return address.length <= LONGEST_LINK;
}
