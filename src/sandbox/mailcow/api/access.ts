import type { Asked } from '../../http.ts';
import type { Access } from '../api-keys.ts';
import type { Installation } from '../installation.ts';
import { type Answer, refused } from './replies.ts';

/** Whose key came with a request: 'rw', 'ro' or none at all; or the 401 that it is answered with, which counts against the address. */
export function readAccess(cow: Installation, { headers, peer }: Asked): Access | 'none' | Answer {
  const given = headers['x-api-key'];
  const admission = cow.keys.admit(typeof given === 'string' ? given : undefined, peer);
  if (admission === 'none') return 'none';
  if (admission === 'unknown' || admission === 'elsewhere') {
    cow.bans.fail(peer);
    return refused(401, admission === 'unknown' ? 'authentication failed' : `api access denied for ip ${peer}`);
  }
  return admission.access;
}
