import type { DomainSpec } from '../../core/domain-spec.ts';
import { feedbackRegion } from '../../core/records/feedback-host.ts';
import { askBesideWildcards, type Resolver } from '../../core/resolver.ts';
import type { IdentityState, NameState, SesState } from './state.ts';

/** Labels tried in order for a MAIL FROM name that nobody asked for by name. */
export const MAIL_FROM_LABELS = ['mail', 'bounce', 'ses', 'mf'] as const;

/** The name for a region: the first region has the bare name, the others carry theirs: mail.example.com, mail-us-west-2.example.com. */
export function mailFromName(base: string, region: string, first: string): string {
  if (region === first) return base;
  const [label = '', ...rest] = base.split('.');
  return [`${label}-${region}`, ...rest].join('.');
}

/** The base names to try: the one that was asked for, else the usual labels below the domain. */
export function baseNames(spec: DomainSpec): readonly string[] {
  return spec.mailFrom ? [spec.mailFrom] : MAIL_FROM_LABELS.map((label) => `${label}.${spec.domain}`);
}

/**
 * Whether the names that may be used are free, as the authoritative servers say: a MAIL FROM name may be nobody's host.
 * Stops at the first base whose names are all free, as the planner will.
 */
export async function readMailFromNames(
  spec: DomainSpec,
  regions: readonly string[],
  resolver: Resolver,
): Promise<SesState['mailFromNames']> {
  const found = new Map<string, NameState>();
  const shared = spec.ses?.mailFrom === 'shared';
  const first = spec.ses?.regions[0] ?? '';
  for (const base of baseNames(spec)) {
    const names = [...new Set(regions.map((region) => (shared ? base : mailFromName(base, region, first))))];
    const states = await Promise.all(names.map((name) => readName(name, spec, resolver)));
    names.forEach((name, index) => {
      found.set(name, states[index] ?? 'free');
    });
    if (!states.some(isTaken)) break;
  }
  return found;
}

/**
 * Live MAIL FROM names that SES accepts although they are hosts as well. Such a name is kept, so its one MX must be known as it stands:
 * wanting another preference would make a second MX. A name that can't be asked counts as no host; the merge looks again.
 */
export async function readMailFromHosts(
  names: readonly string[],
  resolver: Resolver,
): Promise<SesState['mailFromHosts']> {
  const hosts = new Map<string, { addresses: readonly string[]; preference: number }>();
  await Promise.all(
    names.map(async (name) => {
      const ask = async (type: 'A' | 'AAAA' | 'MX') => (await askBesideWildcards(resolver, { name, type })).values;
      const addresses = (await Promise.all([ask('A'), ask('AAAA')])).flat();
      if (addresses.length === 0) return;
      const [mx = '', second] = await ask('MX');
      const preference = Number(mx.split(' ')[0]);
      if (mx !== '' && second === undefined) hosts.set(name, { addresses, preference });
    }),
  );
  return hosts;
}

/** Whether SES has accepted a MAIL FROM. Where it has lost sight of the MX it goes on looking, and the name comes back by itself. */
export function isAccepted(mailFrom: IdentityState['mailFrom']): boolean {
  return mailFrom?.status === 'SUCCESS' || mailFrom?.status === 'TEMPORARY_FAILURE';
}

/** Whether a name can't be used. */
export function isTaken(state: NameState | undefined): state is { readonly taken: string } {
  return typeof state === 'object' && 'taken' in state;
}

async function readName(name: string, spec: DomainSpec, resolver: Resolver): Promise<NameState> {
  if (spec.mailHost === name) return { taken: 'it is the mail host of the profile' };
  if (spec.mx?.some((mx) => mx.host === name)) return { taken: 'it is an MX host of the profile' };
  const types = ['CNAME', 'A', 'AAAA', 'MX'] as const;
  const answers = await Promise.all(types.map((type) => askBesideWildcards(resolver, { name, type })));
  for (const [index, type] of types.entries()) {
    const values = answers[index]?.values ?? [];
    const strange = type === 'MX' ? values.filter((value) => feedbackRegion(value) === undefined) : values;
    if (strange.length > 0) return { taken: `it has ${type} ${strange.join(', ')}` };
  }
  const [mx = '', second] = answers[types.indexOf('MX')]?.values ?? [];
  const serves = second === undefined ? feedbackRegion(mx) : undefined;
  return serves === undefined ? 'free' : { serves };
}
