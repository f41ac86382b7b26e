import { judgeAddress, MOST_NAMES, type Reversed } from '../core/checks/audit/check-ptr.ts';
import { check } from '../core/checks/check.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import { Problem } from '../core/problem.ts';
import { reverseName } from '../core/records/reverse-name.ts';
import type { Resolver } from '../core/resolver.ts';
import type { Findings, Resource } from '../core/resource.ts';
import { credentialsOf, type SmtpCredential } from '../core/smtp-credentials.ts';

/** An address that a host sends from, and what DNS calls it. */
export type SendingAddress = Reversed & { readonly host: string };

/** What stands in the way of the mail that our own hosts send. */
export interface OutboundState {
  /** Why the passwords for SES can't be used. */
  readonly problem?: Problem;
  /** Hosts that send directly. */
  readonly addresses: readonly SendingAddress[];
  /** Those of them that have no address, or of which nobody could say. */
  readonly unaddressed: readonly { readonly host: string; readonly unknown: boolean }[];
}

/** What looking at outbound mail stands on. */
export interface OutboundNeeds {
  /** Reads a file of SMTP passwords. Throws a Problem for one that can't be used. */
  readonly readCredentials: (path: string) => Promise<readonly SmtpCredential[]>;
  readonly resolver: Pick<Resolver, 'public'>;
}

/**
 * Outbound mail, as far as it is no host's own affair: whether there are passwords for every region, and what the addresses are called
 * that send directly. The hosts themselves are changed by who keeps them.
 */
export function openOutbound({ readCredentials, resolver }: OutboundNeeds): Resource<DomainSpec, OutboundState> {
  // Reverse names are the hosts', whatever the domain.
  const known = new Map<string, Promise<Pick<OutboundState, 'addresses' | 'unaddressed'>>>();
  return {
    name: 'outbound',
    async read({ outbound, ses }) {
      const nothing = { addresses: [], unaddressed: [] };
      if (outbound?.by === 'direct') {
        const hosts = outbound.hosts.map((host) => {
          const looking = known.get(host) ?? readHost(host, resolver);
          known.set(host, looking);
          return looking;
        });
        const all = await Promise.all(hosts);
        return {
          addresses: all.flatMap((one) => one.addresses),
          unaddressed: all.flatMap((one) => one.unaddressed),
        };
      }
      if (outbound?.by !== 'ses') return nothing;
      try {
        credentialsOf(outbound.credentials, await readCredentials(outbound.credentials), ses?.regions ?? []);
        return nothing;
      } catch (error) {
        if (error instanceof Problem) return { ...nothing, problem: error };
        throw error;
      }
    },
    plan: planOutbound,
    revert: () => ({ changes: [], left: [] }),
    async apply() {},
  };
}

/** What is to be cleared up before mail can leave as the profile says, and what the hosts that send are called. Pure. */
export function planOutbound(spec: DomainSpec, { problem, addresses, unaddressed }: OutboundState): Findings {
  if (problem) {
    const { code, message, fix } = problem;
    return {
      conflicts: [{ code, system: 'outbound', name: spec.domain, message, fix: fix ?? 'Correct it, then run again.' }],
      partial: true,
    };
  }
  const homeless = unaddressed.map(({ host, unknown }) =>
    check('outbound.host', {
      status: unknown ? 'unknown' : 'failed',
      system: 'outbound',
      name: host,
      expected: 'an address',
      seen: [{ by: 'DNS', value: unknown ? 'its address could not be looked up' : 'it has no address' }],
      fix: `Give ${host} its A record (and AAAA where it sends by IPv6).`,
    }),
  );
  const named = addresses.map(({ host, ...reversed }) => ({ ...judgeAddress(reversed, host), system: 'outbound' }));
  return { checks: [...homeless, ...named] };
}

async function readHost(
  host: string,
  resolver: OutboundNeeds['resolver'],
): Promise<Pick<OutboundState, 'addresses' | 'unaddressed'>> {
  const { values, isUnknown } = await addressesOf(host, resolver);
  if (values.length === 0) return { addresses: [], unaddressed: [{ host, unknown: isUnknown }] };
  const addresses = values.map(async (address): Promise<SendingAddress> => {
    const said = await resolver.public({ name: reverseName(address), type: 'PTR' });
    if (said.status === 'unknown') return { host, address, silence: 'its reverse name could not be looked up' };
    const names = said.values.slice(0, MOST_NAMES).map(async (name) => {
      const forward = await addressesOf(name, resolver);
      const back = forward.values.some((one) => reverseName(one) === reverseName(address));
      return { name, back: back || !forward.isUnknown ? back : undefined };
    });
    return { host, address, names: await Promise.all(names) };
  });
  return { addresses: await Promise.all(addresses), unaddressed: [] };
}

async function addressesOf(name: string, resolver: OutboundNeeds['resolver']) {
  const answers = await Promise.all((['A', 'AAAA'] as const).map((type) => resolver.public({ name, type })));
  return {
    values: answers.flatMap(({ values }) => values),
    isUnknown: answers.some(({ status }) => status === 'unknown'),
  };
}
