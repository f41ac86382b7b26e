import { isBelow } from '../../domain.ts';
import { isDmarc } from '../../records/dmarc.ts';
import { isSpf, SPF_LOOKUP_LIMIT, termKey } from '../../records/spf.ts';
import { isMeantAsSpf } from '../../records/spf-corrections.ts';
import { readSpfTerm, type SpfTerm } from '../../records/spf-grammar.ts';
import { fromBytes } from '../../records/txt.ts';
import { NOBODYS_LABEL } from '../../resolver.ts';
import type { Check } from '../check.ts';
import { finding, publish } from '../finding.ts';
import { EVERYBODY, lintSpf } from '../lint/lint-spf.ts';
import { publishedKeys } from './check-dkim.ts';
import { aliasOf, fine, follow, placeOf, type See, type Subject, unheard, unseen } from './see.ts';
import { meantInstead, oneInstead, withSender } from './spf-fixes.ts';
import { costs, everyNode, type SpfNode, spfTree } from './spf-tree.ts';

const NEAR_LIMIT = SPF_LOOKUP_LIMIT - 2;
const MOST_EMPTY = 2;
/** What receivers leave out, because it does not begin as a record, spoils none beside it (RFC 7208 4.5). */
const IDLE = { severity: 'warning', fix: 'Remove it: the other record counts.' } as const;
const SES_DOMAIN = 'amazonses.com';
const SES = `include:${SES_DOMAIN}`;

/** SPF at the domain itself, and at each MAIL FROM name. Pure. */
export function checkSpf(subject: Subject, see: See): Check[] {
  const { domain, mailFrom } = subject;
  const others = mailFrom.map(({ name }) => name).filter((name) => name !== domain);
  return [
    ...recordAt(domain, domain, see),
    ...others.flatMap((name) => [
      ...recordAt(name, domain, see).filter(({ id }) => id !== 'spf.none'),
      ...ofSes(name, see),
    ]),
    ...notNeeded(subject, see),
    ...parked(subject, see),
    ...misplaced(domain, see),
  ];
}

function recordAt(name: string, domain: string, see: See): Check[] {
  const { answer } = follow(see, name, 'TXT');
  // Beside an alias nothing can be published.
  const place = placeOf(see, name, 'TXT');
  const silence = unheard(answer);
  if (silence !== undefined) return [unseen('spf.none', name, silence)];
  const texts = answer.values.map(fromBytes);
  const records = texts.filter(isSpf);
  const near = texts.filter(isMeantAsSpf);
  const [record] = records;
  const found = [...near, ...texts.filter((text) => /^spf2\.0/i.test(text))]
    .flatMap((text) => lintSpf(text).map((one) => ({ ...one, ...meantInstead(place, text) })))
    .map((one) => (record !== undefined && one.severity === 'blocker' ? { ...one, ...IDLE } : one));
  if (record === undefined)
    return [
      ...at(name, found),
      ...(near.length > 0 ? [] : [finding('spf.none', 'no SPF record', { name, fix: none(name, place) })]),
    ];
  if (records.length > 1) return at(name, [...found, several(place, records, domain, see)]);
  return [
    fine('spf.none', name, record),
    ...at(name, [
      ...found,
      ...readable(place, record, spfFaults(record, spfTree(name, see))),
      ...explained(record, see),
    ]),
    ...greeted(name, record, see),
  ];
}

function several(name: string, records: readonly string[], domain: string, see: See): Check {
  const way = oneInstead(name, records, domain, see);
  return finding('spf.multiple', records.map((one) => `"${one}"`).join(' and '), way);
}

function none(name: string, place: string): string {
  const way =
    place === name
      ? ''
      : `${name} is an alias of ${place}, beside which no record can stand: give it its addresses instead. `;
  return `${way}Publish ${name} TXT "v=spf1 … ~all", with the includes or addresses of whoever sends with it; for a domain that never sends, "v=spf1 -all".`;
}

/** Of a record with words that are no terms, the fix is the one that was meant. */
function readable(name: string, record: string, faults: readonly Check[]): Check[] {
  const isUnread = ({ id, seen: [first] }: Check) => FATAL.includes(id) && first?.value.startsWith('in ') !== true;
  return faults.map((one) => (isUnread(one) ? { ...one, ...meantInstead(name, record) } : one));
}

/** A MAIL FROM name is SES’s to send with: its record, or one that it draws in, lets SES pass. */
function ofSes(name: string, see: See): Check[] {
  const tree = spfTree(name, see);
  const { state, record = '', reason } = tree;
  // Several records, and an alias, are faults of their own.
  if (state === 'several' || aliasOf(see(name, 'MX')) !== undefined) return [];
  if (state === 'unknown') return [unseen('mail-from.spf', name, reason ?? 'no answer')];
  if (state === 'none') {
    const isMeant = follow(see, name, 'TXT').answer.values.map(fromBytes).some(isMeantAsSpf);
    const fix = `${publish(name, `v=spf1 ${SES} ~all`)}.`;
    return isMeant ? [] : [finding('mail-from.spf', 'no SPF record', { name, fix })];
  }
  const nodes = lettingIn(tree);
  const isIncluded = nodes.some(({ domain }) => domain === SES_DOMAIN);
  if (isIncluded || isFlat(nodes, see)) return [fine('mail-from.spf', name, record)];
  const isUnclear =
    nodes.some((node) => node.state === 'unknown' || node.state === 'macro') ||
    lintSpf(record).some(({ id }) => id === 'spf.syntax' || id === 'spf.chunks');
  if (isUnclear) return [];
  return [finding('mail-from.spf', record, { name, ...withSender(name, record, SES) })];
}

/** The records of the tree that are reached by terms which let pass alone: what they let in, the root lets in. */
function lettingIn(node: SpfNode): SpfNode[] {
  return [node, ...node.below.filter(({ term = '' }) => !/^[-~?]/.test(term)).flatMap(lettingIn)];
}

/** Whether SES is let in by its ranges instead of its name. */
function isFlat(nodes: readonly SpfNode[], see: See): boolean {
  const ranges = (record = '') =>
    termsOf(record).flatMap((term) => (term.name.startsWith('ip') && term.qualifier === '+' ? [termKey(term)] : []));
  const known = ranges(follow(see, SES_DOMAIN, 'TXT').answer.values.map(fromBytes).find(isSpf));
  const others = nodes.filter(({ domain }) => domain !== SES_DOMAIN);
  return others.some(({ record }) => ranges(record).some((range) => known.includes(range)));
}

function termsOf(record: string): SpfTerm[] {
  return record
    .slice(6)
    .split(' ')
    .map(readSpfTerm)
    .filter((term): term is SpfTerm => 'name' in term && term.text !== '');
}

/** The text that exp= names; with a macro it is another for each message. */
function explained(record: string, see: See): Check[] {
  const target = termsOf(record).find(({ name }) => name === 'exp')?.domain;
  if (target === undefined || target.includes('%')) return [];
  const { answer } = follow(see, target, 'TXT');
  if (answer.status === 'unknown' || answer.values.length === 1) return [];
  const seen = answer.values.length === 0 ? 'nothing is there' : `${answer.values.length} records are there`;
  return [finding('spf.exp', `exp=${target}: ${seen}`)];
}

/** Hosts below the name that the record names one by one: they greet with that name. */
function greeted(name: string, record: string, see: See): Check[] {
  const hosts = termsOf(record).flatMap((term) =>
    term.name === 'a' && term.domain !== undefined && isBelow(term.domain, name) ? [term.domain] : [],
  );
  return [...new Set(hosts)].flatMap((host) => {
    const { answer } = follow(see, host, 'TXT');
    const isHost = (['A', 'AAAA'] as const).some((type) => follow(see, host, type).answer.values.length > 0);
    const isMissing = answer.status !== 'unknown' && !answer.values.map(fromBytes).some(isSpf);
    return isHost && isMissing
      ? [finding('spf.helo', 'no SPF record', { name: host, fix: `${publish(host, 'v=spf1 a -all')}.` })]
      : [];
  });
}

/** A record that names no sender, of a domain that has no other name to send with. */
function parked(subject: Subject, see: See): Check[] {
  const { domain, selectors, mailFrom } = subject;
  const record = follow(see, domain, 'TXT').answer.values.map(fromBytes).find(isSpf);
  if (record === undefined || !/^v=spf1 +[~?]all *$/i.test(record)) return [];
  // Whoever signs, sends, if with a name of its own.
  if (mailFrom.length + selectors.length + publishedKeys(subject, see).length > 0) return [];
  const fix = `${publish(domain, 'v=spf1 -all')}, with p=reject in DMARC; a null MX (0 .) where it receives nothing either.`;
  return [finding('spf.parked', record, { name: domain, fix })];
}

/** What is wrong with a record: by itself, and with what it draws in. Its look-ups are counted with all that they lead to. */
export function spfFaults(record: string, tree: SpfNode): Check[] {
  return [...lintSpf(record).filter(({ id }) => id !== 'spf.lookups'), ...treeFaults(tree)];
}

/** Faults of a record that make a permanent error of every record that draws it in. */
const ENDS: readonly string[] = ['spf.all-neutral', 'spf.all-missing'];
const FATAL: readonly string[] = ['spf.syntax', 'spf.chunks', 'spf.modifier-twice'];

function treeFaults(tree: SpfNode): Check[] {
  const nodes = [...everyNode(tree)];
  const found: Check[] = [];
  const unknown = nodes.find(({ state }) => state === 'unknown');
  for (const parent of nodes)
    for (const { state, domain, term } of parent.below) {
      const isOwn = parent === tree;
      const said = isOwn ? `"${term}"` : `"${term}" of ${parent.domain}`;
      const more = isOwn ? {} : { fix: `Tell whoever keeps ${parent.domain}, or take out the term that leads there.` };
      if (state === 'none') found.push(finding('spf.include-none', `${said}: ${domain} has no SPF record`, more));
      if (state === 'several') found.push(finding('spf.include-none', `${said}: ${domain} has several records`, more));
      if (state === 'loop') found.push(finding('spf.loop', `${said} leads back to ${domain}`));
    }
  // The record's own terms were read by lint; here it is what they draw in.
  for (const { record, domain } of nodes.slice(1))
    for (const one of record === undefined ? [] : lintSpf(record).filter(({ id }) => FATAL.includes(id)))
      found.push(finding('spf.syntax', `in ${domain}: ${one.seen[0]?.value}`));
  found.push(...endFaults(tree));
  const empty = nodes.flatMap((node) => node.empty);
  if (empty.length > 0)
    found.push(
      finding(
        'spf.void',
        `${[...new Set(empty)].join(', ')}: nothing is there`,
        empty.length > MOST_EMPTY ? {} : { severity: 'warning' },
      ),
    );
  for (const term of nodes.flatMap(({ open }) => open))
    found.push(finding('spf.all-pass', `"${term}": the name has an address`, EVERYBODY));
  const crowded = nodes.flatMap((node) => node.crowded);
  if (crowded.length > 0) found.push(finding('spf.mx-many', crowded.join(', ')));
  found.push(...lookupFaults(tree, unknown), ...twiceIncluded(tree));
  return found;
}

/** What stands at the end of the records that are drawn in: of a redirect all of it counts, of an include that it lets everybody pass. */
function endFaults(tree: SpfNode): Check[] {
  const fix = 'Take the term out, or have +all taken out of the record that it leads to.';
  return tree.below.flatMap((child): Check[] => {
    const { domain, state, record = '', term = '' } = child;
    const isRedirect = /^redirect=/i.test(term);
    // An include that is no pass lets nobody in.
    if (state !== 'there' || /^[-~?]/.test(term)) return [];
    const ends = lintSpf(record).filter(({ id }) => id === 'spf.all-pass' || (isRedirect && ENDS.includes(id)));
    const said = ends.map(({ id, seen: [first] }) =>
      finding(id, `${term}: ${domain} has ${first?.value}`, id === 'spf.all-pass' ? { fix } : {}),
    );
    const below = endFaults(child).filter(({ id }) => isRedirect || id === 'spf.all-pass');
    return [...said, ...below];
  });
}

function lookupFaults(tree: SpfNode, unknown: SpfNode | undefined): Check[] {
  const { lookups, domain } = tree;
  const by = tree.below.length > 0 ? `: ${costs(tree)}` : '';
  const said = `${lookups} of ${SPF_LOOKUP_LIMIT} look-ups${by}`;
  if (lookups > SPF_LOOKUP_LIMIT)
    return [finding('spf.lookups', `${lookups} look-ups, and ${SPF_LOOKUP_LIMIT} are the most${by}`)];
  if (unknown) return [unseen('spf.lookups', domain, `${unknown.domain}: ${unknown.reason}`)];
  if (lookups === SPF_LOOKUP_LIMIT)
    return [finding('spf.lookups', `${said}; it is at the limit`, { severity: 'warning' })];
  return lookups >= NEAR_LIMIT
    ? [finding('spf.lookups', said, { severity: 'advice' })]
    : [fine('spf.lookups', domain, said)];
}

/** The same record reached twice, over whatever way; the record's own repetitions lint has named. */
function twiceIncluded(tree: SpfNode): Check[] {
  const drawn = [...everyNode(tree)].flatMap((parent) =>
    parent.below
      .filter(({ state }) => state === 'there')
      .map(({ domain, term }) => ({ domain, isOwn: parent === tree, way: `${parent.domain} ${term}`, term })),
  );
  return [...Map.groupBy(drawn, ({ domain }) => domain)].flatMap(([domain, same]) => {
    if (new Set(same.map(({ way }) => way)).size < 2) return [];
    const own = same.find(({ isOwn }) => isOwn);
    const fix = own
      ? `Take "${own.term}" out: it comes along with what another term draws in.`
      : 'Take out an include that no longer sends, if there is one; what others draw in is theirs to change.';
    return [finding('spf.include-twice', `${domain} is drawn in ${same.length} times`, { fix })];
  });
}

/** SES’s include at the domain, where SES sends with names of its own. */
function notNeeded({ domain, mailFrom }: Subject, see: See): Check[] {
  const record = see(domain, 'TXT').values.map(fromBytes).find(isSpf);
  const isOwn = mailFrom.length > 0 && mailFrom.every(({ name }) => name !== domain);
  if (!isOwn || record === undefined || !/\binclude:amazonses\.com(?=[\s.]|$)/i.test(record)) return [];
  return [finding('spf.not-needed', record, { name: domain })];
}

function misplaced(domain: string, see: See): Check[] {
  const name = `_dmarc.${domain}`;
  // What a wildcard answers was not put there.
  const wild = follow(see, `${NOBODYS_LABEL}.${domain}`, 'TXT').answer.values;
  const found = see(name, 'TXT')
    .values.filter((value) => !wild.includes(value))
    .map(fromBytes)
    .filter((text) => isSpf(text) && !isDmarc(text));
  // A second one at the domain would spoil the first.
  const isTwo = see(domain, 'TXT').values.map(fromBytes).some(isSpf);
  const way = isTwo ? { fix: `Remove it: ${domain} has an SPF record, and may have one only.` } : {};
  return found.map((text) => finding('spf.wrong-place', `"${text}"`, { name, ...way }));
}

function at(name: string, checks: readonly Check[]): Check[] {
  return checks.map((one) => ({ ...one, name: one.name ?? name }));
}
