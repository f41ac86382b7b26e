import { nearest } from '../../nearest.ts';
import type { Check, CheckId } from '../check.ts';
import { finding } from '../finding.ts';
import { readTags, type Tag, trimBlanks, twice } from './tag-list.ts';

/** sts-ext-name and sts-ext-value (RFC 8461 3.1); TLS-RPT has the same (RFC 8460 3). */
const NAME = /^[a-z0-9][a-z0-9_.-]{0,31}$/i;
const VALUE = /^[!-:<>-~]+$/;
/** What is repeated is left out, and harms nothing else (RFC 8461 3.2). */
const TWICE = { severity: 'warning', fix: 'Keep one.' } as const;
const NO_HOST = { severity: 'warning', fix: 'Write the whole name of the host, as MX has it.' } as const;
const WITHOUT = { severity: 'warning', fix: 'Write the semicolon right behind the version.' } as const;
const DAY = 86_400;
const LEAST_AGE = { enforce: 14 * DAY, testing: DAY } as const;

/** Extension tags that are written as the grammar has them. */
export function extensionFaults(tags: readonly Tag[]): string[] {
  return tags.flatMap(({ name, value }) => {
    if (!NAME.test(name)) return [`"${name}" is no name of a tag`];
    return VALUE.test(value)
      ? []
      : [value === '' ? `${name}= has no value` : `"${name}=${value}" has a value that can’t be`];
  });
}

/** Tags that nobody knows: they are left out (RFC 8461 3.1, RFC 8460 3). `known` has v first, which nothing is a slip of. */
export function unknownTags(id: CheckId, tags: readonly Tag[], known: readonly string[]): Check[] {
  const unknown = tags.filter(({ name }) => NAME.test(name) && !known.includes(name));
  return unknown.map(({ name }) => {
    const meant = nearest(name, known.slice(1));
    return meant === undefined
      ? finding(id, `${name}=`)
      : finding(id, `${name}= (is ${meant} meant?)`, { severity: 'warning' });
  });
}

/** White space that the grammar allows, with which the record does not begin as senders look for it. */
export function spacedVersion(id: CheckId, text: string): Check[] {
  const isSpaced = /^v=[A-Za-z0-9]+[ \t]+;/.test(text);
  return isSpaced
    ? [finding(id, 'white space before the first semicolon: some senders take it for no record', WITHOUT)]
    : [];
}

/** Unlike tags of DKIM and DMARC, these have no white space around their sign. */
export function spacedTags(text: string): string[] {
  return /[ \t]=|=[ \t]/.test(text) ? ['white space stands beside a "="'] : [];
}

/** What is wrong with the TXT record at _mta-sts (RFC 8461 3.1). Pure. */
export function lintMtaStsRecord(text: string): Check[] {
  const { tags, faults } = readTags(text);
  const says = [
    ...faults.map((part) => (part === '' ? 'two semicolons, and nothing between them' : `"${part}" is no tag`)),
    ...(/^v=STSv1[ \t]*(;|$)/.test(text) ? [] : [`it does not begin with v=STSv1`]),
  ];
  const id = tags.find(({ name }) => name === 'id');
  if (!id) says.push('no id=');
  else if (!/^[a-z0-9]{1,32}$/i.test(id.value)) says.push(`id=${id.value} is not 1 to 32 letters and digits`);
  says.push(...spacedTags(text), ...extensionFaults(tags.filter(({ name }) => name !== 'v' && name !== 'id')));
  return [
    ...says.map((one) => finding('mta-sts.record', one)),
    ...unknownTags('mta-sts.unknown-tag', tags, ['v', 'id']),
    ...spacedVersion('mta-sts.record', text),
    ...twice(tags).map((name) => finding('mta-sts.record', `${name}= stands more than once: the first counts`, TWICE)),
  ];
}

/** The policy file's lines as they count: the first of each but mx, which stands for each host. */
export interface MtaStsPolicy {
  readonly mode?: string;
  readonly maxAge?: number;
  readonly mx: readonly string[];
}

/** Reads a policy file as far as it can be read. */
export function readMtaStsPolicy(text: string): MtaStsPolicy {
  const fields = text.split(/\r?\n/).map(readField);
  const all = (key: string) =>
    fields.flatMap(({ name, value }) => (name === key && value !== undefined ? [value] : []));
  const [mode] = all('mode');
  const [age] = all('max_age');
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(age !== undefined && /^\d{1,10}$/.test(age) ? { maxAge: Number(age) } : {}),
    mx: all('mx'),
  };
}

function readField(line: string): { name: string; value?: string } {
  const at = line.indexOf(':');
  return at < 0 ? { name: '' } : { name: line.slice(0, at), value: trimBlanks(line.slice(at + 1)) };
}

/** What is wrong with a policy file (RFC 8461 3.2). Pure. */
export function lintMtaStsPolicy(text: string): Check[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const fields = lines.map((line) => ({ line, ...readField(line) }));
  const says: string[] = [];
  const repeated: string[] = [];
  const given = (name: string) => fields.filter((field) => field.name === name).map(({ value = '' }) => value);
  for (const { line, name, value } of fields) {
    if (value === undefined) says.push(`"${line.slice(0, 40)}" is no line of a policy`);
    else if (!NAME.test(name)) says.push(`"${name}" is no name of a field`);
    else if (value === '') says.push(`${name} has no value`);
  }
  for (const name of ['version', 'mode', 'max_age']) {
    const values = given(name);
    if (values.length === 0) says.push(`no ${name}`);
    if (values.length > 1) repeated.push(`${name} stands more than once: the first counts`);
  }
  const [version] = given('version');
  if (version !== undefined && version !== 'STSv1') says.push(`version ${version} is not STSv1`);
  const [mode] = given('mode');
  if (mode !== undefined && !['enforce', 'testing', 'none'].includes(mode))
    says.push(`mode ${mode} is none of enforce, testing and none`);
  const [age] = given('max_age');
  if (age !== undefined && !(/^\d{1,10}$/.test(age) && Number(age) <= 31_557_600))
    says.push(`max_age ${age} is not 0 to 31557600 seconds`);
  const hosts = given('mx');
  // Both are a Domain by the grammar of RFC 5321, and no name that an MX record may have.
  const odd = hosts.filter((host) => /^[\d.]+$/.test(host) || (host !== '' && !host.includes('.')));
  if (hosts.length === 0 && (mode === 'enforce' || mode === 'testing')) says.push(`no mx with mode ${mode}`);
  for (const host of hosts)
    if (
      host !== '' &&
      !/^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(host)
    )
      says.push(`mx ${host} is no host name`);
  return [
    ...says.map((one) => finding('mta-sts.policy', one)),
    ...repeated.map((one) => finding('mta-sts.policy', one, TWICE)),
    ...odd.map((host) => finding('mta-sts.policy', `mx ${host} is the name of no host on the internet`, NO_HOST)),
    ...strength(mode, age),
  ];
}

function strength(mode: string | undefined, age: string | undefined): Check[] {
  const found = mode === 'testing' || mode === 'none' ? [finding('mta-sts.mode', `mode ${mode}`)] : [];
  if ((mode === 'enforce' || mode === 'testing') && age !== undefined && Number(age) < LEAST_AGE[mode])
    found.push(finding('mta-sts.max-age', `max_age ${age} with mode ${mode}`));
  return found;
}
