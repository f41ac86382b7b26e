import { isDmarc } from '../dmarc.ts';
import { isBelow } from '../domain.ts';
import { isSpf, SPF_LOOKUP_LIMIT } from '../spf.ts';
import { isMeantAsSpf } from '../spf-corrections.ts';
import { readSpfTerm, type SpfTerm } from '../spf-grammar.ts';
import { fromBytes } from '../txt.ts';
import type { Check } from './check.ts';
import { finding } from './finding.ts';
import { lintSpf } from './lint-spf.ts';
import { fine, follow, type See, type Subject, unheard, unseen } from './see.ts';
import { costs, everyNode, type SpfNode, spfTree } from './spf-tree.ts';

const NEAR_LIMIT = SPF_LOOKUP_LIMIT - 2;
const MOST_EMPTY = 2;

/** SPF at the domain itself, and at each MAIL FROM name. Pure. */
export function checkSpf(subject: Subject, see: See): Check[] {
  const { domain, mailFrom } = subject;
  const others = mailFrom.map(({ name }) => name).filter((name) => name !== domain);
  return [
    ...recordAt(domain, see),
    ...others.flatMap((name) => recordAt(name, see)),
    ...notNeeded(subject, see),
    ...parked(subject, see),
    ...misplaced(domain, see),
  ];
}

function recordAt(name: string, see: See): Check[] {
  const { answer } = follow(see, name, 'TXT');
  const silence = unheard(answer);
  if (silence !== undefined) return [unseen('spf.none', name, silence)];
  const texts = answer.values.map(fromBytes);
  const records = texts.filter(isSpf);
  const near = texts.filter(isMeantAsSpf);
  const found = [...near, ...texts.filter((text) => /^spf2\.0/i.test(text))].flatMap((text) => lintSpf(text));
  const [record] = records;
  if (record === undefined)
    return found.length > 0 ? at(name, found) : [finding('spf.none', 'no SPF record', { name })];
  if (records.length > 1)
    return at(name, [...found, finding('spf.multiple', records.map((one) => `"${one}"`).join(' and '))]);
  return [
    fine('spf.none', name, record),
    ...at(name, [...found, ...spfFaults(record, spfTree(name, see)), ...explained(record, see)]),
    ...greeted(name, record, see),
  ];
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
    return isHost && isMissing ? [finding('spf.helo', 'no SPF record', { name: host })] : [];
  });
}

/** A record that names no sender, of a domain that has no other name to send with. */
function parked({ domain, mailFrom }: Subject, see: See): Check[] {
  const record = follow(see, domain, 'TXT').answer.values.map(fromBytes).find(isSpf);
  if (record === undefined || mailFrom.length > 0 || !/^v=spf1 +[~?]all *$/i.test(record)) return [];
  return [finding('spf.parked', record, { name: domain })];
}

/** What is wrong with a record: by itself, and with what it draws in. Its look-ups are counted with all that they lead to. */
export function spfFaults(record: string, tree: SpfNode): Check[] {
  return [...lintSpf(record).filter(({ id }) => id !== 'spf.lookups'), ...treeFaults(tree)];
}

function treeFaults(tree: SpfNode): Check[] {
  const nodes = [...everyNode(tree)];
  const found: Check[] = [];
  const unknown = nodes.find(({ state }) => state === 'unknown');
  for (const { state, domain, term } of nodes.slice(1)) {
    if (state === 'none') found.push(finding('spf.include-none', `"${term}": ${domain} has no SPF record`));
    if (state === 'several') found.push(finding('spf.include-none', `"${term}": ${domain} has several SPF records`));
    if (state === 'loop') found.push(finding('spf.loop', `"${term}" leads back to ${domain}`));
  }
  // The record's own terms were read by lint; here it is what they draw in.
  for (const { record, domain } of nodes.slice(1))
    for (const one of lintSpf(record ?? 'v=spf1 -all').filter(
      ({ id }) => id === 'spf.syntax' || id === 'spf.modifier-twice',
    ))
      found.push(finding('spf.syntax', `in ${domain}: ${one.seen[0]?.value}`));
  const empty = nodes.flatMap((node) => node.empty);
  if (empty.length > 0)
    found.push(
      finding(
        'spf.void',
        `${empty.join(', ')}: nothing is there`,
        empty.length > MOST_EMPTY ? {} : { severity: 'warning' },
      ),
    );
  const crowded = nodes.flatMap((node) => node.crowded);
  if (crowded.length > 0) found.push(finding('spf.mx-many', crowded.join(', ')));
  found.push(...lookupFaults(tree, unknown), ...twiceIncluded(tree));
  return found;
}

function lookupFaults(tree: SpfNode, unknown: SpfNode | undefined): Check[] {
  const { lookups, domain } = tree;
  const said = `${lookups} of ${SPF_LOOKUP_LIMIT} look-ups${tree.below.length > 0 ? `: ${costs(tree)}` : ''}`;
  if (lookups > SPF_LOOKUP_LIMIT) return [finding('spf.lookups', said)];
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
      .map(({ domain, term }) => ({ domain, way: `${parent.domain} ${term}` })),
  );
  return [...Map.groupBy(drawn, ({ domain }) => domain)].flatMap(([domain, same]) =>
    new Set(same.map(({ way }) => way)).size > 1
      ? [finding('spf.include-twice', `${domain} is drawn in ${same.length} times`)]
      : [],
  );
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
  const found = see(name, 'TXT')
    .values.map(fromBytes)
    .filter((text) => isSpf(text) && !isDmarc(text));
  return found.map((text) => finding('spf.wrong-place', `"${text}"`, { name }));
}

function at(name: string, checks: readonly Check[]): Check[] {
  return checks.map((one) => ({ ...one, name: one.name ?? name }));
}
