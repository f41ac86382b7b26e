import type { DomainFacts, Seen } from '../../core/inspection.ts';
import { mailServiceOf } from '../../core/mail-service.ts';
import { dkimName, publishedKey } from '../../core/records/dkim.ts';
import { feedbackRegion } from '../../core/records/feedback-host.ts';
import { senderOf, USUAL_SELECTORS } from '../../core/records/senders.ts';
import { isSpf } from '../../core/records/spf.ts';
import { showText } from '../../core/records/txt.ts';
import { NOBODYS_LABEL } from '../../core/resolver.ts';
import type { AskDns } from './ask-dns.ts';

type DkimKeys = Extract<DomainFacts['dkim'], { status: 'present' }>['value'];

/** What was found, and whether every name could be asked. Unknown only where nothing was found and not every name could. */
export interface Found<T> {
  readonly seen: T;
  readonly asked: 'all' | 'some';
}

/** The DKIM keys at these selectors. */
export async function readDkim(
  domain: string,
  selectors: readonly string[],
  ask: AskDns,
): Promise<Found<DomainFacts['dkim']>> {
  const [wild, ...found] = await Promise.all(
    [NOBODYS_LABEL, ...selectors].map((selector) => ask(dkimName(selector, domain), 'TXT')),
  );
  const keys = found.flatMap((one, index): DkimKeys => {
    const selector = selectors[index] ?? '';
    if (one.status !== 'present') return [];
    const { alias, values } = one.value;
    if (wild?.status === 'present' && wild.value.alias === alias && wild.value.values.join() === values.join())
      return [];
    const record = values.find((value) => publishedKey(value) !== undefined);
    if (record === undefined && alias === undefined) return [];
    const revoked = record !== undefined && publishedKey(record) === '';
    const signer = (alias === undefined ? undefined : senderOf(alias)) ?? USUAL_SELECTORS[selector] ?? 'own key';
    return [
      alias === undefined
        ? { selector, signer, type: 'TXT', value: showText(record ?? ''), revoked }
        : { selector, signer, type: 'CNAME', value: alias, revoked },
    ];
  });
  return gathered(keys, found);
}

function gathered<T>(values: readonly T[], answers: readonly Seen<unknown>[]): Found<Seen<T[]>> {
  const unasked = answers.find((one) => one.status === 'unknown');
  const asked = unasked ? 'some' : 'all';
  if (values.length > 0) return { seen: { status: 'present', value: [...values] }, asked };
  return { seen: unasked?.status === 'unknown' ? unasked : { status: 'absent' }, asked };
}

/** Which of these names SES sends from: those with its feedback MX. */
export async function readMailFrom(names: readonly string[], ask: AskDns): Promise<Found<DomainFacts['mailFrom']>> {
  const answers = await Promise.all(names.map((name) => ask(name, 'MX')));
  const found = await Promise.all(
    answers.map(async (one, index) => {
      const name = names[index] ?? '';
      if (one.status !== 'present') return [];
      const regions = one.value.values.flatMap((value) => feedbackRegion(value) ?? []);
      if (regions.length === 0) return [];
      const txt = await ask(name, 'TXT');
      const spf =
        txt.status === 'unknown'
          ? {}
          : {
              spf:
                txt.status === 'present' &&
                txt.value.values.some((value) => isSpf(value) && /include:amazonses\.com/i.test(value)),
            };
      return regions.map((region) => ({ name, region, ...spf }));
    }),
  );
  return gathered(found.flat(), answers);
}

/** Where mail to the domain goes, in order. A null MX is one without a host. */
export async function readMx(domain: string, ask: AskDns): Promise<DomainFacts['mx']> {
  const mx = await ask(domain, 'MX');
  if (mx.status !== 'present') return mx;
  const hosts = mx.value.values.map((value) => {
    const [preference, host = ''] = value.split(' ');
    const service = mailServiceOf(host);
    return { host, preference: Number(preference), ...(service === undefined ? {} : { service }) };
  });
  if (hosts.length === 0) return { status: 'absent' };
  return {
    status: 'present',
    value: hosts.toSorted((a, b) => a.preference - b.preference || a.host.localeCompare(b.host)),
  };
}

/** Names by which mail programs find the mailboxes, and where they lead: an alias, an SRV target, or addresses. */
export async function readClients(domain: string, ask: AskDns): Promise<DomainFacts['clients']> {
  const names = [`autodiscover.${domain}`, `autoconfig.${domain}`];
  const service = `_autodiscover._tcp.${domain}`;
  const [srv, wild, ...hosts] = await Promise.all([
    ask(service, 'SRV'),
    ask(`${NOBODYS_LABEL}.${domain}`, 'A'),
    ...names.map((name) => ask(name, 'A')),
  ]);
  const answers = [srv, ...hosts];
  const found = hosts.flatMap((one, index) => {
    if (one.status !== 'present' || JSON.stringify(one) === JSON.stringify(wild)) return [];
    const { alias, values } = one.value;
    return [{ name: names[index] ?? '', target: alias ?? values.toSorted().join(', ') }];
  });
  if (srv.status === 'present')
    found.push(...srv.value.values.map((value) => ({ name: service, target: value.split(' ')[3] ?? '' })));
  return gathered(found, answers).seen;
}
