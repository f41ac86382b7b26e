import type { DomainSpec, MailcowSpec } from '../../../core/domain-spec.ts';
import { dkimName } from '../../../core/records/dkim.ts';
import type { Change, Conflict, Findings, Hold, Owned } from '../../../core/resource.ts';
import { changeId, homeOf, kindOf, systemOf } from '../names.ts';
import type { MailcowState } from '../state.ts';
import { planAliases } from './aliases.ts';
import { planClients } from './clients.ts';
import { planDkim } from './dkim.ts';
import { planDomain } from './domain.ts';
import { planForwarding } from './forwarding.ts';
import { planMailboxes } from './mailboxes.ts';
import { planOutbound, wantedOutbound } from './outbound.ts';

/** What the planners of one domain at one Mailcow share. */
export interface MailcowPlan {
  readonly spec: DomainSpec;
  readonly mailcow: MailcowSpec;
  readonly state: MailcowState;
  readonly host: string;
  /** The installation that tags what it makes. */
  readonly home: string;
  /** What is ours already. */
  readonly owned: Owned;
}

/** Compares what is wanted of a Mailcow with what it shows. Pure. */
export function planMailcow(spec: DomainSpec, state: MailcowState, host: string, home: string, owned: Owned): Findings {
  if (state.unasked) return {};
  const holds = signed(spec, state, host);
  const mailcow = spec.mailcow?.host === host ? spec.mailcow : undefined;
  if (!mailcow) return { holds, wanted: keptAnyway(owned, host) };
  const plan: MailcowPlan = { spec, mailcow, state, host, home, owned };
  const about = [`Mailcow ${host}, version ${state.version}`];
  const blocked = foreign(plan);
  if (blocked) return { conflicts: [blocked], about, holds, partial: true };
  const parts = [
    planDomain(plan),
    planDkim(plan),
    planMailboxes(plan),
    planAliases(plan),
    planClients(plan),
    planForwarding(plan),
    planOutbound(plan),
  ];
  const all = <K extends 'changes' | 'records' | 'later' | 'checks' | 'conflicts' | 'left'>(kind: K) =>
    parts.flatMap((part) => (part[kind] ?? []) as NonNullable<Findings[K]>[number][]);
  return {
    changes: inOrder(all('changes')),
    records: all('records'),
    later: all('later'),
    checks: all('checks'),
    conflicts: all('conflicts'),
    left: all('left'),
    holds,
    wanted: [...stillWanted(plan), ...keptAnyway(owned, host)],
    ...(parts.some((part) => part.partial) ? { partial: true as const } : {}),
    about,
  };
}

/** What makes every further question pointless: the name is an alias domain, or another installation keeps the domain. */
function foreign({ spec, state, host, home }: MailcowPlan): Conflict | undefined {
  if (state.aliasOf !== undefined)
    return {
      code: 'mailcow.alias-domain',
      system: systemOf(host),
      name: spec.domain,
      message: `Mailcow ${host}: ${spec.domain} is an alias domain of ${state.aliasOf} there, and has no mailboxes of its own.`,
      fix: `Remove the alias domain in Mailcow if nobody uses it; or leave \`mailcow\` out of the profile, and give ${state.aliasOf} the mailboxes.`,
    };
  const other = homeOf(state.domain?.tags ?? []);
  if (other === undefined || other === home || spec.consents.adopt) return undefined;
  return {
    code: 'mailcow.home',
    system: systemOf(host),
    name: spec.domain,
    message: `Mailcow ${host}: the domain ${spec.domain} is kept by another Mailwright installation (${other}).`,
    fix: 'Run there, or share its state folder with this one; to go on here: --adopt.',
  };
}

const ORDER = ['domain', 'dkim', 'mailbox', 'alias', 'forwarding', 'tls-policy', 'relayhost', 'outbound'];

/** The order in which a person would do it. */
function inOrder(changes: readonly Change[]): readonly Change[] {
  const rank = ({ id }: Change) => ORDER.indexOf(kindOf(id) ?? '');
  return changes.toSorted((a, b) => rank(a) - rank(b));
}

/** As long as Mailcow signs with a key, its record stays. */
function signed(spec: DomainSpec, state: MailcowState, host: string): Hold[] {
  if (!state.domain || !state.dkim) return [];
  const by = [changeId(host, spec.domain, 'dkim'), changeId(host, spec.domain, 'domain')];
  return [{ name: dkimName(state.dkim.selector, spec.domain), by, why: `Mailcow ${host} signs with it` }];
}

/** Ledger entries of mailboxes: they hold mail, so that nothing ever calls them left over. */
function keptAnyway(owned: Owned, host: string): string[] {
  return [...owned.entries()].flatMap(([id]) =>
    id.startsWith(`${systemOf(host)}/`) && kindOf(id) === 'mailbox' ? [id] : [],
  );
}

/** The other entries that the spec still asks for. */
function stillWanted(plan: MailcowPlan): string[] {
  const { spec, mailcow, state, host, owned } = plan;
  const asked = new Set([
    changeId(host, spec.domain, 'domain'),
    ...(mailcow.dkim === 'publish' ? [changeId(host, spec.domain, 'dkim')] : []),
    ...mailcow.aliases.map((alias) => changeId(host, spec.domain, 'alias', alias.local)),
    ...wantedOutbound(plan),
  ]);
  // A relay that can't be resolved now may have the address.
  const unknown = state.relays.some((relay) => relay.problem !== undefined);
  const addresses = new Set(state.relays.flatMap((relay) => relay.addresses));
  return [...owned.entries()].flatMap(([id]) => {
    if (asked.has(id)) return [id];
    if (!id.startsWith(`${systemOf(host)}/forwarding `)) return [];
    const address = id.slice(id.lastIndexOf(' ') + 1);
    return mailcow.forwardingHosts !== 'no' && (unknown || addresses.has(address)) ? [id] : [];
  });
}
