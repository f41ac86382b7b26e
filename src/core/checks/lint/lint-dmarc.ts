import { DMARC_POLICIES } from '../../domain-spec.ts';
import { nearest } from '../../nearest.ts';
import { isDmarc, policyFor, reportKey } from '../../records/dmarc.ts';
import type { Check } from '../check.ts';
import { finding } from '../finding.ts';
import { repeatedAddresses, reportUriFaults } from './lint-report-uri.ts';
import { readTags, type Tag, twice } from './tag-list.ts';

const POLICIES: readonly string[] = DMARC_POLICIES;
/** Tags of RFC 9989 4.7 beside the policies and report addresses, with the values that they may have. */
const VALUES: Readonly<Record<string, { readonly pattern: RegExp; readonly values: string }>> = {
  adkim: { pattern: /^[rs]$/i, values: 'r or s' },
  aspf: { pattern: /^[rs]$/i, values: 'r or s' },
  t: { pattern: /^[yn]$/i, values: 'y or n' },
  psd: { pattern: /^[ynu]$/i, values: 'y, n or u' },
  fo: {
    pattern: /^(?!.*([01ds]).*\1)(?!.*0.*1|.*1.*0)[01ds]([ \t]*:[ \t]*[01ds])*$/i,
    values: '0 or 1, d and s, each once, with colons between them',
  },
  pct: { pattern: /^(100|[1-9]?\d)$/, values: '0 to 100' },
  ri: { pattern: /^\d{1,9}$/, values: 'seconds' },
  rf: { pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?([ \t]*:[ \t]*[a-z]([a-z0-9-]*[a-z0-9])?)*$/i, values: 'afrf' },
};
const KNOWN = ['v', 'p', 'sp', 'np', 'rua', 'ruf', ...Object.keys(VALUES)];
/** A valid URI, which receivers leave out: reports travel by mail alone. */
const WEB = /^https?:/i;
const TWICE = { severity: 'warning', fix: 'Keep one: it counts among the two that reporters need to serve.' } as const;
const QUOTES = /["\\“”„‘’«»]/g;

/** What is wrong with a DMARC record by itself; nothing is looked up (RFC 9989 4.7). Pure. */
export function lintDmarc(text: string): Check[] {
  // What was meant is read beneath the quotes: they are one fault, and not one in each tag.
  const plain = text.replace(QUOTES, '');
  const quoted = plain === text ? [] : [finding('dmarc.quoted', text)];
  if (!isDmarc(plain)) return [...quoted, versionFault(plain)];
  const { tags: spelt, faults } = readTags(plain);
  const tags = spelt.map(({ name, value }) => ({ name: name.toLowerCase(), value }));
  const cased = spelt.filter(
    ({ name }, at) => at > 0 && name !== name.toLowerCase() && KNOWN.includes(name.toLowerCase()),
  );
  const read = (name: string) => tags.find((tag) => tag.name === name)?.value;
  const found = [
    ...faults.map(noTag),
    ...cased.map(({ name }) => finding('dmarc.tag-case', `${name}=`)),
    ...twice(tags).map((name) => finding('dmarc.tag-twice', `${name}= stands more than once`)),
    ...tags.flatMap((tag) => oneTag(tag, plain)),
    ...policyFaults(tags, read),
    ...reportFaults(read),
    ...(text.length > 450 ? [finding('dmarc.length', `${text.length} bytes`)] : []),
  ];
  // Whoever reads nothing of it misses neither reports nor a stricter policy.
  return quoted.length === 0 ? found : [...quoted, ...found.filter(({ severity }) => severity === 'error')];
}

function versionFault(text: string): Check {
  const [, spelt, rest = ''] = /^\s*v\s*=\s*(dmarc1)(.*)$/is.exec(text) ?? [];
  if (spelt === undefined)
    return finding('dmarc.version', `${JSON.stringify(text.slice(0, 40))} does not begin with v=DMARC1`);
  if (spelt !== 'DMARC1') return finding('dmarc.version', `v=${spelt} instead of v=DMARC1, upper case`);
  if (isDmarc(text.trimStart())) return finding('dmarc.version', 'white space stands before v=DMARC1');
  return finding('dmarc.version', `behind v=DMARC1 stands "${rest.trim().slice(0, 20)}" and no semicolon`);
}

function noTag(part: string): Check {
  if (/^mailto:/i.test(part))
    return finding('dmarc.report-address', `"${part}" stands behind a semicolon: addresses have commas between them`);
  return finding('dmarc.syntax', part === '' ? 'two semicolons, and nothing between them' : `"${part}" is no tag`);
}

function oneTag({ name, value }: Tag, text: string): Check[] {
  if (!KNOWN.includes(name)) {
    const meant = nearest(name, KNOWN);
    return [finding('dmarc.unknown-tag', `${name}=${meant === undefined ? '' : ` (is ${meant} meant?)`}`)];
  }
  const rule = VALUES[name];
  if (rule && !rule.pattern.test(value))
    return [finding('dmarc.tag-value', `${name}=${value}`, { fix: `${name} has ${rule.values}.` })];
  const found: Check[] = [];
  if (name === 'rf' || name === 'ri') found.push(finding('dmarc.obsolete-tag', `${name}=${value}`));
  if (name === 'pct') found.push(share(value, text));
  if (name === 't' && /^y$/i.test(value)) found.push(finding('dmarc.testing', 't=y'));
  if (name === 'psd' && /^y$/i.test(value)) found.push(finding('dmarc.psd', 'psd=y'));
  if ((name === 'adkim' || name === 'aspf') && /^s$/i.test(value)) found.push(finding('dmarc.strict', `${name}=s`));
  if (name === 'ruf') found.push(finding('dmarc.failure-reports', `ruf=${value}`));
  return found;
}

/** A share of the mail: t=y says as much where there is a policy to be weakened. */
function share(value: string, text: string): Check {
  const does =
    value !== '100' && asksForNothing(text)
      ? ({ severity: 'advice', fix: 'Take it out: with p=none it does nothing.' } as const)
      : {};
  return finding('dmarc.pct', `pct=${value}`, value === '100' ? { severity: 'advice' } : does);
}

/** Whether a record asks for nothing but reports, at the domain and below it. */
export function asksForNothing(text: string): boolean {
  return (['p', 'sp', 'np'] as const).every((tag) => policyFor(text, tag) === 'none');
}

type Read = (name: string) => string | undefined;

function policyFaults(tags: readonly Tag[], read: Read): Check[] {
  const found: Check[] = [];
  const policies = ['p', 'sp', 'np'].map((name) => [name, read(name)?.toLowerCase()] as const);
  for (const [name, value] of policies)
    if (value !== undefined && !POLICIES.includes(value))
      found.push(finding('dmarc.policy-invalid', `${name}=${value}`));
  const [p, sp, np] = policies.map(([, value]) => (value === undefined ? undefined : POLICIES.indexOf(value)));
  if (p === undefined) found.push(finding('dmarc.policy-missing', 'no p='));
  else if (tags[1]?.name !== 'p') found.push(finding('dmarc.order', `p stands behind ${tags[1]?.name}`));
  // With one that can't be read all of them are as none: which is weaker than which does not matter.
  if (p === undefined || found.some(({ id }) => id === 'dmarc.policy-invalid')) return found;
  if (p === 0) found.push(finding('dmarc.policy-none', 'p=none'));
  if (sp !== undefined && sp < p)
    found.push(finding('dmarc.subdomain-weaker', `sp=${POLICIES[sp]} under p=${POLICIES[p]}`));
  const below = sp ?? p;
  const above = below > p ? `sp=${POLICIES[below]}` : `p=${POLICIES[p]}`;
  if (np !== undefined && np < Math.max(p, below))
    found.push(finding('dmarc.subdomain-weaker', `np=${POLICIES[np]} under ${above}`));
  // Of a weaker one it is said already.
  if (np === undefined && p > 0 && below >= p && below < POLICIES.length - 1)
    found.push(finding('dmarc.np-missing', `no np=, so names that do not exist have ${POLICIES[below]}`));
  return found;
}

function reportFaults(read: Read): Check[] {
  const found: Check[] = [];
  if (read('rua') === undefined) found.push(finding('dmarc.reports-none', 'no rua='));
  for (const tag of ['rua', 'ruf']) {
    const value = read(tag);
    if (value === undefined) continue;
    const uris = value.split(',').map((uri) => uri.trim());
    if (tag === 'rua' && uris.every((uri) => WEB.test(uri)))
      found.push(finding('dmarc.reports-none', 'no mailto: in rua='));
    for (const uri of uris) {
      const [, plain = '', size] = /^(.*?)(?:!(.*))?$/s.exec(uri) ?? [];
      if (WEB.test(plain)) found.push(finding('dmarc.report-scheme', `${tag}: ${plain}`));
      else
        for (const fault of reportUriFaults(plain, ['mailto']))
          found.push(finding('dmarc.report-address', `${tag}: ${fault}`));
      if (size !== undefined && !/^\d{1,15}[kmgt]?$/i.test(size))
        found.push(
          finding('dmarc.report-address', `${tag}: the size "!${size}" of ${plain} is none`, {
            fix: 'Take it out: it does nothing any more.',
          }),
        );
      else if (size !== undefined) found.push(finding('dmarc.report-size', `${tag}: !${size}`));
    }
    for (const uri of repeatedAddresses(uris, reportKey))
      found.push(finding('dmarc.report-address', `${tag}: ${uri} stands more than once`, TWICE));
    if (tag === 'rua' && uris.length > 2) found.push(finding('dmarc.report-many', `${uris.length} addresses`));
  }
  if (read('fo') !== undefined && read('ruf') === undefined)
    found.push(finding('dmarc.failure-reports', 'fo= without ruf= does nothing'));
  return found;
}
