import { hasDkim, type IdentityState, originOf, regionOf, type SesState } from '../state.ts';
import type { Parent } from './parent.ts';
import type { RegionPlan } from './plan.ts';

/** How an identity signs: Easy DKIM of its own, a replica of a region's, or with a key of one's own under a selector. */
export interface Method {
  /** SES's word: AWS_SES, AWS_SES_<REGION>, EXTERNAL. */
  readonly origin: string;
  readonly selector?: string;
}

/** How the profile would have a region sign; undefined where nobody can say now. */
export function wantedMethod(
  plan: Pick<RegionPlan, 'spec' | 'ses'>,
  region: string,
  parent: Parent,
): Method | undefined {
  if (plan.ses.dkim === 'byodkim') {
    return { origin: 'EXTERNAL', ...(plan.spec.dkim ? { selector: plan.spec.dkim.selector } : {}) };
  }
  if (!('region' in parent)) return undefined;
  const own = parent.region === undefined || parent.region === region;
  return { origin: own ? 'AWS_SES' : originOf(parent.region) };
}

/** Whether an identity signs so already. SES shows of a key only its selector: DNS tells which one stands there. */
export function signsSo(identity: IdentityState, method: Method, state: SesState): boolean {
  if (identity.dkim.origin !== method.origin || !hasDkim(identity)) return false;
  if (method.origin !== 'EXTERNAL') return true;
  return identity.dkim.tokens[0] === method.selector && state.ownKey?.published !== 'other';
}

/** How an identity signs now. */
export function methodOf(identity: IdentityState): Method {
  const { origin, tokens } = identity.dkim;
  return { origin, ...(origin === 'EXTERNAL' && tokens[0] !== undefined ? { selector: tokens[0] } : {}) };
}

/** For people: 'Easy DKIM replicated from us-east-1'. */
export function describeMethod({ origin, selector }: Method): string {
  if (origin === 'EXTERNAL') return `BYODKIM with selector ${selector ?? '?'}`;
  const parent = regionOf(origin);
  return parent === undefined ? 'Easy DKIM with keys of its own' : `Easy DKIM replicated from ${parent}`;
}

/** Whether mail is signed now: SES goes on for a while after it has lost sight of the records. */
export function isSigning({ dkim }: IdentityState): boolean {
  return dkim.signing && (dkim.status === 'SUCCESS' || dkim.status === 'TEMPORARY_FAILURE');
}
