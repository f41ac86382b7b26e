import { isBelow } from '../../domain.ts';
import { feedbackHost, feedbackRegion } from '../../records/feedback-host.ts';
import { isSpf } from '../../records/spf.ts';
import { isIpv4, isIpv6 } from '../../records/spf-grammar.ts';
import { fromBytes } from '../../records/txt.ts';
import type { Check } from '../check.ts';
import { finding } from '../finding.ts';
import { isReserved } from '../lint/reserved-ranges.ts';
import { aliasOf, fine, follow, type See, type Subject, unheard, unseen, withoutDomain } from './see.ts';

/** The hosts of an MX set, without a null MX. */
export function mxHosts(values: readonly string[]): string[] {
  return values.map((value) => value.split(' ')[1] ?? '').filter((host) => host !== '' && host !== '.');
}

/** Inbound hosts of the domain. Pure. */
export function checkMx(subject: Subject, see: See): Check[] {
  const { domain } = subject;
  const { answer } = follow(see, domain, 'MX');
  const silence = unheard(answer);
  if (silence !== undefined) return [unseen('mx.unresolvable', domain, silence)];
  const hosts = mxHosts(answer.values);
  if (answer.values.length > hosts.length && hosts.length > 0)
    return [
      finding('mx.null-beside', answer.values.map((value) => value.replace(/ $/, ' .')).join(', '), { name: domain }),
      ...hosts.flatMap((host) => checkHost(host, subject, see)),
    ];
  if (hosts.length === 0) return receivesNothing(subject, see);
  const twice = [...new Set(hosts.filter((host, at) => hosts.indexOf(host) !== at))];
  return [
    ...twice.map((host) =>
      finding('mx.twice', `${host} stands ${hosts.filter((one) => one === host).length} times`, { name: domain }),
    ),
    ...[...new Set(hosts)].flatMap((host) => checkHost(host, subject, see)),
  ];
}

/** Whether the domain says that it sends nothing, and nobody knows better. Pure. */
export function sendsNothing({ domain, selectors, mailFrom }: Subject, see: See): boolean {
  const record = follow(see, domain, 'TXT').answer.values.map(fromBytes).find(isSpf) ?? '';
  return selectors.length + mailFrom.length === 0 && /^v=spf1 +-all *$/i.test(record);
}

/** Replies come back to whoever writes them; but nobody replies to a domain that says that it sends nothing. */
function receivesNothing(subject: Subject, see: See): Check[] {
  const { domain } = subject;
  const seen = follow(see, domain, 'MX').answer.values.length > 0 ? 'a null MX' : 'no MX';
  return sendsNothing(subject, see)
    ? [fine('mx.replies', domain, `${seen}, and nothing is sent`)]
    : [finding('mx.replies', seen, { name: domain })];
}

function checkHost(host: string, { domain, allowPrivate = false }: Subject, see: See): Check[] {
  if (isIpv4(host) || isIpv6(host)) return [finding('mx.address', host, { name: host })];
  if (!host.includes('.'))
    return [
      finding('mx.unresolvable', 'a name of one label, which no host of the internet has', {
        name: host,
        fix: `Name the host with its whole name, such as ${host}.${domain}, if that is where it is.`,
      }),
    ];
  const answers = (['A', 'AAAA'] as const).map((type) => follow(see, host, type).answer);
  const addresses = answers.flatMap(({ values }) => values);
  const silence = answers.map(unheard).find((reason) => reason !== undefined);
  const found: Check[] = [];
  const alias = aliasOf(see(host, 'A'));
  if (addresses.length === 0 && silence === undefined)
    return [
      alias === undefined
        ? finding('mx.unresolvable', 'no address', { name: host, ...withoutDomain(host, domain, 'A', see) })
        : finding('mx.unresolvable', `an alias of ${alias}, where no address is`, {
            name: host,
            fix: 'Name a host that has an address, without an alias.',
          }),
    ];
  if (alias !== undefined)
    found.push(finding('mx.alias', `${host} is an alias of ${alias}`, { name: host, ...named(host, domain, see) }));
  if (addresses.length === 0) return [...found, unseen('mx.unresolvable', host, silence ?? '')];
  const inside = addresses.filter((address) => isReserved(address));
  found.push(
    inside.length === addresses.length && !allowPrivate
      ? finding('mx.private', inside.join(', '), { name: host })
      : fine('mx.unresolvable', host, addresses.join(', ')),
  );
  return found;
}

/** The MX with the host itself, as its alias leads to it. */
function named(host: string, domain: string, see: See): { fix?: string } {
  const target = follow(see, host, 'A').hops.at(-1) ?? follow(see, host, 'AAAA').hops.at(-1) ?? aliasOf(see(host, 'A'));
  const [preference] = follow(see, domain, 'MX')
    .answer.values.filter((value) => value.split(' ')[1] === host)
    .map((value) => value.split(' ')[0]);
  return target === undefined || preference === undefined
    ? {}
    : { fix: `Publish ${domain} MX ${preference} ${target} in its place: the host that the alias leads to.` };
}

/** A region in a host that was meant as SES’s: 'feedback-smtp.us-east-1.amazonses.com.example.com'. */
const REGION = /^feedback-smtp\.([a-z]{2}(?:-[a-z]+)+-\d)\b/i;

/** Each MAIL FROM name: exactly one MX, which is a feedback host of SES. Pure. */
export function checkMailFrom({ domain, mailFrom }: Subject, see: See): Check[] {
  return mailFrom.flatMap(({ name, region }) => {
    if (!isBelow(name, domain)) return [finding('mail-from.parent', `${name} does not lie below ${domain}`, { name })];
    const direct = see(name, 'MX');
    const silence = unheard(direct);
    if (silence !== undefined) return [unseen('mail-from.mx', name, silence)];
    const alias = aliasOf(direct);
    const hosts = mxHosts(direct.values);
    const found = hosts.flatMap((host) => feedbackRegion(host) ?? [])[0];
    const meant = [...hosts, alias ?? ''].flatMap((host) => REGION.exec(host)?.[1]?.toLowerCase() ?? [])[0];
    const record = `${name} MX 10 ${feedbackHost(region ?? found ?? meant ?? '<region>')}`;
    const fix = `Publish ${record}, and no MX beside it.`;
    if (alias !== undefined) {
      const way = `Remove the CNAME, then publish ${record} and ${name} TXT "v=spf1 include:amazonses.com ~all"; or take another name (--mail-from).`;
      return [finding('mail-from.alias', `an alias of ${alias}`, { name, fix: way })];
    }
    if (hosts.length !== 1)
      return [finding('mail-from.mx', direct.values.length === 0 ? 'no MX' : direct.values.join(', '), { name, fix })];
    if (found === undefined || (region !== undefined && found !== region))
      return [finding('mail-from.region', direct.values.join(', '), { name, fix })];
    const addresses = see(name, 'A').values;
    return [
      fine('mail-from.mx', name, direct.values.join(', ')),
      ...(addresses.length > 0 ? [finding('mail-from.host', `addresses ${addresses.join(', ')}`, { name })] : []),
    ];
  });
}
