import { createHash } from 'node:crypto';
import type { DomainSpec } from '../../core/domain-spec.ts';
import { outboundRegions } from '../../core/profile/resolve-outbound.ts';
import { credentialsOf, type SmtpCredential } from '../../core/smtp-credentials.ts';
import type { LiveTransport } from './relay-state.ts';

/** A transport of a relay by which mail leaves by SES, as data: never its passwords. */
export interface TransportData {
  /** 'ses-ours-1f3a9c': by whom it signs in, and what it tells SES, is in the name, so that one is never changed into another. */
  readonly name: string;
  readonly tenant?: string;
  readonly configurationSet?: string;
  /** The one that is tried first at the front. */
  readonly regions: readonly string[];
  /** File with its passwords, an absolute path. */
  readonly credentials: string;
}

/** What a relay should have for a domain. */
export interface WantedTransport {
  readonly data: TransportData;
  /** What the sender's line says: '[email-smtp.us-east-1.amazonaws.com]:587, […]:587' */
  readonly hops: readonly string[];
  /** SHA-256 of its password table. */
  readonly passwordsSum: string;
}

/** Whether a transport stands as it would be written. */
export function isAsWritten(live: LiveTransport | undefined, data: TransportData, passwordsSum: string): boolean {
  return live?.isWhole === true && live.passwordsSum === passwordsSum && live.headers === headerTable(data);
}

/** The header table of a transport, as mailwright-relay.sh writes it: what SES is told of each message. */
function headerTable({ tenant, configurationSet }: TransportData): string {
  const told = [
    ...(tenant === undefined ? [] : [`X-SES-TENANT: ${tenant}`]),
    ...(configurationSet === undefined ? [] : [`X-SES-CONFIGURATION-SET: ${configurationSet}`]),
  ];
  return [
    '/^X-SES-/ IGNORE',
    ...told.map((header, at) => `/^${at === 0 ? 'From' : 'Date'}:/ PREPEND ${header}`),
    '',
  ].join('\n');
}

/** SHA-256, as sha256sum(1) prints it. */
export function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What the domain's mail is to leave by at a relay. Throws a Problem where a region has no password. */
export function wantedTransport(spec: DomainSpec, host: string, all: readonly SmtpCredential[]): WantedTransport {
  const credentials = spec.outbound?.by === 'ses' ? spec.outbound.credentials : '';
  const regions = outboundRegions(spec, { relay: host });
  const { tenant, configurationSet = tenant } = spec.ses ?? {};
  const used = credentialsOf(credentials, all, regions);
  const told = {
    ...(tenant === undefined ? {} : { tenant }),
    ...(configurationSet === undefined ? {} : { configurationSet }),
  };
  return {
    data: { name: nameOf(told, used), ...told, regions, credentials },
    hops: used.map(hopOf),
    passwordsSum: sumOf(passwordTable(used)),
  };
}

/** The lines of a transport's password table, in one order whatever comes first. Secret. */
export function passwordTable(credentials: readonly SmtpCredential[]): string {
  const lines = credentials.map((one) => `${hopOf(one)} ${one.username}:${one.password}\n`);
  return lines.toSorted().join('');
}

/** The password table of a transport that was planned; undefined where the file has other passwords by now. */
export function tableFor(data: TransportData, all: readonly SmtpCredential[]): string | undefined {
  const used = credentialsOf(data.credentials, all, data.regions);
  return nameOf(data, used) === data.name ? passwordTable(used) : undefined;
}

function hopOf({ host, port }: SmtpCredential): string {
  return `[${host}]:${port}`;
}

function nameOf(
  { tenant, configurationSet }: Pick<TransportData, 'tenant' | 'configurationSet'>,
  credentials: readonly SmtpCredential[],
): string {
  const who = credentials.map((one) => `${hopOf(one)} ${one.username}`).toSorted();
  const sum = createHash('sha256')
    .update(JSON.stringify([tenant ?? null, configurationSet ?? null, who]))
    .digest('hex');
  const word = (tenant ?? configurationSet ?? 'mail')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 24);
  return `ses-${word.replaceAll(/^-|-$/g, '')}-${sum.slice(0, 6)}`;
}
