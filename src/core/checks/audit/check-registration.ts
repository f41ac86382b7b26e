import { registeredDomain } from '../../domain.ts';
import type { Check } from '../check.ts';
import { finding } from '../finding.ts';
import { fine, type Outside, type Subject, unseen } from './see.ts';

/** Days before its end at which somebody should look. */
const SOON = 30;
/** States in which the registry does not publish the domain, or is about to take it away (RFC 8056, RFC 5731, RFC 3915). */
const GONE = ['client hold', 'server hold', 'redemption period', 'pending delete', 'inactive'];

/** The registration of the domain: whether it is published, and when it ends. Pure. */
export function checkRegistration({ domain }: Subject, { registration }: Outside): Check[] {
  const name = registeredDomain(domain);
  const found = registration(name);
  if (found === undefined) return [];
  if ('silence' in found) return [{ ...unseen('domain.expiry', name, found.silence), severity: 'info' }];
  const { daysLeft, states } = found;
  const gone = states.filter((state) => GONE.includes(state));
  const held = gone.length > 0 ? [finding('domain.hold', gone.join(', '), { name })] : [];
  if (daysLeft === undefined) return held;
  const days = Math.floor(daysLeft);
  const said = days < 0 ? `it ended ${-days} days ago` : `${days} days left`;
  if (days >= SOON) return [...held, fine('domain.expiry', name, said)];
  return [...held, finding('domain.expiry', said, { name, ...(days < 7 ? { severity: 'blocker' } : {}) })];
}
