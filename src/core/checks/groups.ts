import { type Check, SEVERITIES } from './check.ts';

/** Where a check belongs on a page, in the order of the page where none is worse than another. */
const GROUPS: readonly (readonly [title: string, prefixes: readonly string[]])[] = [
  ['Amazon SES', ['ses.', 'verification.']],
  ['SPF', ['spf.']],
  ['DKIM', ['dkim.']],
  ['DMARC', ['dmarc.']],
  ['MAIL FROM', ['mail-from.']],
  ['Mail hosts', ['mx.', 'relay.', 'mailcow.', 'outbound.', 'ptr.']],
  ['Transport and brand', ['tls.', 'dane.', 'mta-sts.', 'tls-rpt.', 'bimi.']],
  ['Zone and name servers', ['dns.', 'domain.', 'ns.', 'soa.', 'dnssec.']],
];
const OTHERS = 'Ownership';
const STATUS = ['failed', 'unknown', 'pending', 'ok'];

interface Sorted extends Pick<Check, 'status' | 'severity'> {
  readonly id: string;
}

/** The title under which a check stands. */
export function groupOf(id: string): string {
  return GROUPS.find(([, prefixes]) => prefixes.some((one) => id.startsWith(one)))?.[0] ?? OTHERS;
}

/** Checks by standard, the worst first in each, and the standards by their worst; groups without checks are left out. */
export function groupChecks<T extends Sorted>(
  checks: readonly T[],
): readonly (readonly [title: string, checks: readonly T[]])[] {
  const rank = ({ status, severity }: Sorted) => STATUS.indexOf(status) * 10 + SEVERITIES.indexOf(severity);
  // How bad it would be is no order among those that are well.
  const urgency = ([, [first]]: readonly [string, readonly T[]]) =>
    first === undefined ? 0 : first.status === 'failed' ? rank(first) : STATUS.indexOf(first.status) * 10;
  const by = Map.groupBy(checks, ({ id }) => groupOf(id));
  const groups = [...GROUPS.map(([title]) => title), OTHERS].flatMap((title) => {
    const some = by.get(title);
    return some ? [[title, some.toSorted((a, b) => rank(a) - rank(b))] as const] : [];
  });
  return groups.toSorted((a, b) => urgency(a) - urgency(b));
}
