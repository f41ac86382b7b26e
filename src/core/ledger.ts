/** The ledger entry that says in which account of a system our things are. */
export function accountEntry(system: string): string {
  return `account ${system}`;
}

/** The ledger entry of a domain that was taken down. */
export function tombstoneEntry(domain: string): string {
  return `tombstone ${domain}`;
}

/** Entries that are about what is ours, and are nothing themselves. */
export function isNote(entry: string): boolean {
  return entry.startsWith(accountEntry('')) || entry.startsWith(tombstoneEntry(''));
}
