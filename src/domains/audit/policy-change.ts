import { createHash } from 'node:crypto';
import { fine } from '../../core/checks/audit/see.ts';
import type { Check } from '../../core/checks/check.ts';
import { finding } from '../../core/checks/finding.ts';
import type { Facts } from '../../core/ground.ts';
import type { Audit } from './audit.ts';

/**
 * Whether an MTA-STS policy changed under an id that senders know already, which only a memory can tell. What was seen under an id first
 * is remembered until the id is another.
 */
export async function policyChange({ domain, sts }: Pick<Audit, 'domain' | 'sts'>, facts: Facts): Promise<Check[]> {
  if (!sts) return [];
  const key = `mta-sts ${domain}`;
  const name = `_mta-sts.${domain}`;
  const policy = createHash('sha256').update(sts.policy).digest('hex');
  const before = await facts.recall(key, Number.POSITIVE_INFINITY);
  const known = before?.value as { id?: unknown; policy?: unknown } | null | undefined;
  if (known?.id !== sts.id) await facts.remember(key, { id: sts.id, policy });
  else if (known.policy !== policy) {
    const since = new Date(before?.at ?? 0).toISOString().slice(0, 16).replace('T', ' ');
    return [finding('mta-sts.id-stale', `id=${sts.id}, as on ${since} UTC, and another policy`, { name })];
  }
  return [fine('mta-sts.id-stale', name, `id=${sts.id}`)];
}
