import { MARKER } from '../../core/dns.ts';
import type { RelayhostName } from './state.ts';

/** The resource's name, which changes of others may wait for: 'mailcow mail.example.org'. */
export function systemOf(host: string): string {
  return `mailcow ${host}`;
}

/** What a Mailcow change is about: one domain's things by kind and name, or a forwarding or relay host, which is the whole installation's. */
export type Kind = 'domain' | 'dkim' | 'mailbox' | 'alias' | 'outbound' | 'forwarding' | 'relayhost';

/** The id of a domain's change: 'mailcow mail.example.org/example.com/mailbox brett'. */
export function changeId(
  host: string,
  domain: string,
  kind: Exclude<Kind, 'forwarding' | 'relayhost'>,
  local?: string,
): string {
  return `${systemOf(host)}/${domain}/${kind}${local === undefined ? '' : ` ${local || '*'}`}`;
}

/** The id of a forwarding host's change, the same for every domain: 'mailcow mail.example.org/forwarding 203.0.113.5'. */
export function forwardingId(host: string, address: string): string {
  return `${systemOf(host)}/forwarding ${address}`;
}

/** The id of a relay host's change, likewise: 'mailcow mail.example.org/relayhost [email-smtp.us-east-1.amazonaws.com]:587 AKIA…'. */
export function relayhostId(host: string, { hostname, username }: RelayhostName): string {
  return `${systemOf(host)}/relayhost ${hostname} ${username}`;
}

/** The kind that an id of this host names; undefined where it is none of ours. */
export function kindOf(id: string): Kind | undefined {
  return /^mailcow [^/]+\/(?:[^/ ]+\/)?(domain|dkim|mailbox|alias|outbound|forwarding|relayhost)(?: |$)/.exec(
    id,
  )?.[1] as Kind | undefined;
}

const HOME = 'mailwright:home=';

/** The tags of what an installation makes: Mailcow's tags are plain words of up to 255 characters. */
export function ourTags(home: string): readonly string[] {
  return ['mailwright', `${HOME}${home}`];
}

/** The installation that tagged something; undefined where none did. */
export function homeOf(tags: readonly string[]): string | undefined {
  return tags.find((tag) => tag.startsWith(HOME))?.slice(HOME.length);
}

/** The private comment by which an alias is known as ours. */
export const COMMENT = MARKER;

/** Where a made-up password is kept until somebody was shown it. */
export function passwordRef(host: string, address: string): string {
  return `${systemOf(host)} ${address}`;
}
