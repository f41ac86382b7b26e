import { type Aws, arnOf, type Identity, type Place, type Status, type Watch, type Watched } from '../state.ts';
import { ask, checkDkim } from './check-dkim.ts';
import { checkMailFrom } from './check-mail-from.ts';
import { followParent, replicationProblem } from './replicas.ts';

const HOUR_MS = 3_600_000;
/** How long SES looks for records, and how long it puts up with records that vanished. */
const PATIENCE_MS = 72 * HOUR_MS;
/** How long the link in a verification mail is valid. */
const LINK_MS = 24 * HOUR_MS;

interface Watching {
  readonly place: Place;
  readonly identity: Identity;
  timer: NodeJS.Timeout;
  attempts: number;
  running: boolean;
}

/** Opens the watch over all identities; `aws` is asked for at each use because the watch is part of it. */
export function openWatch(aws: () => Aws): Watch {
  const watched = new Map<string, Watching>();
  let unsubscribe: (() => void) | undefined;
  let open = true;

  function plan(id: string, watching: Watching, ms: number): void {
    clearTimeout(watching.timer);
    watching.timer = setTimeout(() => void attempt(id, watching), ms).unref();
  }

  async function attempt(id: string, watching: Watching): Promise<void> {
    const { place, identity } = watching;
    if (watching.running) return;
    watching.running = true;
    watching.attempts += 1;
    await look(aws(), place, identity);
    watching.running = false;
    if (!open || watched.get(id) !== watching) return;
    if (place.identities.get(identity.name) !== identity || !isOpenEnded(identity)) watched.delete(id);
    else plan(id, watching, gap(watching));
  }

  function gap({ identity, attempts }: Watching): number {
    const { everyMs, maxMs, recheckMs } = aws().switches.verification;
    const pending = [identity.dkim.status, identity.mailFrom?.status, identity.verification].includes('PENDING');
    // Thousands of verified identities must not keep the resolver busy all day.
    if (!pending) return Math.max(recheckMs, watched.size * 20);
    return Math.min(maxMs, everyMs * 1.5 ** (attempts - 1));
  }

  return {
    start(place, identity) {
      if (!open) return;
      unsubscribe ??= aws().world.clock.onAdvance(() => {
        for (const [id, watching] of watched) plan(id, watching, 0);
      });
      const id = arnOf(place, 'identity', identity.name);
      const before = watched.get(id);
      if (before) clearTimeout(before.timer);
      const { firstMs } = aws().switches.verification;
      const watching: Watching = {
        place,
        identity,
        timer: setTimeout(() => {}, 0).unref(),
        attempts: 0,
        running: false,
      };
      watched.set(id, watching);
      plan(id, watching, firstMs);
    },
    look: (place, identity) => look(aws(), place, identity),
    close() {
      open = false;
      unsubscribe?.();
      for (const { timer } of watched.values()) clearTimeout(timer);
      watched.clear();
    },
  };
}

function isOpenEnded({ type, dkim, mailFrom, verification }: Identity): boolean {
  const ended = (watched: Watched | undefined) => !watched || watched.status === 'FAILED' || watched.pinned;
  const proved = type === 'EMAIL_ADDRESS' || dkim.status === 'NOT_STARTED' ? verification !== 'PENDING' : ended(dkim);
  return !proved || !ended(mailFrom);
}

async function look(aws: Aws, place: Place, identity: Identity): Promise<void> {
  if (identity.type === 'DOMAIN') await lookForDkim(aws, place, identity);
  await lookForOtherProof(aws, identity);
  await lookForMailFrom(aws, place, identity);
}

/** What verifies without DKIM: the link in a mail to an address, or the TXT token of SES v1. */
async function lookForOtherProof(aws: Aws, identity: Identity): Promise<void> {
  if (identity.verification !== 'PENDING') return;
  const { clock, internet } = aws.world;
  const { name, legacyToken } = identity;
  if (legacyToken !== undefined) {
    const remember = aws.switches.verification.honourNegativeCache;
    const { records } = await ask(internet, `_amazonses.${name}`, 'TXT', remember);
    if (records.some(({ type, value }) => type === 'TXT' && value === legacyToken)) identity.verification = 'SUCCESS';
  }
  const patience = identity.type === 'EMAIL_ADDRESS' ? LINK_MS : PATIENCE_MS;
  const waits = identity.verification === 'PENDING' && identity.dkim.status === 'NOT_STARTED';
  if (waits && clock.now() - identity.createdAt >= patience) identity.verification = 'FAILED';
}

async function lookForDkim(aws: Aws, place: Place, identity: Identity): Promise<void> {
  const { dkim } = identity;
  if (dkim.status === 'FAILED' || dkim.status === 'NOT_STARTED' || dkim.pinned) return;
  const { honourNegativeCache } = aws.switches.verification;
  followParent(aws, place, identity);
  const problem = replicationProblem(aws, place, identity);
  const found = problem ? { error: problem } : await checkDkim(aws.world.internet, identity, honourNegativeCache);
  // The signing attributes were replaced while DNS was asked: this answer is about the old ones.
  if (identity.dkim !== dkim) return;
  const now = aws.world.clock.now();
  settle(dkim, !found.error, now);
  identity.lastChecked = now;
  identity.errorType = found.error;
  if (!found.error) identity.lastSuccess = now;
  if ('soa' in found && found.soa) identity.soa = found.soa;
  identity.verification = verificationAfter(identity.verification, dkim.status);
}

async function lookForMailFrom(aws: Aws, place: Place, identity: Identity): Promise<void> {
  const { mailFrom } = identity;
  if (!mailFrom || mailFrom.status === 'FAILED' || mailFrom.pinned) return;
  const { sharedMailFrom, verification } = aws.switches;
  const remember = verification.honourNegativeCache;
  const good = await checkMailFrom(aws.world.internet, mailFrom.domain, place.region, sharedMailFrom, remember);
  if (identity.mailFrom === mailFrom) settle(mailFrom, good, aws.world.clock.now());
}

function settle(watched: Watched, good: boolean, now: number): void {
  const become = (status: Status) => {
    if (watched.status !== status) Object.assign(watched, { status, since: now });
  };
  if (good) become('SUCCESS');
  else if (watched.status === 'SUCCESS') become('TEMPORARY_FAILURE');
  else if (now - watched.since >= PATIENCE_MS) become('FAILED');
}

/** A domain that is verified stays so while new signing attributes are looked for. */
function verificationAfter(before: Status, dkim: Status): Status {
  return dkim === 'PENDING' && (before === 'SUCCESS' || before === 'TEMPORARY_FAILURE') ? before : dkim;
}
