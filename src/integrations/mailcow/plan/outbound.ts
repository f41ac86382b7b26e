import { check } from '../../../core/checks/check.ts';
import type { Json } from '../../../core/problem.ts';
import { outboundRegions } from '../../../core/profile/resolve-outbound.ts';
import type { Change, Findings, Left } from '../../../core/resource.ts';
import { type OutboundData, type RelayhostData, sameRelayhost } from '../data.ts';
import { changeId, kindOf, relayhostId, systemOf, tlsPolicyId } from '../names.ts';
import type { Relayhost, RelayhostName } from '../state.ts';
import type { MailcowPlan } from './plan.ts';
import { planTlsPolicy } from './tls-policy.ts';

/** That the domain's mail leaves by SES: one relay host for the whole Mailcow, and the domain assigned to it. Somebody's own is never changed. */
export function planOutbound(plan: MailcowPlan): Findings {
  const { spec, host, state } = plan;
  if (spec.outbound?.by !== 'ses') return {};
  const wanted = state.wantedRelayhost;
  if (!wanted) return { partial: true };
  const there = state.relayhosts?.find((one) => sameRelayhost(one, wanted));
  const live = liveOf(plan);
  const at = {
    system: systemOf(host),
    name: spec.domain,
    expected: `leaves by ${wanted.hostname} as ${wanted.username}`,
  };
  const old = former(plan);
  const tls = planTlsPolicy(plan, wanted);
  const guard = tls.change ? [tls.change] : [];
  if (tls.conflict) {
    const seen = [{ by: 'Mailcow', value: 'TLS is not demanded' }];
    return { checks: [check('mailcow.relayhost', { ...at, seen, status: 'failed' })], conflicts: [tls.conflict] };
  }
  const seen = [{ by: 'Mailcow', value: live ? `leaves by ${describe(live)}` : 'no relay host' }];
  if (live && sameRelayhost(live, wanted)) {
    const fix = 'Switch it on in Mailcow (System, Configuration, Routing).';
    if (live.active)
      return {
        checks: [check('mailcow.relayhost', { ...at, seen, status: 'ok' })],
        changes: [...guard, ...old.changes],
        left: old.left,
      };
    return { checks: [check('mailcow.relayhost', { ...at, seen, status: 'failed', fix })] };
  }
  const before = written(plan);
  if (live && !sameRelayhost(live, before?.relayhost))
    return {
      checks: [check('mailcow.relayhost', { ...at, seen, status: 'failed' })],
      conflicts: [
        {
          code: 'mailcow.relayhost-other',
          system: systemOf(host),
          name: spec.domain,
          message: `Mailcow ${host}: mail of ${spec.domain} leaves by ${describe(live)} there, which is not of our making.`,
          fix: 'Take it away in Mailcow (E-Mail, Configuration, Domains, Edit, Sender-dependent transports), or leave it and say outbound: keep.',
        },
      ],
    };
  return {
    checks: [check('mailcow.relayhost', { ...at, seen, status: 'failed' })],
    changes: [...guard, ...(there ? [] : [making(plan, wanted)]), assigning(plan, wanted, live), ...old.changes],
    left: old.left,
  };
}

/** Ledger entries that are still asked for: also a former relay host, as long as others leave by it. */
export function wantedOutbound({ spec, host, state, owned }: MailcowPlan): string[] {
  const wanted = spec.outbound?.by === 'ses' ? state.wantedRelayhost : undefined;
  if (!wanted) return [];
  const kept = [...owned.entries()].flatMap(([id]) =>
    ['relayhost', 'tls-policy'].includes(kindOf(id) ?? '') && id.startsWith(`${systemOf(host)}/`) ? [id] : [],
  );
  return [changeId(host, spec.domain, 'outbound'), ...kept];
}

/** The relay host that the domain's mail leaves by now. */
function liveOf({ state }: MailcowPlan): Relayhost | undefined {
  const id = state.domain?.relayhost;
  if (id === undefined) return undefined;
  const known = state.relayhosts?.find((one) => one.id === id);
  return known ?? { id, hostname: `relay host ${id}`, username: '', active: false, usedBy: [] };
}

function written({ spec, host, owned }: MailcowPlan): OutboundData | undefined {
  return owned.get(changeId(host, spec.domain, 'outbound')) as unknown as OutboundData | undefined;
}

function making({ spec, host }: MailcowPlan, wanted: RelayhostName): Change {
  const [region = ''] = outboundRegions(spec, 'mailcow');
  const credentials = spec.outbound?.by === 'ses' ? spec.outbound.credentials : '';
  const after: RelayhostData = { host, ...wanted, region, credentials };
  return {
    id: relayhostId(host, wanted),
    system: systemOf(host),
    verb: 'create',
    what: `relay host ${describe(wanted)}`,
    effect: 'nothing visible: no domain leaves by it yet',
    after: after as unknown as Json,
    by: 'us',
    sendsBy: [region],
    undo: 'inverse',
  };
}

function assigning(plan: MailcowPlan, wanted: RelayhostName, live: RelayhostName | undefined): Change {
  const { spec, host } = plan;
  const data = (relayhost: RelayhostName | null): OutboundData => ({ host, domain: spec.domain, relayhost });
  const { hostname, username } = wanted;
  return {
    id: changeId(host, spec.domain, 'outbound'),
    system: systemOf(host),
    verb: live ? 'update' : 'create',
    what: `domain ${spec.domain}: its mail leaves by ${describe(wanted)}`,
    effect: `what users of Mailcow send from @${spec.domain} is handed to SES from now; mail of other domains leaves as before`,
    ...(live ? { before: data({ hostname: live.hostname, username: live.username }) as unknown as Json } : {}),
    after: data({ hostname, username }) as unknown as Json,
    waitsFor: [
      changeId(host, spec.domain, 'domain'),
      tlsPolicyId(host, wanted.hostname),
      relayhostId(host, wanted),
    ].filter((id) => isPlanned(plan, id)),
    by: 'us',
    sendsBy: outboundRegions(spec, 'mailcow'),
    undo: 'inverse',
  };
}

/** Whether this plan makes what an id names: else it is there. */
function isPlanned({ state }: MailcowPlan, id: string): boolean {
  if (kindOf(id) === 'domain') return !state.domain;
  if (kindOf(id) === 'tls-policy') return !state.tlsPolicies?.some((one) => id.endsWith(` ${one.dest}`));
  return !state.relayhosts?.some((one) => sameRelayhost(one, state.wantedRelayhost));
}

/** Relay hosts of ours that were replaced (new passwords, another region): they go with the last domain that leaves by them. */
function former(plan: MailcowPlan): { readonly changes: readonly Change[]; readonly left: readonly Left[] } {
  const { spec, host, state, owned } = plan;
  const ours = (state.relayhosts ?? []).filter(
    (one) => owned.get(relayhostId(host, one)) !== undefined && !sameRelayhost(one, state.wantedRelayhost),
  );
  const othersOf = ({ usedBy }: Relayhost) => usedBy.filter((user) => user !== spec.domain);
  const left = ours.flatMap((one): Left[] => {
    const others = othersOf(one);
    const why = `${others.join(', ')} ${others.length > 1 ? 'leave' : 'leaves'} by it`;
    return others.length > 0
      ? [{ id: relayhostId(host, one), what: `relay host ${describe(one)}`, why, ours: true }]
      : [];
  });
  const changes = ours
    .filter((one) => othersOf(one).length === 0)
    .map((one): Change => {
      const id = relayhostId(host, one);
      return {
        id,
        system: systemOf(host),
        verb: 'delete',
        what: `relay host ${describe(one)}, which was replaced`,
        effect: 'nothing visible: no domain leaves by it any more',
        before: owned.get(id) ?? null,
        owns: { [id]: null },
        ...(one.usedBy.length > 0 ? { waitsFor: [changeId(host, spec.domain, 'outbound')] } : {}),
        by: 'us',
        sendsBy: outboundRegions(spec, 'mailcow'),
        undo: 'keep',
      };
    });
  return { changes, left };
}

/** '[email-smtp.us-east-1.amazonaws.com]:587 as AKIA…' */
export function describe({ hostname, username }: RelayhostName): string {
  return username === '' ? hostname : `${hostname} as ${username}`;
}
