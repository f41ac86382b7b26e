import type { DomainSpec } from '../core/domain-spec.ts';
import { Problem, toProblem } from '../core/problem.ts';
import { parseAuthenticationResults, readHops } from '../core/records/authentication-results.ts';
import type { Proof } from '../core/report.ts';
import type { ProofMailbox, ProveNeeds } from './needs.ts';

/** How long a message may be on its way. */
const WAIT_MS = 120_000;

/** The mailbox that messages are sent to; a Problem where the wish names none. */
export function proofAddress(spec: DomainSpec): string {
  const [first] = spec.mailcow?.mailboxes ?? [];
  if (first) return `${first.local}@${spec.domain}`;
  throw new Problem('input', 'prove.mailbox', `--prove: the profile names no mailbox of ${spec.domain}.`, {
    fix: 'Name one (mailcow.mailboxes, --mailbox), or use --send-test with an address elsewhere.',
  });
}

/**
 * Proof by messages that travel: one through each SES region and one to each MX host, as an outsider would hand it in, all read from the
 * mailbox with the verdicts that the receiver wrote; then, where somebody outside is named, one from the mailbox out. Messages that were
 * read are removed again.
 */
export async function prove(
  spec: DomainSpec,
  outside: string | undefined,
  needs: ProveNeeds,
): Promise<readonly Proof[]> {
  const to = proofAddress(spec);
  let mailbox: ProofMailbox;
  try {
    mailbox = await needs.openMailbox(to);
  } catch (error) {
    return [failure({ direction: 'in', through: to, to }, error)];
  }
  const closed = () =>
    mailbox.close().then(
      () => [],
      (error: unknown) => [failure({ direction: 'in', through: to, to }, error)],
    );
  try {
    const proofs = await travel(spec, to, outside, mailbox, needs);
    return [...proofs, ...(await closed())];
  } catch (error) {
    await closed();
    throw error;
  }
}

/** Lets a message travel each way. */
async function travel(
  spec: DomainSpec,
  to: string,
  outside: string | undefined,
  mailbox: ProofMailbox,
  needs: ProveNeeds,
): Promise<readonly Proof[]> {
  const { domain } = spec;
  const ways = [
    ...(spec.ses?.regions ?? []).map((region) => ({
      through: `SES ${region}`,
      send: (message: { subject: string; text: string }) =>
        needs.send(region, {
          from: `mailwright-test@${domain}`,
          to,
          ...message,
          ...(spec.ses?.tenant ? { tenant: spec.ses.tenant } : {}),
        }),
    })),
    ...(spec.mx ?? []).map(({ host }) => ({
      through: host,
      send: (message: { subject: string; text: string }) => needs.hand(host, { to, ...message }),
    })),
  ];
  const inward = await Promise.all(
    ways.map(({ through, send }) =>
      attempt({ direction: 'in', through, to }, async () => {
        const mark = needs.mark();
        const began = needs.now();
        await send(messageOf(mark, `${domain} through ${through}`));
        const arrived = await Promise.race([mailbox.find(mark, WAIT_MS), stopped(needs.stop, through)]);
        if (!arrived) throw lost(through, to, (needs.now() - began) / 1000);
        const [trusted = ''] = arrived.authenticationResults;
        const { by, spf, dkim, dmarc } = parseAuthenticationResults(trusted, domain);
        return {
          seconds: Math.round((needs.now() - began) / 100) / 10,
          hops: [...readHops(arrived.received)],
          folder: arrived.folder,
          ...(trusted === '' ? {} : { by, spf, dkim, dmarc }),
        };
      }),
    ),
  );
  if (outside === undefined) return inward;
  const outward = await attempt({ direction: 'out', through: to, to: outside }, async () => {
    const began = needs.now();
    const { messageId } = await mailbox.send({ to: outside, ...messageOf(needs.mark(), `${domain} to the outside`) });
    const verdict = await needs.verdict?.(messageId, to);
    return { seconds: Math.round((needs.now() - began) / 100) / 10, ...(verdict ? { by: outside, ...verdict } : {}) };
  });
  return [...inward, outward];
}

/** Rejects when there is to be no more waiting: what was lent is given back then as after every end. */
function stopped(stop: AbortSignal | undefined, through: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    const give = () =>
      reject(new Problem('failed', 'prove.stopped', `Stopped by you before the message through ${through} had come.`));
    if (stop?.aborted) give();
    stop?.addEventListener('abort', give, { once: true });
  });
}

function messageOf(mark: string, what: string): { subject: string; text: string } {
  return {
    subject: `Mailwright proof ${mark}: ${what}`,
    text: `This message was sent by Mailwright to see by which way mail travels (${what}). It is removed when it was read.\n`,
  };
}

function lost(through: string, to: string, seconds: number): Problem {
  return new Problem('failed', 'prove.lost', `Nothing came to ${to} through ${through} in ${Math.round(seconds)} s.`, {
    fix: `Look into the mail log of ${through.startsWith('SES') ? 'the MX hosts' : through}: was it refused, is it in a queue or greylisted?`,
  });
}

async function attempt(
  about: Pick<Proof, 'direction' | 'through' | 'to'>,
  act: () => Promise<Partial<Proof>>,
): Promise<Proof> {
  try {
    return { ...about, ...(await act()) };
  } catch (error) {
    return failure(about, error);
  }
}

function failure(about: Pick<Proof, 'direction' | 'through' | 'to'>, error: unknown): Proof {
  const { code, message, fix } = toProblem(error);
  return { ...about, error: { code, message, ...(fix === undefined ? {} : { fix }) } };
}

/** Whether a message did not arrive, or not as one that its receiver believes. What is handed in by nobody in particular proves the way alone. */
export function isBad(proof: Proof): boolean {
  if (proof.error) return true;
  const isOurs = proof.through.startsWith('SES') || proof.direction === 'out';
  return isOurs && proof.dmarc !== undefined && proof.dmarc !== 'pass';
}
