import { Problem } from '../../core/problem.ts';
import type { SmtpKey, SmtpStep, SmtpWish } from '../../core/smtp-credentials.ts';
import { timeSpan } from '../../core/time-span.ts';

/** A use within this time means that a relay still has the key. IAM tells of uses hours later. */
const STILL_USED_MS = 24 * 3_600_000;

/** A key that nobody used this long after it was made is worth a word. */
const UNUSED_MS = 3_600_000;

/** What is to become of a user's keys (at most two, IAM's quota). Adds to `notes`. @throws Problem where it would be wrong */
export function planKeys(wish: SmtpWish, keys: readonly SmtpKey[], now: number, notes: string[]): SmtpStep[] {
  const { purpose } = wish;
  if (purpose.kind === 'retire') return [retire(wish, keys, now, purpose.key)];
  const [first, second] = keys;
  if (!first) return [createKey('nothing until a relay uses it')];
  if (purpose.kind === 'make') {
    notes.push(...keys.map((key) => `${describeKey(key, now)}.`));
    if (!keys.some((key) => key.active))
      notes.push('No key is active, so nobody can send by this user: --rotate makes a new one.');
    for (const key of keys.filter((one) => one.active && !one.lastUsed && now - one.createdAt > UNUSED_MS))
      notes.push(`If nobody has the secret of ${key.id}, remove it: --retire=${key.id}.`);
    notes.push('Passwords are shown once, when a key is made; --rotate makes another one.');
    return [];
  }
  const overlap = 'nothing: the key in use stays active until --retire';
  if (!second) {
    notes.push(`${describeKey(first, now)}: it stays.`);
    return [createKey(overlap)];
  }
  const resting = keys.find((key) => !key.active);
  if (resting) return [deleteKey(resting, now), createKey(overlap)];
  const { key, why } = replaced(keys);
  throw new Problem(
    'conflict',
    'smtp.two-keys',
    `${wish.user} has two active keys, and IAM allows no third: ${keys.map((one) => describeKey(one, now)).join('; ')}.`,
    { fix: `Retire ${key.id} first (${why}): --retire=${key.id}.` },
  );
}

/** A key in words: 'key AKIA…, made 3 days ago, last used 1 hour ago (ses, us-east-1)'. */
export function describeKey({ id, active, createdAt, lastUsed }: SmtpKey, now: number): string {
  const used = lastUsed
    ? `last used ${timeSpan(now - lastUsed.at)} ago (${lastUsed.service}, ${lastUsed.region})`
    : 'never used';
  return `key ${id}, made ${timeSpan(now - createdAt)} ago, ${used}${active ? '' : ', inactive'}`;
}

/** Of two keys, the one that the other replaces: an inactive one, one that came last and nobody ever used, else the older. */
function replaced(keys: readonly SmtpKey[]): { key: SmtpKey; why: string } {
  const [older, newer] = keys.toSorted((a, b) => a.createdAt - b.createdAt);
  if (!older) throw new Problem('input', 'smtp.no-key', 'The user has no key.');
  if (!newer) return { key: older, why: 'it is the only one' };
  const resting = keys.find((key) => !key.active);
  if (resting) return { key: resting, why: 'it is inactive' };
  if (!newer.lastUsed) return { key: newer, why: 'nobody ever used it' };
  return { key: older, why: 'it is the older one, and the newer is in use' };
}

function retire(wish: SmtpWish, keys: readonly SmtpKey[], now: number, named: string | undefined): SmtpStep {
  if (named !== undefined) {
    const key = keys.find((one) => one.id === named);
    if (key) return end(key, keys, now);
    const known = keys.map(({ id }) => id).join(', ') || 'none';
    throw new Problem('input', 'smtp.no-key', `${wish.user} has no key ${named}; its keys: ${known}.`);
  }
  const { key } = replaced(keys);
  const other = keys.find((one) => one !== key);
  const byName = `To retire it all the same: --retire=`;
  if (!other)
    throw new Problem('conflict', 'smtp.last-key', `${describeKey(key, now)} is the only key of ${wish.user}.`, {
      fix: `Make another one with --rotate and give it to the relays first. ${byName}${key.id}.`,
    });
  if (key.active && !key.lastUsed)
    throw new Problem('conflict', 'smtp.new-unused', `The newer key was never used: ${describeKey(key, now)}.`, {
      fix: `Give it to the relays, and retire ${other.id} when mail has left by it. ${byName}${key.id} (the new one), or ${other.id} (the old one).`,
    });
  const { lastUsed } = key;
  if (key.active && lastUsed && lastUsed.at > other.createdAt && now - lastUsed.at < STILL_USED_MS)
    throw new Problem(
      'conflict',
      'smtp.still-used',
      `${describeKey(key, now)}: that is after its successor was made, so a relay still has it.`,
      { fix: `Change it there; IAM tells of uses hours later. ${byName}${key.id}.` },
    );
  return end(key, keys, now);
}

/** A key that was in use is made inactive, which can be taken back; the next time, or where nobody ever used it, it is deleted. */
function end(key: SmtpKey, keys: readonly SmtpKey[], now: number): SmtpStep {
  if (!key.active || !key.lastUsed) return deleteKey(key, now);
  const last = !keys.some((one) => one !== key && one.active);
  return {
    kind: 'deactivate-key',
    key: key.id,
    what: `${describeKey(key, now)}: inactive from now`,
    effect: last
      ? 'no relay can send by this user any more'
      : 'relays that still have it are refused (535); --retire again deletes it',
  };
}

function deleteKey(key: SmtpKey, now: number): SmtpStep {
  return {
    kind: 'delete-key',
    key: key.id,
    what: `${describeKey(key, now)}: deleted`,
    effect: key.active ? 'whoever has it can’t send by it' : 'nothing: it opens nothing today',
  };
}

function createKey(effect: string): SmtpStep {
  return { kind: 'create-key', what: 'access key, and from its secret a password for each region', effect };
}
