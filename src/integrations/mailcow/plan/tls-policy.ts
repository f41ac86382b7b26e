import type { Json } from '../../../core/problem.ts';
import { outboundRegions } from '../../../core/profile/resolve-outbound.ts';
import type { Change, Conflict } from '../../../core/resource.ts';
import type { TlsPolicyData } from '../data.ts';
import { systemOf, tlsPolicyId } from '../names.ts';
import type { RelayhostName } from '../state.ts';
import type { MailcowPlan } from './plan.ts';

/** Policies under which no password goes out without TLS. */
const STRICT: readonly string[] = ['encrypt', 'dane-only', 'fingerprint', 'verify', 'secure'];

/** That Mailcow hands nothing to a relay host, and no password, without TLS and the right certificate: by itself it would where TLS is not offered. */
export function planTlsPolicy(
  { spec, host, state }: MailcowPlan,
  { hostname }: RelayhostName,
): { readonly change?: Change; readonly conflict?: Conflict } {
  const live = state.tlsPolicies?.find(({ dest }) => dest === hostname);
  if (live?.active && STRICT.includes(live.policy)) return {};
  if (live)
    return {
      conflict: {
        code: 'mailcow.tls-policy',
        system: systemOf(host),
        name: spec.domain,
        message: `Mailcow ${host}: its TLS policy for ${hostname} is ${live.active ? `"${live.policy}"` : 'switched off'}, so that passwords could go out without TLS.`,
        fix: 'Make it "secure" in Mailcow (E-Mail, Configuration, TLS policies), or remove it and run again.',
      },
    };
  const after: TlsPolicyData = { host, dest: hostname, policy: 'secure' };
  return {
    change: {
      id: tlsPolicyId(host, hostname),
      system: systemOf(host),
      verb: 'create',
      what: `TLS policy for ${hostname}: secure`,
      effect: 'nothing visible: mail that leaves by it waits where TLS or the certificate is not right',
      after: after as unknown as Json,
      by: 'us',
      sendsBy: outboundRegions(spec, 'mailcow'),
      undo: 'inverse',
    },
  };
}
