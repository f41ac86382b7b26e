import { type Check, SEVERITIES } from './check.ts';

/** Where a check belongs on a page, in the order of the page. */
const GROUPS: readonly (readonly [title: string, prefixes: readonly string[]])[] = [
  ['Amazon SES', ['ses.', 'verification.']],
  ['SPF', ['spf.']],
  ['DKIM', ['dkim.']],
  ['DMARC', ['dmarc.']],
  ['MAIL FROM', ['mail-from.']],
  ['Inbound mail', ['mx.', 'relay.', 'mailcow.', 'outbound.', 'ptr.']],
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

/** Checks by standard, the worst first in each; groups without checks are left out. */
export function groupChecks<T extends Sorted>(
  checks: readonly T[],
): readonly (readonly [title: string, checks: readonly T[]])[] {
  const rank = ({ status, severity }: Sorted) => STATUS.indexOf(status) * 10 + SEVERITIES.indexOf(severity);
  const by = Map.groupBy(checks, ({ id }) => groupOf(id));
  return [...GROUPS.map(([title]) => title), OTHERS].flatMap((title) => {
    const some = by.get(title);
    return some ? [[title, some.toSorted((a, b) => rank(a) - rank(b))] as const] : [];
  });
}
