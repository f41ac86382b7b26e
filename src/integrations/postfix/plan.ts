import { type Check, check } from '../../core/checks/check.ts';
import type { DomainSpec, RelaySpec } from '../../core/domain-spec.ts';
import type { Json } from '../../core/problem.ts';
import type { Change, Claim, Findings, Owned } from '../../core/resource.ts';
import { relayConflicts, unfinishedByOthers } from './conflicts.ts';
import type { Edited, RelayState } from './relay-state.ts';
import { eachLine, hidden, type Lines, linesOf, parameter, serves, standingOf, wantedLines } from './wanted-lines.ts';

/** A relay's change as data: the lines of one domain. */
export interface RelayData {
  readonly host: string;
  readonly domain: string;
  readonly lines: Lines;
  /** How the relay is reached, for the day when no profile names it any more. */
  readonly at?: Pick<RelaySpec, 'ssh' | 'configDirectory'>;
}

/** The ledger's entry, and the change's id: 'postfix mxeast.example.org/example.com'. */
export function entryId(host: string, domain: string): string {
  return `postfix ${host}/${domain}`;
}

/** What a relay needs for a domain, compared with what it has. Pure. */
export function planRelay(spec: DomainSpec, relay: RelaySpec | undefined, state: RelayState, owned: Owned): Findings {
  if (!relay) return {};
  const { domain } = spec;
  const { host } = relay;
  const id = entryId(host, domain);
  const wanted = wantedLines(spec, relay, state);
  const ours = (owned.get(id) as unknown as RelayData | undefined)?.lines ?? {};
  const open = [...eachLine(wanted)].map(([name, key, value]) => {
    const standing = hidden(state, name, key) ?? standingOf(state, name, key);
    return {
      name,
      key,
      value,
      standing,
      served: serves(name, standing, value) || coveredByDomain(state, name, key, domain),
    };
  });
  const missing = open.filter(({ served, standing }) => !served && standing.is !== 'theirs');
  // What we wrote and nobody asks for any more: an address that left the profile.
  const dropped = [...eachLine(ours)].filter(
    ([name, key]) => wanted[name]?.[key] === undefined && isOurs(state, ours, name, key),
  );
  const known = new Set([...eachLine(ours)].map(([, key]) => key));
  const unfinished = [...state.parameters.values()]
    .flatMap(({ tables }) => tables)
    .filter((table) => table.differing.length > 0 && unfinishedByOthers(table, known).length === 0);
  const mine = linesOf(
    open
      .filter(
        ({ name, key }) =>
          isOurs(state, ours, name, key) || missing.some((one) => one.name === name && one.key === key),
      )
      .map(({ name, key, value }) => [name, key, value] as const),
  );
  const changes: Change[] = [];
  if (missing.length > 0 || dropped.length > 0) {
    const before = linesOf([...eachLine(ours)].filter(([name, key]) => isOurs(state, ours, name, key)));
    changes.push(changeOf(spec, relay, { mine, before, isNew: owned.get(id) === undefined }));
  } else if (unfinished.length > 0) {
    changes.push(
      finishing(
        relay,
        spec,
        mine,
        unfinished.map(({ path }) => path),
      ),
    );
  }
  const claimable = missing.length === 0 && owned.get(id) === undefined && [...eachLine(mine)].length > 0;
  const claims: Claim[] = claimable
    ? [
        {
          id,
          value: dataOf(relay, domain, mine),
          why: `between our marks in the tables of ${host}`,
        },
      ]
    : [];
  return {
    changes,
    claims,
    conflicts: relayConflicts(spec, relay, state, open, known),
    checks: [
      domainCheck(
        spec,
        relay,
        state,
        open.every(({ served }) => served),
      ),
      ...stateChecks(relay, state, domain),
    ],
    wanted: [id],
    about: [`Postfix ${host}, version ${state.version}, ${state.configDirectory}`],
  };
}

/** Between our marks, or, in a list in main.cf, which has no marks, as the ledger knows it. */
function isOurs(state: RelayState, ledger: Lines, name: Edited, key: string): boolean {
  const standing = standingOf(state, name, key);
  if (standing.is === 'ours') return true;
  return standing.is === 'theirs' && standing.by === 'main.cf' && ledger[name]?.[key] !== undefined;
}

/** '@domain' lets every address in, so a list of addresses adds nothing. */
function coveredByDomain(state: RelayState, name: Edited, key: string, domain: string): boolean {
  return (
    name === 'relay_recipient_maps' && key !== `@${domain}` && standingOf(state, name, `@${domain}`).is === 'theirs'
  );
}

function changeOf(
  { domain }: DomainSpec,
  relay: RelaySpec,
  { mine, before, isNew }: { mine: Lines; before: Lines; isNew: boolean },
): Change {
  const { host } = relay;
  const to = mine.transport_maps?.[domain];
  const addresses = Object.keys(mine.relay_recipient_maps ?? {});
  const who = addresses.length === 0 ? '' : `, for ${listed(addresses.map((one) => one.replace(`@${domain}`, '@')))}`;
  return {
    id: entryId(host, domain),
    system: `postfix ${host}`,
    verb: isNew ? 'create' : 'update',
    what: `relay ${host} takes mail for ${domain}${who}${to === undefined ? '' : ` and passes it on to ${to}`}`,
    effect: addresses.includes(`@${domain}`)
      ? `${host} takes mail for every address @${domain}; what the mail host refuses then comes back to whoever was named as sender`
      : `${host} takes mail for ${domain}; other domains notice nothing but a reload`,
    ...(isNew ? {} : { before: { host, domain, lines: before } as unknown as Json }),
    after: dataOf(relay, domain, mine),
    by: 'us',
    undo: 'inverse',
  };
}

function dataOf({ host, ssh, configDirectory }: RelaySpec, domain: string, lines: Lines): Json {
  const at = { ssh, ...(configDirectory === undefined ? {} : { configDirectory }) };
  return { host, domain, lines, at } as unknown as Json;
}

/** An edit of ours that was cut between source and index. */
function finishing(relay: RelaySpec, { domain }: DomainSpec, lines: Lines, paths: readonly string[]): Change {
  const { host } = relay;
  const id = entryId(host, domain);
  const data = dataOf(relay, domain, lines);
  return {
    id,
    system: `postfix ${host}`,
    verb: 'update',
    what: `relay ${host}: an edit that was cut off is finished (${paths.join(', ')})`,
    effect: 'what the files say becomes what Postfix reads',
    before: data,
    after: data,
    by: 'us',
    undo: 'inverse',
  };
}

function listed(words: readonly string[]): string {
  return words.length > 4 ? `${words.slice(0, 3).join(', ')} and ${words.length - 3} more` : words.join(', ');
}

function domainCheck({ domain }: DomainSpec, relay: RelaySpec, state: RelayState, complete: boolean): Check {
  const { host } = relay;
  const to = standingOf(state, 'transport_maps', domain);
  return check('relay.domain', {
    status: complete ? 'ok' : 'failed',
    system: `postfix ${host}`,
    name: domain,
    expected: 'taken, and passed on to the mail host',
    seen: [{ by: host, value: to.is === 'missing' ? 'not known there' : `passed on to ${to.value}` }],
  });
}

/** What is wrong with the relay whatever the domain. */
function stateChecks({ host, recipients }: RelaySpec, state: RelayState, domain: string): Check[] {
  const system = `postfix ${host}`;
  const restrictions = `${state.values.get('smtpd_relay_restrictions') ?? ''} ${state.values.get('smtpd_recipient_restrictions') ?? ''}`;
  const isClosed = /\b(reject|defer)_unauth_destination\b/.test(restrictions);
  const isListing = parameter(state, 'relay_recipient_maps').expanded !== '';
  return [
    check('relay.open', {
      status: isClosed ? 'ok' : 'failed',
      system,
      name: host,
      expected: 'reject_unauth_destination',
      seen: [{ by: host, value: `smtpd_relay_restrictions = ${state.values.get('smtpd_relay_restrictions') ?? ''}` }],
    }),
    check('relay.running', {
      status: state.running ? 'ok' : 'failed',
      system,
      name: host,
      expected: 'running',
      seen: [{ by: host, value: state.running ? 'running' : 'stopped' }],
    }),
    ...(isListing || recipients === 'any'
      ? []
      : [
          check('relay.recipients', {
            status: 'failed',
            system,
            name: domain,
            expected: 'only known addresses are taken',
            seen: [{ by: host, value: 'relay_recipient_maps is empty: every address is taken' }],
          }),
        ]),
  ];
}
