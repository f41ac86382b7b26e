import type { Json } from '../../../core/problem.ts';
import { carriedBy } from '../plan/dkim-switch.ts';
import { describeMethod, isSigning, type Method, methodOf } from '../plan/method.ts';
import { identityOf } from '../plan/parent.ts';
import { regionOf } from '../state.ts';
import { restoring, type Taken, type Taking, whoseElse } from './change.ts';

/** A switch of the DKIM method: back only to keys that are still to be had, and whose records are still there. */
export function revertDkim(one: Taking): Taken {
  const { made, data, region, state, spec } = one;
  const { identity } = region;
  if (!identity) return undefined;
  const live = methodOf(identity);
  const before = made.before as (Method & { keyFile?: string; publicKey?: string }) | undefined;
  if (!before || same(live, before)) return undefined;
  const theirs = whoseElse(one);
  if (theirs !== undefined) return { left: theirs };
  if (!same(live, { origin: data.origin ?? '', ...(data.selector ? { selector: data.selector } : {}) })) {
    return { left: `it signs with ${describeMethod(live)} now` };
  }
  if (made.undo === 'keep') return { left: 'the former keys are not to be had again' };
  const from = regionOf(before.origin);
  if (from !== undefined) {
    const parent = identityOf(state, from);
    const whole = parent?.dkim.origin === 'AWS_SES' && parent.dkim.status === 'SUCCESS';
    if (!whole) return { left: `${from}, which it took its keys from, has none of its own that SES accepts` };
  } else {
    const { ownKey } = state;
    const there =
      ownKey?.publicKey === before.publicKey && ownKey?.published === 'this' && ownKey.selector === before.selector;
    if (!there) return { left: `${before.keyFile} or DNS no longer has the former key` };
  }
  const mailFrom = identity.mailFrom?.status === 'SUCCESS' ? identity.mailFrom.name : undefined;
  return {
    change: {
      ...restoring(one, {
        what: `DKIM of ${spec.domain}: ${describeMethod(before)} again`,
        effect: isSigning(identity)
          ? `mail from ${region.region} may leave unsigned until SES has looked, in seconds to minutes${mailFrom ? carriedBy(mailFrom) : ''}`
          : 'nothing visible: it does not sign now',
        before: { ...data } as unknown as Json,
        after: {
          region: data.region,
          domain: data.domain,
          origin: before.origin,
          ...(before.origin === 'EXTERNAL' ? { selector: before.selector, keyFile: before.keyFile } : {}),
        },
      }),
      owns: {},
    },
  };
}

function same(a: Method, b: Method): boolean {
  return a.origin === b.origin && (a.origin !== 'EXTERNAL' || a.selector === b.selector);
}
