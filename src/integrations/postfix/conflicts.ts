import type { DomainSpec, RelaySpec } from '../../core/domain-spec.ts';
import type { Conflict } from '../../core/resource.ts';
import { CLASSES, EDITED, type Edited, type RelayState, type Table } from './relay-state.ts';
import { BEGIN } from './tables.ts';
import { parameter, type Standing } from './wanted-lines.ts';

/** A wanted line and how it stands. */
interface OpenLine {
  readonly name: Edited;
  readonly key: string;
  readonly value: string;
  readonly standing: Standing;
  readonly served: boolean;
}

/** Words by which tools say that a file is theirs: what they do not know is gone with their next run. */
const MANAGED =
  /\b(managed|generated|maintained|controlled|written) by\b|\b(ansible|puppet|chef|cfengine|saltstack)\b|do not edit/i;

/** Why a relay can't be made to take the domain by us, each with what to do there instead. Nothing of it is about lines that are right already. */
export function relayConflicts(
  { domain }: DomainSpec,
  { host }: RelaySpec,
  state: RelayState,
  lines: readonly OpenLine[],
  known: ReadonlySet<string>,
): Conflict[] {
  const system = `postfix ${host}`;
  const open = lines.filter(({ served }) => !served);
  const todo = open.map(({ name, key, value }) => `${name}: ${key} ${value}`).join('; ');
  const conflict = (code: string, message: string, fix: string): Conflict => ({
    code,
    system,
    name: domain,
    message,
    fix,
  });
  const found: Conflict[] = [];

  for (const name of CLASSES) {
    const { names, asked } = parameter(state, name);
    if (!names.includes(domain) && !asked.has(domain)) continue;
    found.push(
      conflict(
        'postfix.class',
        `${host} delivers ${domain} itself: it is in ${name}. A domain can be in one class only.`,
        `Take it out of ${name} there if its mailboxes are elsewhere, or leave ${host} out of the profile’s relays.`,
      ),
    );
  }
  const unasked = [...new Set([...open.map(({ name }) => name), ...CLASSES])].flatMap((name) =>
    parameter(state, name).unasked.map((one) => ({ name, ...one })),
  );
  for (const { name, table, why } of open.length > 0 ? unasked : [])
    found.push(
      conflict(
        'postfix.unasked',
        `${host}: ${table} of ${name} can’t be asked (${why.replace(/^postmap: /, '')}), so nobody knows what it says of ${domain}.`,
        `See that \`postmap -q ${domain} ${table}\` answers there${/unsupported/.test(why) ? ` (install Postfix’s ${table.split(':')[0]} package)` : ''}, then run again.`,
      ),
    );
  for (const { name, value, standing } of open) {
    if (name !== 'transport_maps' || standing.is !== 'theirs') continue;
    found.push(
      conflict(
        'postfix.transport',
        `${host} passes mail for ${domain} on to ${standing.value} (${standing.by}), not to ${value}; the line is not ours.`,
        'Correct the profile (mailHost, or nextHop at the relay) if the line is right; else remove it there, then run again.',
      ),
    );
  }
  if (open.length === 0) return found;

  for (const line of state.overrides.filter((one) => EDITED.some((name) => one.includes(name))))
    found.push(
      conflict(
        'postfix.override',
        `${host}: master.cf overrides main.cf for the SMTP server (${line}), so an edit of the main tables would not reach it.`,
        `Add the lines to the tables that master.cf names: ${todo}.`,
      ),
    );
  for (const name of new Set(open.map((one) => one.name))) {
    const table = tableFor(state, name);
    if (table) found.push(...tableConflicts(host, table, { todo, known, conflict }));
    else if (parameter(state, name).unasked.length > 0) continue;
    else if (!(name === 'relay_domains' && canListNames(state))) found.push(noTable(host, name, state, open, conflict));
    else {
      const path = `${state.configDirectory}/main.cf`;
      const header = managedBy(state.head);
      if (header !== undefined) found.push(managed(host, path, header, todo, conflict));
    }
  }
  const service = open.find((one) => one.name === 'transport_maps')?.value.split(':')[0];
  if (service !== undefined && !state.services.has(service))
    found.push(
      conflict(
        'postfix.service',
        `${host} has no delivery service "${service}" in master.cf.`,
        'Add it there, or use smtp in the relay’s other lines.',
      ),
    );
  return found;
}

/** The table of a parameter that new lines go into: the first one that is there. */
export function tableFor(state: RelayState, name: Edited): Table | undefined {
  return parameter(state, name).tables[0];
}

/** relay_domains may be a plain list in main.cf, which is edited with `postconf -e`. */
export function canListNames(state: RelayState): boolean {
  const { tables, others, raw, missing } = parameter(state, 'relay_domains');
  return tables.length === 0 && missing.length === 0 && others.length === 0 && /^[a-z0-9_.$(){},\s-]+$/i.test(raw);
}

type Make = (code: string, message: string, fix: string) => Conflict;

function tableConflicts(
  host: string,
  table: Table,
  { todo, known, conflict }: { todo: string; known: ReadonlySet<string>; conflict: Make },
): Conflict[] {
  const { type, path, text, broken, unfit } = table;
  const header = managedBy(text);
  if (header !== undefined) return [managed(host, path, header, todo, conflict)];
  if (unfit !== undefined)
    return [
      conflict(
        'postfix.unfit',
        `${host}: ${path} is not edited by root: ${unfit}.`,
        `Name a plain file in a folder of root in main.cf, or add these lines yourself and run postmap: ${todo}. Then run again.`,
      ),
    ];
  if (broken !== undefined)
    return [
      conflict(
        'postfix.index',
        `${host}: the index of ${type}:${path} can’t be read (${broken}): Postfix answers 451 to every recipient.`,
        `Run \`postmap ${type}:${path}\` there${/unsupported/.test(broken) ? `, after installing Postfix’s ${type} package` : ''}.`,
      ),
    ];
  const theirs = unfinishedByOthers(table, known);
  if (theirs.length > 0)
    return [
      conflict(
        'postfix.unfinished',
        `${host}: somebody changed ${path} and did not run postmap (${theirs.slice(0, 3).join(', ')}); our edit would make that live, too.`,
        `Run \`postmap ${type}:${path}\` there if the change is meant, else take it back.`,
      ),
    ];
  return [];
}

/** The line at the top of a file by which a tool says that it keeps it. */
function managedBy(text: string): string | undefined {
  return text
    .split('\n')
    .slice(0, 12)
    .find((line) => line.startsWith('#') && MANAGED.test(line) && !line.startsWith(BEGIN));
}

function managed(host: string, path: string, header: string, todo: string, conflict: Make): Conflict {
  return conflict(
    'postfix.managed',
    `${host}: ${path} is kept by another tool (“${header.replace(/^#+\s*/, '').slice(0, 80)}”), whose next run would take our lines away.`,
    `Add these lines there: ${todo}. Then run again: what is there is found.`,
  );
}

/** Keys of others at which text and index differ. Ours are those between our marks, and those that we know to have written. */
export function unfinishedByOthers({ entries, differing }: Table, known: ReadonlySet<string>): readonly string[] {
  const ours = new Set(entries.filter((one) => one.ours).map(({ key }) => key));
  return differing.filter((key) => !ours.has(key) && !known.has(key));
}

function noTable(host: string, name: Edited, state: RelayState, open: readonly OpenLine[], conflict: Make): Conflict {
  const { others, missing, expanded } = parameter(state, name);
  const lines = open
    .filter((one) => one.name === name)
    .map(({ key, value }) => `${key} ${value}`)
    .join('; ');
  if (missing.length > 0)
    return conflict(
      'postfix.no-table',
      `${host}: ${name} names ${missing.join(', ')}, which is not there.`,
      'Make the file there (it may be empty), run postmap for it, then run again.',
    );
  if (others.length > 0)
    return conflict(
      'postfix.no-table',
      `${host}: ${name} is kept in ${others.join(', ')}, which is no file that can be edited.`,
      `Add it where that table is kept: ${lines}. Then run again: what is there is found.`,
    );
  const type = state.values.get('default_database_type') ?? 'hash';
  const path = `${state.configDirectory}/${{ relay_domains: 'relay_domains', transport_maps: 'transport', relay_recipient_maps: 'relay_recipients' }[name]}`;
  return conflict(
    'postfix.no-table',
    `${host}: ${name} ${expanded === '' ? 'is empty' : `is "${expanded}"`}: there is no table to add a line to.`,
    `On the relay: touch ${path} && postmap ${type}:${path} && postconf -e '${name} = ${type}:${path}' && postfix reload. Then run again.`,
  );
}
