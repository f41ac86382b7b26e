import { type Check, check } from '../../core/checks/check.ts';
import type { DomainSpec, RelaySpec } from '../../core/domain-spec.ts';
import type { Json } from '../../core/problem.ts';
import type { Change, Conflict, Findings, Owned } from '../../core/resource.ts';
import { tableConflicts } from './conflicts.ts';
import type { RelayData } from './plan.ts';
import { type RelayState, SENDERS } from './relay-state.ts';
import { isAsWritten, type TransportData, type WantedTransport } from './transport.ts';
import { type Lines, parameter, standingOf } from './wanted-lines.ts';

/** A relay's change about outbound mail as data: the sender's line, and the transport that it names. */
export interface OutboundData extends RelayData {
  readonly transport?: TransportData;
}

/** The ledger's entry, and the change's id: 'postfix mxeast.example.org/example.com/outbound'. */
export function outboundId(host: string, domain: string): string {
  return `postfix ${host}/${domain}/outbound`;
}

/** Whether an id is about how mail leaves a relay. */
export function isOutbound(id: string): boolean {
  return id.endsWith('/outbound');
}

/** What a relay needs so that the domain's mail leaves by SES, compared with what it has. Pure. */
export function planOutbound(spec: DomainSpec, relay: RelaySpec, state: RelayState, owned: Owned): Findings {
  if (spec.outbound?.by !== 'ses') return {};
  const { outbound: wanted } = state;
  // Why there are no passwords is told by whoever looks at outbound mail as a whole.
  if (!wanted) return { partial: true };
  const { domain } = spec;
  const { host } = relay;
  const id = outboundId(host, domain);
  const key = `@${domain}`;
  const value = lineOf(wanted, state);
  const standing = standingOf(state, SENDERS, key);
  const isReady = isAsWritten(state.transports.get(wanted.data.name), wanted.data, wanted.passwordsSum);
  const isServed = standing.is !== 'missing' && standing.value === value;
  const written = owned.get(id) as unknown as OutboundData | undefined;
  const checks = [
    outboundCheck(spec, relay, wanted, standing.is === 'missing' ? undefined : standing.value, isServed && isReady),
  ];
  if (isServed && isReady) return { checks, wanted: [id] };
  // A line of somebody may name a transport of theirs: only one that is as we would write it is served by ours.
  const conflicts = conflictsOf(spec, relay, state, { value, isServed });
  if (conflicts.length > 0) return { checks, conflicts, wanted: [id] };
  const at = {
    ssh: relay.ssh,
    ...(relay.configDirectory === undefined ? {} : { configDirectory: relay.configDirectory }),
  };
  const lines: Lines = { [SENDERS]: { [key]: value } };
  const data: OutboundData = { host, domain, lines, at, transport: wanted.data };
  return {
    checks,
    wanted: [id],
    changes: [
      {
        id,
        system: `postfix ${host}`,
        verb: written ? 'update' : 'create',
        what: `relay ${host}: mail from @${domain} leaves by SES ${wanted.data.regions.join(', then ')}${toldOf(wanted.data)}`,
        effect: `what ${host} sends for @${domain} to others is handed to SES from now, over TLS that has to be right; mail of other domains leaves as before`,
        ...(written ? { before: written as unknown as Json } : {}),
        after: data as unknown as Json,
        by: 'us',
        sendsBy: wanted.data.regions,
        undo: 'inverse',
      } satisfies Change,
    ],
  };
}

/** Postfix goes on to the next region where one does not answer, from 3.5 on. */
function lineOf({ data, hops }: WantedTransport, { version }: RelayState): string {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const knowsLists = major > 3 || (major === 3 && minor >= 5);
  return `${data.name}:${(knowsLists ? hops : hops.slice(0, 1)).join(', ')}`;
}

function toldOf({ tenant, configurationSet }: TransportData): string {
  if (tenant === undefined) return configurationSet === undefined ? '' : `, configuration set ${configurationSet}`;
  return `, as tenant ${tenant}`;
}

function outboundCheck(
  { domain }: DomainSpec,
  { host }: RelaySpec,
  { data }: WantedTransport,
  value: string | undefined,
  isAsWanted: boolean,
): Check {
  const where = value === undefined ? 'leaves as all other mail' : `leaves by ${value}`;
  return check('relay.outbound', {
    status: isAsWanted ? 'ok' : 'failed',
    system: `postfix ${host}`,
    name: domain,
    expected: `leaves by SES ${data.regions.join(', then ')}`,
    seen: [
      {
        by: host,
        value:
          !isAsWanted && value?.startsWith(`${data.name}:`)
            ? `${where}, whose settings are not as they were written`
            : where,
      },
    ],
  });
}

/** Why mail can't be made to leave by SES by us, each with what to do there instead. */
function conflictsOf(
  { domain }: DomainSpec,
  { host }: RelaySpec,
  state: RelayState,
  { value, isServed }: { value: string; isServed: boolean },
): Conflict[] {
  const conflict = (code: string, message: string, fix: string): Conflict => ({
    code,
    system: `postfix ${host}`,
    name: domain,
    message: `${host}: ${message}`,
    fix,
  });
  const key = `@${domain}`;
  const { tables, others, missing, expanded } = parameter(state, SENDERS);
  const standing = standingOf(state, SENDERS, key);
  if (state.protocol < 2)
    return [
      conflict(
        'postfix.helper-old',
        'its helper is of an earlier version, which knows nothing of outbound mail.',
        'Install the helper of this version there: mailwright relay install-helper prints it.',
      ),
    ];
  if (!state.certificates)
    return [
      conflict(
        'postfix.certificates',
        'it has no certificates by which SES could be known.',
        'Install the package ca-certificates there, or set smtp_tls_CAfile in main.cf.',
      ),
    ];
  if (standing.is === 'theirs' && !isServed)
    return [
      conflict(
        'postfix.sender',
        `mail from ${key} leaves by ${standing.value} there (${standing.by}); the line is not ours.`,
        'Remove the line there, then run again; or leave it and say outbound: keep.',
      ),
    ];
  const [table] = tables;
  if (table) {
    const todo = `${SENDERS}: ${key} ${value}`;
    return tableConflicts(host, table, {
      todo,
      known: new Set([key]),
      conflict: (code, message, fix) => ({ ...conflict(code, '', fix), message }),
    });
  }
  if (expanded === '') return [];
  const where =
    missing.length > 0
      ? `names ${missing.join(', ')}, which is not there`
      : `is kept in ${others.join(', ') || expanded}, which is no file that can be edited`;
  return [
    conflict(
      'postfix.no-table',
      `${SENDERS} ${where}.`,
      `Give it a table that is a file, beside what is there: ${SENDERS} = ${expanded}, texthash:${state.configDirectory}/senders.`,
    ),
  ];
}
