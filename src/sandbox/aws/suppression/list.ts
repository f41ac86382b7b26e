import type { Draft } from '../sending/draft.ts';
import type { Place } from '../state.ts';

/** Why an address is not written to. */
export type Reason = 'BOUNCE' | 'COMPLAINT';

/** Whose list counts. */
export type Scope = 'ACCOUNT' | 'TENANT';

/** One address on a list; what put it there where that was a message. */
export interface Suppressed {
  readonly address: string;
  readonly reason: Reason;
  readonly at: number;
  readonly messageId?: string;
  readonly feedbackId?: string;
}

/** Addresses as SES compares them to their entries: of one account and Region, or of one tenant. */
export type SuppressionList = Map<string, Suppressed>;

/** Options of a configuration set: what is absent follows the account, and an empty list suppresses nothing. */
export interface SuppressionOptions {
  readonly SuppressedReasons?: Reason[] | undefined;
  readonly SuppressionScope?: Scope | undefined;
  readonly ValidationOptions?: unknown;
}

/** What of suppression counts for a message. */
export interface Suppression {
  readonly scope: Scope;
  readonly reasons: readonly Reason[];
  readonly list: SuppressionList;
}

/** An address as lists keep it: SES makes the domain lower-case, and only that. */
export function listed(address: string): string {
  const at = address.lastIndexOf('@');
  return address.slice(0, at) + address.slice(at).toLowerCase();
}

/** Configuration set before tenant before account; TENANT scope looks at the tenant's list alone. */
export function suppressionOf(place: Place, draft: Pick<Draft, 'tenant'>, set: string | undefined): Suppression {
  const options: SuppressionOptions = place.configurationSets.get(set ?? '')?.options.SuppressionOptions ?? {};
  const tenant = draft.tenant === undefined ? undefined : place.tenants.get(draft.tenant);
  const scope = options.SuppressionScope ?? tenant?.suppression?.SuppressionScope ?? 'ACCOUNT';
  const account = place.account.suppressedReasons ?? [];
  if (scope === 'TENANT' && tenant) {
    const reasons = options.SuppressedReasons ?? tenant.suppression?.SuppressedReasons ?? account;
    return { scope, reasons, list: tenant.suppressed };
  }
  return { scope: 'ACCOUNT', reasons: options.SuppressedReasons ?? account, list: place.suppressed };
}

/** The entry that keeps a message from an address. */
export function suppressedBy({ reasons, list }: Suppression, address: string): Suppressed | undefined {
  const entry = list.get(listed(address));
  return entry && reasons.includes(entry.reason) ? entry : undefined;
}
